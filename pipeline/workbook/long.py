"""回答_縦持ち: a row per form and answer, with where it comes from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from pipeline import model
from pipeline.workbook import clean, columns, values
from pipeline.workbook.columns import HELD, Cell, Column, Row, Table
from pipeline.workbook.sheet import Answered, Spot

TABLE = Table(
    "回答_縦持ち",
    (
        Column("record_id", "記録ID", "text", "記録を表す、変わらない符号。個票と同じ"),
        Column("form_id", "様式ID", "text", "様式を表す符号"),
        Column("form_version", "様式の版", "text", "紙に印刷された版"),
        Column("item", "項目", "text", "項目の物理名。個票の列と同じ"),
        Column("item_label", "項目名", "text", "項目の名前。個票の見出しと同じ"),
        Column("value_number", "値_数値", "number", "値が数かコード（数）のとき", unit="項目定義の単位"),
        Column("value_date", "値_日付", "date", "値が日付のとき（西暦）"),
        Column("value_text", "値_文字", "text", "値が文字かコード（文字）のとき"),
        Column("value_label", "値_名称", "text", "コードの意味。記入された用紙の版による"),
        Column("state", "状態", "whole", "回答の状態。値が空の理由が分かる", columns.STATES),
        Column("origin", "成り立ち", "whole", "値がどのように決まったか。保留は空", columns.ORIGINS),
        Column("decided_by", "確定者", "text", "人が確定したときの利用者名"),
        Column("decided_at", "確定日時", "moment", "人が確定した日時（日本時間）"),
        Column("confidence", "確信度", "number", "読み取った値と状態が正しい確率", unit="なし（0から1）"),
        Column("raw_value", "読み取り値", "text", "人の手が入る前の値。保留は空"),
        Column("raw_state", "読み取り状態", "whole", "人の手が入る前の状態。保留は空", columns.STATES),
        Column("file", "ファイル名", "text", "元のスキャンのファイル名"),
        Column("sha256", "SHA256", "text", "元のファイルのハッシュ値"),
        Column("page", "ページ", "whole", "ファイルの中のページ（1から）", unit="ページ"),
        Column("box_left", "位置_左", "whole", "記入欄の左端（元の画像）", unit="px"),
        Column("box_top", "位置_上", "whole", "記入欄の上端（元の画像）", unit="px"),
        Column("box_width", "位置_幅", "whole", "記入欄の幅（元の画像）", unit="px"),
        Column("box_height", "位置_高さ", "whole", "記入欄の高さ（元の画像）", unit="px"),
        Column("reader", "読み取り器", "text", "読み取り器の名前と版"),
        Column("threshold", "判定線の版", "text", "自動で受け入れる線の版"),
    ),
)


def rows(found: Answered, cleaner: clean.Cleaner) -> Iterator[Row]:
    """One row per answer of the record, in the order of the form."""
    places = {page.n: page for page in found.record.pages}
    form_id, version = found.record.form or ("", "")
    for spot in found.version.spots:
        answer = found.answers.get(spot.item.field) if spot.item else None
        state = found.row[spot.state]
        value = found.row[spot.place]
        yield [
            found.record.id,
            form_id,
            version,
            spot.column.name,
            spot.column.header,
            *_typed(value),
            spot.codes.meanings.get(value) if spot.codes else None,
            state,
            *_settled(spot, answer, state, cleaner),
            *_read(spot, answer, value, state),
            *_where(answer.reading if answer else None, places, cleaner),
        ]


def _typed(value: Cell) -> tuple[Cell, Cell, Cell]:
    """Number, date, text: one of them, or none."""
    if isinstance(value, dt.date):
        return None, value, None
    return (None, None, value) if isinstance(value, str) else (value, None, None)


def _settled(spot: Spot, answer: model.Answer | None, state: Cell, cleaner: clean.Cleaner) -> tuple[Cell, Cell, Cell]:
    """How it came about, by whom, when."""
    if state == HELD:
        return None, None, None
    if spot.item is None or answer is None:
        return model.DERIVED, None, None
    decision = answer.decision
    if decision is None:
        return answer.origin, None, None
    return answer.origin, cleaner.text(decision.by, "decided_by"), values.moment(decision.at)


def _read(spot: Spot, answer: model.Answer | None, value: Cell, state: Cell) -> tuple[Cell, Cell, Cell]:
    """Confidence, and what was read before anybody touched it; nothing of a value that does not count yet."""
    reading = answer.reading if answer else None
    if spot.item is None or answer is None or reading is None:
        return None, None, None
    confidence = round(reading.confidence, 6)
    if state == HELD:
        return confidence, None, None
    raw_state = columns.STATE_CODES[reading.state]
    if answer.origin == model.AUTO:
        return confidence, values.shown(value) or None, raw_state
    if reading.state != "valid":
        return confidence, None, raw_state
    raw = spot.item.fill(reading.value, clean.Cleaner())[spot.at]
    return confidence, values.shown(raw) or None, raw_state


def _where(
    reading: model.Reading | None, places: dict[int, model.Placement], cleaner: clean.Cleaner
) -> tuple[Cell, ...]:
    """File, hash, page, box and versions."""
    if reading is None:
        return (None,) * 9
    page = places.get(reading.page or 0)
    file = (cleaner.text(page.file, "file"), page.sha256 or None, page.page) if page else (None, None, None)
    versions = cleaner.text(reading.reader, "reader"), cleaner.text(reading.threshold, "threshold")
    return (*file, *_box(reading.quad_px), *versions)


def _box(quad: model.Quad | None) -> tuple[int | None, ...]:
    """Left, top, width and height of the upright rectangle around a quadrangle, in px."""
    if not quad:
        return (None,) * 4
    xs, ys = [x for x, _ in quad], [y for _, y in quad]
    left, top = round(min(xs)), round(min(ys))
    return left, top, round(max(xs)) - left, round(max(ys)) - top
