"""The report knows no form: under other names it is the same, and without a form it says so."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pipeline import exports, store
from pipeline import forms as form_files
from pipeline.forms import Forms
from pipeline.forms.load import SHIPPED
from pipeline.settings import Settings
from pipeline.workbook.report import Made
from tests.acceptance import renamed
from tests.returns.made_year import AS_OF, Size, Year, told
from tests.returns.scanners import Told

TINY = Size(surveys=16, paths=10, notices=10, tickets=8)


def _renamed(folder: Path) -> Forms:
    """The shipped forms, every form and field under another name."""
    shutil.copytree(SHIPPED, folder)
    for number, path in enumerate(sorted(folder.glob("*/form.yaml"))):
        renamed.rename(path, number)
    return form_files.load([folder], folder / "blanks")


def _tables(forms: Forms, folder: Path, patch: pytest.MonkeyPatch) -> list[Made]:
    """The tables of a tiny year over some forms."""
    folder.mkdir()
    with store.open(Settings(data=folder / "data"), create=True) as opened:
        told(patch, opened)
        Year(opened, forms, TINY, Told(folder, 1)).play()
        return exports.counted(opened, forms, exports.Asked(kind="report", as_of=AS_OF)).tables


def test_other_names_make_the_same_report(shipped: Forms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Renaming every form and every field changes no cell of any table."""
    others = _renamed(tmp_path / "forms")
    assert not {form.id for form in others.values()} & {form.id for form in shipped.values()}
    assert all(
        not set(others[key].fields) & set(form.fields) for key, form in zip(others, shipped.values(), strict=True)
    )
    assert _tables(others, tmp_path / "two", monkeypatch) == _tables(shipped, tmp_path / "one", monkeypatch)


def test_a_table_without_its_form_says_so(shipped: Forms, tmp_path: Path) -> None:
    """Where no form has the roles, the table is one line that names them; tables that need none are there."""
    few = Forms({key: form for key, form in shipped.items() if form.purpose == "notice"}, shipped.list_folders)
    with store.open(Settings(data=tmp_path / "data"), create=True) as opened:
        made = {one.id: one for one in exports.counted(opened, few, exports.Asked(kind="report")).tables}
    assert made["A1"].missing == "この表に要る様式がありません（用途 path・役割 treatment）。"
    assert [name for name, one in made.items() if not one.missing] == ["A8", "A9", "A12", "A19"]
