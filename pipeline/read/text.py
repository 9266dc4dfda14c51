"""Words: from a PDF's own layer, else by the line recogniser; print also by Tesseract, names against a list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pipeline import model
from pipeline.forms import schema
from pipeline.geometry import Grey
from pipeline.programs import tesseract
from pipeline.read import answers, figures, ink, line, named
from pipeline.read.answers import Groups

READER = "text/1"


def read(groups: Groups) -> list[model.Reading]:
    """Readings of all text fields on a sheet; all print goes to Tesseract in one call."""
    seen = {name: ink.Seen(group[0]) for name, group in groups.items()}
    pictures = {name: line.trimmed(one) for name, one in seen.items()}
    printed = [name for name, group in groups.items() if _printed(group[0].field) and pictures[name] is not None]
    second = dict(zip(printed, _second([pictures[name] for name in printed]), strict=True))
    found = [_field(group, seen[name], pictures[name], second.get(name)) for name, group in groups.items()]
    return [_told(one, one.field in second and second[one.field] is None) for one in found]


def _told(found: model.Reading, silent: bool) -> model.Reading:
    """The reading, with a word where the second reader of print said nothing: then nobody checked it."""
    unchecked = silent and found.reader == READER and found.state == "valid" and found.reason is None
    return replace(found, reason="unconfirmed-print") if unchecked else found


def _printed(field: schema.Field) -> bool:
    return isinstance(field, schema.Text) and field.script == "printed"


def _second(pictures: Sequence[Grey | None]) -> list[str | None]:
    return tesseract.lines([picture for picture in pictures if picture is not None])


def _field(crops: Sequence[model.FieldCrop], seen: ink.Seen, picture: Grey | None, second: str | None) -> model.Reading:
    crop = crops[0]
    if crop.off_page > 0.1:
        return answers.reading(crops, READER, None, "illegible", "off-page", 0.0)
    if picture is None:
        return answers.reading(crops, READER, None, "empty", None, float(np.clip(1 - seen.written_mm2, 0, 1)))
    listing = crop.field.listing if isinstance(crop.field, schema.Text) else None
    if listing is not None and listing.rows:
        return named.read(crops, line.read(picture), listing)
    rows = lines_of(picture)
    read = [line.read(row) for row in rows]
    words = "\n".join(r.text for r in read)
    score = min(r.confidence for r in read)
    if not words.strip():
        return answers.reading(crops, READER, None, "illegible", "no-text-found", 0.0)
    agreed = second is not None and figures.normal(second) == figures.normal(words)
    found = answers.reading(crops, READER, words, "valid", None, score)
    return found if agreed else answers.doubted(found, crops[0].field.kind)


def lines_of(picture: Grey) -> list[Grey]:
    """A note cut into its lines where rows of paper lie between them."""
    rows = (255 - picture.astype(np.float32)).mean(axis=1) > 2.5
    edges = np.flatnonzero(np.diff(np.concatenate([[0], rows.astype(int), [0]])))
    spans = [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True) if b - a >= 20]
    if len(spans) < 2 or picture.shape[0] < 90:
        return [picture]
    return [picture[max(a - 6, 0) : b + 6] for a, b in spans]
