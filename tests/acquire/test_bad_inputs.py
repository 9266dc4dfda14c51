"""186 odd and broken files from public test suites, where they are at hand; none of them is part of this project."""

from __future__ import annotations

import functools
import json
from pathlib import Path

import pytest

from pipeline import acquire, model, workers
from pipeline.acquire import reasons
from pipeline.settings import Settings

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "bad-inputs"
PAGES_A_FILE = 2  # of long documents, to be done in good time
# Kinds that hold good scans: whatever is large enough among them must be read.
GOOD_KINDS = (
    "control_good",
    "pdf/jbig2",
    "pdf/ccitt_1bit",
    "pdf/cmyk",
    "pdf/rotated_skewed",
    "pdf/blank_pages",
    "tiff/1bit_fax",
    "tiff/multipage",
    "tiff/orientation",
    "tiff/bigtiff",
    "jpeg/exif_orientation",
    "jpeg/bad_dpi_exif",
)
CONTROL_CODES = {"too-small", "too-large"}

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the odd files are not at hand")


def look_and_read(path: Path) -> list[str]:
    """In a guarded child: the verdict of each page, `page` or a code."""
    data = acquire.load(path)
    opened = acquire.look(data, path.name)
    numbers = range(1, min(opened.count, PAGES_A_FILE) + 1)
    return ["page" if isinstance(v, model.Page) else v.code for v in map(opened.page, numbers)]


@functools.cache
def _sweep(private: Path) -> dict[str, list[str]]:
    files = [entry["file"] for entry in json.loads((FOLDER / "manifest.json").read_text("utf-8"))]
    with workers.pool(Settings(data=private)) as pool:
        outcomes = pool.map(look_and_read, [FOLDER / name for name in files])
        return {
            name: [outcome.code] if isinstance(outcome, workers.Failure) else outcome
            for name, (_, outcome) in zip(files, outcomes, strict=True)
        }


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """Each file's verdicts, found once."""
    return _sweep(tmp_path_factory.mktemp("sweep"))


def test_every_file_has_a_verdict(verdicts: dict[str, list[str]]) -> None:
    """Each gets pages or a listed reason; none crashes or hangs a child, or exhausts its memory."""
    assert len(verdicts) == 186
    for name, found in verdicts.items():
        assert found, name
        assert set(found) <= {"page", *reasons.REASONS}, name
        assert not set(found) & {"crashed", "timeout", "out-of-memory"}, name


def test_good_scans_are_read(verdicts: dict[str, list[str]]) -> None:
    """No control is refused, but for what is smaller or larger than any form."""
    refused = {n: v for n, v in verdicts.items() if n.startswith(GOOD_KINDS) and set(v) - {"page"} - CONTROL_CODES}
    assert refused == {}


def test_what_is_no_scan_is_refused(verdicts: dict[str, list[str]]) -> None:
    """Other formats, cut-off pictures and bombs give no page."""
    never = ("non_image", "other_image", "jpeg/truncated", "png/truncated", "png/bomb", "tiff/oom")
    assert [name for name, found in verdicts.items() if name.startswith(never) and "page" in found] == []


def test_names_decide_nothing(verdicts: dict[str, list[str]]) -> None:
    """A PDF called .jpg is read, a font called .tif is not."""
    named = {name: found for name, found in verdicts.items() if name.startswith("wrong_extension/")}
    assert named["wrong_extension/pdf_named.jpg"] == ["page"]
    assert named["wrong_extension/font_named.tif"] == ["unknown-type"]
