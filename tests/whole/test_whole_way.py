"""From a scan through a correction in the browser to the workbook, on real paths only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from python_calamine import CalamineWorkbook

from pipeline import exports, model, store
from pipeline.cli import reading
from pipeline.cli.common import loaded
from pipeline.forms import Forms, schema
from pipeline.settings import Settings
from pipeline.store import Store, accounts
from review_ui.app import create_app
from tests.ui.conftest import BASE, post

SCAN = Path(__file__).parents[1] / "fixtures" / "pages" / "scan-00002.pdf"
CORRECTED, HELD = 3, 6  # the workbook's codes: 3訂正, 6保留
VALUES = ("値_数値", "値_日付", "値_文字")


@dataclass(frozen=True)
class Desk:
    """A store with one scanned sheet, its forms, and a reviewer's browser."""

    store: Store
    forms: Forms
    client: TestClient

    @property
    def record(self) -> model.Record:
        """The one record, as it stands."""
        return next(self.store.records()).record

    @property
    def form(self) -> schema.Form:
        """Its form."""
        assert self.record.form
        return self.forms[self.record.form]

    def of_role(self, role: str) -> list[str]:
        """Fields with a role, in paper order."""
        return [name for name, field in self.form.fields.items() if field.role == role]

    def settle(self, field: str, **posted: str) -> None:
        """Send a field's form as the page would."""
        version = str(self.record.answers()[field].version)
        answer = post(self.client, f"/records/{self.record.id}/fields/{field}", version=version, **posted)
        assert answer.status_code == 303, answer.text

    def export(self, folder: Path) -> dict[str, list[dict[str, Any]]]:
        """Every sheet of a fresh workbook as rows by header."""
        out = folder / "out.xlsx"
        exports.write(out, self.store, self.forms, exports.Asked())
        book = CalamineWorkbook.from_path(str(out))
        tables = {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}
        return {
            name: [dict(zip(map(str, rows[0]), row, strict=False)) for row in rows[1:]] for name, rows in tables.items()
        }


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """One sheet, scanned, taken in and read by the same path as the command's."""
    own = Settings(data=tmp_path / "data", workers=0)
    with store.open(own, create=True) as opened:
        reading.taken_in(own, opened, [SCAN])
        forms = loaded(own)
        actor_password = accounts.add(opened, "tanaka")
        assert actor_password
        (actor,) = accounts.everyone(opened)
        app = create_app(own, opened, forms)
        client = TestClient(app, BASE, headers={"origin": BASE, "accept": "text/html"})
        accounts.change_password(opened, "tanaka", actor_password, "correct horse battery")
        client.cookies.set("yomitori", accounts.sign_in(opened, actor)[0])
        yield Desk(opened, forms, client)
        app.state.desk.pictures.close()
        app.state.exports.close()


def test_a_correction_reaches_the_workbook_with_its_origin_and_the_new_sum(desk: Desk, tmp_path: Path) -> None:
    """The corrected value, its origin and the sum derived anew are in the next export."""
    items = desk.of_role("item")
    total = next(rule.id for rule in desk.form.derived if rule.role == "score-total")
    before = {name: desk.record.answers()[name].value for name in items}
    for name in items:
        desk.settle(name, answer=f"value:{before[name]}")
    wrong = 4 if before[items[0]] != 4 else 1
    desk.settle(items[0], answer=f"value:{wrong}")
    values = {**before, items[0]: wrong}
    assert desk.record.derived[total] == sum(int(v) for v in values.values() if isinstance(v, int))
    tables = desk.export(tmp_path)
    long = next(rows for name, rows in tables.items() if name.startswith("回答_縦持ち"))
    line = next(row for row in long if row["項目"] == items[0])
    assert (line["値_数値"], line["成り立ち"], line["確定者"]) == (wrong, CORRECTED, "tanaka")
    assert line["読み取り値"] == str(before[items[0]])
    form_rows = next(rows for name, rows in tables.items() if name.startswith("個票"))
    assert any(desk.record.derived[total] == cell for cell in form_rows[0].values())


def test_what_nobody_settled_is_empty_and_held(desk: Desk, tmp_path: Path) -> None:
    """A doubtful value stays out of the workbook: no value, status 6保留."""
    answers, fields = desk.record.answers(), desk.form.fields
    held = [name for name, answer in answers.items() if not answer.counts and not fields[name].personal]
    long = next(rows for name, rows in desk.export(tmp_path).items() if name.startswith("回答_縦持ち"))
    lines = [row for row in long if row["項目"] in held]
    assert lines
    assert {row["状態"] for row in lines} == {HELD}
    assert {row[column] for row in lines for column in VALUES} == {""}
