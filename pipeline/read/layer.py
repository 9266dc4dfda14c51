"""What was typed on a PC: words of the PDF's own text layer, letter for letter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from pipeline import model
from pipeline.forms import schema
from pipeline.read import answers, date, digits, figures, ink

READER = "pdf-text/1"
EXACT = 0.9999  # nothing is recognised: only the field's own rules can be broken
PRINTED = 0.85  # share of the dark pixels under a word that the blank has too, from which it is the form's own print
DARK = 0.4


def read(crops: Sequence[model.FieldCrop]) -> model.Reading | None:
    """The typed answer of a field; None where the layer has nothing in its boxes."""
    words = {crop.part: typed(crop) for crop in crops}
    if not any(words.values()):
        return None
    era, score = _era(crops)
    value, reason = _value(crops[0].field, words, era)
    state: model.State = "illegible" if value is None else "valid"
    found = answers.reading(crops, READER, value, state, reason, score)
    return replace(found, confidence=score if value is not None else 0.0, sure=value is not None and score >= EXACT)


def _era(crops: Sequence[model.FieldCrop]) -> tuple[str | None, float]:
    """The era of a date, which may be circled by hand on a typed page, and how sure the whole can be."""
    field = crops[0].field
    if not isinstance(field, schema.Date):
        return None, EXACT
    era, score = date.era_of(field, [crop for crop in crops if crop.part.startswith("era-")])
    return era, min(score, EXACT)


def typed(crop: model.FieldCrop) -> str:
    """The words in a crop's box that are not printed on the blank, line by line."""
    words = [word for word in crop.words if _is_figure(word) or not _on_blank(crop, word)]
    lines: list[list[model.Word]] = []
    for word in sorted(words, key=lambda w: w.box[1] + w.box[3] / 2):
        if lines and abs(_middle(word) - _middle(lines[-1][0])) < word.box[3] / 2:
            lines[-1].append(word)
        else:
            lines.append([word])
    return "\n".join(" ".join(w.text for w in sorted(line, key=lambda w: w.box[0])) for line in lines)


def _is_figure(word: model.Word) -> bool:
    """Figures are never left out: a lost one would make another number."""
    return any(c.isdigit() for c in word.text)


def _middle(word: model.Word) -> float:
    return word.box[1] + word.box[3] / 2


def _on_blank(crop: model.FieldCrop, word: model.Word) -> bool:
    """Whether the form itself has print where the word stands."""
    x, y, w, h = word.box
    page = np.array([[x, y], [x + w, y], [x + w, y + h], [x, y + h]], np.float32)
    margin = crop.margin_mm * crop.px_per_mm
    right, low = (n - margin for n in crop.image.shape[::-1])
    box = np.array([[margin, margin], [right, margin], [right, low], [margin, low]], np.float32)
    onto = cv2.getPerspectiveTransform(np.array(crop.quad_px, np.float32), box)
    corners = cv2.perspectiveTransform(page[None], onto)[0]
    left, top = np.maximum(corners.min(axis=0).astype(int), 0)
    right_px, low_px = np.maximum(corners.max(axis=0).astype(int) + 1, 1)
    place = (slice(top, low_px), slice(left, right_px))
    seen = ink.darkness(crop.image)[place] > DARK
    near = cv2.dilate(ink.darkness(crop.blank), np.ones((5, 5), np.uint8))[place] > DARK
    return bool(seen.any()) and float(near[seen].mean()) > PRINTED


def _value(field: schema.Field, words: dict[str, str], era: str | None) -> tuple[model.Value, str | None]:
    if isinstance(field, schema.Text):
        return _entry(field, next(iter(words.values())))
    if isinstance(field, schema.Date):
        return _date(field, words, era)
    plain = figures.normal("".join(words.values()))
    if isinstance(field, schema.Digits):
        return digits.value_of(field, plain, celled=field.cells is not None and "." not in plain)
    if isinstance(field, schema.Score) and plain.isdigit() and int(plain) in field.values:
        return int(plain), None
    return None, "out-of-range"


def _entry(field: schema.Text, words: str) -> tuple[model.Value, str | None]:
    """The words, or the entry of the field's list that they mean."""
    listing = field.listing
    if listing is None or not listing.rows:
        return words, None
    entry = listing.find(words)
    return entry or words, None if entry else "not-in-list"


def _date(field: schema.Date, words: dict[str, str], era: str | None) -> tuple[model.Value, str | None]:
    if field.year is None:
        found = date.written("".join(words.values()), field.eras)
    else:
        found = date.calendar(era, *(_joined(words, name) for name in ("year", "month", "day")))
    return found, date.oddity(field, found) if found else "impossible-date"


def _joined(words: dict[str, str], name: str) -> str:
    return figures.normal("".join(text for part, text in words.items() if part.split("-")[0] == name))


READS = (schema.Text, schema.Digits, schema.Date)


def reads(field: schema.Field) -> bool:
    """Whether such a field can be typed: words and figures can, marks are read from the picture."""
    written = isinstance(field, schema.Score) and not field.options
    return isinstance(field, READS) or written
