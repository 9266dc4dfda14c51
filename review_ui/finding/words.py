"""All wording of the search page, in Japanese."""

TITLE = "さがす"
LEAD = "入れた条件のすべてに合うものを、新しい順に100件まで出します。"
SERIAL = "発行番号"
FORM = "様式"
STATUS = "様子"
OFFICE = "窓口"
BATCH = "束"
SINCE = "取り込みの日（から）"
UNTIL = "取り込みの日（まで）"
DISTRICT = "地区"
NAME = "氏名（一部でもよい）"
NAME_HINT = "氏名でさがしたことは、記録に残ります（氏名そのものは残りません）。"
ANY = "すべて"
FIND = "さがす"
FOUND = "見つかったもの"
NONE = "合うものはありません。条件を減らしてください。"
FILE = "ファイル"
WHEN = "取り込み"
OPEN = "開く"
UNKNOWN_FORM = "様式が分からないもの"
BAD_DATE = "日付を読めませんでした。年-月-日 の順に入れてください（例: 2026-04-01）。"
NOTHING_ASKED = "条件を一つ以上入れてください。"


def number(count: int) -> str:
    """How many were found."""
    return f"{count}件"


def open_of(title: str, file: str, page: int) -> str:
    """The link of one record, read aloud."""
    return f"{title} {file} {page or ''} を{OPEN}"
