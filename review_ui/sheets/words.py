"""All wording of the page on which a sheet is put right, in Japanese."""

from __future__ import annotations

TITLE = "紙を直す"
LEAD = "様式・向き・ページの組み方が違うときは、ここで直します。人が決めた値は、直しても消えません。"
BACK = "記入欄へ戻る"
SAVED = "直しました。"
READ_NOW = "読み直しました。"
NOT_FOUND_AGAIN = "読み直しても見つかりませんでした。手で入力するか、位置を合わせてください。"
STOPPED = "読み直せませんでした。直した内容は残っています。"
PICTURE = "取り込んだページ"
PAGE = "ページ"
BEHIND = "置き換えた元の画像"

FORM_TITLE = "様式・版が違う"
FORM_LEAD = "正しい様式を選ぶと、その様式として読み直します。読めない欄は手で入れられます。"
FORM = "様式"
FORM_DO = "この様式で読み直す"

TURN_TITLE = "向きが違う"
TURN_LEAD = "いまの見え方から、どれだけ回すと正しい向きになりますか。"
TURN = "回し方"
TURNS = {"90": "右へ90度", "180": "180度（逆さ）", "270": "左へ90度"}
TURN_DO = "この向きで読み直す"

PLACE_TITLE = "位置が合っていない"
PLACE_LEAD = "用紙の四隅を画像の上で合わせると、その位置で読み直します。"
PLACE_NEEDS_FORM = "先に様式を選んでください。"
PLACE_OPEN = "位置を合わせる"
PLACE_SEVERAL = "一つの画像に用紙が二つ以上あるため、位置は合わせられません。一枚ずつスキャンし直してください。"

JOIN_TITLE = "ほかのページとつなぐ"
JOIN_LEAD = "A3 の左右や、表と裏が別々になったときに、一枚にまとめます。前後のページから選んでください。"
JOIN = "つなぐ相手"
JOIN_DO = "一枚につなぐ"
NO_NEIGHBOUR = "前後にほかのページがありません。"

AGAIN_LEAD = (
    "書かれた内容がほとんど同じ用紙があります。同じ紙を二度スキャンしたのなら、下の「ほかのページとつなぐ」で選んで"
    "置き換えてください。別の人の紙なら、そのままで構いません。"
)

PART_TITLE = "ページを切り離す"
PART_LEAD = "別の紙のページが混ざっているときに、そのページを独立させます。そのページで決めた値も一緒に移ります。"
PART = "切り離すページ"
PART_DO = "切り離す"
SWAP_TITLE = "ページの順を入れ替える"
SWAP_DO = "順を入れ替える"

ASIDE_TITLE = "様式の紙ではない"

RESCAN_TITLE = "スキャンし直す"
RESCAN_LEAD = "撮り直したファイルを入れると、この画像と置き換わります。元の画像も残り、決めた値も残ります。"
RESCAN_FILE = "撮り直したファイル"
RESCAN_DO = "入れて置き換える"
NO_FILE = "ファイルが選ばれていません。"
RESCAN_MANY = "撮り直したファイルに用紙が二枚以上あります。一枚だけのファイルを入れてください。"
RESCAN_KNOWN = "同じファイルは、もう入っています。"
REPLACE_DO = "上で選んだ用紙に置き換える"

REMOVE_TITLE = "いますぐ消す"
REMOVE_LEAD = (
    "私信など、入れてはいけない紙が混ざったときに使います。画像と読み取った内容を消し、元に戻せません。"
    "消したという事実だけが台帳に残ります。"
)
REMOVE_SURE = "画像を消してよいことを確かめました"
REMOVE_DO = "いますぐ消す"
REMOVE_NOT_SURE = "確かめたしるしがありません。画像を見て、印を付けてから消してください。"
REMOVED_TITLE = "消しました"
REMOVED = "画像と読み取った内容を消しました。紙は、元の束に戻さないでください。"
REMOVED_HOME = "つづける"

PLACE_PAGE = "位置を合わせる"
PLACE_HOW = (
    "四隅の丸を、用紙の角に合わせてください。矢印キーでも動きます（Shift で大きく）。枠が印刷に重なれば合っています。"
)
SIDE = "面"
PANEL = "部分"
CORNERS = ("左上", "右上", "右下", "左下")
PLACE_DO = "この位置で読み直す"
NUMBERS = "数字で入れる"
NOT_NUMBERS = "四隅の位置は数字で入れてください。"
SIDE_SHOW = "この面を合わせる"
FULL = "画面いっぱいに戻す"
TOLD = "この紙について決めたこと"
UNDO = "最後に決めたことを取り消す"


def page(n: int) -> str:
    """A page of the record."""
    return f"{n}ページ"


def corner(name: str, axis: str) -> str:
    """A number of a corner."""
    return f"{name}の{axis}"


def neighbour(file: str, page_number: int, title: str) -> str:
    """Another record, to choose it."""
    return f"{file} {page_number}ページ {title}"


def partner(text: str) -> str:
    """Another record that may be the rest of the same sheet, to choose it."""
    return f"この用紙の残りかもしれません: {text}"


def again(text: str) -> str:
    """Another record that may be the same sheet of paper, to choose it."""
    return f"同じ紙かもしれません: {text}"


def panel(n: int, of: int) -> str:
    """A panel of a side, counted as they lie."""
    return f"{n} / {of}"


def picture_of(file: str, n: int) -> str:
    """What a small picture shows."""
    return f"{file} {n}ページ"


def place(number: int) -> str:
    """Where in its stack the sheet lies."""
    return f"{number}枚目"
