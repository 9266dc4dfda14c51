"""A draft form file from blank paper that has none of our markers; call `propose.form`.

Shapes first, words second: rules, cells and rings say where something is filled in, the printed words what it is.
Nothing here knows a form; every length is in mm and holds for any printed paper.
"""

from __future__ import annotations

import io
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from pipeline.forms.propose import blanks, circles, figures, grid, ink, marks, numbered, page, write
from pipeline.forms.propose import sheet as paper
from pipeline.forms.propose.draft import Draft
from pipeline.forms.propose.sheet import Sheet
from pipeline.geometry import BLANK_DPI, Box


@dataclass(frozen=True)
class Side:
    """One side of the paper, with the fields proposed for it."""

    sheet: Sheet
    panels: list[Box]
    fields: list[tuple[str, Draft]]  # ids in paper order


@dataclass(frozen=True)
class Proposal:
    """A draft of a form file, and its blank."""

    form_id: str
    title: str
    sides: list[Side]

    @property
    def yaml(self) -> str:
        """The form file."""
        head = [
            "# 白紙から作った下書きです。「確かさ」の低い項目から見直してください。長さは mm、左上が原点。",
            "schema: 1",
            f"id: {self.form_id}",
            'version: "1"',
            f"title: {write.value(self.title)}",
            "purpose: survey",
            "sides:",
        ]
        names = ["front", "back"] if len(self.sides) <= 2 else [f"page{n + 1}" for n in range(len(self.sides))]
        sides = [
            write.side(name, (side.sheet.width, side.sheet.height), side.panels, side.fields)
            for name, side in zip(names, self.sides, strict=False)
        ]
        return "\n".join([*head, *sides]) + "\n"

    def blank(self) -> bytes:
        """The upright pages as a PDF of 300 dpi."""
        pages = [Image.fromarray(side.sheet.image) for side in self.sides]
        out = io.BytesIO()
        pages[0].save(out, "PDF", save_all=True, append_images=pages[1:], resolution=BLANK_DPI)
        return out.getvalue()

    def save(self, folder: Path, source: Path) -> Path:
        """Write `form.yaml` and `blank.pdf`; the PDF is `source` itself where nothing had to be turned.

        Returns:
            The path of the form file.
        """
        folder.mkdir(parents=True, exist_ok=True)
        with source.open("rb") as file:
            straight = b"%PDF" in file.read(1024) and not any(side.sheet.skew for side in self.sides)
        target = folder / "blank.pdf"
        if not straight:
            target.write_bytes(self.blank())
        elif source.resolve() != target.resolve():
            shutil.copyfile(source, target)
        made = folder / "form.yaml"
        made.write_text(self.yaml, encoding="utf-8")
        return made


def form(path: Path, form_id: str | None = None, private: Path | None = None) -> Proposal:
    """Propose a form for blank paper.

    Args:
        path: a PDF (each page is a side) or a picture.
        form_id: what to call it; by default from the file's name.
        private: the one folder for temporary pictures.

    Raises:
        FileRefused: the file is no PDF or picture, or damaged.
        ProgramMissing: Poppler or Tesseract's Japanese data is needed and not installed.
    """
    return of_sheets(paper.pages(path), form_id or id_of(path.stem), private)


def of_sheets(sheets: list[Sheet], form_id: str, private: Path | None = None) -> Proposal:
    """Propose a form for sides that are already upright pictures of 300 dpi."""
    found = [_side(sheet, private) for sheet in sheets]
    titles = [title for _, _, title in found if title]
    ids = write.named([drafts for _, drafts, _ in found])
    sides = [Side(sheet, panels, fields) for sheet, (panels, _, _), fields in zip(sheets, found, ids, strict=True)]
    return Proposal(form_id, titles[0] if titles else form_id, sides)


def _side(sheet: Sheet, private: Path | None) -> tuple[list[Box], list[list[Draft]], str]:
    image = ink.dark_on_light(sheet.image)
    seen = ink.look(image)
    panels = paper.panels(sheet.width, sheet.height, seen.black)
    words = page.read(image, seen.words, sheet.letters, private)
    drafts = [of_panel(page.take_apart(panel, seen, words)) for panel in panels]
    return panels, drafts, _title(words, sheet)


def of_panel(panel: page.Page) -> list[Draft]:
    """Every field proposed on a panel."""
    ruled, used = figures.find(panel)
    ticked, ticked_words = marks.ticks(panel)
    counted, counted_words = numbered.find(panel, used | ticked_words)
    circled, _ = circles.circled(panel, used | ticked_words | counted_words)
    found = [*ruled, *ticked, *counted, *circled, *grid.find(panel), *blanks.seals(panel)]
    found += blanks.cells(panel, found)
    found += blanks.underlined(panel, found)
    kept = _apart(found)
    blanks.attach_others(kept)
    return kept


def _apart(drafts: list[Draft]) -> list[Draft]:
    """Of drafts that overlap, the surest."""
    kept: list[Draft] = []
    for draft in sorted(drafts, key=lambda draft: -draft.certainty):
        if not any(
            a.overlap(b) > 0.05 * min(a.w * a.h, b.w * b.h) for other in kept for a in draft.boxes for b in other.boxes
        ):
            kept.append(draft)
    return kept


def _title(words: list[page.Word], sheet: Sheet) -> str:
    """The words of the first line in the largest letters."""
    upper = [word for word in words if word.middle < 0.3 * sheet.height and word.text]
    large = [word for word in upper if word.box.h > 0.7 * max(other.box.h for other in upper)]
    first = page.lines(large)[0] if large else []
    return "".join(word.text for word in first if word.box.x < first[0].box.x + sheet.width / 2)


def id_of(name: str) -> str:
    """A form id made of a file's or folder's name."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    return plain or "draft"
