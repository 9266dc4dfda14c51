"""The walk in docs/architecture.md: one small scan through all stations, as text; `python -m tests.docs.walk` renews it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from pipeline import acquire, align, crop, model, read, records
from pipeline import forms as form_files
from pipeline.forms import Forms

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "architecture.md"
SCAN = ROOT / "tests" / "fixtures" / "tickets" / "scan-00001.pdf"
START, END = "<!-- walk -->\n", "<!-- end of walk -->"
SHOWN = 6  # crops and readings of each


def lines(forms: Forms) -> Iterator[str]:
    """What each station makes of the first page."""
    page = next(iter(acquire.pages(acquire.load(SCAN), SCAN.name)))
    assert isinstance(page, model.Page)
    yield f"acquire  Page(file={page.file!r}, number={page.number}, image={page.image.shape} {page.image.dtype}, dpi={page.dpi})"
    (sheet,) = align.sheets(page, forms)
    assert sheet.form
    assert sheet.side
    yield f"align    Sheet(form={sheet.form.id}/{sheet.form.version}, side={sheet.side.id}, serial={sheet.serial}, found_by={sheet.found_by}, rotation={sheet.rotation})"
    for panel in sheet.panels:
        scale = panel.quality["px_per_mm"]
        yield f"         Panel({panel.id}, residual {panel.residual_mm:.2f} mm, {scale:.1f} px per mm, {panel.quality['matched']:.0%} of the print found)"
    crops = crop.fields(sheet)
    yield f"crop     {len(crops)} FieldCrops, the first {SHOWN}:"
    for one in crops[:SHOWN]:
        yield f"         FieldCrop({one.field.id}/{one.part}, {one.field.kind}, box {tuple(round(v, 1) for v in one.box)} mm, image {one.image.shape})"
    readings = read.sheet(crops)
    marks = [r for r in readings if r.reader.startswith(("marks/", "presence/", "date/", "digits/"))]
    yield f"read     {len(readings)} Readings, some of them:"
    for reading in marks[:SHOWN]:
        yield f"         Reading({reading.field}, {reading.value!r}, {reading.state}, by {reading.reader})"
    (record,) = records.of_page([(sheet, readings)], forms)
    yield f"records  Record(id={record.id}, status={record.status}, {len(record.readings)} fields, findings={[f.code for f in record.findings]})"


def walk(forms: Forms) -> str:
    """The block between the two comments."""
    return START + "```\n" + "\n".join(lines(forms)) + "\n```\n" + END


def renewed(text: str, forms: Forms) -> str:
    """The page with the walk as it is now."""
    head, rest = text.split(START)
    return head + walk(forms) + rest.split(END)[1]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        PAGE.write_text(
            renewed(PAGE.read_text("utf-8"), form_files.load([ROOT / "form_templates"], Path(folder))), "utf-8"
        )
