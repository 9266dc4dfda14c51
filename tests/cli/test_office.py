"""Ingest, review, export and the store's care, from the command."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from tests.cli.conftest import TICKET, TICKETS, Said


def test_ingest_twice_is_once(yomitori: Callable[..., Said]) -> None:
    """The same bytes are nothing new, and the ledger balances."""
    first, second = yomitori("ingest", TICKETS / "scan-00001.pdf"), yomitori("ingest", TICKETS)
    assert first.code == 0
    assert "受け取り 1" in first.words
    assert "取り込み済み（同じ中身） 1" in second.words
    verified = yomitori("store", "verify")
    assert (verified.code, verified.data) == (0, "")
    assert "ページ 3、読み取り待ち 0、食い違い 0" in verified.words


def test_an_export_is_a_workbook_that_keeps_the_rules(yomitori: Callable[..., Said], tmp_path: Path) -> None:
    """The workbook's path goes to stdout, and the rules of machine readability hold."""
    yomitori("ingest", TICKETS / "scan-00001.pdf")
    said = yomitori("export", tmp_path / "out.xlsx", "--check")
    assert (said.code, said.data.strip()) == (0, str(tmp_path / "out.xlsx"))
    names = CalamineWorkbook.from_path(str(tmp_path / "out.xlsx")).sheet_names
    assert {"回答_縦持ち", "項目定義", "コード表", "メタデータ"} <= set(names)


def test_dates_of_an_export_are_days(yomitori: Callable[..., Said], tmp_path: Path) -> None:
    """Nothing that arrived later than `--as-of` goes out."""
    yomitori("ingest", TICKETS / "scan-00001.pdf")
    yesterday = (dt.datetime.now(dt.UTC) - dt.timedelta(days=2)).date()
    said = yomitori("export", tmp_path / "out.xlsx", "--as-of", yesterday.isoformat())
    assert "0 件を書き出しました" in said.words


def test_filters_and_purpose_of_an_export(yomitori: Callable[..., Said], tmp_path: Path) -> None:
    """Each filter reaches the export, and names go out only for a stated purpose."""
    yomitori("ingest", TICKETS / "scan-00001.pdf")
    out = tmp_path / "out.xlsx"
    tomorrow = (dt.datetime.now(dt.UTC) + dt.timedelta(days=2)).date().isoformat()
    for option in ("--from", "--since"):
        assert "0 件を書き出しました" in yomitori("export", out, option, tomorrow).words
    some = yomitori("export", out, "--until", tomorrow, "--status", "accepted", "--status", "needs_review")
    assert "0 件を書き出しました" not in some.words
    for option, code in (("--form", "export-form"), ("--district", "export-district"), ("--office", "export-office")):
        refused = yomitori("export", out, option, "none")
        assert (refused.code, f"[{code}]" in refused.words) == (2, True)
    assert "[export-purpose]" in yomitori("export", out, "--identified").words
    assert yomitori("export", out, "--identified", "--purpose", "訪問先の確認", "--sheets", "メタデータ").code == 0
    assert CalamineWorkbook.from_path(str(out)).sheet_names == ["メタデータ"]


def test_a_store_that_is_not_there_is_said(yomitori: Callable[..., Said], tmp_path: Path) -> None:
    """Exit code 5, with the next step."""
    said = yomitori("export", tmp_path / "out.xlsx")
    assert said.code == 5
    assert "[store-missing]" in said.words


def test_a_person_gets_a_password_once(yomitori: Callable[..., Said]) -> None:
    """The password stands alone on stdout; a name is given once."""
    said = yomitori("user", "add", "佐藤")
    assert said.code == 0
    assert len(said.data.strip()) >= 12
    assert "佐藤\treviewer" in yomitori("user", "list").data
    assert yomitori("user", "add", "佐藤").code != 0


def test_shipped_forms_have_no_mistakes(yomitori: Callable[..., Said]) -> None:
    """`forms check` without a path looks at what ships."""
    said = yomitori("forms", "check")
    assert (said.code, said.data) == (0, "")


def test_a_blank_is_printed(yomitori: Callable[..., Said], tmp_path: Path) -> None:
    """A form's blank comes out as a PDF, and an unknown form names the known ones."""
    said = yomitori("forms", "print", TICKET[0], "--out", tmp_path / "blank.pdf")
    assert said.code == 0
    assert (tmp_path / "blank.pdf").read_bytes().startswith(b"%PDF")
    assert TICKET[0] in yomitori("forms", "print", "nothing", "--out", tmp_path / "x.pdf").words


def test_the_doctor_names_what_is_there(yomitori: Callable[..., Said]) -> None:
    """Every program and model has a line, and nothing is missing on a machine that was installed."""
    said = yomitori("doctor")
    assert {"Tesseract", "Poppler", "モデル marks-a", "モデル marks-b"} <= {
        line.split("\t")[1] for line in said.data.splitlines()
    }
    assert said.code == 0, said.data


@pytest.mark.parametrize("command", [[], ["read"], ["ingest"], ["export"], ["forms", "check"], ["bench", "accuracy"]])
def test_help_is_japanese_and_names_variables(yomitori: Callable[..., Said], command: list[str]) -> None:
    """Every option of every command names its environment variable."""
    said = yomitori(*command, "--help")
    options = [line for line in said.data.splitlines() if line.strip().startswith("--") and "--help" not in line]
    assert said.code == 0
    assert all("YOMITORI_" in block for block in _blocks(said.data)) or not options


def _blocks(text: str) -> list[str]:
    """Each option's lines as one string."""
    blocks: list[str] = []
    for line in text.partition("Options:")[2].splitlines():
        if line.strip().startswith("-"):
            blocks.append("")
        if blocks:
            blocks[-1] += line
    return [block for block in blocks if "--help" not in block]
