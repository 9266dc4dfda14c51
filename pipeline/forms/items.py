"""What is printed besides fields, and how a field's own print looks; millimetres, letters in points."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Discriminator, Tag
from pydantic import Field as Key

from pipeline.forms.parts import Box, Part, Point

Align: TypeAlias = Literal["left", "center", "right"]


class Lettering(Part):
    """What all printed words share."""

    at: Point = Key(description="文字の左端（align により中央・右端）と、一行目の上下の中央")
    size: float = Key(10, gt=0, description="文字の大きさ（ポイント）")
    bold: bool = False
    align: Align = "left"
    width: float | None = Key(None, gt=0, description="この幅（mm）で折り返す")
    leading: float = Key(1.45, gt=0, description="行送り（文字の大きさの何倍か）")


class PrintedText(Lettering):
    """Words; a newline starts a new line."""

    text: str
    underline: bool = False


class PrintedColumn(Lettering):
    """What an imported list has in this column, for the person whose sheet it is; nothing on a blank."""

    column: str


class PrintedLine(Part):
    """A line through two or more points."""

    line: list[Point] = Key(min_length=2)
    width: float = Key(0.2, gt=0)
    dash: bool = False


class PrintedRect(Part):
    """A rectangle: outline, grey ground, or both."""

    rect: Box
    width: float = Key(0.2, ge=0, description="線の太さ（0 は線なし）")
    fill: float | None = Key(None, ge=0, le=1, description="地の濃さ（0 白 … 1 黒）")
    round: float = Key(0, ge=0, description="角の丸み")


class PrintedTable(Part):
    """Rows of an imported list, with a ruled head."""

    table: str = Key(description="リストの名前")
    box: Box
    columns: dict[str, float] = Key(min_length=1, description="列の名前と幅（mm）")
    heads: dict[str, str] = Key(default_factory=dict, description="列の見出し。書かなければ列の名前")
    where: dict[str, str] = Key(default_factory=dict, description="この値の行だけ")
    size: float = Key(9, gt=0)
    row: float = Key(8, gt=0, description="一行の高さ（mm）")


ITEM_KINDS = ("text", "column", "line", "rect", "table")


def _kind(raw: object) -> str | None:
    """Which item it is, by the key that names it."""
    return next((kind for kind in ITEM_KINDS if (kind in raw if isinstance(raw, dict) else hasattr(raw, kind))), None)


Item = Annotated[
    Annotated[PrintedText, Tag("text")]
    | Annotated[PrintedColumn, Tag("column")]
    | Annotated[PrintedLine, Tag("line")]
    | Annotated[PrintedRect, Tag("rect")]
    | Annotated[PrintedTable, Tag("table")],
    Discriminator(_kind),
]


class FieldPrint(Part):
    """How a field looks on paper that we print ourselves."""

    label: Point | Literal["none"] | None = Key(None, description="項目名の位置。書かなければ最初の枠の左")
    frame: Literal["box", "line", "none"] = Key("box", description="枠線、下線、なし（表の罫線が枠のとき）")
    size: float = Key(10, gt=0, description="項目名の大きさ（ポイント）")
    bold: bool = False
    width: float | None = Key(None, gt=0, description="項目名を折り返す幅（mm）")
    options: float = Key(10, gt=0, description="選択肢の文字の大きさ（ポイント）")
    after: str = Key("", description="枠の右に添える言葉（歳、様 など）")
    column: str | None = Key(None, description="名簿のこの列を枠の中に刷る")
