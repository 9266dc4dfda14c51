"""What `run` hands to the screen to be seen: pages and crops, each scan decoded once."""

from __future__ import annotations

import functools
from pathlib import Path

from pipeline import acquire, align, crop, model, review
from pipeline.forms import Forms
from pipeline.review.pictures import Layout
from pipeline.store import Store

KEPT_PAGES = 3  # decoded, some 17 MB each at A3


def forget() -> None:
    """Let go of every decoded page."""
    _decoded.cache_clear()


def page_picture(store: Store, sha256: str, page: int, turn: int = 0, width: int = 1600) -> bytes:
    """A page of an original as grey JPEG, turned clockwise by `turn` degrees, at most `width` px wide.

    Raises:
        KeyError: no such file or page, or it could not be opened.
    """
    if not store.knows(sha256):
        raise KeyError(sha256)
    return review.pictures.page(_decoded(store.original(sha256), sha256, page).image, turn, width)


def page_layout(store: Store, record: model.Record, n: int, width: int = 1600) -> Layout:
    """How page n (from 1) of a record is shown, upright, and where its fields lie; KeyError when there is no such page.

    From what was kept when the page was read; only where nothing was, the page is decoded.
    """
    at = _placement(record, n)
    quads = {name: one.quad_px for name, one in record.readings.items() if one.page == n and one.quad_px}
    size = store.page_size(at.sha256, at.page or 0)
    if size is None:
        high, wide = _decoded(store.original(at.sha256), at.sha256, at.page or 0).image.shape
        size = (wide, high)
    return review.pictures.layout(size, at.rotation or 0, width, quads)


def page_shown(store: Store, record: model.Record, n: int, width: int = 1600) -> bytes:
    """Page n (from 1) of a record, upright, as JPEG; KeyError when there is no such page."""
    at = _placement(record, n)
    return page_picture(store, at.sha256, at.page or 0, at.rotation or 0, width)


def field_picture(store: Store, record_id: str, field_id: str, wide: bool = False) -> bytes:
    """The very crop of a field as JPEG, at twice its size on paper; `wide`: with its surroundings, at four times.

    From what was cut when the page was read, else cut now.

    Raises:
        KeyError: no such record or field, or the field lies on no page in hand.
    """
    kept = None if wide else store.cut(store.spot(record_id, field_id))
    if kept is not None:
        return kept
    record = store.record(record_id)
    reading = record.readings[field_id]
    if reading.quad_px is None or reading.page is None:
        raise KeyError(field_id)
    at = _placement(record, reading.page)
    image = _decoded(store.original(at.sha256), at.sha256, at.page or 0).image
    return review.pictures.field(image, reading.quad_px, review.pictures.px_per_mm(at), wide)


def crops(store: Store, forms: Forms, record: model.Record, field_id: str) -> tuple[model.FieldCrop, ...]:
    """The crops of a field as the reader would see them now; () where the page no longer shows that sheet."""
    reading = record.readings[field_id]
    if reading.page is None or record.form is None:
        return ()
    at = _placement(record, reading.page)
    page = _decoded(store.original(at.sha256), at.sha256, at.page or 0)
    same = [s for s in align.sheets(page, forms) if s.form and s.form.key == record.form and s.serial == record.serial]
    found = (crop.fields(sheet) for sheet in same[:1])
    return tuple(one for each in found for one in each if one.field.id == field_id)


def _placement(record: model.Record, n: int) -> model.Placement:
    found = next((page for page in record.pages if page.n == n and page.page is not None), None)
    if found is None:
        raise KeyError(n)
    return found


@functools.lru_cache(maxsize=KEPT_PAGES)
def _decoded(path: Path, sha256: str, number: int) -> model.Page:
    page = acquire.page(acquire.load(path), path.name, sha256, number)
    if isinstance(page, model.Refusal):
        raise KeyError(number)
    return page
