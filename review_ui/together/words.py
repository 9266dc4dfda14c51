"""Wording of what several people do together, in Japanese."""

from __future__ import annotations

# ── Two people, one value
WAITS = {
    "second": "二人目の入力を待っています。そろうまで集計に入りません。",
    "third": "二人の入力が違います。どちらが正しいかを「二人で確認」で決めると、集計に入ります。",
}
DOUBLE = "二人で確認"
DOUBLE_LEAD = (
    "大事な欄は、もう一人が、前の人の値も機械の読みも見ずに入れます。二つが同じなら決まり、違えば下の一覧で決めます。"
)
DOUBLE_NEXT = "二人目として次の一枚を開く"
DOUBLE_NONE = "あなたが二人目として入れる欄は、いまありません。"
DOUBLE_DONE = "この一枚で、二人目として入れる欄はもうありません。"
DOUBLE_TODO = "二人目を待つ欄"
DOUBLE_BLIND = "二人目として入れています。前の人の値と機械の読みは出ません。"
DIFFER_TODO = "食い違っている欄"
DIFFER = "二人の入力が違う欄"
DIFFER_LEAD = "紙を見て、正しいほうを選んでください。"
DIFFER_NONE = "食い違っている欄はありません。"
DIFFER_FIRST = "一人目"
DIFFER_SECOND = "二人目"
DIFFER_WHICH = "どれが正しいですか"
DIFFER_VALUE = "どちらでもないときの値"
DIFFER_SAVE = "これに決める"
DIFFER_OVER = "この欄は、もう決まっています。"
RIGHT = {"first": "一人目が正しい", "second": "二人目が正しい", "neither": "どちらでもない", "illegible": "判読不能"}
NOT_SHOWN = "（見せません）"

# ── Asking a supervisor
NOTES_LEAD = "担当者が一人で決められなかった欄です。開いて値を決めると、相談は終わります。"
NOTES_NONE = "相談を待っているものはありません。"
REFER = "上司に相談する"
REFER_SHORT = "相談する"
REFER_LEAD = "何に迷っているかを書いてください。この欄は保留になり、決まるまで集計に入りません。"
REFER_SAVE = "相談を残す"

# ── Progress
PROGRESS = "進み具合"
PROGRESS_LEAD = "束ごと、人ごとの進み具合です。人は名前の順で、順位ではありません。"
PROGRESS_BATCH = "束ごとの進み具合"
PROGRESS_PERSON = "人ごとの進み具合"
PROGRESS_NONE = "まだ何も決まっていません。"
PROGRESS_BACK = "きょうの仕事へ"
PERSON = "人"
SETTLED_TODAY = "きょう決めた欄"
SETTLED = "決めた欄"
REMAINING = "残り"
HELD = "保留の欄"
SHARE_CORRECTED = "訂正の割合"
SHARE_CORRECTED_WHAT = "訂正の割合は、人が見た読み取りのうち、値を直したものの割合です。"


def share(share: float | None) -> str:
    """A share of 1 to a tenth of a percent; nothing where there is none."""
    return "なし" if share is None else f"{100 * share:.1f}%"
