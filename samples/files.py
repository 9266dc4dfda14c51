"""Pages into files, as an office scanner delivers them; the same pages always give the same bytes."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pikepdf
from pikepdf import Array, Dictionary, Name
from PIL import Image, TiffImagePlugin

from samples import typed
from samples.ink import Picture
from samples.pages import Page

POINTS = 72.0  # per inch
LAYER_DPI = 100  # of the background of a layered page


def jpeg(page: Page) -> bytes:
    """The page as a JPEG of its own quality."""
    return cv2.imencode(".jpg", page.image, [cv2.IMWRITE_JPEG_QUALITY, page.quality])[1].tobytes()


def with_dpi(picture: bytes, dpi: tuple[float, float]) -> bytes:
    """A JPEG whose header says its resolution."""
    if picture[2:4] != b"\xff\xe0":
        raise ValueError("no JFIF header")
    return picture[:13] + struct.pack(">BHH", 1, round(dpi[0]), round(dpi[1])) + picture[18:]


def g4(page: Page) -> bytes:
    """The page's bare CCITT Group 4 data."""
    return g4_of(page.image > 127)


def g4_of(white: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> bytes:
    """Bare CCITT Group 4 data of a picture, shape (h, w)."""
    out = io.BytesIO()
    # Pillow's white is a set bit, Group 4's ink is: so the picture goes in as its negative.
    image = Image.fromarray(np.where(white, 0, 255).astype(np.uint8)).convert("1")
    image.save(out, "TIFF", compression="group4", tiffinfo={278: image.height})
    with TiffImagePlugin.TiffImageFile(io.BytesIO(out.getvalue())) as tiff:
        start, length = tiff.tag_v2[273][0], tiff.tag_v2[279][0]
    return out.getvalue()[start : start + length]


# ── PDF


def pdf(pages: list[Page], path: Path) -> None:
    """One image per page: a JPEG as it is, or Group 4 for black and white."""
    with pikepdf.new() as out:
        for page in pages:
            LAYOUTS.get(page.kind, _image_page)(out, page)
        out.save(path, deterministic_id=True)


def _image_page(out: pikepdf.Pdf, page: Page) -> None:
    image = _group4(out, page.image > 127) if page.mode == "bilevel" else _jpeg(out, jpeg(page), page.image)
    _add(out, page, {"Im0": image}, b"/Im0 Do")


def _add(out: pikepdf.Pdf, page: Page, images: dict[str, pikepdf.Object], draw: bytes) -> None:
    h, w = page.image.shape[:2]
    size = (w * POINTS / page.dpi[0], h * POINTS / page.dpi[1])
    content = b"q %.4f 0 0 %.4f 0 0 cm %b Q" % (*size, draw)
    names = Dictionary({f"/{name}": image for name, image in images.items()})
    out.pages.append(
        pikepdf.Page(
            out.make_indirect(
                Dictionary(
                    Type=Name.Page,
                    MediaBox=Array([0, 0, round(size[0], 4), round(size[1], 4)]),
                    Resources=Dictionary(XObject=names),
                    Contents=out.make_stream(content),
                )
            )
        )
    )


def _jpeg(out: pikepdf.Pdf, data: bytes, image: Picture) -> pikepdf.Object:
    space = Name.DeviceGray if image.ndim == 2 else Name.DeviceRGB
    return pikepdf.Stream(
        out, data, Type=Name.XObject, Subtype=Name.Image, Width=image.shape[1], Height=image.shape[0],
        ColorSpace=space, BitsPerComponent=8, Filter=Name.DCTDecode,
    )  # fmt: skip


def _group4(
    out: pikepdf.Pdf, white: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], mask: bool = False
) -> pikepdf.Object:
    h, w = white.shape
    stream = pikepdf.Stream(
        out, g4_of(white), Type=Name.XObject, Subtype=Name.Image, Width=w, Height=h, BitsPerComponent=1,
        Filter=Name.CCITTFaxDecode, DecodeParms=Dictionary(K=-1, Columns=w, Rows=h, BlackIs1=False),
    )  # fmt: skip
    if mask:
        stream.ImageMask = True
    else:
        stream.ColorSpace = Name.DeviceGray
    return stream


def _layered(out: pikepdf.Pdf, page: Page) -> None:
    """高圧縮PDF: a coarse background, and masks through which the inks are painted."""
    image = page.image if page.image.ndim == 3 else cv2.cvtColor(page.image, cv2.COLOR_GRAY2BGR)
    masks = inks(np.asarray(image, dtype=np.uint8))
    covered = np.asarray(sum(mask.astype(np.uint8) for mask, _ in masks) > 0)
    back = _background(np.asarray(image, dtype=np.uint8), covered)
    small = cv2.resize(back, None, fx=LAYER_DPI / page.dpi[0], fy=LAYER_DPI / page.dpi[1], interpolation=cv2.INTER_AREA)
    data = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 40])[1].tobytes()
    images = {"Im0": _jpeg(out, data, np.asarray(small, dtype=np.uint8))}
    draw = [b"/Im0 Do"]
    for n, (mask, colour) in enumerate(masks, 1):
        images[f"Im{n}"] = _group4(out, ~mask, mask=True)
        draw.append(b"%.3f %.3f %.3f rg /Im%d Do" % (*(c / 255 for c in colour), n))
    _add(out, page, images, b" ".join(draw))


def inks(image: Picture) -> list[tuple[np.ndarray[tuple[int, ...], np.dtype[np.bool_]], tuple[int, int, int]]]:
    """The dark, the blue and the red ink of a picture: masks (h, w) and their colours (red, green, blue)."""
    blue, green, red_ = cv2.split(image)
    low, high = cv2.min(cv2.min(blue, green), red_), cv2.max(cv2.max(blue, green), red_)
    dark = np.asarray(low < 170)
    vivid = dark & (cv2.subtract(high, low) > 60)
    red = vivid & (image[..., 2] >= image[..., 0])
    layers = [(dark & ~vivid, (24, 24, 26)), (vivid & ~red, (50, 70, 160)), (red, (200, 44, 46))]
    return [(mask, colour) for mask, colour in layers if mask.any()]


def _background(image: Picture, covered: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> Picture:
    grown = cv2.dilate(covered.astype(np.uint8), np.ones((5, 5), np.uint8)).view(bool)
    weight = cv2.resize((~grown).astype(np.float32), None, fx=0.125, fy=0.125, interpolation=cv2.INTER_AREA)
    kept = np.where(grown[..., None], 0, image)
    small = cv2.resize(kept, None, fx=0.125, fy=0.125, interpolation=cv2.INTER_AREA).astype(np.float32)
    soft = cv2.GaussianBlur(small, (0, 0), 4) / np.maximum(cv2.GaussianBlur(weight, (0, 0), 4), 1e-3)[..., None]
    filled = cv2.resize(soft.clip(0, 255).astype(np.uint8), image.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    return np.asarray(np.where(grown[..., None], filled, image), dtype=np.uint8)


def _typed(out: pikepdf.Pdf, page: Page) -> None:
    if page.typed is None:
        raise ValueError("a typed page without its words")
    typed.add(out, page.typed)


LAYOUTS: dict[str, Callable[[pikepdf.Pdf, Page], None]] = {"layered": _layered, "typed": _typed}


# ── other files


def tiff(pages: list[Page], path: Path) -> None:
    """Several pages in one TIFF: Group 4 where a page is black and white, else as JPEG."""
    images = [_pil(page) for page in pages]
    kind = "group4" if all(page.mode == "bilevel" for page in pages) else "tiff_lzw"
    dpi = tuple(float(n) for n in pages[0].dpi)
    images[0].save(path, "TIFF", save_all=True, append_images=images[1:], compression=kind, dpi=dpi)


def _pil(page: Page) -> Image.Image:
    image = Image.fromarray(page.image[..., ::-1].copy() if page.image.ndim == 3 else page.image)
    return image.convert("1", dither=Image.Dither.NONE) if page.mode == "bilevel" else image


def jpg(pages: list[Page], path: Path) -> None:
    """The first page as a JPEG file."""
    path.write_bytes(with_dpi(jpeg(pages[0]), pages[0].dpi))


def png(pages: list[Page], path: Path) -> None:
    """The first page as a PNG file."""
    _pil(pages[0]).save(path, "PNG", dpi=pages[0].dpi, compress_level=3)


WRITERS: dict[str, Callable[[list[Page], Path], None]] = {".pdf": pdf, ".tif": tiff, ".jpg": jpg, ".png": png}
