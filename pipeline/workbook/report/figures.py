"""Percentages that add up, and days as parts of fiscal years."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence


def whole_percentages(counts: Sequence[int]) -> list[int | None]:
    """Percentages of the counts' sum that add to 100; None each when nothing was counted.

    Method: largest remainder (Hare quota); of equal remainders the later class is raised, as the city prints it.
    """
    base = sum(counts)
    if base == 0:
        return [None] * len(counts)
    shares = [100 * count // base for count in counts]
    order = sorted(range(len(counts)), key=lambda n: (100 * counts[n] % base, n), reverse=True)
    for place in order[: 100 - sum(shares)]:
        shares[place] += 1
    return list(shares)


def percentage(count: float, base: float) -> float | None:
    """A percentage with one decimal, halves up; None without a base."""
    return int(1000 * count / base + 0.5) / 10 if base else None


def rounded(count: int, base: int) -> int | None:
    """A whole percentage on its own, halves up."""
    return (200 * count + base) // (2 * base) if base else None


def fiscal_year(day: dt.date, begins: int) -> int:
    """The year (西暦) in which the day's fiscal year began."""
    return day.year - (day.month < begins)


def year_label(year: int) -> str:
    """R8年度 of 2026; before 令和 the western year."""
    return f"R{year - 2018}年度" if year >= 2019 else f"{year}年度"


def year_of(text: str) -> int | None:
    """The year that R8, R8年度 or 2026 names."""
    plain = text.strip().removesuffix("年度")
    number = plain.removeprefix("R")
    if not number.isdecimal():
        return None
    return int(number) + (2018 if plain.startswith("R") else 0)


def month_label(first: dt.date) -> str:
    """2026年4月."""
    return f"{first.year}年{first.month}月"


def months(first: dt.date, last: dt.date) -> list[dt.date]:
    """The first day of every month from one day's to the other's."""
    begin, end = first.year * 12 + first.month - 1, last.year * 12 + last.month - 1
    return [dt.date(n // 12, n % 12 + 1, 1) for n in range(begin, end + 1)]
