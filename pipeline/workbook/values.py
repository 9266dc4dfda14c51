"""Single values as cells: numbers, dates of both calendars, codes."""

from __future__ import annotations

import datetime as dt
import math

from pipeline.workbook.columns import Cell

JAPAN = dt.timezone(dt.timedelta(hours=9))  # no summer time since 1952

_ERAS = (
    (dt.date(2019, 5, 1), "令和"),
    (dt.date(1989, 1, 8), "平成"),
    (dt.date(1926, 12, 25), "昭和"),
    (dt.date(1912, 7, 30), "大正"),
    (dt.date(1868, 10, 23), "明治"),
)
_EXACT = 10**15  # Excel keeps 15 digits


def wareki(day: dt.date) -> str | None:
    """The day in the Japanese calendar, the first year written 元; None before 明治."""
    era = next(((start, name) for start, name in _ERAS if day >= start), None)
    if era is None:
        return None
    year = day.year - era[0].year + 1
    return f"{era[1]}{'元' if year == 1 else year}年{day.month}月{day.day}日"


def day(value: object) -> dt.date | None:
    """The date behind `YYYY-MM-DD`; None when there is none."""
    try:
        return dt.date.fromisoformat(str(value))
    except ValueError:
        return None


def moment(stamp: str) -> dt.datetime | None:
    """A UTC time stamp (ISO 8601) as Japan time without zone, to the second; None when it is none."""
    try:
        found = dt.datetime.fromisoformat(stamp)
    except ValueError:
        return None
    aware = found if found.tzinfo else found.replace(tzinfo=dt.UTC)
    return aware.astimezone(JAPAN).replace(tzinfo=None, microsecond=0)


def whole(value: object) -> int | None:
    """A whole number (true is 1); None when the value is none that Excel keeps exactly."""
    found = number(value)
    return int(found) if found is not None and found == int(found) else None


def number(value: object) -> int | float | None:
    """A finite number of at most 15 digits; None when the value is none."""
    if isinstance(value, str):
        value = _parsed(value)
    if not isinstance(value, (int, float)):
        return None
    if isinstance(value, bool):
        return int(value)
    return value if math.isfinite(value) and abs(value) < _EXACT else None


def _parsed(text: str) -> float | int | None:
    """The number a text spells in plain digits; Python's own 1_000 is none."""
    for spelling in (int, float):
        try:
            return spelling(text) if "_" not in text else None
        except ValueError:
            continue
    return None


def shown(value: Cell | bool | tuple[object, ...]) -> str:
    """A value as text, for columns that hold values of every kind; several answers are joined by a space."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, tuple):
        return " ".join(shown(part) for part in value if isinstance(part, (str, int, float)))
    return value if isinstance(value, str) else str(value)
