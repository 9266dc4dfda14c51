"""Pages taken out of a file for good: nothing of their pictures is left in it, and the others stay as they are."""

from __future__ import annotations

import io
import warnings
from collections.abc import Collection, Iterable

import numpy as np
import pikepdf
from pikepdf.exceptions import PageCopyWarning

from pipeline.acquire import kinds, pdf, pdf_content, tiff_tags
from pipeline.acquire.kinds import Data
from pipeline.acquire.reasons import Refused

# Of a PDF only this stays: anything else may lead to what was on a page that goes, or say it again.
CATALOGUE = {"/Type", "/Pages", "/OCProperties", "/Version"}
OF_A_PAGE = {"/Type", "/Parent", "/MediaBox", "/CropBox", "/Rotate", "/Resources", "/Contents", "/UserUnit", "/Annots"}
OF_A_PAGE |= {"/Group"}
LEADS_AWAY = {"/P", "/Parent", "/Dest", "/A", "/AA", "/Popup", "/IRT", "/StructParent"}  # of a note on a page

Id = tuple[int, int]  # of an object in a PDF


def without(data: Data, numbers: Collection[int]) -> bytes:
    """The file with the pages `numbers` (from 1) emptied; raises Refused where that cannot be done surely."""
    kind = kinds.of(data)
    if kind == "pdf":
        return _pdf(data, numbers)
    if kind == "tiff":
        return _tiff(data, numbers)
    raise Refused("unsupported")


def _pdf(data: Data, numbers: Collection[int]) -> bytes:
    """Saving writes only what is still reached from a page; that nothing of an emptied one is, is looked up afterwards."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(bytes(data[:]))) as file, warnings.catch_warnings():
        # Fields filled in on the pages that stay are shown as before, though no form holds them any more.
        warnings.simplefilter("ignore", PageCopyWarning)
        secret = _only_theirs(file, numbers)
        _empty(file, numbers)
        _unlink(file)
        # The same pages taken out twice give the same bytes; streams stay as they are, so that they can be compared.
        file.save(out, deterministic_id=True, compress_streams=False)
    made = out.getvalue()
    with pikepdf.open(io.BytesIO(made)) as left:
        if any(isinstance(one, pikepdf.Stream) and one.read_raw_bytes() in secret for one in left.objects):
            raise Refused("unsupported")
    _others_the_same(data, made, numbers)
    return made


def _only_theirs(file: pikepdf.Pdf, numbers: Collection[int]) -> set[bytes]:
    """The pictures that nothing but these pages shows, as they lie in the file."""
    shown = [_shown(page) for page in file.pages]
    kept = {key for n, found in enumerate(shown, 1) if n not in numbers for key in found}
    return {data for n in numbers for key, data in shown[n - 1].items() if key not in kept and data}


def _shown(page: pikepdf.Page) -> dict[Id, bytes]:
    """Pictures of a page, those of forms within it included; of one that cannot be walked all that it names."""
    try:
        found = [one.image for one in pdf_content.painted(page) if one.image is not None]
    except (Refused, pikepdf.PdfError, UserWarning, ValueError):
        found = [one for one in page.images.values() if isinstance(one, pikepdf.Stream)]
    return {one.objgen: one.read_raw_bytes() for one in found}


def _empty(file: pikepdf.Pdf, numbers: Collection[int]) -> None:
    for number in numbers:
        box = file.pages[number - 1].mediabox
        size = (abs(float(box[2]) - float(box[0])), abs(float(box[3]) - float(box[1])))
        file.add_blank_page(page_size=size)
        file.pages[number - 1] = file.pages[-1]
        del file.pages[-1]


def _unlink(file: pikepdf.Pdf) -> None:
    """Let go of whatever is not needed to show a page: resources shared by all pages, links, forms, titles."""
    file.remove_unreferenced_resources()
    for page in file.pages:
        _only(page.obj, OF_A_PAGE)
        for note in page.obj.get("/Annots", ()):
            _only(note, set(note.keys()) - LEADS_AWAY)
    _only(file.Root, CATALOGUE)
    if "/Info" in file.trailer:
        del file.trailer["/Info"]


def _only(thing: pikepdf.Object, keys: Iterable[str]) -> None:
    for key in set(thing.keys()) - set(keys):
        del thing[key]


def _others_the_same(data: Data, made: bytes, numbers: Collection[int]) -> None:
    """Raise Refused unless every page that stays gives the same picture and words, or the same refusal."""
    before, after = pdf.opened(data), pdf.opened(made)
    if before.count != after.count:
        raise Refused("unsupported")
    for number in set(range(1, before.count + 1)) - set(numbers):
        was, now = _seen(before, number), _seen(after, number)
        if was is not None and (now is None or not np.array_equal(was.image, now.image) or was.words != now.words):
            raise Refused("unsupported")


def _seen(source: kinds.Source, number: int) -> kinds.Picture | None:
    try:
        return source.page(number)
    except Refused:
        return None


def _tiff(data: Data, numbers: Collection[int]) -> bytes:
    """Every byte of an emptied page's picture becomes 0; thumbnails, which may show it, too."""
    directories = tiff_tags.directories(data)
    pages = [one for one in directories if one.is_page]
    theirs = [pages[number - 1] for number in numbers] + [one for one in directories if not one.is_page]
    gone = [extent for one in theirs for extent in one.extents()]
    kept = [extent for one in directories if one not in theirs for extent in one.extents()]
    left = bytearray(data[:])
    whole = all(one.extents() for one in theirs) and all(size > 0 and at + size <= len(left) for at, size in gone)
    # What pages share, or what hangs on them unseen, cannot be taken from one of them alone.
    if not whole or _overlap(gone, kept) or any(tiff_tags.SUB_DIRECTORIES in one.tags for one in directories):
        raise Refused("unsupported")
    for at, size in gone:
        left[at : at + size] = bytes(size)
    return bytes(left)


def _overlap(some: Collection[tuple[int, int]], others: Collection[tuple[int, int]]) -> bool:
    return any(a < b + n and b < a + m for a, m in some for b, n in others)
