"""All wording of the screens, in Japanese; nothing else under review_ui holds any."""

from __future__ import annotations

from collections.abc import Sequence

APP = "読取"

# ── Every page
SKIP = "本文へ移る"
NAV = "おもなページ"
HOME = "きょうの仕事"
QUEUE = "確認待ちの一覧"
EXPORT = "データの書き出し"
FORMS = "様式"
LOOK = "見やすさ"
LOOK_SIZE = "文字の大きさ"
LOOK_CONTRAST = "色の濃さ"
SIZES = (("normal", "標準"), ("large", "大きい"), ("largest", "もっと大きい"))
CONTRASTS = (("normal", "標準"), ("high", "くっきり"))
APPLY = "この見やすさにする"
SIGN_OUT = "終了する"
WHO = "担当"

# ── Signing in
SIGN_IN = "はじめる"
SIGN_IN_TITLE = "サインイン"
SIGN_IN_LEAD = "利用者名とパスワードを入れてください。"
USER = "利用者名"
PASSWORD = "パスワード"  # noqa: S105  # a label, no secret
SIGN_IN_WRONG = "利用者名かパスワードが違います。"
SIGN_IN_WRONG_TODO = "大文字と小文字、全角と半角を確かめて、もう一度入れてください。"
SIGNED_OUT = "終了しました。"
IDLE_OUT = "しばらく操作がなかったため、終了しました。もう一度サインインしてください。"


PHRASE_TITLE = "パスワードを決める"
PHRASE_LEAD = "自分のパスワードを決めてください。12文字以上です。文字の種類のきまりはありません。三つほどの言葉をつなげると、覚えやすく破られにくくなります。"
PHRASE_OLD = "いまのパスワード"
PHRASE_NEW = "新しいパスワード"
PHRASE_AGAIN = "新しいパスワード（もう一度）"
PHRASE_SAVE = "このパスワードにする"
PHRASE_CHANGED = "パスワードを変えました。新しいパスワードでサインインしてください。"
PHRASES_DIFFER = "新しいパスワードの二つが違います。同じものを二度入れてください。"

# ── Home and queue
TO_DO = "確認を待っているもの"
ALL_DONE = "確認を待っているものはありません。"
NEXT = "次の一枚を開く"
OLDEST = "もっとも古いもの"
FORM = "帳票"
BATCH = "束"
AGE = "待ち日数"
FIELDS_OPEN = "確認する欄"
SHEETS = "枚数"
BY_FORM = "帳票ごと"
BY_BATCH = "束ごと"
BY_AGE = "待ち日数ごと"
OPEN = "開く"
NO_FORM = "様式が分からないもの"
NO_FORM_STATUS = {"unreadable": "読めなかったページ", "blank": "白紙"}
NOT_OPENED = "開けなかったファイル"
NO_BATCH = "束の名前なし"
MORE = "続きを見る"
LIST = "一覧"
FIELD_UNIT = "欄"
NOTHING = "なし"
WHERE = "ファイル"
STATE_OF = "様子"
ALL_OF_IT = "全体"
TODAY = "きょう"
WEEK = "2〜7日"
OLDER = "8日以上"
YESTERDAY = "きのう"

# ── Record page
PAGE_PICTURE = "取り込んだページ"
ZOOM_IN = "大きく"
ZOOM_OUT = "小さく"
ZOOM_FIT = "全体"
ZOOM_FIELD = "いまの欄"
TURN = "回す"
FIELDS = "記入欄"
CONFIRM = "確認"
ALTERNATIVES = "ほかの読み"
NO_CROP = "この欄は、届いたページの中にありません。紙があれば、見て入れてください。"
BACK_TO_QUEUE = "一覧へ"
HISTORY = "これまでの経過"
SERIAL = "発行番号"
DONE_HERE = "この帳票に、確認を待つ欄はもうありません。"
CHECKED = "確かめました"
DERIVED = "計算した値"
EMPTY_VALUE = "（なし）"
PRESENT, ABSENT, YES, NO = "あり", "なし", "はい", "いいえ"

# icon, word; the class gives colour and border
STATUS = {
    "auto": ("✓", "自動"),
    "look": ("▲", "要確認"),
    "clash": ("✕", "矛盾"),
    "confirmed": ("✓", "確認済"),
    "corrected": ("✎", "訂正"),
    "held": ("?", "保留"),
}
STATES = {
    "valid": "記入あり",
    "empty": "無回答",
    "multiple": "複数回答",
    "illegible": "判読不能",
    "not_applicable": "対象外",
}
STATE_KEYS = {"empty": "Del", "multiple": "*", "illegible": "/"}
RECORD_STATUS = {
    "accepted": "確認不要",
    "needs_review": "要確認",
    "unreadable": "開けない",
    "unidentified": "様式不明",
    "blank": "白紙",
}
ACTIONS = {
    "confirm": "確認",
    "correct": "訂正",
    "enter": "入力",
    "second": "二人目の入力",
    "undo": "取り消し",
    "form": "様式の指定",
    "turn": "向きの変更",
    "place": "位置の変更",
    "join": "つなぎ合わせ",
    "part": "切り離し",
    "swap": "入れ替え",
    "blank": "白紙とした",
    "duplicate": "重複とした",
    "foreign": "対象外の紙とした",
}

# ── Keys
KEYS = "キーの使い方"
ALL_KEYS = "キーの一覧"
CLOSE = "閉じる"
SHORT_KEYS = (
    ("Enter", "確認して次へ"),
    ("数字", "選ぶ"),
    ("Ctrl+Enter", "次の一枚"),
    ("Esc", "もとに戻す"),
    ("Ctrl+Z", "取り消し"),
    ("F2", "拡大"),
)
LONG_KEYS = (
    ("Enter", "確認して、次の確認が要る欄へ進む"),
    ("Shift+Enter", "前の欄へ戻る"),
    ("数字", "選択肢の横に出ている番号を選ぶ（テンキーも同じ）"),
    ("Del", "無回答にする（選ぶ欄だけ）"),
    ("*", "複数回答にする（選ぶ欄だけ）"),
    ("/", "判読不能にする（選ぶ欄だけ）"),
    ("Ctrl+Enter", "この帳票を終えて、次の一枚を開く"),
    ("Esc", "この欄をもとに戻す"),
    ("Ctrl+Z", "前の確認を取り消す（20枚前まで）"),
    ("Ctrl+Shift+Z", "取り消したものをやり直す"),
    ("F2", "まわりも含めて、切り抜きを4倍で見る"),
    ("Ctrl+I", "上司に相談する（メモを残し、この欄は保留になる）"),
)
LOOK_DIGITS = "数字などのキーで選ぶ"
DIGITS = (("on", "使う"), ("off", "使わない"))
NOT_SENT = (
    "保存できていません。入れた値はこの画面に残っています。つながると自動で保存します。このページを閉じないでください。"
)
SIGN_IN_AGAIN = "サインインし直す（別の画面で開きます）"
NEXT_FORM = "終えて次へ"
LEAVE_LEAD = "まだ確認していない欄があります。次の一枚へ進みますか。"
STAY = "この帳票に残る"
LEAVE = "次の一枚へ進む"
CROP_TITLE = "切り抜きとそのまわり"

# ── A page without a form
WHICH_FORM = "どの様式ですか"
GIVE_FORM = "この様式として入力する"
GIVE_FORM_LEAD = "機械には様式が分かりませんでした。画像を見て様式を選ぶと、値を手で入れられます。"
MEND_SHEET = "紙を直す（様式・向き・位置・ページ・入れ直し）"
NOT_A_FORM = "様式ではないとき"
MARK = {
    "blank": "白紙とする",
    "duplicate": "同じ紙の重複とする",
    "foreign": "対象外の紙とする",
}
CHOOSE_FORM = "様式を一つ選んでください。"
NO_PICTURE = "この画像は開けませんでした。元の紙を見て入れるか、取り込み直してください。"

# ── Many crops at one look
ALIKE = "値ごとにまとめて"
ALIKE_LEAD = "同じ値と読まれた切り抜きを並べて見ます。違うものだけ直し、Enter で残りをまとめて確認します。"
ALIKE_NONE = "まとめて確認できるものはありません。"
ALIKE_FIELD = "欄"
ALIKE_VALUE = "読み取った値"
ALIKE_OPEN = "まとめて見る"
ALIKE_COUNT = "件"
GO_BACK_TO_LIST = "一覧に戻る"
ALIKE_SAVE = "残りをまとめて確認"
ALIKE_SAME = "このまま"
ALIKE_LATER = "あとで"
ALIKE_KEYS = (
    ("矢印", "移る"),
    ("数字", "直す"),
    ("Space", "あとで"),
    ("F2", "まわりを見る"),
    ("Esc", "もとに戻す"),
    ("Enter", "残りをまとめて確認"),
)

# ── Asking a supervisor
NOTES = "相談中のもの"
NOTE = "相談の内容"
WHEN = "いつ"

# ── Saving
SAVED = "保存しました"
STALE_TITLE = "ほかの人が先に保存しました"
STALE_LEAD = "あなたの値はまだ保存していません。二つを比べて、正しいほうを選んでください。"
THEIRS = "いま保存されている値"
YOURS = "あなたが入れた値"
FIELD_HISTORY = "この欄の経過"
KEEP_THEIRS = "保存されている値のままにする"
TAKE_MINE = "自分の値で保存し直す"
CHECK_AGAIN_TITLE = "この値でよいか確かめてください"
CHECK_AGAIN_LEAD = "入れた文字を、保存する形に読み替えました。よければもう一度確認してください。"
AS_TYPED = "入れた文字"
AS_STORED = "保存する値"
SAVE_THIS = "この値で保存する"
GO_BACK = "戻って直す"

# ── What a person typed
NO_VALUE = "値がありません。"
NO_VALUE_TODO = "値を入れるか、「無回答」「判読不能」などを選んでください。"
NOTHING_TO_REDO = "やり直すものがありません。"
HELD_TODO = "終わるのを待つか、次の一枚を開いてください。"
RELOAD = "ページを開き直して、もう一度操作してください。"
WHOLE = "帳票全体"
READ_ONLY = "見るだけにしています。"

# ── Errors
ERROR_TITLE = "できませんでした"
NOT_FOUND = "そのページはありません。"
NOT_FOUND_TODO = "一覧から選び直してください。"
FORBIDDEN = "この操作はできません。"
FORBIDDEN_TODO = "ページを開き直して、もう一度操作してください。"
BAD_REQUEST = "送られた内容を読めませんでした。"
BAD_REQUEST_TODO = "ページを開き直して、もう一度操作してください。"
DEFECT = "プログラムの誤りで、できませんでした。保存した値はそのままです。"
DEFECT_TODO = "もう一度操作して、続くときは管理者に時刻を知らせてください。"
CODE = "番号"


def held(by: str, until: str = "") -> str:
    """Somebody else has the record open."""
    return f"{by} さんが開いています{f'（{until} まで）' if until else ''}。"


def whole_stale(by: str) -> str:
    """Somebody decided about the whole record first."""
    return f"{by or 'ほか'} さんが先に、この帳票の扱いを決めました。"


def count(number: int, unit: str = "枚") -> str:
    """A number of sheets."""
    return f"{number:,}{unit}"


def fields_left(number: int) -> str:
    """How many fields of this form still wait."""
    return f"あと{number}欄"


def saved_at(time: str) -> str:
    """The state after a save; `time` as 14:03."""
    return f"{SAVED} {time}"


def percent(share: float) -> str:
    """A share of 1 as a whole percentage, never 100 % by rounding."""
    return f"{min(int(share * 100), 99)}%"


def page_number(number: int) -> str:
    """A tab of the page picture."""
    return f"{number}ページ"


def place(file: str, page: int) -> str:
    """Where the paper lies."""
    return f"{file} {page_number(page)}" if page else file


def record(name: str) -> str:
    """What a record is called; its beginning is enough to find it."""
    return f"記録 {name[:8]}"


def batch(name: str, place: int, of: int, left: int) -> str:
    """Where the sheet stands in its batch (0: it is no sheet of it), what is left of the batch, and its name."""
    return f"{f'{place:,}/{of:,}枚目 ' if place else ''}残り{left:,}件 {name}"


def stack(name: str, office: str | None) -> str:
    """A batch, and whose it is where those of several offices are seen."""
    return (f"{name}（{office}）" if office else name) or NO_BATCH


def yours_until(time: str) -> str:
    """For how long nobody else gets the record; whose it is stands beside."""
    return f"{time}まで担当"


def days(number: int) -> str:
    """How long something has waited."""
    return TODAY if number == 0 else YESTERDAY if number == 1 else f"{number}日"


def several(texts: Sequence[str]) -> str:
    """Several values in one line."""
    return "・".join(texts)


def next_of(name: str) -> str:
    """The button of one row, read aloud."""
    return f"{name}：{NEXT}"


def list_of(name: str) -> str:
    """The link of one row, read aloud."""
    return f"{name}：{LIST}"


def open_of(title: str, file: str, page: int | None) -> str:
    """The link of one record, read aloud."""
    return f"{title} {file} {page or ''} を開く"


def open_field(title: str, name: str) -> str:
    """The link of one question, read aloud."""
    return f"{title} {name} を開く"


def crop_of(name: str) -> str:
    """What a crop's picture shows."""
    return f"「{name}」の記入欄の切り抜き"


def saved_by(by: str, when: str) -> str:
    """Who saved the value that stands now, and when."""
    return f"{by} さんが {when} に保存"


def event(at: str, by: str, change: str) -> str:
    """A line of a field's history."""
    return f"{at} {by} {change}"


def event_of(at: str, by: str, name: str, change: str) -> str:
    """A line of the record's history."""
    return event(at, by, f"「{name}」{change}")


def change(action: str, was: str, now: str, why: str) -> str:
    """What a decision did."""
    values = f" {was} → {now}" if was else f" {now}" if now else ""
    return f"{action}{values}{f'（{why}）' if why else ''}"


def grid_title(field: str, value: str) -> str:
    """What all crops of a screen were read as."""
    return f"「{field}」が「{value}」と読まれたもの"


def grid_result(saved: int, later: int, failed: int) -> str:
    """What became of a screenful."""
    parts = [f"{saved}件を保存しました。"] if saved or not (later or failed) else []
    parts += [f"{later}件はあとで見ます。"] if later else []
    parts += [f"{failed}件は、ほかの人が先に保存したか値が合わないため、保存していません。"] if failed else []
    return "".join(parts)


def grid_misses(missed: int, shown: int) -> str:
    """How many wrong values of known answer a person let through."""
    return f"答えの分かっている切り抜き{shown}件のうち、見落とし{missed}件"


def cell(number: int, value: str) -> str:
    """One crop of many, read aloud."""
    return f"{number}枚目 {value}"


def open_group(field: str, value: str) -> str:
    """The link of a group, read aloud."""
    return f"{field} {value} {ALIKE_OPEN}"


def asked(by: str, text: str) -> str:
    """A question that waits about a field."""
    return f"{by} さんの相談：{text}"
