"""All wording of the pages on which paper is brought in, in Japanese."""

from __future__ import annotations

STOPPED = "読み取りの仕組みが止まりました。"
STOPPED_TODO = "もう一度操作して、続くときは管理者に知らせてください。"

# ── Batches
TITLE = "束と取り込み"
LEAD = "スキャンしたファイルを、束ごとに取り込みます。束は、数えて綴じるひとまとまりの紙です。"
GUIDE = "スキャンのしかた"
AGAIN = "読み直し"
NEW = "新しい束をつくる"
NAME = "束の名前"
OFFICE = "窓口"
NO_OFFICE = "（決めない）"
COUNTED = "手で数えた枚数"
COUNTED_HINT = "空けておいて、あとで入れることもできます。"
CREATE = "この束をつくって、ファイルを入れる"
BATCHES = "これまでの束"
NONE = "束はまだありません。"
WHO = "担当"
WHEN = "取り込み"
SHEETS = "読んだ枚数"
FILES = "ファイル"
OPEN = "確認待ち"
STATE = "様子"
SHOW = "束を開く"
BY_COMMAND = "取り込みコマンド"
BY_WATCH = "監視フォルダー"
MAY_BIND = "この束は綴じてよい"
NOT_COUNTED = "枚数はまだ数えていません。"
READING = "読み取り中"
DIFFERS = "枚数が合いません"
NOTHING_YET = "まだ何も入っていません"

# ── One batch
DROP_TITLE = "ファイルを入れる"
DROP = "ここにファイルを落とす"
CHOOSE = "または、ファイルを選ぶ（PDF・TIFF・JPEG・PNG）"
SEND = "取り込む"
FILE_UNIT = "件"
SENT = "送り終わったもの"
SENT_OF = "{total}件のうち{done}件"
NOW = "いま送っているもの"
ALL_SENT = "送ったものをすべて見る"
RENEW = "いまの様子を見る"
PROGRESS = "読み取りの進み具合"
TROUBLES = "取り込めなかったもの"
LEAVING = "送り終わるまで、このページを閉じないでください。"
FILE_STATES = {
    "waiting": "順番待ち",
    "sending": "送信中",
    "checking": "確認中",
    "accepted": "受け取り",
    "duplicate": "取り込み済み（同じ中身）",
    "refused": "開けません",
    "failed": "送れませんでした",
}
COUNT_SAVE = "枚数を記録する"
STACK = "束の中の用紙"
STACK_LEAD = "「何枚目」は、白紙を除いて上から数えた順です。紙を抜き出すときに使います。"
PLACE = "何枚目"
FORM = "様式"
FILE = "ファイル"
PAGES = "ページ"
READ = "読んだページ"
UNKNOWN_FORM = "様式が分からないもの"
BLANK = "白紙"
NO_SHEET = "―"
LOOK = "見る"
REMOVE = "私信を消す"
REMOVE_SURE = "入れてはいけない紙です。画像を消します"
REMOVE_DO = "いますぐ消す"
STATUS = {
    "accepted": "確認不要",
    "needs_review": "要確認",
    "unreadable": "開けない",
    "unidentified": "様式不明",
    "blank": "白紙",
}
ASIDE = {"blank": "白紙とした", "duplicate": "重複とした", "foreign": "対象外とした"}
SETTLED = "確認済"
FILES_IN = "入れたファイル"

# ── What came in, and what could not be opened
ARRIVALS = "届いたファイル"
ARRIVALS_LEAD = "監視フォルダーと取り込みコマンドから入ったものも、新しい順に並べます。"
ONLY_WATCH = "監視フォルダーから入ったものだけ"
ALL_ARRIVALS = "すべて"
NO_ARRIVALS = "届いたファイルはありません。"
BATCH = "束"
NO_BATCH = "束の名前なし"
QUARANTINE = "開けなかったファイル"
QUARANTINE_LEAD = (
    "ファイルは消さずに取ってあります。わけを読んで、入れ直すか、もう一度開いてみるか、手で入力してください。"
)
NO_QUARANTINE = "開けなかったファイルはありません。"
WHY = "わけ"
WAY_BACK = "直し方"
TRY_AGAIN = "もう一度開いてみる"
REPLACE = "入れ直す"
BY_HAND = "手で入力する・片づける"
OPENED_AGAIN = "開けました。読み取りを始めます。"
BEGUN = "この用紙は、もう手で入れ始めています。先に、それを取り消してください。"
STILL_SHUT = "まだ開けません。"

BAD_COUNT = "枚数は数字で入れてください。"
NO_FILE = "ファイルが選ばれていません。"
NO_FILE_TODO = "ファイルを選んで、もう一度取り込んでください。"
TOO_LARGE = "ファイルが大きすぎます（1ギガバイトまで）。"
TOO_LARGE_TODO = "束を分けてスキャンし直してください。"
NAME_UNFIT = "ファイルの名前を読めません。"
NAME_UNFIT_TODO = "名前を変えて、もう一度取り込んでください。"
UNNAMED = "名前なし"


def count(number: int, unit: str = "枚") -> str:
    """A number with its unit."""
    return f"{number:,}{unit}"


def who(actor: str | None, watched: str) -> str:
    """Who brought something in."""
    return BY_COMMAND if actor is None else BY_WATCH if actor == watched else actor


def place(number: int) -> str:
    """Where in its stack a sheet lies."""
    return f"{number}枚目"


def tally(counted: int | None, sheets: int) -> str:
    """What was counted by hand against what was read."""
    if counted is None:
        return NOT_COUNTED
    if counted == sheets:
        return f"数えた{counted:,}枚と、読んだ枚数が合っています。"
    more = "多く" if sheets > counted else "少なく"
    return f"数えた{counted:,}枚より、読んだ{sheets:,}枚が{abs(sheets - counted):,}枚{more}なっています。紙を確かめてください。"


def left(waiting: int, open_records: int) -> str:
    """Why a batch may not be filed away yet."""
    parts = [f"読み取り待ち{waiting:,}ページ"] if waiting else []
    parts += [f"確認待ち{open_records:,}枚"] if open_records else []
    return "、".join(parts)


def progress(read: int, pages: int) -> str:
    """How far reading is."""
    return f"{pages:,}ページのうち{read:,}ページ"


def came_in(name: str, kind: str, pages: int) -> str:
    """What became of one file."""
    return f"{name}: {FILE_STATES[kind]}" + (f"（{pages:,}ページ）" if kind == "accepted" else "")


def pages_read(read: int, pages: int) -> str:
    """How many pages of a file were read."""
    return f"{read:,} / {pages:,}" if pages else NO_SHEET


def look_at(position: int, file: str, page: int) -> str:
    """The link of one sheet, read aloud."""
    return f"{place(position) if position else ''} {file} {page or ''} を{LOOK}"


def of(name: str, does: str) -> str:
    """The button of one file, read aloud."""
    return f"{name}：{does}"
