"""JPEG, PNG and TIFF: the pixels that come out are those that went in, whatever the coding."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from pipeline import acquire, model
from pipeline.geometry import Grey
from tests.acquire import made


def only(data: bytes) -> model.Page:
    """The one page of a file that must be accepted."""
    [page] = acquire.pages(data, "scan")
    assert isinstance(page, model.Page), page
    return page


def far(a: Grey, b: Grey) -> int:
    """Largest difference of two pictures of one shape."""
    assert a.shape == b.shape
    return int(np.abs(a.astype(int) - b.astype(int)).max())


def grey_image(seed: int = 1) -> Image.Image:
    """The usual picture as Pillow holds it."""
    return Image.fromarray(made.picture(seed))


@pytest.mark.parametrize("progressive", [False, True])
def test_jpeg(progressive: bool) -> None:
    """A JPEG comes out as written, up to its own loss."""
    assert far(only(made.jpeg(made.picture(), progressive=progressive)).image, made.picture()) < 40


@pytest.mark.parametrize("orientation", range(1, 9))
def test_jpeg_orientation_is_ignored(orientation: int) -> None:
    """Pixels are those embedded: EXIF turns nothing."""
    plain = only(made.jpeg(made.picture())).image
    assert far(only(made.jpeg(made.picture(), exif=made.turned_exif(orientation))).image, plain) == 0


def test_colour_jpeg() -> None:
    """Colour becomes luma."""
    rgb = np.dstack([made.picture(), np.full_like(made.picture(), 200), made.picture()])
    page = only(made.saved(Image.fromarray(rgb), "JPEG", quality=100, subsampling=0))
    assert far(page.image, np.asarray(Image.fromarray(rgb).convert("L"))) < 12


def test_cmyk_jpeg() -> None:
    """Four inks, inverted as Adobe writes them, come out light where there is no ink."""
    page = only(made.saved(grey_image().convert("CMYK"), "JPEG", quality=100))
    assert far(page.image, made.picture()) < 30


def test_jpeg_with_bytes_behind_its_end() -> None:
    """What a camera or phone appends changes nothing."""
    data = made.jpeg(made.picture())
    assert far(only(data + b"trailer" * 100).image, only(data).image) == 0


def test_resolution_is_a_hint() -> None:
    """Tags say how many dots an inch; a file without says nothing."""
    assert only(made.saved(grey_image(), "JPEG", dpi=(200, 200))).dpi == 200
    assert only(made.jpeg(made.picture())).dpi is None
    assert only(made.saved(grey_image(), "PNG", dpi=(300, 300))).dpi == pytest.approx(300, abs=0.1)
    assert only(made.tiff(grey_image(), dpi=(400, 400))).dpi == 400


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA"])
def test_png(mode: str) -> None:
    """Every kind of PNG without depth or transparency comes out exactly."""
    page = made.bilevel()
    assert far(only(made.saved(Image.fromarray(page).convert(mode), "PNG")).image, page) == 0


def test_png_of_sixteen_bits() -> None:
    """16 bits are scaled to 8, not cut off at white."""
    deep = made.picture().astype(np.uint16) * 257
    assert far(only(made.saved(Image.fromarray(deep), "PNG")).image, made.picture()) == 0


def test_transparent_png_lies_on_white() -> None:
    """What is see-through is paper, whatever colour is stored below."""
    rgba = np.zeros((made.HEIGHT, made.WIDTH, 4), dtype=np.uint8)
    rgba[50:100, 50:100, 3] = 255
    image = only(made.saved(Image.fromarray(rgba), "PNG")).image
    assert (image[75, 75], image[10, 10]) == (0, 255)


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"])
def test_tiff(compression: str) -> None:
    """Lossless TIFF comes out exactly."""
    assert far(only(made.tiff(grey_image(), compression=compression)).image, made.picture()) == 0


@pytest.mark.parametrize("compression", ["raw", "group3", "group4", "tiff_lzw", "packbits"])
def test_fax(compression: str) -> None:
    """Black and white comes out as black on white."""
    page = made.bilevel()
    assert far(only(made.tiff(Image.fromarray(page).convert("1"), compression=compression)).image, page) == 0


def test_big_tiff() -> None:
    """The 64-bit form of TIFF is read like the other."""
    assert far(only(made.tiff(grey_image(), big_tiff=True)).image, made.picture()) == 0


def test_every_page_of_a_tiff() -> None:
    """No page is lost, none comes twice, each with its own picture and number."""
    data = made.tiff(*(grey_image(seed) for seed in range(1, 6)), compression="tiff_lzw")
    pages = list(acquire.pages(data, "scan.tif"))
    assert acquire.count(data, "scan.tif") == 5
    assert [p.number if isinstance(p, model.Page) else None for p in pages] == [1, 2, 3, 4, 5]
    assert [far(p.image, made.picture(p.number)) for p in pages if isinstance(p, model.Page)] == [0] * 5


def test_thumbnails_are_no_pages() -> None:
    """A reduced copy in the same file is not a page of its own."""
    small = grey_image(2)
    small.encoderinfo = {"tiffinfo": made.tiff_tags(t254=1)}
    data = made.tiff(grey_image(1), small)
    assert far(only(data).image, made.picture(1)) == 0


@pytest.mark.parametrize("compression", ["raw", "group4"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_tiff_orientation_is_ignored(orientation: int, compression: str) -> None:
    """Pixels are those stored, whatever turn the tag asks for."""
    page = made.bilevel()
    tags = made.tiff_tags(t274=orientation)
    data = made.tiff(Image.fromarray(page).convert("1"), compression=compression, tiffinfo=tags)
    assert far(only(data).image, page) == 0


@pytest.mark.parametrize(("photometric", "light"), [(0, False), (1, True)])
def test_either_polarity(photometric: int, light: bool) -> None:
    """A zero is white or black as the file says, in 1, 8 and 16 bits."""
    stored = made.bilevel() if light else 255 - made.bilevel()
    coded = {1: np.packbits(stored > 0, axis=1), 8: stored, 16: stored.astype("<u2") * 257}
    for bits, pixels in coded.items():
        data = made.raw_tiff(pixels.tobytes(), made.base_tags(made.WIDTH, made.HEIGHT, bits, photometric))
        assert far(only(data).image, made.bilevel()) == 0, bits


@pytest.mark.parametrize("fill_order", [1, 2])
def test_either_order_of_bits(fill_order: int) -> None:
    """Fax machines may write the lowest bit first."""
    bits = np.packbits(made.bilevel() > 0, axis=1, bitorder="big" if fill_order == 1 else "little")
    tags = {**made.base_tags(made.WIDTH, made.HEIGHT, 1, 1), 266: (3, [fill_order])}
    assert far(only(made.raw_tiff(bits.tobytes(), tags)).image, made.bilevel()) == 0


@pytest.mark.parametrize("top", [255, 65535])
def test_palette_of_either_depth(top: int) -> None:
    """Colours of 16 bits, and of 8 where a scanner mistook the format; the latter are not all black."""
    ramp = [index * top // 255 for index in range(256)]
    tags = {**made.base_tags(made.WIDTH, made.HEIGHT, 8, 3), 320: (3, ramp * 3)}
    assert far(only(made.raw_tiff(made.picture().tobytes(), tags)).image, made.picture()) <= 1


def test_sixteen_bit_tiff() -> None:
    """16-bit grey is scaled, in either byte order."""
    deep = Image.fromarray(made.picture().astype(np.uint16) * 257)
    assert far(only(made.tiff(deep)).image, made.picture()) == 0
    assert far(only(made.tiff(deep, compression="tiff_lzw")).image, made.picture()) == 0


def test_cmyk_tiff() -> None:
    """Inks in a TIFF are not inverted."""
    assert far(only(made.tiff(grey_image().convert("CMYK"))).image, made.picture()) <= 1


def test_floating_point_tiff_is_refused() -> None:
    """What has no plain grey meaning is not guessed."""
    [verdict] = acquire.pages(made.tiff(grey_image().convert("F")), "depth.tif")
    assert isinstance(verdict, model.Refusal)
    assert verdict.code == "unsupported"
