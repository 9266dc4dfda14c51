"""A small year of an office: every sheet that went out is accounted for, and the report says what happened."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from pipeline import exports, reporting, store
from pipeline.forms import Forms
from pipeline.settings import Settings
from pipeline.store import Store
from tests.returns import made_year
from tests.returns.made_year import AS_OF, Size, Truth, Year
from tests.returns.scanners import Told

SMALL = Size(surveys=48, paths=16, notices=20, tickets=16, odd=0.1)


@dataclass
class Played:
    """A year that has passed, and what is known of it."""

    store: Store
    forms: Forms
    truth: Truth
    report: reporting.Counted

    def rows(self, table: str, block: int = 0) -> list[dict[str, Any]]:
        """The rows of a block of a table, by heading."""
        made = next(one for one in self.report.tables if one.id == table).blocks[block]
        return [dict(zip([head.label for head in made.heads], row, strict=True)) for row in made.rows]

    def counts(self, table: str, block: int = 0) -> dict[Any, Any]:
        """Class → how many."""
        return {row["区分"]: row["件数"] for row in self.rows(table, block)}


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory, shipped: Forms) -> Iterator[Played]:
    """A small year over the shipped forms."""
    folder = tmp_path_factory.mktemp("year")
    with pytest.MonkeyPatch.context() as patch, store.open(Settings(data=folder / "data"), create=True) as opened:
        made_year.told(patch, opened)
        truth = Year(opened, shipped, SMALL, Told(folder, 1)).play()
        counted = exports.counted(opened, shipped, exports.Asked(kind="report", as_of=AS_OF))
        yield Played(opened, shipped, truth, counted)


def test_every_serial_is_accounted_for(year: Played) -> None:
    """Each issued sheet has come back, is outstanding, or is void with a reason, as it happened."""
    found = {sent.name: sent.fate for sent in year.report.loop.sent}
    assert found == year.truth.fates
    assert all(sent.reason for sent in year.report.loop.sent if sent.fate == "void")
    assert year.report.loop.doubled == year.truth.rescans > 0


def test_what_came_odd_is_told_from_what_waits(year: Played) -> None:
    """A second scan that was settled leaves one whole sheet, one that was not waits; an unknown version has its number."""
    truth, sheets = year.truth, year.report.loop.sheets
    assert min(truth.replaced, truth.apart, truth.unplaced) > 0
    assert sum(not sheet.shut for sheet in sheets) == truth.apart
    bare = [sheet for sheet in sheets if sheet.serial is None]
    assert len(bare) == truth.unplaced
    assert {year.report.loop.who(sheet) for sheet in bare} <= {name.rpartition("/")[2] for name in truth.fates}


def test_outcomes_of_serials_are_in_the_report(year: Played) -> None:
    """A19 counts what came back, what was given up and why, and how long it took."""
    (everything,) = [row for row in year.rows("A19") if row["地区"] == "全体"]
    truth = year.truth
    assert (everything["発行"], everything["回収"]) == (len(truth.fates), truth.of("returned"))
    assert (everything["取りやめ"], everything["未着"]) == (truth.of("void"), truth.of("outstanding"))
    assert everything["日数の中央値"] == round(statistics.median(truth.days), 1)
    reasons = {name: n for name, n in year.counts("A19", 6).items() if n}
    assert reasons == dict(truth.reasons)


def test_notices_and_replies_are_counted(year: Played) -> None:
    """A8 to A12 count notices by month, answers of notices and of last replies, and what nobody answered."""
    truth = year.truth
    months = {row["月"]: row["件数"] for row in year.rows("A8") if row["件数"]}
    assert months == dict(truth.months)
    assert year.rows("A8")[-1]["累計"] == truth.notices
    for table, role in (("A9", "sex"), ("A10", "visit-kind"), ("A11", "care-application")):
        found = sorted(n for n in year.counts(table).values() if n)
        assert found == sorted(truth.said[role].values())
        assert sum(row["割合（%）"] for row in year.rows(table)) == 100
    assert sorted(row["日数"] for row in year.rows("A12", 1)) == sorted(truth.open_days)
    assert sum(year.counts("A12").values()) == len(truth.open_days)


def test_surveys_are_counted_by_district(year: Played) -> None:
    """A13 knows what was sent to each district and what came back of it."""
    rows = {row["地区"]: row for row in year.rows("A13", 1)}
    assert {name: row["発送"] for name, row in rows.items() if row["発送"]} == dict(year.truth.surveys)
    assert sum(row["回収"] + row["取りやめ"] + row["未着"] for row in rows.values()) == SMALL.surveys
    (this,) = [row for row in year.rows("A13") if row["年度"] == "R6年度"]
    assert this["回収率（%）"] == pytest.approx(100 * this["回収"] / SMALL.surveys, abs=0.05)


def test_tickets_and_participations_are_counted(year: Played) -> None:
    """A14 counts what was handed over, A15 and A16 who came to a group by a ticket or otherwise, and which groups."""
    by_year = {table: {row["年度"]: row for row in year.rows(table)} for table in ("A14", "A15", "A16")}
    assert by_year["A14"]["R6年度"]["手交"] == year.truth.handed
    assert by_year["A15"]["R6年度"]["人数"] == len(year.truth.connected)
    assert by_year["A16"]["R6年度"]["団体"] == len(year.truth.groups)
    assert [by_year["A16"][f"R{n}年度"]["目標"] for n in range(8, 13)] == [2, 4, 6, 8, 10]
    assert by_year["A15"]["R9年度"]["人数"] is None  # that year is yet to come


def test_visits_are_counted_by_month(year: Played) -> None:
    """A17 adds visits of replies and those entered by hand, month by month from April to March."""
    rows = year.rows("A17")
    assert [row["月"] for row in rows][::11] == ["2024年4月", "2025年3月"]
    assert (rows[-1]["累計"], sum(row["手入力"] for row in rows)) == (year.truth.visits, 10)
