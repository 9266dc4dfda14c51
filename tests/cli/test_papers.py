"""Sheets are printed with serials that the store knows; what the machine sees on a scan is drawn."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pikepdf
import pytest

from pipeline import forms as form_files
from pipeline import returns, settings, store
from pipeline.cli import printing
from pipeline.errors import Problem, UsageProblem
from pipeline.forms import Forms, serial, show
from pipeline.forms import print as paper
from tests.cli.conftest import OTHER, TICKET, TICKETS, Said
from tests.forms.conftest import SMALL

NAME = "small"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one small form, of which two versions are in use and the newest is retired."""
    for version, more in (("2026.9", ""), ("2026.10", ""), ("2027.1", "retired: true\n")):
        here = tmp_path / "forms" / version
        here.mkdir(parents=True)
        text = SMALL.replace('version: "1"', f'version: "{version}"')
        (here / "form.yaml").write_text(text + more, "utf-8")
    monkeypatch.setenv("YOMITORI_FORMS", str(tmp_path / "forms"))
    return tmp_path


def pages(pdf: Path) -> int:
    """How many pages a PDF has."""
    with pikepdf.open(pdf) as opened:
        return len(opened.pages)


def test_serials_go_on_from_one_run_to_the_next(yomitori: Callable[..., Said], folder: Path) -> None:
    """Each run prints new numbers, in the newest version in use, and the store knows every one of them."""
    first = yomitori("forms", "print", NAME, "--serials", 3, "--out", folder / "a.pdf")
    second = yomitori("forms", "print", NAME, "--serials", 2, "--version", "2026.9", "--out", folder / "b.pdf")
    assert [first.code, second.code, first.data.strip()] == [0, 0, str(folder / "a.pdf")]
    given = [one for one, _ in zip(serial.following(0), range(5), strict=False)]
    assert f"{given[0]} ～ {given[2]}" in first.words
    assert f"{given[3]} ～ {given[4]}" in second.words
    assert [pages(folder / "a.pdf"), pages(folder / "b.pdf")] == [3, 2]
    assert (folder / "a.pdf").stat().st_mode & 0o777 == 0o600
    with store.open(settings.load()) as opened:
        assert returns.tally(opened, (NAME, "2026.10")).outstanding == tuple(given[:3])
        assert returns.tally(opened, (NAME, "2026.9")).outstanding == tuple(given[3:])
        noted = store.audit.entries(opened, store.audit.Asked(action="print"))
        assert [one.target for one in reversed(noted)] == [
            f"form={NAME} sheets=3 serials={given[0]}-{given[2]}",
            f"form={NAME} sheets=2 serials={given[3]}-{given[4]}",
        ]


def test_a_list_gives_a_sheet_per_person(yomitori: Callable[..., Said], shipped: Forms, tmp_path: Path) -> None:
    """People whose district has a side of its own get it; columns that are missing and people left out are told."""
    by_district = next(form.id for form in shipped.values() if any(side.printed_for for side in form.sides))
    (tmp_path / "people.csv").write_text("氏名,地区\n釜石 花子,平田\n大槌 太郎,唐丹\n遠野 次郎,\n", "utf-8")
    said = yomitori("forms", "print", by_district, "--list", tmp_path / "people.csv", "--out", tmp_path / "o.pdf")
    assert said.code == 0
    assert "3 枚" in said.words
    assert "地区 がどの面にも合わない人が 1 人" in said.words
    assert pages(tmp_path / "o.pdf") == 5
    (tmp_path / "bare.csv").write_text("名前\n花\n", "utf-8")
    said = yomitori("forms", "print", by_district, "--list", tmp_path / "bare.csv", "--out", tmp_path / "p.pdf")
    assert "列「地区」「氏名」がありません" in said.words


def test_the_blank_has_no_number_and_no_store(yomitori: Callable[..., Said], folder: Path) -> None:
    """Without a list and a count the blank is printed, and nothing is noted anywhere."""
    said = yomitori("forms", "print", NAME, "--out", folder / "blank.pdf")
    assert (said.code, said.words, pages(folder / "blank.pdf")) == (0, "", 1)
    assert not (folder / "data" / "yomitori.sqlite").exists()


@pytest.mark.parametrize(
    ("more", "code", "exit_code"),
    [
        (["--serials", "2", "--list", "people.csv"], "list-or-serials", 2),
        (["--list", "empty.csv"], "list-size", 2),
        (["--list", "odd.xlsx"], "list-unreadable", 3),
        (["--serials", "2", "--out", "old.pdf"], "out-exists", 2),
        (["--serials", "2", "--out", "nowhere/a.pdf"], "out-unwritable", 2),
        (["--out", "nowhere/a.pdf"], "out-unwritable", 2),
        (["--version", "1999.1"], "unknown-form", 2),
    ],
)
def test_what_cannot_be_printed_is_told(
    yomitori: Callable[..., Said],
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    more: list[str],
    code: str,
    exit_code: int,
) -> None:
    """A sentence and an exit code; nothing is noted as issued and no half-written file stays."""
    monkeypatch.chdir(folder)
    Path("people.csv").write_text("氏名\n花\n", "utf-8")
    Path("empty.csv").write_text("氏名\n", "utf-8")
    Path("odd.xlsx").write_bytes(b"PK no")
    Path("old.pdf").write_bytes(b"old")
    before = sorted(folder.glob("*.pdf*"))
    said = yomitori("forms", "print", NAME, "--out", "new.pdf", *more)
    assert (said.code, f"[{code}]" in said.words) == (exit_code, True), said.words
    assert sorted(folder.glob("*.pdf*")) == before
    assert Path("old.pdf").read_bytes() == b"old"


def test_nothing_is_printed_that_was_not_noted(
    yomitori: Callable[..., Said], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the serials cannot be noted there is no PDF; when the PDF cannot be made nothing is noted."""

    def taken(*_: object) -> None:
        raise UsageProblem("serials-taken", "重なりました。")

    with monkeypatch.context() as patch:
        patch.setattr(returns, "hand_out", taken)
        assert yomitori("forms", "print", NAME, "--serials", 2, "--out", folder / "a.pdf").code == 2
    assert list(folder.glob("*.pdf*")) == []

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(paper, "sheets", full)
        said = yomitori("forms", "print", NAME, "--serials", 2, "--out", folder / "a.pdf")
    assert "[out-unwritable]" in said.words
    with store.open(settings.load()) as opened:
        assert returns.last(opened, NAME) == 0


def test_a_pdf_that_cannot_get_its_name_is_kept(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once its serials are noted the PDF is never thrown away: the sentence says where it lies."""
    forms = form_files.load([folder / "forms"], tmp_path / "blanks")
    form = next(iter(forms.values()))

    def denied(*_: object) -> None:
        raise PermissionError(13, "denied")

    with store.open(settings.load(), create=True) as opened:
        monkeypatch.setattr(Path, "replace", denied)
        with pytest.raises(Problem, match=r"a\.pdf\..*\.part"):
            printing.issue(form, tmp_path / "a.pdf", forms, opened, [{}])
    assert [pages(one) for one in tmp_path.glob("a.pdf.*.part")] == [1]


def test_what_the_machine_sees_is_drawn_upright(yomitori: Callable[..., Said], tmp_path: Path) -> None:
    """A page that lies turned comes out upright, its boxes in the colours of what was read."""
    scan = TICKETS.parent / "pages" / "scan-00006.pdf"
    said = yomitori("forms", "show", TICKET[0], "--on", scan, "--out", tmp_path / "o.png")
    assert (said.code, said.data.strip()) == (0, str(tmp_path / "o.png")), said.words
    assert "のずれ" in said.words
    picture = cv2.imread(str(tmp_path / "o.png"))
    assert picture is not None
    assert picture.shape[1] > picture.shape[0]
    for colour in (show.SURE, show.DOUBT, show.PANEL):
        assert (picture == np.array(colour[::-1])).all(axis=2).any()


@pytest.mark.parametrize(
    ("more", "code", "exit_code"),
    [
        ([OTHER], "other-form", 2),
        (["nothing"], "unknown-form", 2),
        ([TICKET[0], "--page", "9"], "page-missing", 2),
        ([TICKET[0], "--on", "odd.pdf"], "unknown-type", 3),
        ([TICKET[0], "--on", "missing.pdf"], "unreadable", 3),
    ],
)
def test_a_page_that_is_not_that_form_says_so(
    yomitori: Callable[..., Said], tmp_path: Path, more: list[str], code: str, exit_code: int
) -> None:
    """What was seen instead is named, and no picture is written."""
    (tmp_path / "odd.pdf").write_bytes(b"no scan at all")
    shutil.copy(TICKETS / "scan-00001.pdf", tmp_path / "scan.pdf")
    more = [str(tmp_path / word) if word.endswith(".pdf") else word for word in more]
    said = yomitori("forms", "show", "--on", tmp_path / "scan.pdf", "--out", tmp_path / "o.png", *more)
    assert (said.code, f"[{code}]" in said.words) == (exit_code, True), said.words
    assert not (tmp_path / "o.png").exists()
