"""What an export holds: filters, a day that is past, and the trace it leaves."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, update

from pipeline import exports, run, store, workbook
from pipeline.errors import UsageProblem
from pipeline.forms import Forms, schema
from pipeline.review import Change
from pipeline.settings import Settings
from pipeline.store import Part, Store, audit, moments, tables
from tests.ui import office

TODAY = dt.datetime.now(moments.TOKYO).date()
DAY = dt.timedelta(days=1)


def _form() -> schema.Form:
    """The office's form, with one of its choices asking for the district."""
    raw = office.form().model_dump(by_alias=True, exclude_unset=True)
    raw["sides"][0]["fields"][2]["role"] = exports.DISTRICT
    form = schema.Form.model_validate(raw)
    form.sides[0].attach(lambda: office.form().sides[0].blank)
    return form


@dataclasses.dataclass
class Place:
    """A store and its forms."""

    store: Store
    forms: Forms
    folder: Path

    def rows(self, **asked: Any) -> list[str]:
        """The ids of the records in an export."""
        return [str(row[0]) for row in self.table(**asked)]

    def table(self, **asked: Any) -> list[tuple[str, ...]]:
        """The first rows of 個票."""
        seen = exports.preview(".xlsx", self.store, self.forms, exports.Asked(sheets=("個票",), **asked))
        return [row for head in seen.heads.values() for row in head.rows]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """Three records, the second of which names its district."""
    form = _form()
    forms = Forms({form.key: form})
    with store.open(Settings(data=tmp_path / "data"), create=True) as opened:
        store.accounts.add(opened, "tanaka")
        for n in range(3):
            scan = tmp_path / f"{n}.png"
            scan.write_bytes(office.page_png(form, n))
            sha256 = next(iter(run.accept([scan], opened, batch=f"束{n}", actor="tanaka"))).sha256
            made = office.record(form, f"r{n}", sha256, scan.name)
            run.save(Part(opened.pages(sha256)[0].page_id, (made,)), opened, forms)
        made_place = Place(opened, forms, tmp_path)
        _settle(made_place, "r1", "f2", "way-3")
        yield made_place


def _settle(place: Place, record: str, field: str, value: str) -> None:
    version = place.store.record(record).answers()[field].version
    run.settle(place.store, place.forms, Change(record, field, "correct", version, "tanaka", raw=value))


def test_a_district_is_what_counts(place: Place) -> None:
    """The filter finds settled districts only: a mere reading is not yet an answer."""
    assert place.rows() == ["r0", "r1", "r2"]
    assert place.rows(district="way-3") == ["r1"]
    assert place.rows(district="way-2") == []  # what was read on the others, and waits for a person
    assert "way-3" in exports.offered(place.store, place.forms).districts


def test_a_past_day_knows_nothing_of_later_decisions(place: Place) -> None:
    """A decision of today is not in an export of yesterday, and what follows from it is worked out again."""
    _settle(place, "r0", "f1", "3")
    today = place.table(status=("needs_review",))[0]
    with place.store.writing() as change:
        before = moments.start(TODAY - 5 * DAY)
        change.connection.execute(update(tables.scan).values(arrived=before))
    then = place.table(as_of=TODAY - DAY)[0]
    assert place.table(as_of=TODAY)[0][6] == today[6]
    assert int(then[6]) == int(today[6]) + 1  # one answer more is held
    assert "4" in today[13:]  # the sum of both scores
    assert place.rows(district="way-3", as_of=TODAY - DAY) == []


def test_an_office_is_the_batchs_or_the_persons(place: Place) -> None:
    """A batch without an office belongs to that of whoever brought it in."""
    with place.store.writing() as change:
        change.connection.execute(insert(tables.office), [{"id": 1, "name": "平田"}, {"id": 2, "name": "本庁"}])
        change.connection.execute(update(tables.actor).values(office_id=2))
        change.connection.execute(update(tables.batch).where(tables.batch.c.name == "束1").values(office_id=1))
    assert exports.offered(place.store, place.forms).offices == ("平田", "本庁")
    assert place.rows(office="平田") == ["r1"]
    assert place.rows(office="本庁") == ["r0", "r2"]


@pytest.mark.parametrize(
    ("code", "asked"),
    [
        ("export-form", {"form": "none"}),
        ("export-district", {"district": "月"}),
        ("export-office", {"office": "月"}),
        ("export-period", {"arrived_from": TODAY, "arrived_until": TODAY - DAY}),
        ("export-as-of", {"as_of": dt.date(9999, 12, 31)}),
        ("export-purpose", {"identified": True}),
        ("export-purpose", {"identified": True, "purpose": "x" * 101}),
        ("export-purpose", {"identified": True, "purpose": "a\nb"}),
        ("export-sheet", {"sheets": ("none",)}),
    ],
)
def test_what_cannot_be_is_refused(place: Place, code: str, asked: dict[str, Any]) -> None:
    """A filter that nothing can meet, and names without a purpose, are a mistake and not an empty file."""
    out = place.folder / "out.xlsx"
    with pytest.raises(UsageProblem) as refused:
        exports.write(out, place.store, place.forms, exports.Asked(**asked))
    assert refused.value.code == code
    assert not out.exists()


def test_filters_stand_in_the_metadata(place: Place) -> None:
    """Whoever opens the file later sees what was left out by request."""
    asked = exports.Asked(form="plain", arrived_from=TODAY, status=("needs_review",), district="way-3")
    seen = exports.preview(".xlsx", place.store, place.forms, asked)
    assert seen.summary.records == 1
    out = place.folder / "out.csv"
    exports.write(out, place.store, place.forms, asked)
    told = (place.folder / "out_メタデータ.csv").read_text("utf-8-sig")
    for line in ("絞り込み: 様式,,plain", f"取込日の期間,,{TODAY}から", "地区,,way-3", "記録の状態,,確認待ち"):
        assert line in told


def test_who_was_set_aside_is_counted(place: Place) -> None:
    """A record that a person called blank is in no sheet, and is counted as left out."""
    run.settle(place.store, place.forms, Change("r2", None, "blank", 0, "tanaka"))
    seen = exports.preview(".xlsx", place.store, place.forms, exports.Asked())
    assert (seen.summary.records, sum(seen.summary.left_out.values())) == (2, 1)


def test_progress_ends_at_the_end(place: Place) -> None:
    """Records looked at are told of how many there are, and in a flat file only while it is written."""
    steps: list[tuple[int, int]] = []
    exports.write(place.folder / "out.csv", place.store, place.forms, exports.Asked(), lambda *step: steps.append(step))
    assert steps == [(1, 3), (2, 3), (3, 3)]


def test_a_preview_counts_as_the_file_does(place: Place) -> None:
    """The rows that a preview promises are the rows that are written."""
    seen = exports.preview(".xlsx", place.store, place.forms, exports.Asked())
    done = exports.write(place.folder / "out.xlsx", place.store, place.forms, exports.Asked())
    assert isinstance(seen, workbook.Preview)
    assert dict(seen.summary.rows) == dict(done.rows)
    assert exports.violations(done) == []


def test_the_trace_of_the_command(place: Place) -> None:
    """Every export leaves who, which and how many; that of names also what for."""
    asked = exports.Asked(identified=True, purpose=" 訪問 ", by="コマンド")
    exports.write(place.folder / "out.parquet", place.store, place.forms, asked)
    rows = [one for one in reversed(audit.entries(place.store, audit.Asked())) if one.action.startswith("export")]
    assert {row.actor for row in rows} == {"コマンド"}
    assert [(row.action, row.target.partition(" ")[2], row.why) for row in rows[:1]] == [
        ("export-begin", "kind=data identified=1", "訪問")
    ]
    assert rows[1].target.startswith(f"export={asked.id} records=3 open=")
