"""All wording of the export pages, in Japanese."""

from __future__ import annotations

TITLE = "データの書き出し"
LEAD = "数えてよい値だけを、分析用のデータファイルにします。確認待ちの項目は空欄（6保留）になります。"
NARROW = "絞り込み"
NARROW_LEAD = "何も選ばなければ、すべてを書き出します。"
ALL = "すべて"
FORM = "様式"
AS_OF = "基準日"
AS_OF_HINT = "この日の終わりの姿で書き出します。あとから届いたもの、確定したものは入りません。"
SINCE = "この日から後に変わったもの"
FROM = "取り込みの期間（初めの日）"
UNTIL = "取り込みの期間（終わりの日）"
DISTRICT = "地区"
OFFICE = "窓口"
STATUS = "記録の状態"
CONTENT = "中身と形式"
SHEETS = "シート"
SHEETS_HINT = "何も選ばなければ、いつもの組にします。"
SUFFIX = "形式"
SUFFIXES = {
    "xlsx": "Excel",
    "csv": "CSV（UTF-8）",
    "csv-cp932": "CSV（CP932）",
    "parquet": "Parquet",
}
PERSONAL = "個人を識別する項目"
PERSONAL_LEAD = "ふだんは入れません。氏名などが要るときだけ、目的を書き、パスワードと確認コードをもう一度入れてください。目的は記録に残ります。"
IDENTIFIED = "個人を識別する項目も書き出す"
PURPOSE = "利用目的（100文字まで）"
PASSWORD = "パスワード"  # noqa: S105  # a label, no secret
PASSWORD_WRONG = "パスワードか確認コードが違います。もう一度入れてください。"  # noqa: S105  # a sentence, no secret
CODE = "確認コード（認証アプリの6桁）"
FACTOR_NEEDED = "個人を識別する項目を書き出すには、二つめの確認（確認コード）の設定が要ります。右上の自分の名前から設定してください。"
SURE = "上のことを確かめました。この目的のために書き出します"
NOT_SURE = "確かめたら、下の欄に印を付けてから書き出してください。"
PREVIEW = "書き出す前に確かめる"

PREVIEW_TITLE = "書き出す内容"
PREVIEW_PERSONAL = "行の数と見本は、個人を識別する項目を除いたものです。書き出すファイルには入ります。"
RECORDS = "記録"
OPEN_RECORDS = "保留のある記録"
OPEN_FIELDS = "保留の項目"
LEFT_OUT = "書き出さない記録"
CHANGED = "整えた文字（変更一覧の行）"
ROWS = "行の数"
SHEET = "シート"
HEAD = "初めの行"
NO_ROWS = "行がありません。"
WRITE = "この内容で書き出す"
OTHER = "条件を変える"

WAITING = "順番を待っています"
PREPARING = "数えています"
WRITING = "書き出しています"
STOP = "やめる"
LOOK_AGAIN = "進み具合を見る"
PROGRESS = "進み具合"
ON_ITS_OWN = "このページは、終わるまで自動で変わります。"
DONE = "書き出しました"
TAKE = "ファイルを受け取る"
TAKE_LEAD = "受け取ると、この機械からは消えます。受け取らないファイルも、30分で消えます。"
IN_A_ZIP = "ファイルが複数あるので、ZIP にまとめて渡します。"
FAILED = "書き出せませんでした"
GONE = "この書き出しは、もう残っていません。"
GONE_TODO = "受け取ったか、時間が過ぎたか、やめたためです。もう一度、書き出してください。"
BUSY = "前の書き出しが、まだ終わっていません。"
BUSY_TODO = "終わるのを待つか、やめてから、もう一度書き出してください。"
NOT_READY = "ファイルは、まだできていません。"
NOT_READY_TODO = "終わるのを待って、もう一度受け取ってください。"
BAD_DATE = "日付を読めませんでした。年-月-日 の順に入れてください（例: 2026-04-01）。"
DEFECT = "プログラムの誤りで、書き出せませんでした。"
DEFECT_TODO = "もう一度書き出して、続くときは管理者に時刻を知らせてください。"


def progress(seen: int, total: int) -> str:
    """How far it is."""
    return f"{total:,}件のうち{seen:,}件"


def number(count: int, unit: str = "件") -> str:
    """A number with its unit."""
    return f"{count:,}{unit}"


def head(sheet: str) -> str:
    """The caption of a sheet's first rows."""
    return f"{sheet}（{HEAD}）"
