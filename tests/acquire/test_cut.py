"""A page taken out of a file is gone from its bytes; the others are the same, under their numbers."""

from __future__ import annotations

import io
import struct

import numpy as np
import pikepdf
import pytest
from PIL import Image

from pipeline import acquire, errors, model
from pipeline.acquire import tiff_tags
from tests.acquire import made

LETTER = made.picture(7)


def pictures(data: bytes) -> list[np.ndarray[tuple[int, int], np.dtype[np.uint8]]]:
    """The pages of a file."""
    found = list(acquire.pages(data, "scan"))
    assert all(isinstance(page, model.Page) for page in found)
    return [page.image for page in found if isinstance(page, model.Page)]


def shared() -> bytes:
    """A PDF whose pages all name one table of resources, as some scanners write it."""
    file = made.Pdf()
    scans = {f"Im{n}": file.scan(made.picture(n)) for n in (1, 2, 3)}
    for n in (1, 2, 3):
        file.page(b"q 320 0 0 240 0 0 cm /Im%d Do Q" % n, (320, 240), **scans)
    table = file.pdf.make_indirect(file.pdf.pages[0].obj.Resources)
    for page in file.pdf.pages:
        del page.obj["/Resources"]
    file.pdf.Root.Pages.Resources = table
    return file.bytes()


FILES = {
    "scanned": made.scanned_pdf(*(made.picture(seed) for seed in (1, 2, 3))),
    "shared": shared(),
    "filled": made.drawn_pdf("alpha", "beta", "gamma", field="secret"),
    "tiff": made.tiff(*(Image.fromarray(made.picture(seed)) for seed in (1, 2, 3))),
    "fax": made.tiff(*(Image.fromarray(made.bilevel(seed)).convert("1") for seed in (1, 2, 3)), compression="group4"),
}


@pytest.mark.parametrize("name", FILES)
def test_the_others_stay_as_they_are(name: str) -> None:
    """Page 2 is empty, pages 1 and 3 give the very same pixels; taken out again, the bytes are the same."""
    before, left = pictures(FILES[name]), acquire.without(FILES[name], "scan", [2])
    assert acquire.count(left, "scan") == 3
    for number in (1, 3):
        page = acquire.page(left, "scan", "", number)
        assert isinstance(page, model.Page)
        assert np.array_equal(page.image, before[number - 1])
    second = acquire.page(left, "scan", "", 2)
    assert isinstance(second, model.Refusal) or np.ptp(second.image) == 0
    assert acquire.without(FILES[name], "scan", [2]) == left


def streams(data: bytes) -> bytes:
    """Everything that a PDF holds, unpacked."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        held = [one.read_raw_bytes() for one in pdf.objects if isinstance(one, pikepdf.Stream)]
        words = [one.unparse(resolved=True) for one in pdf.objects if not isinstance(one, pikepdf.Stream)]
        drawn = [
            one.read_bytes()
            for one in pdf.objects
            if isinstance(one, pikepdf.Stream) and one.get("/Filter") != pikepdf.Name.DCTDecode
        ]
    return b"".join([*held, *words, *drawn])


def test_a_letter_among_ten_pages() -> None:
    """Of ten scanned pages the fourth was a private letter: its picture is in no byte of what is left, the nine are."""
    sheets = [made.picture(seed) for seed in range(10, 20)]
    sheets[3] = LETTER
    left = acquire.without(made.scanned_pdf(*sheets), "scan", [4])
    assert made.jpeg(LETTER) not in left
    assert all(made.jpeg(sheet) in left for n, sheet in enumerate(sheets) if n != 3)
    assert len(left) < len(made.scanned_pdf(*sheets)) - len(made.jpeg(LETTER)) // 2


def test_what_all_pages_name_keeps_nothing_alive() -> None:
    """A picture in a table of resources that the other pages use too goes with the one page that showed it."""
    left = streams(acquire.without(FILES["shared"], "scan", [2]))
    assert made.jpeg(made.picture(2)) not in left
    assert made.jpeg(made.picture(1)) in left


def test_nothing_else_of_the_page_is_left() -> None:
    """Neither its words nor what the catalogue, the title or a thumbnail said is in the file."""
    with pikepdf.open(io.BytesIO(FILES["filled"])) as pdf:
        pdf.Root.Outlines = pikepdf.Dictionary(First=pikepdf.Dictionary(Title="beta again", Dest=[pdf.pages[1].obj]))
        pdf.pages[0].obj.PieceInfo = pikepdf.Dictionary(Was="beta here")
        pdf.docinfo["/Title"] = "beta title"
        buffer = io.BytesIO()
        pdf.save(buffer)
    left = streams(acquire.without(buffer.getvalue(), "scan", [2]))
    assert b"beta" not in left
    assert b"alpha" in left
    assert b"gamma" in left


def test_a_picture_that_two_pages_show_stays() -> None:
    """A picture that another page shows as well is that page's, too."""
    file = made.Pdf()
    logo = file.pdf.make_indirect(file.scan(made.picture(1)))
    for _ in (1, 2):
        file.page(made.FILL, Im=logo)
    left = acquire.without(file.bytes(), "scan", [2])
    assert np.array_equal(pictures(left)[0], pictures(file.bytes())[0])


def test_what_cannot_be_taken_out_surely_is_refused() -> None:
    """A damaged PDF, a single picture, and a TIFF whose pages share their bytes are refused, not cut by guess."""
    for data in (FILES["scanned"][:-300], made.jpeg(LETTER), one_picture_twice()):
        with pytest.raises(errors.FileRefused, match="inseparable"):
            acquire.without(data, "scan", [1])


def one_picture_twice() -> bytes:
    """A TIFF of two pages, of which the second says that its strip is the first one's."""
    whole = made.tiff(*(Image.fromarray(made.picture(seed)) for seed in (1, 2)))
    first, second = (one.tags[tiff_tags.STRIPS][0] for one in tiff_tags.directories(whole))
    head = struct.pack("<HHI", tiff_tags.STRIPS, 4, 1)
    assert whole.count(head + struct.pack("<I", second)) == 1
    return whole.replace(head + struct.pack("<I", second), head + struct.pack("<I", first))
