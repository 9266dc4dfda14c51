"""All wording of the pages about people, in Japanese."""

from __future__ import annotations

from pipeline.store.accounts import Actor

# ── Every page
FIRST_PAGE = "はじめのページへ"

# ── Signing in
CODE = "確認コード"
CODE_HINT = "アプリの6桁か、控えのコードです。設定していない人は空のままにします。"
WAIT_TODO = "それまでに入れたものは調べません。"

# ── The first admin
FIRST_TITLE = "最初の管理者"
FIRST_LEAD = (
    "まだ利用者がいません。yomitori serve を始めた画面に出ている一度だけの合言葉を入れ、管理者を一人登録してください。"
)
FIRST_SECRET = "一度だけの合言葉"  # noqa: S105  # a label, no secret
FIRST_WRONG = "合言葉が違います。yomitori serve を始めた画面のとおりに入れてください。"
FIRST_SAVE = "管理者を登録する"

# ── One's own account
ACCOUNT = "自分のアカウント"
ROLE = "役割"
OFFICE = "所属"
HEADQUARTERS, SEES_ALL = "本部", "本部（すべての窓口の紙を見られる）"
ROLES = {
    "operator": "取込担当",
    "reviewer": "確認担当",
    "analyst": "分析担当",
    "admin": "管理者",
    "auditor": "監査担当",
}
CHANGE_PASSWORD = "パスワードを変える"  # noqa: S105  # a label, no secret
SESSIONS = "サインインしている場所"
SESSIONS_LEAD = "心当たりのないものがあれば終了し、パスワードを変えてください。"
SINCE = "はじめた時刻"
LAST = "最後の操作"
BROWSER = "ブラウザー"
HERE = "この画面"
END = "このサインインを終了する"
ENDED = "終了しました。"
UNKNOWN_BROWSER = "不明なブラウザー"

# ── The second factor
FACTOR = "二つめの確認（確認コード）"
FACTOR_LEAD = (
    "パスワードのほかに、スマートフォンなどの認証アプリに出る6桁の数字を入れます。管理者と、個人を識別する"
    "書き出しをする人に必要です。"
)
FACTOR_ON = "設定してあります。"
FACTOR_OFF = "まだ設定していません。"
FACTOR_PAGE = "二つめの確認を設定する"
FACTOR_BEGIN = "設定をはじめる"
FACTOR_RENEW = "新しい機器で設定し直す"
FACTOR_SCAN = "認証アプリで、この QR コードを読み取ってください。"
FACTOR_QR = "認証アプリの QR コード"
FACTOR_BY_HAND = "読み取れないときは、この文字を手で入れます（時刻方式・6桁・30秒）。"
FACTOR_FIRST = "アプリに出た6桁"
FACTOR_SAVE = "この番号で設定を終える"
RECOVERY = "控えのコード"
RECOVERY_LEAD = (
    "機器をなくしたとき、確認コードの代わりに一度ずつ使えます。もう表示できません。紙に写すか印刷して、鍵のかかる"
    "所に保管してください。"
)
RECOVERY_DONE = "写しました"

# ── The screen lock
LOCK = "画面をかくす"
LOCKED = "画面をかくしています"
LOCKED_OUT = "画面をかくしています。続けるには、パスワードを入れてください。"
SOMEBODY_ELSE = "別の人がサインインする"
UNLOCK = "続ける"
UNLOCK_WRONG = "パスワードが違います。"

# ── Accounts
USERS = "利用者"
USERS_LEAD = (
    "登録・停止・役割の変更をします。役割か所属を変えると、その人はもう一度サインインします。所属なしは本部です。"
)
NAME = "利用者名"
STATE = "様子"
ACTIVE = "使える"
DISABLED = "停止中"
ONE_TIME = "一度だけのパスワードのまま"
WITH_FACTOR = "確認コードあり"
ADD = "登録する"
ADD_TITLE = "新しい利用者"
ASSIGN = "役割と所属を変える"
RESET = "パスワードを作り直す"
DISABLE = "停止する"
ENABLE = "停止を解く"
DROP_FACTOR = "確認コードの設定を消す"
OFFICE_HINT = "窓口の名前。空なら本部です。"
NOT_YOURSELF = "自分自身は変えられません。"
NOT_YOURSELF_TODO = "ほかの管理者に頼んでください。"
CHANGED = "変えました。"

# ── The audit log
AUDIT = "監査ログ"
AUDIT_LEAD = "だれが、いつ、何を見て、変え、書き出し、刷ったか。記入された値は入っていません。"
AUDIT_VERIFY = "書き換えがないか確かめる"
AUDIT_CLEAN = "全部の行が書いたときのままで、欠けもありません。"
AUDIT_BROKEN = "監査ログに異常があります。"
LINE = "番号"
WHEN = "時刻"
WHO = "だれが"
WHAT = "何を"
TARGET = "対象"
WHY = "目的"
FROM = "この日から"
UNTIL = "この日まで"
FILTER = "絞り込む"
ANYTHING = "すべて"
NOBODY = "（サインインなし）"
OLDER = "これより古いもの"
NONE = "当てはまる行はありません。"
ACTIONS = {
    "view": "見た",
    "decide": "決めた",
    "arrive": "取り込んだ",
    "sign-in": "サインイン",
    "sign-in-failed": "サインイン失敗",
    "sign-out": "サインアウト",
    "lock": "画面をかくした",
    "unlock": "画面を戻した",
    "password-change": "パスワード変更",
    "user-add": "利用者を登録",
    "user-reset": "パスワード作り直し",
    "user-disable": "利用者を停止",
    "user-enable": "停止を解除",
    "user-assign": "役割・所属を変更",
    "factor-begin": "確認コードの設定開始",
    "factor-set": "確認コードを設定",
    "factor-drop": "確認コードを消去",
    "export-begin": "書き出し開始",
    "export-done": "書き出し完了",
    "export-preview": "書き出しの下見",
    "export-refused": "書き出しを断られた",
    "export-taken": "ファイルを受け取った",
    "print": "印刷した",
    "print-list": "一覧を印刷した",
    "entry-enter": "手で入れた",
    "entry-correct": "入れたものを直した",
    "entry-withdraw": "入れたものを取り消した",
    "list-view": "リストを見た",
    "list-file": "リストを受け取った",
    "list-replace": "リストを入れ替えた",
    "list-undo": "リストを一つ前に戻した",
    "search-name": "氏名で探した",
    "remove": "スキャンを消した",
    "backup": "バックアップ",
    "cells-exported": "学習用の切り抜きを書き出した",
    "calibrated": "読み取りの基準を合わせた",
    "refused": "許されない操作を断られた",
    "audit-verify": "監査ログを確かめた",
    "probe-caught": "試しの切り抜きに気づいた",
    "probe-missed": "試しの切り抜きを見落とした",
}


def wait(seconds: int) -> str:
    """How long the throttle holds."""
    shown = f"{seconds}秒" if seconds < 90 else f"{-(-seconds // 60)}分"
    return f"続けて間違いがあったため、{shown}ほど待ってから、もう一度入れてください。"


def about(one: Actor) -> str:
    """Role, office and state of an account, in one line."""
    states = {DISABLED: one.disabled, ONE_TIME: one.must_change, WITH_FACTOR: one.factor}
    everybodys = SEES_ALL if one.role in {"reviewer", "analyst"} else HEADQUARTERS  # the others see no answers at all
    return "・".join([ROLES[one.role], one.office or everybodys, *(name for name, is_so in states.items() if is_so)])


def new_password(name: str) -> str:
    """What stands above a one-time password."""
    return f"{name} さんの一度だけのパスワードです。本人に渡してください。もう表示できません。"


def covered(name: str) -> str:
    """Whose screen it is that is covered."""
    return f"{name} さんの画面です。続けるには、{name} さんのパスワードを入れてください。"


def left(codes: int) -> str:
    """How many recovery codes are left."""
    return f"控えのコードは、あと{codes}個あります。"


def lines(number: int) -> str:
    """How long the log is."""
    return f"全部で{number:,}行です。"


def end_of(browser: str, since: str) -> str:
    """The button of one session, read aloud."""
    return f"{END} {browser}（{since}から）"


def of_user(name: str, does: str) -> str:
    """The button of one account, read aloud."""
    return f"{name}：{does}"


def action(name: str) -> str:
    """An action in words; its own name where there is none."""
    return ACTIONS.get(name, name)
