"""The Japanese calendar: first day of each era, and years as people write them."""

from __future__ import annotations

import datetime

# First days by law; a year counts from 1, written 元 or 1.
STARTS = {
    "明治": datetime.date(1868, 1, 25),
    "大正": datetime.date(1912, 7, 30),
    "昭和": datetime.date(1926, 12, 25),
    "平成": datetime.date(1989, 1, 8),
    "令和": datetime.date(2019, 5, 1),
}
LETTERS = {"M": "明治", "T": "大正", "S": "昭和", "H": "平成", "R": "令和"}


def western(era: str, year: int, month: int, day: int) -> datetime.date:
    """The day, which must lie within the era; raises ValueError when it does not, KeyError for an unknown era."""
    found = datetime.date(STARTS[era].year + year - 1, month, day)
    later = [start for start in STARTS.values() if start > STARTS[era]]
    if found < STARTS[era] or year < 1 or (later and found >= min(later)):
        raise ValueError(f"{found} is not of {era}")
    return found
