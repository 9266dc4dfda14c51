"""All wording of the form editor, in Japanese."""

from __future__ import annotations

TITLE = "様式"
LEAD = "紙の様式を、画面の上で枠を描いて作ります。作った様式は、保存するとすぐに読み取りに使われます。"
LISTS = "様式で使うリスト（地区・薬局・医療機関など）"
SAVED = "保存しました。次に読むときから使われます。"
RETIRED_NOW = "使わない版にしました。その版の紙が来ると、読んだうえで「使われなくなった版」と知らせます。"

NEW = "白紙から作る"
NEW_LEAD = (
    "何も書いていない紙を 300 dpi でスキャンした PDF か画像を選びます。枠の下書きを自動で作ります（1 面に 10～30 秒）。"
)
BLANK_FILE = "白紙のスキャン（PDF・PNG・JPEG・TIFF）"
FORM_ID = "様式の id（英小文字・数字・ハイフン。あとから変えない）"
FORM_ID_EXAMPLE = "例: kenshin-2026"
MAKE = "下書きを作る"
MAKING = "枠を探しています。そのままお待ちください。"
NEEDS_SCRIPT = "この画面には JavaScript が要ります。ブラウザーの設定を確かめてください。"

DRAFTS = "作りかけの様式"
NO_DRAFTS = "作りかけはありません。"
GO_ON = "続ける"
DROP = "捨てる"
DROP_LEAD = "この下書きは、元に戻せません。"
DROP_DO = "下書きを捨てる"
FORMS = "使っている様式"
FORM = "様式"
VERSION = "版"
STATE = "状態"
CHANGED = "最後に変えた時"
FIELDS = "項目"
TODO = "すること"
IN_USE = "使用中"
RETIRED = "使わない版"
RENEWED = "新しい版と同じ紙（新しい版で読みます）"
OWN = "自分たちの様式"
SHIPPED = "同梱"
NEW_VERSION = "新しい版を作る"
LOOK = "スキャンに重ねて見る"
RETIRE = "使わない版にする"
USE_AGAIN = "また使う"

LOOK_TITLE = "スキャンに重ねて見る"
LOOK_LEAD = "記入した紙のスキャンを選ぶと、枠・ずれ・読み取った値を重ねて見せます。スキャンは保存しません。"
SCAN_FILE = "記入した紙のスキャン"
COLOURS = "緑は確か、橙は要確認、紫は未読です。"
BACK = "様式の一覧へ戻る"

EDITOR = "様式の編集"
SIDES = "面"
PAPER = "紙"
TOOLS = "道具"
SELECT = "選ぶ・動かす"
ADD = {
    "choice-check": "＋□に印",
    "choice-circle": "＋○で囲む",
    "score": "＋段階の数字",
    "digits": "＋数字のます目",
    "date": "＋日付",
    "text": "＋言葉",
    "presence": "＋印・署名",
    "code": "＋コード",
}
ADD_LEAD = "項目を足す"
ADD_OPTION = "＋選択肢を足す"
ZOOM_IN = "拡大"
ZOOM_OUT = "縮小"
ZOOM_ALL = "全体"
ZOOMS = "拡大・縮小"
UNDO = "元に戻す"
REDO = "やり直す"
KEYS = "キーの一覧"
KEY_LIST = (
    ("矢印", "枠を 0.5 mm 動かす（Shift で 5 mm）"),
    ("Ctrl+矢印", "枠の大きさを 0.5 mm 変える（Shift で 5 mm）"),
    ("PageDown・PageUp", "次・前の項目へ"),
    ("End・Home", "その項目の次・前の枠へ"),
    ("O", "選択肢を足す（選んだ枠のとなりに）"),
    ("Ctrl+D", "枠を写す（選択肢なら選択肢、ほかは項目）"),
    ("Enter", "項目の内容へ"),
    ("Delete", "枠を消す（項目の最後の枠なら項目も）"),
    ("Ctrl+Z・Ctrl+Shift+Z", "元に戻す・やり直す"),
    ("＋・－・0", "拡大・縮小・全体"),
    ("ホイール", "上下に送る（Shift で左右、Ctrl で拡大・縮小）"),
)
CLOSE = "閉じる"
CANVAS = "紙の上の枠。矢印キーで動かし、PageDown で次の項目へ進みます。"
HINT_SELECT = "枠を引くと動き、四隅を引くと大きさが変わります。紙を引くとずれ、Ctrl+ホイールで拡大します。"
HINT_PEN = "紙の上を引くと枠ができます。印刷された枠の中を押すと、その枠に合わせます。Esc でやめます。"
LIST = "項目の一覧"
DOUBTFUL = "確かさの低いものだけ"
PROPERTIES = "項目の内容"
NOTHING_CHOSEN = "紙の上か一覧で、項目を選んでください。"
LABEL = "名前"
ID = "id（英字で始まる英数字と _）"
KIND = "種類"
KINDS = {
    "choice": "選ぶ",
    "score": "段階の数字",
    "digits": "数・番号",
    "date": "日付",
    "text": "言葉",
    "presence": "印・署名",
    "code": "コード",
}
MARK = "答え方"
MARKS = {"check": "□に印", "circle": "○で囲む", "fill": "塗る"}
MULTIPLE = "いくつでも"
REQUIRED = "必ず書く"
PERSONAL = "個人がわかる"
ROLE = "集計での意味（役割）"
ROLE_NONE = "なし"
OPTIONS = "選択肢"
OPTION_VALUE = "値"
OPTION_LABEL = "言葉"
OPTION_DROP = "この選択肢を消す"
VALUES = "書いてよい数（空白で区切る）"
CELLS = "ます目の数（0 は区切りなし）"
PATTERN = "番号の書き方（正規表現）"
MINIMUM = "最小"
MAXIMUM = "最大"
DECIMALS = "小数の桁"
UNIT = "単位"
LINES = "行数"
LISTED = "名前のリスト"
LISTED_NONE = "使わない"
SCRIPT = "文字"
SCRIPTS = {"handwritten": "手書き", "printed": "印刷"}
ERAS = "元号（空白で区切る）"
ONLY_IF = "次の項目の値によって書く欄"
ONLY_IF_ALWAYS = "いつも"
ONLY_IF_KINDS = {"is": "がこの値", "includes": "にこの値を含む", "at_least": "がこの数以上", "at_most": "がこの数以下"}
ONLY_IF_VALUE = "値"
ONLY_IF_HOW = "条件"
OTHER = "「その他」の言葉を書く欄"
OTHER_OPTION = "その選択肢の値"
BOX = "選んだ枠（mm）"
BOX_PARTS = ("左", "上", "幅", "高さ")
DELETE_FIELD = "この項目を消す"
SPLIT = "年・月・日の枠に分ける"
OPTION_NEW = "選択肢"
ERA = "令和"

FORM_PART = "様式全体"
FORM_TITLE = "様式の名前"
PURPOSE = "種類"
PURPOSES = {"path": "パス", "notice": "連絡票", "reply": "返事", "ticket": "チケット", "survey": "調査"}
PRIORITY = "確認の順番（小さいほど先）"
SUMS = "合計"
SUM_ADD = "合計を足す"
SUM_OF = "足す項目の id（空白で区切る）"
RULES = "決まり"
RULE_ADD = "決まりを足す"
RULE_KINDS = {"equal": "等しい", "order": "この順に新しい"}
RULE_OF = "項目の id（空白で区切る）"
RULE_MESSAGE = "破れたときに出す言葉"
RULE_HOW = "決まりの種類"
AS_IT_IS = "条件の計算（form.yaml で直します）"
REMOVE = "消す"

TRY = "記入した紙で試す"
TRY_LEAD = "記入した紙のスキャンを選ぶと、すぐに読み、枠のとなりに読み取った値を出します。スキャンは保存しません。"
TRY_FILES = "スキャン（いくつでも）"
TRY_STOP = "白紙に戻す"
TRY_BEFORE = "前の紙"
TRY_NEXT = "次の紙"
TRY_DRAWN = "機械の見たまま"
TRYING = "読んでいます"
TRY_NONE = "この様式は見つかりませんでした"
TRY_RESIDUAL = "ずれ"
NO_SIDE = "この面は、このページにありません。"

SAVE = "新しい版として保存する"
SAVE_LEAD = "誤りがなければ、すぐに読み取りに使われます。前の版の紙と記録は、そのまま残ります。"
SAVE_VERSION = "版（紙を変えたら必ず上げる）"
SAVE_AS = "様式"
SAVE_DO = "保存する"
CHECK = "確かめる"
CHECKED = "誤りはありません。"
ERROR = "誤り"
WARNING = "注意"
CERTAINTY = "確かさ"
KEPT = "下書きを保存しました"
NOT_KEPT = "下書きをサーバーに保存できていません。変更はこの PC に残してあり、つながると自動で保存します。"
MOVED_ON = "ほかの画面でこの様式が変更されました。読み直してください。"
RELOAD = "読み直す"
SIGN_IN = "もう一度サインインする"
LEFT_BEHIND = "保存できていなかった変更が、この PC に残っています。"
TAKE_IT = "その変更を使う"
LEAVE_IT = "使わない"

GONE = "この様式は、もうありません。"
GONE_TODO = "様式の一覧から選び直してください。"
NOT_READABLE = "送られた内容を読めませんでした。"
NOT_READABLE_TODO = "画面を読み直して、もう一度行ってください。"
TAKEN = "この id と版の様式は、もうあります。版を上げてください。"
BAD_ID = "様式の id は、英小文字・数字・ハイフンで書いてください。"
NO_FILE = "ファイルを選んでください。"

REASONS = {
    "no-form-fits": "どの様式とも合いません",
    "blank-page": "白紙です",
    "unknown-version": "この様式の別の版の紙です",
    "unknown-form": "知らない様式の紙です",
    "other-revision": "印刷の位置が違う別の版の紙です",
}

# What a field means to reports, and how people call it.
ROLES = {
    "item": "設問",
    "score-total": "計算した合計",
    "written-total": "記入された合計",
    "subscore": "部分の合計",
    "flag": "該当の印",
    "name": "氏名",
    "furigana": "フリガナ",
    "sex": "性別",
    "born-on": "生年月日",
    "age": "年齢",
    "phone": "電話番号",
    "district": "地区",
    "examined-on": "受診日",
    "clinic": "医療機関",
    "doctor": "医師",
    "treatment": "治療方針",
    "health-program": "勧める保健事業",
    "social-participation": "社会参加の勧め",
    "blood-pressure-high": "血圧（上）",
    "blood-pressure-low": "血圧（下）",
    "hba1c": "HbA1c",
    "height": "身長",
    "weight": "体重",
    "reason": "きっかけ",
    "concern": "気がかり",
    "urgency": "急ぎ",
    "consent": "同意",
    "visit-wish": "訪問の希望",
    "note": "連絡事項",
    "sent-on": "送った日",
    "pharmacy": "薬局",
    "pharmacist": "薬剤師",
    "answers": "返事のもとの番号",
    "answers-code": "返事のもとのコード",
    "received-on": "受け付けた日",
    "visited-on": "訪問した日",
    "visit-kind": "訪問の種類",
    "care-application": "介護申請",
    "action": "行ったこと",
    "signed-by": "記入者",
    "seal": "印",
    "fiscal-year": "年度",
    "activity": "活動",
    "weekday": "曜日",
    "time": "時間",
    "place": "場所",
    "content": "内容",
    "fee": "参加費",
    "contact-phone": "連絡先",
    "issued-on": "発行日",
    "issued-by": "発行者",
    "first-visit-on": "初めて参加した日",
    "household": "世帯",
    "contact": "人との行き来",
    "living-alone": "ひとり暮らし",
    "isolation": "孤立のおそれ",
    "emergency-name": "緊急連絡先の氏名",
    "emergency-relation": "緊急連絡先の続柄",
    "emergency-phone": "緊急連絡先の電話番号",
}


def count(number: int) -> str:
    """How many fields."""
    return f"{number} 項目"


def with_id(title: str, form_id: str) -> str:
    """A form's title and its id."""
    return f"{title}（{form_id}）"


def drop_of(title: str) -> str:
    """The button that throws a draft away, for those who hear it."""
    return f"{title} の下書きを捨てる"


def go_on_with(title: str) -> str:
    """The button that opens a draft."""
    return f"{title} の下書きを続ける"


def of_form(what: str, title: str, version: str) -> str:
    """What a button in a row does, for those who hear it."""
    return f"{title} {version}: {what}"
