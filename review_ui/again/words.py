"""All wording of reading again, in Japanese."""

from __future__ import annotations

TITLE = "読み直し"
LEAD = (
    "様式の枠や読み取りの仕組みが変わったあと、取ってある画像をもう一度読みます。"
    "まず、何が変わるかの一覧を出します。人が決めた値は、読み直しても変わりません。"
)
WHAT = "読み直すもの"
UNKNOWN = "様式が分からないもの"
START = "何が変わるかを調べる"
WAITING = "順番を待っています"
LOOKING = "読んで比べています（まだ何も変えていません）"
APPLYING = "読み直した内容に替えています"
PROGRESS = "進み具合"
ON_ITS_OWN = "このページは、終わるまで自動で変わります。"
STOP = "やめる"
LOOK_AGAIN = "進み具合を見る"
FOUND_TITLE = "変わるもの"
NOTHING = "読み直しても、何も変わりません。"
APPLY = "この内容で読み直す"
LEAVE = "変えずに終わる"
DONE_TITLE = "読み直しました"
DONE = "一覧のとおりに替えました。人が決めた値はそのままです。"
FAILED = "読み直せませんでした"
RECORDS = "読んだ帳票"
CHANGED = "変わる欄"
KEPT = "人の値を守る欄"
RECORD = "帳票"
FIELD = "欄"
KIND = "どう変わるか"
BEFORE = "いま"
AFTER = "読み直すと"
WHOLE = "帳票全体"
OPEN = "開く"
KINDS = {
    "value": "読みが変わる",
    "opens": "確認が要るようになる",
    "counts": "確認が要らなくなる",
    "kept": "読みは変わるが、人が決めた値のまま",
    "record": "様式が変わる",
    "new": "新しくできる",
    "gone": "なくなる",
}
BUSY = "ほかの人が読み直しをしています。"
BUSY_TODO = "終わるのを待って、もう一度始めてください。"
MORE = "ほかにもあります。一覧は初めの500件までです。"
NONE = "（なし）"
FORM_UNKNOWN = "その様式はありません。"
DEFECT = "プログラムの誤りで、読み直せませんでした。"
DEFECT_TODO = "もう一度始めて、続くときは管理者に時刻を知らせてください。"


def progress(seen: int, total: int) -> str:
    """How far it is."""
    return f"{total:,}件のうち{seen:,}件"


def number(count: int, unit: str = "件") -> str:
    """A number with its unit."""
    return f"{count:,}{unit}"
