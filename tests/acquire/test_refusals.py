"""Whatever cannot be read is refused with one of the listed reasons; nothing damaged is accepted."""

from __future__ import annotations

import io
import re
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from PIL import Image

from pipeline import acquire, errors, model
from pipeline.acquire import grey, reasons
from tests.acquire import made

DOCUMENT = Path(__file__).parents[2] / "docs" / "refusals.md"


def noisy(seed: int = 3) -> Image.Image:
    """A page that packs badly, so that every part of the file carries picture."""
    noise = np.random.default_rng(seed).normal(0, 30, made.picture().shape)
    return Image.fromarray(np.clip(made.picture(seed) + noise, 0, 255).astype(np.uint8))


def _pdf(image: Callable[[made.Pdf], pikepdf.Stream]) -> bytes:
    pdf = made.Pdf()
    pdf.page(made.FILL, Im=image(pdf))
    return pdf.bytes()


# One good file of each kind that a scanner delivers, by name.
GOOD = {
    "jpeg": made.jpeg(np.asarray(noisy())),
    "progressive": made.jpeg(np.asarray(noisy()), progressive=True),
    "png": made.saved(noisy(), "PNG"),
    "tiff": made.tiff(noisy(1), noisy(2)),
    "lzw": made.tiff(noisy(1), noisy(2), compression="tiff_lzw"),
    "deflate": made.tiff(noisy(1), noisy(2), compression="tiff_adobe_deflate"),
    "jpeg in tiff": made.tiff(noisy(1), noisy(2), compression="jpeg"),
    "group 4": made.tiff(*(noisy(s).point(lambda v: 255 * (v > 128)).convert("1") for s in (1, 2)), compression="group4"),
    "bigtiff": made.tiff(noisy(1), noisy(2), big_tiff=True),
    "pdf": made.scanned_pdf(np.asarray(noisy(1)), np.asarray(noisy(2))),
    "flate pdf": _pdf(
        lambda pdf: pdf.image(zlib.compress(noisy().tobytes()), made.picture(), Filter=pikepdf.Name.FlateDecode)
    ),
}  # fmt: skip


def verdicts(data: bytes) -> list[str]:
    """The code of each refusal, `page` for each page."""
    return ["page" if isinstance(v, model.Page) else v.code for v in acquire.pages(data, "scan")]


@pytest.mark.parametrize("name", GOOD)
def test_good_files_are_accepted(name: str) -> None:
    """The files that are damaged below are good to begin with."""
    assert set(verdicts(GOOD[name])) == {"page"}


@pytest.mark.parametrize("name", GOOD)
def test_half_copied_files_are_refused(name: str) -> None:
    """However much of a file is missing at its end, not one page of it is accepted."""
    whole = GOOD[name]
    for tenths in range(1, 10):
        found = verdicts(whole[: len(whole) * tenths // 10])
        assert "page" not in found, tenths
        assert len(found) == 1


@pytest.mark.parametrize("name", [name for name in GOOD if name not in {"tiff", "bigtiff"}])
def test_files_copied_into_zeros_are_refused(name: str) -> None:
    """A copy that had its full length from the start, the rest still empty, is no page either."""
    whole = GOOD[name]
    for tenths in (3, 6, 9):
        kept = len(whole) * tenths // 10
        assert set(verdicts(whole[:kept] + bytes(len(whole) - kept))) & {"truncated", "damaged"}, tenths


@pytest.mark.parametrize("name", ["jpeg", "png", "deflate", "group 4", "pdf", "flate pdf"])
def test_holes_are_refused(name: str) -> None:
    """A lost block in the middle of the picture is noticed."""
    whole = GOOD[name]
    middle = len(whole) * 2 // 5
    assert "damaged" in verdicts(whole[:middle] + bytes(512) + whole[middle + 512 :])


def test_cut_out_of_a_jpeg() -> None:
    """A JPEG that ends properly but lost its second half is refused: decoders make the rest up."""
    whole = GOOD["jpeg"]
    assert verdicts(whole[: len(whole) // 2] + b"\xff\xd9") == ["damaged"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"GIF89a" + bytes(100), "unknown-type"),
        (b"PK\x03\x04 a text document", "unknown-type"),
        (b"%PDF-1.7\n%%EOF", "damaged"),
        (b"\xff\xd8\xff\xe0", "truncated"),
        (b"\xff\xd8\xff\xe0\x00\x01", "damaged"),
        (b"\x89PNG\r\n\x1a\n" + bytes(40), "damaged"),
        (b"II*\x00" + struct.pack("<I", 0), "no-pages"),
        (b"II*\x00" + struct.pack("<I", 9999), "truncated"),
        (made.jpeg(made.picture()[:150]), "too-small"),
    ],
)
def test_each_reason(data: bytes, code: str) -> None:
    """Every way of being no scan has its own code."""
    assert verdicts(data) == [code]


def test_names_are_not_asked() -> None:
    """A PDF called .jpg is a PDF."""
    [page] = acquire.pages(GOOD["flate pdf"], "scan.jpg")
    assert isinstance(page, model.Page)


def _png_bomb() -> bytes:
    head = struct.pack(">IIBBBBB", 60000, 60000, 8, 0, 0, 0, 0)
    chunk = struct.pack(">I", len(head)) + b"IHDR" + head + struct.pack(">I", zlib.crc32(b"IHDR" + head))
    return b"\x89PNG\r\n\x1a\n" + chunk + struct.pack(">I4sI", 0, b"IEND", zlib.crc32(b"IEND"))


def _tiff_bomb() -> bytes:
    return made.raw_tiff(bytes(100), {**made.base_tags(0, 0, 8, 1), 256: (4, [60000]), 257: (4, [60000])})


def _pdf_bomb() -> bytes:
    packed = zlib.compress(bytes(60000))
    return _pdf(
        lambda pdf: pdf.image(packed, made.picture(), Width=60000, Height=60000, Filter=pikepdf.Name.FlateDecode)
    )


def _jpeg_bomb() -> bytes:
    data = made.jpeg(made.picture())
    at = data.index(b"\xff\xc0") + 5
    return data[:at] + struct.pack(">HH", 60000, 60000) + data[at + 4 :]


@pytest.mark.parametrize("bomb", [_png_bomb, _tiff_bomb, _pdf_bomb, _jpeg_bomb])
def test_bombs_are_refused_unopened(bomb: Callable[[], bytes]) -> None:
    """A small file that says it is enormous is refused before anything is decoded."""
    assert verdicts(bomb()) == ["too-large"]


def test_short_pixels_in_a_pdf() -> None:
    """An image with fewer pixels than its size is damaged, not padded."""
    packed = zlib.compress(bytes(made.WIDTH * made.HEIGHT // 2))
    data = _pdf(lambda pdf: pdf.image(packed, made.picture(), Filter=pikepdf.Name.FlateDecode))
    assert verdicts(data) == ["damaged"]


def test_one_bad_page_does_not_take_the_others(tmp_path: Path) -> None:
    """In a PDF with a damaged picture the other pages come, the bad one has its reason and number."""
    del tmp_path
    pdf = made.Pdf()
    for seed in (1, 2, 3):
        jpeg = made.jpeg(made.picture(seed))
        data = jpeg[: len(jpeg) // 2] + b"\xff\xd9" if seed == 2 else jpeg
        pdf.page(made.FILL, Im=pdf.image(data, made.picture(), Filter=pikepdf.Name.DCTDecode))
    first, second, third = acquire.pages(pdf.bytes(), "三枚.pdf")
    assert isinstance(second, model.Refusal)
    assert (second.page, second.code, second.file) == (2, "damaged", "三枚.pdf")
    assert "三枚.pdf の 2 ページ目" in second.message
    assert isinstance(first, model.Page)
    assert isinstance(third, model.Page)
    assert first.sha256 == second.sha256 == third.sha256


def test_update_cut_off() -> None:
    """A PDF whose last update did not arrive whole is not taken for its older state."""
    data = GOOD["pdf"]
    assert verdicts(data + b"\n99 0 obj\n<< /Type /Annot") == ["truncated"]


def test_look_raises_what_pages_yields() -> None:
    """The raising and the yielding verbs agree."""
    with pytest.raises(errors.FileRefused, match=r"\[empty\]") as caught:
        acquire.look(b"", "空.pdf")
    refusal = acquire.page(b"", "空.pdf", "0" * 64, 1)
    assert isinstance(refusal, model.Refusal)
    assert (refusal.code, refusal.page) == (caught.value.code, None)
    assert refusal.message == caught.value.what + caught.value.todo


def test_missing_file(tmp_path: Path) -> None:
    """A file that vanished is refused like any other."""
    with pytest.raises(errors.FileRefused, match=r"\[unreadable\]"):
        acquire.load(tmp_path / "gone.pdf")


def test_large_files_are_mapped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file too large to copy gives the same pages."""
    path = tmp_path / "scan.pdf"
    path.write_bytes(GOOD["pdf"])
    monkeypatch.setattr(acquire, "MAP_FROM", 1)
    mapped = acquire.load(path)
    assert not isinstance(mapped, bytes)
    with pikepdf.open(mapped.path) as seen:
        assert len(seen.pages) == 2
    pairs = zip(acquire.pages(mapped, "a"), acquire.pages(GOOD["pdf"], "a"), strict=True)
    for one, other in pairs:
        assert isinstance(one, model.Page)
        assert isinstance(other, model.Page)
        assert (one.sha256, one.image.tobytes()) == (other.sha256, other.image.tobytes())


def test_complaints_are_caught_and_stderr_is_given_back(capfd: pytest.CaptureFixture[str]) -> None:
    """What a library prints on the descriptor is returned; afterwards words reach stderr again."""
    with grey.complaints() as printed, io.FileIO(2, "w", closefd=False) as stream:
        stream.write(b"Corrupt JPEG data\n")
    with io.FileIO(2, "w", closefd=False) as stream:
        stream.write(b"for people\n")
    assert printed == ["Corrupt JPEG data"]
    assert capfd.readouterr().err == "for people\n"


def test_table_of_reasons() -> None:
    """At most fifteen codes, each a kebab-case name with a cause and a next step in Japanese."""
    assert len(reasons.REASONS) <= 15
    for code, reason in reasons.REASONS.items():
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", code)
        assert all(text.endswith("。") for text in reason)


def test_document_lists_the_reasons() -> None:
    """docs/refusals.md has the table as it is in the code."""
    rows = [f"| `{code}` | {reason.cause} | {reason.todo} |" for code, reason in reasons.REASONS.items()]
    assert [line for line in DOCUMENT.read_text("utf-8").splitlines() if line.startswith("| `")] == rows
