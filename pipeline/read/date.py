"""Dates: eras circled or printed, figures in cells or on a line, the calendar as judge."""

from __future__ import annotations

import datetime
import functools
import re
from collections.abc import Sequence

import numpy as np

from pipeline import model
from pipeline.forms import schema
from pipeline.read import answers, classify, figures, ink, question
from pipeline.read.answers import Groups

READER = "date/1"
# First day of each era (公文式 and the laws on eras); a year counts from 1, written 元 or 1.
ERAS = {
    "明治": datetime.date(1868, 1, 25),
    "大正": datetime.date(1912, 7, 30),
    "昭和": datetime.date(1926, 12, 25),
    "平成": datetime.date(1989, 1, 8),
    "令和": datetime.date(2019, 5, 1),
}
LETTERS = {"M": "明治", "T": "大正", "S": "昭和", "H": "平成", "R": "令和"}
LARGEST = {"month": 12, "day": 31}
WRITTEN = re.compile(
    r"(?P<era>明治|大正|昭和|平成|令和|[MTSHR])?(?P<year>元|\d{1,4})[年./-](?P<month>\d{1,2})[月./-](?P<day>\d{1,2})日?"
)


def read(groups: Groups) -> list[model.Reading]:
    """Readings of all dates on a sheet."""
    return [_field(group[0].field, group) for group in groups.values() if isinstance(group[0].field, schema.Date)]


def _field(field: schema.Date, crops: Sequence[model.FieldCrop]) -> model.Reading:
    if max(crop.off_page for crop in crops) > 0.1:
        return answers.reading(crops, READER, None, "illegible", "off-page", 0.0)
    if field.year is None:
        return _in_one_box(field, crops)
    parts = {
        name: figures.in_cells(own, functools.partial(_possible, name)) if _celled(own) else figures.free(own[0])
        for name, own in _parts(crops).items()
    }
    if all(part.state == "empty" for part in parts.values()):
        return answers.reading(crops, READER, None, "empty", None, min(part.score for part in parts.values()))
    era, era_score = era_of(field, [crop for crop in crops if crop.part.startswith("era-")])
    return _from_parts(field, crops, parts, (era, era_score))


def _possible(part: str, text: str) -> bool:
    """Whether a year, month or day can be so much."""
    return 0 < int(text) <= LARGEST.get(part, int(text))


def _parts(crops: Sequence[model.FieldCrop]) -> dict[str, list[model.FieldCrop]]:
    names = ("year", "month", "day")
    return {name: [crop for crop in crops if crop.part.split("-")[0] == name] for name in names}


def _celled(crops: Sequence[model.FieldCrop]) -> bool:
    return "-" in crops[0].part


def _from_parts(
    field: schema.Date,
    crops: Sequence[model.FieldCrop],
    parts: dict[str, figures.Figure],
    read_era: tuple[str | None, float],
) -> model.Reading:
    era, era_score = read_era
    parts = parts | {"year": _first_year(parts["year"])}
    score = era_score * float(np.prod([part.score for part in parts.values()]))
    weak = next((part for part in parts.values() if part.state != "valid"), None)
    if weak is not None or era == "":
        reason = (weak.reason if weak else "era-unclear") or "part-missing"
        return answers.reading(crops, READER, None, "illegible", reason, score)
    value = calendar(era, *(parts[name].text for name in ("year", "month", "day")))
    if value is None:
        return answers.reading(crops, READER, None, "illegible", "impossible-date", score)
    agreed = all(part.agreed for part in parts.values())
    found = answers.reading(crops, READER, value, "valid", oddity(field, value), score)
    return found if agreed else answers.doubted(found, crops[0].field.kind)


def _first_year(year: figures.Figure) -> figures.Figure:
    """元 written for the first year of an era is no figure, but what the line recogniser read says so."""
    if year.state != "illegible" or year.seen != "元":
        return year
    return figures.Figure("元", "valid", None, year.score, agreed=False)


def era_of(field: schema.Date, crops: Sequence[model.FieldCrop]) -> tuple[str | None, float]:
    """The era's name and how sure; None: the year is a western one; "": not clear which."""
    if not crops:
        return (field.eras[0] if len(field.eras) == 1 else None if not field.eras else ""), 1.0
    verdict = question.decide(classify.options([ink.Seen(crop) for crop in crops]), several=False)
    marked = verdict.marked
    return (crops[int(marked[0])].part.removeprefix("era-") if len(marked) == 1 else ""), verdict.certainty


def _in_one_box(field: schema.Date, crops: Sequence[model.FieldCrop]) -> model.Reading:
    figure = figures.in_cells(crops) if len(crops) > 1 else figures.free(crops[0])
    if figure.state != "valid":
        return answers.reading(crops, READER, None, figure.state, figure.reason, figure.score)
    value = written(figure.text, field.eras)
    state: model.State = "valid" if value else "illegible"
    agreed = value is not None and len(crops) > 1 and figure.agreed
    reason = oddity(field, value) if value else "impossible-date"
    found = answers.reading(crops, READER, value, state, reason, figure.score)
    return found if agreed else answers.doubted(found, crops[0].field.kind)


def written(text: str, eras: Sequence[str]) -> str | None:
    """The day a written date means, as `YYYY-MM-DD`; None when it means none."""
    text = figures.normal(text).replace("．", ".").rstrip(".")
    found = WRITTEN.fullmatch(text)
    if found is None:
        plain = re.fullmatch(r"(\d{4})(\d{2})(\d{2})", text)
        return calendar(None, *plain.groups()) if plain else None
    era = found["era"]
    if era is None and len(found["year"]) < 3:
        era = eras[0] if len(eras) == 1 else ""
    return calendar(LETTERS.get(era, era) if era else era, found["year"], found["month"], found["day"])


def oddity(field: schema.Date, value: str) -> str | None:
    """Why a day of the calendar is hardly what was meant: what a form reports has happened, unless it says otherwise."""
    tomorrow = datetime.datetime.now(datetime.UTC).date() + datetime.timedelta(days=1)  # already today somewhere
    return "future-date" if value > tomorrow.isoformat() and not field.future else None


def calendar(era: str | None, year: str, month: str, day: str) -> str | None:
    """`YYYY-MM-DD` of a day in an era (None: western years); None when the calendar has no such day."""
    if (era and era not in ERAS) or era == "":
        return None
    try:
        number = 1 if year == "元" else int(year)
        first = ERAS[era] if era else None
        found = datetime.date(first.year + number - 1 if first else number, int(month), int(day))
    except ValueError:
        return None
    return found.isoformat() if _in_era(found, era, number) else None


def _in_era(day: datetime.date, era: str | None, year: int) -> bool:
    """Whether a day lies in its era: one after its end may be habit or a misread figure, so a person looks."""
    if era is None:
        return 1868 <= day.year <= 2100
    later = [first for first in ERAS.values() if first > ERAS[era]]
    return year >= 1 and ERAS[era] <= day and (not later or day < min(later))
