"""`yomitori read`: contract 2's exit codes and contract 3's JSON."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest

from tests.cli.conftest import TICKET, TICKETS, Said

KEYS = {"schema", "id", "pages", "form", "candidates", "status", "reason", "fields", "derived", "findings"}
PAGE_KEYS = {"n", "file", "sha256", "page", "side", "rotation", "found_by", "panels", "missing"}
FIELD_KEYS = {"value", "state", "reason", "confidence", "accepted", "alternatives", "reader", "page", "quad_px"}
STATES = {"valid", "empty", "multiple", "illegible", "not_applicable"}


@pytest.fixture
def troubled(tmp_path: Path) -> list[Path]:
    """An unreadable, an empty and an encrypted file, and one that is neither PDF nor image."""
    empty, foreign, locked, broken = (tmp_path / name for name in ("空.pdf", "手紙.docx", "鍵.pdf", "壊.jpg"))
    empty.write_bytes(b"")
    foreign.write_bytes(b"PK\x03\x04 not a picture" * 40)
    broken.write_bytes(b"\xff\xd8\xff\xe0" + b"\x00" * 500)
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(locked, encryption=pikepdf.Encryption(owner="a", user="b"))
    return [empty, foreign, locked, broken]


def test_every_sheet_is_a_line_with_every_key(yomitori: Callable[..., Said]) -> None:
    """All fields of every sheet come with value, state, confidence and place, as contract 3 has them."""
    said = yomitori("read", "--json", TICKETS / "scan-00001.pdf")
    truth = [json.loads(line) for line in (TICKETS / "truth.jsonl").read_text("utf-8").splitlines()]
    assert said.code == 0
    assert len(said.lines) == len(truth)
    for line, page in zip(said.lines, truth, strict=True):
        (sheet,) = page["sheets"]
        assert set(line) >= KEYS
        assert set(line["pages"][0]) >= PAGE_KEYS
        assert (line["form"]["id"], line["form"]["serial"]) == (sheet["form"], sheet["serial"])
        assert (line["pages"][0]["page"], line["pages"][0]["rotation"]) == (page["page"], sheet["rotation"])
        assert set(line["fields"]) == set(sheet["fields"])


def test_every_field_is_whole(yomitori: Callable[..., Said]) -> None:
    """A value is null unless valid, a confidence a probability, a quad four corners."""
    fields = [
        field
        for line in yomitori("read", "--json", TICKETS / "scan-00001.pdf").lines
        for field in line["fields"].values()
    ]
    assert all(set(field) >= FIELD_KEYS and field["state"] in STATES for field in fields)
    assert all((field["value"] is None) == (field["state"] != "valid") for field in fields)
    assert all(0 <= field["confidence"] <= 1 and len(field["quad_px"]) == 4 for field in fields)


def test_bad_files_get_a_sentence_each_and_the_others_are_read(
    yomitori: Callable[..., Said], troubled: list[Path]
) -> None:
    """Exit code 3, a Japanese sentence and a line for every bad file, and the good one's results."""
    said = yomitori("read", "--json", *troubled, TICKETS / "scan-00001.pdf")
    assert said.code == 3
    by_file = {line["pages"][0]["file"]: line for line in said.lines}
    for path in troubled:
        line = by_file[str(path)]
        assert (line["status"], line["form"], line["fields"]) == ("unreadable", None, {})
        assert line["reason"]
        assert (line["pages"][0]["page"], line["pages"][0]["panels"]) == (None, [])
        assert path.name in said.words
    assert sum(line["form"] is not None for line in said.lines) == 3
    assert "Traceback" not in said.words


def test_a_form_file_with_a_mistake_is_named_with_line_and_key(yomitori: Callable[..., Said], tmp_path: Path) -> None:
    """Wrong usage ends with 2 and says where to look."""
    folder = tmp_path / "forms" / "x"
    folder.mkdir(parents=True)
    (folder / "form.yaml").write_text("schema: 1\nid: x\nversion: '1'\ntitle: T\nsides: []\n", "utf-8")
    said = yomitori("read", "--forms", tmp_path / "forms", TICKETS / "scan-00001.pdf")
    assert said.code == 2
    assert "form.yaml 5 行目" in said.words


def test_words_and_data_are_apart(yomitori: Callable[..., Said]) -> None:
    """Without --json a line per record says in words what was found."""
    said = yomitori("read", TICKETS / "scan-00001.pdf")
    assert said.data.count(f"{TICKET[0]}/") == 3
    assert said.words == ""


def test_the_same_bytes_under_another_name_are_not_passed_over(yomitori: Callable[..., Said], tmp_path: Path) -> None:
    """Every file that was given has its lines, though what is in it is read once; refused ones too."""
    copy, odd = tmp_path / "copy.pdf", [tmp_path / name for name in ("a.pdf", "b.pdf")]
    shutil.copy(TICKETS / "scan-00001.pdf", copy)
    for path in odd:
        path.write_bytes(b"no scan")
    said = yomitori("read", "--json", TICKETS / "scan-00001.pdf", copy, *odd)
    lines = [(line["pages"][0]["file"], line["id"], line["fields"]) for line in said.lines]
    assert [file for file, _, _ in lines] == [str(TICKETS / "scan-00001.pdf")] * 3 + [str(copy)] * 3 + [
        str(p) for p in odd
    ]
    assert [line[1:] for line in lines[:3]] == [line[1:] for line in lines[3:6]]
    assert said.code == 3


def test_only_the_forms_of_the_folder_are_known(yomitori: Callable[..., Said], tmp_path: Path) -> None:
    """`--forms` replaces shipped and own forms; foreign paper is no error."""
    (tmp_path / "none").mkdir()
    said = yomitori("read", "--json", "--forms", tmp_path / "none", TICKETS / "scan-00001.pdf")
    assert said.code == 0
    assert {(line["status"], line["reason"]) for line in said.lines} == {("unidentified", "unknown-form")}
