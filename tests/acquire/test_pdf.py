"""PDF: the scanner's image as embedded where it is the page, a rendering with its words everywhere else."""

from __future__ import annotations

import io
import zlib
from typing import Any

import cv2
import numpy as np
import pdf2image
import pikepdf
import pytest
from pdf2image import exceptions
from PIL import Image

from pipeline import acquire, model
from pipeline.geometry import Grey
from tests.acquire import made
from tests.acquire.test_pictures import far, only

AS_DRAWN = (1000, 1334)  # shape of the made page at 300 dpi, 240 by 320 points


def embedded(data: bytes) -> Grey:
    """The pixels of a page that must be taken out, not drawn."""
    image = only(data).image
    assert image.shape == (made.HEIGHT, made.WIDTH)
    return image


def one_page(content: bytes = made.FILL, **image: Any) -> bytes:
    """A PDF of one page that paints its JPEG as `content` says."""
    pdf = made.Pdf()
    pdf.page(content, Im=pdf.scan(made.picture(), **image))
    return pdf.bytes()


def test_scan_is_taken_out() -> None:
    """The embedded JPEG's own pixels, exactly as it decodes alone."""
    alone = only(made.jpeg(made.picture())).image
    assert far(embedded(one_page()), alone) == 0
    assert only(one_page()).dpi == pytest.approx(72)


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_turn_of_a_scan_is_ignored(turn: int) -> None:
    """/Rotate does not touch the embedded pixels."""
    pdf = made.Pdf()
    pdf.page(made.FILL, Im=pdf.scan(made.picture())).obj.Rotate = turn
    assert far(embedded(pdf.bytes()), made.picture()) < 40


@pytest.mark.parametrize(
    "content",
    [
        b"q 0.5 0 0 0.5 0 0 cm 640 0 0 480 0 0 cm /Im Do Q",
        b"2 0 0 2 0 0 cm 1 0 0 1 10 20 cm 1 0 0 1 -10 -20 cm 160 0 0 120 0 0 cm /Im Do",
        b"q 310 0 0 236 5 2 cm /Im Do Q",
        b"1 1 1 rg 0 0 320 240 re f q 320 0 0 240 0 0 cm /Im Do Q",
        b"q 319.8 -5.6 4.2 239.9 -2 3 cm /Im Do Q",
        b"q 0 240 -320 0 320 0 cm /Im Do Q",
        b"q 320 0 0 240 0 0 cm /Im Do Q BT 3 Tr /F 9 Tf (unseen) Tj ET",
    ],
    ids=["scaled", "moved", "margin", "paper below", "askew", "quarter turn", "hidden text"],
)
def test_what_still_is_a_scan(content: bytes) -> None:
    """However the one image is laid on the page, it is the page if it covers 95 % of it."""
    assert far(embedded(one_page(content)), made.picture()) < 40


@pytest.mark.parametrize(
    "content",
    [
        b"q 280 0 0 240 0 0 cm /Im Do Q",
        b"q 320 0 0 -240 0 240 cm /Im Do Q",
        b"q 320 0 0 240 0 0 cm /Im Do Q 0 0 50 50 re f",
        b"q 320 0 0 240 0 0 cm /Im Do /Im Do Q",
        b"/OC /layer BDC q 320 0 0 240 0 0 cm /Im Do Q EMC",
        b"",
    ],
    ids=["too small", "mirrored", "painted over", "twice", "optional", "nothing"],
)
def test_what_is_drawn(content: bytes) -> None:
    """Anything else is rendered at 300 dpi, so that nothing a person sees is missing."""
    page = only(one_page(content))
    assert (page.image.shape, page.dpi) == (AS_DRAWN, 300)


def test_nested_scan() -> None:
    """An image inside a drawing inside the page counts as painted where it ends up."""
    pdf = made.Pdf()
    image = pdf.scan(made.picture())
    keys = {"/Type": pikepdf.Name.XObject, "/Subtype": pikepdf.Name.Form, "/BBox": pikepdf.Array([0, 0, 999, 999]),
            "/Matrix": pikepdf.Array([2, 0, 0, 2, 0, 0]),
            "/Resources": pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im=image))}  # fmt: skip
    form = pikepdf.Stream(pdf.pdf, b"q 160 0 0 120 0 0 cm /Im Do Q", keys)
    pdf.page(b"/Form Do", Form=form)
    assert far(embedded(pdf.bytes()), made.picture()) < 40


def _layered() -> bytes:
    """高圧縮PDF: a pale background, and the ink as a stencil over it."""
    pdf = made.Pdf()
    ink = np.packbits(made.bilevel() > 0, axis=1).tobytes()
    paper = pdf.scan(np.full_like(made.picture(), 240))
    stencil = pdf.image(zlib.compress(ink), made.picture(), ImageMask=True, BitsPerComponent=1,
                        Filter=pikepdf.Name.FlateDecode)  # fmt: skip
    del stencil["/ColorSpace"]
    pdf.page(b"q 320 0 0 240 0 0 cm /Paper Do 0 g /Ink Do Q", Paper=paper, Ink=stencil)
    return pdf.bytes()


def test_layered_scan_is_drawn_whole() -> None:
    """Background and ink come out together."""
    image = only(_layered()).image
    small = cv2.resize(image, (made.WIDTH, made.HEIGHT), interpolation=cv2.INTER_AREA)
    assert image.shape == AS_DRAWN
    assert np.corrcoef(small.ravel(), made.bilevel().ravel())[0, 1] > 0.9


def _flate(page: Grey, **keys: Any) -> bytes:
    pdf = made.Pdf()
    packed = zlib.compress(page.tobytes())
    pdf.page(made.FILL, Im=pdf.image(packed, made.picture(), Filter=pikepdf.Name.FlateDecode, **keys))
    return pdf.bytes()


def test_packed_pixels() -> None:
    """Grey and colour that are only packed come out exactly, and turned to light where /Decode says so."""
    page = made.picture()
    assert far(embedded(_flate(page)), page) == 0
    assert far(embedded(_flate(255 - page, Decode=pikepdf.Array([1, 0]))), page) == 0
    rgb = np.repeat(page[..., None], 3, axis=2)
    assert far(embedded(_flate(rgb, ColorSpace=pikepdf.Name.DeviceRGB)), page) <= 1


def test_one_bit_pixels() -> None:
    """One bit a pixel, rows filled up to whole bytes."""
    bits = np.packbits(made.bilevel() > 0, axis=1)
    assert far(embedded(_flate(bits, BitsPerComponent=1)), made.bilevel()) == 0


def test_palette_of_one_bit() -> None:
    """A palette decides what is dark."""
    bits = np.packbits(made.bilevel() == 0, axis=1)
    space = pikepdf.Array([pikepdf.Name.Indexed, pikepdf.Name.DeviceGray, 1, pikepdf.String(b"\xff\x00")])
    assert far(embedded(_flate(bits, BitsPerComponent=1, ColorSpace=space)), made.bilevel()) == 0


@pytest.mark.parametrize("black_is_1", [True, False])
@pytest.mark.parametrize("decode", [[0, 1], [1, 0]])
def test_fax_in_a_pdf(black_is_1: bool, decode: list[int]) -> None:
    """Group 4 data comes out as Poppler shows it, in all four ways of saying what is black."""
    stored = made.tiff(Image.fromarray(made.bilevel()).convert("1"), compression="group4")
    with Image.open(io.BytesIO(stored)) as tiff:
        start, size = tiff.tag_v2[273][0], tiff.tag_v2[279][0]  # type: ignore[attr-defined]  # of TIFF pictures only
    parms = pikepdf.Dictionary(K=-1, Columns=made.WIDTH, Rows=made.HEIGHT, BlackIs1=black_is_1)
    pdf = made.Pdf()
    image = pdf.image(stored[start : start + size], made.picture(), BitsPerComponent=1, DecodeParms=parms,
                      Filter=pikepdf.Name.CCITTFaxDecode, Decode=pikepdf.Array(decode))  # fmt: skip
    pdf.page(made.FILL, Im=image)
    taken = embedded(pdf.bytes())
    drawn = _drawn_copy(pdf)
    assert np.corrcoef(taken.ravel(), drawn.ravel())[0, 1] > 0.9


def _drawn_copy(pdf: made.Pdf) -> Grey:
    """The same page as Poppler draws it, in the image's own size."""
    pdf.pdf.pages[0].obj.Contents = pdf.pdf.make_stream(made.FILL + b" 0 0 1 1 re f")
    return cv2.resize(only(pdf.bytes()).image, (made.WIDTH, made.HEIGHT), interpolation=cv2.INTER_AREA)  # type: ignore[return-value]  # OpenCV types every array as Mat


def test_cmyk_scan() -> None:
    """Four inks in a PDF are dark where there is ink."""
    pdf = made.Pdf()
    inks = np.zeros((*made.picture().shape, 4), dtype=np.uint8)
    inks[..., 3] = 255 - made.picture()
    image = pdf.image(zlib.compress(inks.tobytes()), made.picture(), ColorSpace=pikepdf.Name.DeviceCMYK,
                      Filter=pikepdf.Name.FlateDecode)  # fmt: skip
    pdf.page(made.FILL, Im=image)
    assert far(embedded(pdf.bytes()), made.picture()) < 45  # Poppler's black ink is not quite black


def test_every_page_of_a_pdf() -> None:
    """No page is lost, each has its own picture and number."""
    data = made.scanned_pdf(*(made.picture(seed) for seed in range(1, 5)))
    pages = [page for page in acquire.pages(data, "scan.pdf") if isinstance(page, model.Page)]
    assert acquire.count(data, "scan.pdf") == 4
    assert [(p.number, far(p.image, made.picture(p.number)) < 40) for p in pages] == [(n, True) for n in range(1, 5)]
    third = acquire.page(data, "scan.pdf", pages[0].sha256, 3)
    assert isinstance(third, model.Page)
    assert far(third.image, pages[2].image) == 0


def test_opens_with_an_empty_password() -> None:
    """Files that only forbid printing are read; those that need a password are not asked for it."""
    pdf = made.Pdf()
    pdf.page(made.FILL, Im=pdf.scan(made.picture()))
    assert far(embedded(pdf.bytes(encryption=pikepdf.Encryption(owner="x", user=""))), made.picture()) < 40


def _word_at(page: model.Page, text: str) -> tuple[float, float, float, float]:
    [word] = [word for word in page.words if word.text == text]
    return word.box


def _darkest_around(page: model.Page, box: tuple[float, float, float, float]) -> int:
    x, y, w, h = (round(number) for number in box)
    return int(page.image[y : y + h, x : x + w].min())


def test_words_lie_on_their_ink() -> None:
    """A drawn page brings its text, each word's box around its ink."""
    page = only(made.drawn_pdf("Yomitori words"))
    assert [word.text for word in page.words] == ["Yomitori", "words"]
    x, y, w, h = _word_at(page, "words")
    inside = page.image[round(y) : round(y + h), round(x) : round(x + w)]
    assert inside.min() < 64
    assert page.image[round(y) : round(y + h), round(x + w) + 4 : round(x + w) + 90].min() == 255


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_form_fields_bring_their_values(turn: int) -> None:
    """What was typed into a form field is a word of its own, where the drawn page shows the field."""
    with pikepdf.open(io.BytesIO(made.drawn_pdf("printed", field="typed in"))) as pdf:
        pdf.pages[0].obj.Rotate = turn
        buffer = io.BytesIO()
        pdf.save(buffer)
    page = only(buffer.getvalue())
    assert sorted(word.text for word in page.words) == ["printed", "typed in"]
    assert _darkest_around(page, _word_at(page, "typed in")) < 64
    assert _darkest_around(page, _word_at(page, "printed")) < 64


@pytest.mark.parametrize(
    "content",
    [b"BT /F 9 Tf 50 50 Td (guess) Tj ET " + made.FILL + b" 0 0 9 9 re f",
     made.FILL + b" 0 0 9 9 re f BT 3 Tr /F 9 Tf 50 50 Td (guess) Tj ET"],
    ids=["below the scan", "invisible"],
)  # fmt: skip
def test_a_scanners_guess_is_no_text_layer(content: bytes) -> None:
    """Text recognised by the scanner and put under or over the picture is not taken for words."""
    pdf = made.Pdf()
    page = pdf.page(content, Im=pdf.scan(made.picture()))
    font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    page.obj.Resources.Font = pikepdf.Dictionary(F=font)
    assert only(pdf.bytes()).words == ()


def _refused(data: bytes) -> str:
    [verdict] = acquire.pages(data, "scan.pdf")
    assert isinstance(verdict, model.Refusal)
    return verdict.code


def test_containers_are_refused() -> None:
    """What other readers than Adobe's only show a notice for has reasons of its own."""
    xfa, portfolio, empty = made.Pdf(), made.Pdf(), made.Pdf()
    xfa.page(b"")
    xfa.pdf.Root.AcroForm = pikepdf.Dictionary(XFA=pikepdf.String("<xdp/>"), Fields=pikepdf.Array())
    portfolio.page(b"")
    portfolio.pdf.Root.Collection = pikepdf.Dictionary()
    empty.pdf.Root.Lang = pikepdf.String("ja")
    assert [_refused(pdf.bytes()) for pdf in (xfa, portfolio, empty)] == ["xfa", "portfolio", "no-pages"]


def test_password_is_refused() -> None:
    """A file that needs a password says so."""
    pdf = made.Pdf()
    pdf.page(b"")
    assert _refused(pdf.bytes(encryption=pikepdf.Encryption(owner="x", user="secret"))) == "password"


def test_lying_page_tree_is_refused() -> None:
    """A file in which two programs count different numbers of pages is not trusted with either."""
    data = made.scanned_pdf(made.picture()).replace(b"/Count 1", b"/Count 9")
    assert b"/Count 9" in data
    assert _refused(data) == "damaged"


def test_missing_image_is_no_blank_page() -> None:
    """A page whose picture is gone is damaged, not empty."""
    assert _refused(one_page(b"q 320 0 0 240 0 0 cm /Gone Do Q")) == "damaged"


def test_page_limits_of_drawn_content() -> None:
    """A page that would be too large or small at 300 dpi is refused before anything is drawn."""
    huge, tiny = made.Pdf(), made.Pdf()
    huge.page(b"", size=(14000, 14000))
    tiny.page(b"", size=(20, 20))
    assert [_refused(pdf.bytes()) for pdf in (huge, tiny)] == ["too-large", "too-small"]


def test_letters_that_cannot_be_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Poppler has no Japanese letters the page is refused, not shown with gaps."""

    def without_letters(*_: object, **__: object) -> list[Image.Image]:
        raise exceptions.PDFSyntaxError("Syntax Error (212): No font in show/space")

    monkeypatch.setattr(pdf2image, "convert_from_path", without_letters)
    assert _refused(made.drawn_pdf("text")) == "unsupported"
