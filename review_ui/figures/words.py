"""All wording of the figures page, in Japanese."""

TITLE = "仕事の進み具合"
LEAD = "図と同じ数を、図の下の表で読めます。人を比べる数は出しません。"
TABLE = "数で見る"
DAY = "日"
ARRIVED = "届いた帳票"
SETTLED = "人が決めた欄"
THROUGHPUT = "届いた量と片づいた量（28日間）"
ACCEPTED = "見なくてよかった割合（読み手ごと）"
ACCEPTED_LEAD = "機械の読みが、人の確認なしに数えられた欄の割合です。"
CORRECTED = "直された割合（欄と読み手ごと）"
CORRECTED_LEAD = "人が見た欄のうち、読みを直した割合です。5回以上見た欄だけを、多い順に20まで出します。"
MISSED = "見落としの割合（月ごと）"
MISSED_LEAD = (
    "まとめて確認するときに混ぜた、答えの分かっている切り抜きのうち、違いに気づかなかった割合です。全員の合計です。"
)
AGES = "確認を待っている帳票"
AGE_NAMES = {"today": "きょう届いたもの", "week": "1〜7日", "month": "8〜30日", "older": "31日以上"}
NAME = "もの"
PART = "件数"
WHOLE = "全体"
PERCENT = "割合"
COUNT = "枚数"
NOTHING = "まだ数がありません。"
READERS = {  # as readers call themselves, without their version
    "marks": "丸・しるし",
    "digits": "数字",
    "date": "日付",
    "text": "手書きの文字",
    "list": "一覧の語",
    "presence": "記入の有無",
    "code": "二次元コード",
    "pdf-text": "PDF の文字",
}


def share(name: str, reader: str) -> str:
    """What a share is of: a field, a reader and its version, or both."""
    kind, _, version = reader.partition("/")
    known = f"{READERS[kind]} 第{version}版" if kind in READERS else reader
    return " ".join(part for part in (name, known) if part)


def percent(value: float) -> str:
    """A share to read."""
    return f"{value:.1f}%"
