"""All wording of the report's pages, in Japanese."""

from __future__ import annotations

import datetime as dt

TITLE = "報告"
LEAD = "確定した値だけを数えた表です。確認待ちの値は「保留」に数えます。"
AS_OF = "基準日"
AS_OF_HINT = "この日の終わりの姿で数えます。空なら今日です。"
SHOW = "この日で見る"
TABLES = "表の一覧"
TABLE, NAME, STATE = "表", "題名", "状態"
THERE = "あり"
SUMMARY = "用紙と番号"
ITEM, VALUE = "項目", "数"
FILE = "Excel の報告を作る"
FILE_LEAD = "表紙・表・図・一覧の入ったブックを作ります。個人を識別する項目は入りません。"
BACK = "報告の一覧へ"
EARLIER, LATER = "前の表", "次の表"
EMPTY = "該当する行はありません。"
BAD_DATE = "日付を読めませんでした。年-月-日 の順に入れてください（例: 2026-04-01）。"


def number(cell: object) -> str:
    """A cell as it is read: numbers with separators, days as they are."""
    if cell is None:
        return ""
    if isinstance(cell, float):
        return f"{cell:,.1f}"
    return f"{cell:,}" if isinstance(cell, int) else cell.isoformat() if isinstance(cell, dt.date) else str(cell)
