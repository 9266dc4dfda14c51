"""Every reason for which a file or a page is refused: a stable code, its cause and the next step."""

from __future__ import annotations

from typing import NamedTuple

from pipeline import errors, model

MIN_SIDE_PX = 200
MAX_PIXELS = 80_000_000


class Reason(NamedTuple):
    """What a person is told, in Japanese."""

    cause: str
    todo: str


REASONS = {
    "unreadable": Reason(
        "ファイルを読み取れません。",
        "ファイルが移動・削除されていないか、共有フォルダーにつながっているかを確かめてください。",
    ),
    "empty": Reason("中身が空（0バイト）です。", "もう一度スキャンするか、コピーし直してください。"),
    "unknown-type": Reason(
        "PDF・TIFF・JPEG・PNG のどれでもありません。", "スキャナーの保存形式を PDF か TIFF か JPEG にしてください。"
    ),
    "damaged": Reason("データが壊れています。", "もう一度スキャンしてください。"),
    "truncated": Reason(
        "途中で切れています（コピーの途中か、保存の失敗です）。",
        "元のファイルをコピーし直すか、もう一度スキャンしてください。",
    ),
    "password": Reason("パスワードで保護されています。", "パスワードを外して保存し直してください。"),
    "no-pages": Reason("ページが一枚もありません。", "もう一度スキャンしてください。"),
    "too-small": Reason(
        f"画像が小さすぎます（短い辺が {MIN_SIDE_PX} 画素未満）。", "300 dpi でスキャンし直してください。"
    ),
    "too-large": Reason(
        f"画像が大きすぎます（{MAX_PIXELS // 10_000:,} 万画素を超える）。",
        "300 dpi、A3 以下でスキャンし直してください。",
    ),
    "unsupported": Reason(
        "この環境では読み取れない種類の画像か文字が入っています。",
        "フォントを埋め込んだ PDF で保存し直すか、紙に印刷してスキャンしてください。",
    ),
    "xfa": Reason(
        "専用ソフトでしか表示できない入力フォーム（XFA）です。",
        "一度印刷してスキャンするか、PDF として印刷し直してください。",
    ),
    "portfolio": Reason(
        "複数のファイルをまとめた PDF（ポートフォリオ）です。", "中のファイルを取り出して、一つずつ入れてください。"
    ),
    "timeout": Reason(
        "開くのに時間がかかりすぎるため、中止しました。", "PDF として印刷し直すか、もう一度スキャンしてください。"
    ),
    "crashed": Reason(
        "開くか読み取る途中でプログラムが異常終了しました。", "もう一度スキャンするか、別の形式で保存し直してください。"
    ),
    "out-of-memory": Reason(
        "開くのに必要なメモリーが上限を超えました。", "300 dpi、A3 以下でスキャンし直してください。"
    ),
}


class Refused(Exception):
    """Raised inside this station by whoever finds the reason; the front door adds file and page.

    Args:
        code: a key of `REASONS`.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def check_size(width: int, height: int) -> None:
    """Raise Refused unless a picture of `width` by `height` px may be decoded: 200 px a side to 80 megapixels."""
    if min(width, height) < MIN_SIDE_PX:
        raise Refused("too-small")
    if width * height > MAX_PIXELS:
        raise Refused("too-large")


def what(code: str, file: str, page: int | None = None) -> str:
    """The Japanese sentence that says what happened, to which file and page."""
    place = file if page is None else f"{file} の {page} ページ目"
    return f"{place} を開けません。{REASONS[code].cause}"


def refusal(code: str, file: str, sha256: str = "", page: int | None = None) -> model.Refusal:
    """The parcel that travels on in place of a page; KeyError for a code that is not in the table."""
    return model.Refusal(file, sha256, page, code, what(code, file, page) + REASONS[code].todo)


def problem(code: str, file: str, page: int | None = None) -> errors.FileRefused:
    """The same as an error to raise."""
    return errors.FileRefused(code, what(code, file, page), REASONS[code].todo)
