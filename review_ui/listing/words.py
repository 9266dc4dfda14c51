"""Wording of the pages for the office's lists, in Japanese."""

from __future__ import annotations

TITLE = "リスト"
LEAD = (
    "地区・薬局・医療機関・活動などの名前は、様式ではなくリストに書きます。ここで Excel か CSV を取り込むと、"
    "次に読む用紙から使われます。止めるものも、始め直すものもありません。"
)
LISTS = "リストの一覧"
NAME = "リストの名前"
USES = "使うところ"
ENTRIES = "件数"
STATE = "状態"
TODO = "すること"
OPEN = "開く"
UNUSED = "どの様式も使っていません"
BACK = "リストの一覧へ戻る"
BACK_TO_LIST = "このリストへ戻る"

OWN = "自分たちのリスト"
SAMPLE = "同梱の見本（架空）"
SHIPPED = "同梱のリスト"
BESIDE = "様式のフォルダーのリスト"
MISSING = "まだありません"
UNREADABLE = "開けません"

NEW = "新しいリストを作る"
NEW_LEAD = "様式の下書きで選べるようになります。"
NAME_HINT = "英数字と _ で書きます。例: schools"
UPLOAD = "Excel か CSV を取り込む"
UPLOAD_LEAD = (
    "一行目は列の名前です。「名称」（氏名・薬局名・医療機関名・団体名・地区でもよい）と「別名」（「、」で区切る）の列を読み、"
    "ほかの列もそのまま残します。まず何が変わるかを見せます。確かめるまで、何も変わりません。"
)
FILE = "ファイル（.xlsx か .csv）"
LOOK_FIRST = "何が変わるかを見る"
NO_FILE = "ファイルが選ばれていません。"
NO_FILE_TODO = "Excel（.xlsx）か CSV のファイルを選んでください。"
DOWNLOAD = "Excel で受け取る"
DOWNLOAD_HINT = "受け取ったファイルを直して、そのまま取り込めます。氏名のリストは、用が済んだら消してください。"

AFTERWARDS = "取り込んだあとのこと"
AFTER = (
    "次に読むページから、新しいリストで読みます。読み取りの仕組みを始め直さなくて構いません。",
    "すでに読んだ用紙の値は、読んだときのままです。読み直すときは、確認する人が「読み直し」で様式を選びます。",
    "人が決めた値は、読み直しても変わりません。",
    "報告の表と選択肢は、いまのリストで出ます。",
    "様式に刷る表は、次に刷る紙から変わります。すでに配った紙はそのまま読めます。",
)

CONTENTS = "中身"
EMPTY = "何も入っていません。"
VALUE = "名称"
SAMPLES_LEFT = "見本（架空）の名前があります。自分たちのリストを取り込むまで、実在の名前は読めません。"

UNDO = "一つ前に戻す"
UNDO_TITLE = "取り込みの取り消し"
UNDO_AGAIN = "もう一度押すと、いまのリストに戻ります。"

TAKEN = "取り込みました。次に読むページから使われます。"
UNDONE = "一つ前のリストに戻しました。"

PREVIEW = "取り込む前の確かめ"
NOTHING_YET = "まだ何も変わっていません。"
TAKE = "この内容に入れ替える"
LEAVE = "やめる"
COUNT = "取り込む件数"
ADDED = "追加"
REMOVED = "削除"
CHANGED = "変更"
DIFFERENCES = "変更の中身"
COLUMN = "列"
WAS = "いま"
NOW = "取り込むと"
NONE = "（なし）"

STALE = "見ているあいだに、このリストは変わりました。[list-changed]"
STALE_TODO = "いまのリストとくらべ直しました。もう一度確かめてください。"
STALE_UNDO_TODO = "いまの中身を見て、もう一度決めてください。"
GONE = "そのリストはありません。"
GONE_TODO = "リストの一覧から選んでください。"
STAGED_GONE = "その取り込みは、もうありません。"
STAGED_GONE_TODO = "取り込んだか、やめたか、30分たちました。リストを開いて、もう一度ファイルを選んでください。"


def cell(column: str, text: str | None) -> str:
    """What stands in a column, aliases as people write them."""
    return (text or "").replace("|", "、") if column == "aliases" else text or ""


def of_list(text: str, name: str) -> str:
    """An action on one list, read aloud."""
    return f"{text} {name}"


def wrong(what: str, todo: str, code: str) -> str:
    """What went wrong, with its code."""
    return f"{what}{todo}[{code}]"


def count(number: int) -> str:
    """How many entries."""
    return f"{number:,}件"


def number(value: int) -> str:
    """A figure by itself."""
    return f"{value:,}"


def more(rest: int) -> str:
    """What a page does not show."""
    return f"ほか {rest:,} 件"


def more_rows(shown: int, rest: int) -> str:
    """That there are more rows than the page shows."""
    return f"はじめの {shown:,} 行です。ほかに {rest:,} 行あります。すべては Excel で受け取ると見られます。"


def changed(at: str) -> str:
    """When the office's own list was changed."""
    return f"（{at} に変更）"


def brings(whose: str, entries: int, at: str) -> str:
    """What taking back brings."""
    since = f"、{at}" if at else ""
    return f"いまのリストの前は、{whose}（{entries:,}件{since}）でした。"


def used(kind: str, where: str, what: str) -> str:
    """One use of a list."""
    told = {"field": f"「{where}」の {what}", "table": f"「{where}」に刷る表", "targets": f"「{where}」の目標"}
    return told.get(kind, f"手入力「{where}」の {what}")
