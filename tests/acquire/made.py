"""Small files as scanners write them, each with the pixels that must come out, made anew from a seed."""

from __future__ import annotations

import io
import struct
from typing import Any

import cv2
import numpy as np
import pikepdf
from PIL import Image, TiffImagePlugin
from reportlab.pdfgen import canvas

from pipeline.geometry import Grey

WIDTH, HEIGHT = 320, 240


def picture(seed: int = 1, width: int = WIDTH, height: int = HEIGHT) -> Grey:
    """A page with dark strokes on paper, no two corners alike."""
    rng = np.random.default_rng(seed)
    page = np.full((height, width), 245, dtype=np.uint8)
    for _ in range(25):
        x, y = int(rng.integers(0, width - 60)), int(rng.integers(15, height))
        cv2.putText(page, str(rng.integers(0, 9999)), (x, y), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (30,), 2)
    page[:20, :40] = 0
    return page


def bilevel(seed: int = 1) -> Grey:
    """The same in pure black and white."""
    return np.where(picture(seed) > 128, 255, 0).astype(np.uint8)


def jpeg(page: Grey, *, quality: int = 95, exif: bytes = b"", progressive: bool = False) -> bytes:
    """A grey JPEG."""
    return saved(Image.fromarray(page), "JPEG", quality=quality, exif=exif, progressive=progressive)


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    """What Pillow writes."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def turned_exif(orientation: int) -> bytes:
    """EXIF that asks for a turn."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif.tobytes()


def tiff(*pages: Image.Image, **options: Any) -> bytes:
    """A TIFF of one or more pages."""
    return saved(pages[0], "TIFF", save_all=True, append_images=list(pages[1:]), **options)


def tiff_tags(**tags: Any) -> TiffImagePlugin.ImageFileDirectory_v2:
    """Tags to add, by number as `t274=…`."""
    found = TiffImagePlugin.ImageFileDirectory_v2()
    for name, value in tags.items():
        found[int(name[1:])] = value
    return found


def raw_tiff(pixels: bytes, tags: dict[int, tuple[int, list[int]]]) -> bytes:
    """A little-endian TIFF written by hand: one strip, and tags as number → (field type, values)."""
    everything = {**tags, 273: (4, [8]), 279: (4, [len(pixels)])}
    start = 8 + len(pixels) + len(pixels) % 2
    extra_at = start + 2 + 12 * len(everything) + 4
    entries, extra = b"", b""
    for tag, (kind, values) in sorted(everything.items()):
        packed = struct.pack(f"<{len(values)}{'H' if kind == 3 else 'I'}", *values)
        if len(packed) > 4:
            place = struct.pack("<I", extra_at + len(extra))
            extra += packed
        else:
            place = packed.ljust(4, b"\0")
        entries += struct.pack("<HHI", tag, kind, len(values)) + place
    head = struct.pack("<2sHI", b"II", 42, start)
    return head + pixels.ljust(start - 8, b"\0") + struct.pack("<H", len(everything)) + entries + bytes(4) + extra


def base_tags(width: int, height: int, bits: int, photometric: int) -> dict[int, tuple[int, list[int]]]:
    """The tags every uncompressed one-sample TIFF has."""
    shorts = {256: width, 257: height, 258: bits, 259: 1, 262: photometric, 277: 1, 278: height}
    return {tag: (3, [value]) for tag, value in shorts.items()}


class Pdf:
    """A PDF put together page by page."""

    def __init__(self) -> None:
        self.pdf = pikepdf.new()

    def image(self, data: bytes, page: Grey, **keys: Any) -> pikepdf.Stream:
        """An image XObject; grey 8 bits unless `keys` say otherwise."""
        known = {"Width": page.shape[1], "Height": page.shape[0], "BitsPerComponent": 8,
                 "ColorSpace": pikepdf.Name.DeviceGray}  # fmt: skip
        kind = {"Type": pikepdf.Name.XObject, "Subtype": pikepdf.Name.Image}
        return pikepdf.Stream(self.pdf, data, {f"/{key}": value for key, value in {**known, **kind, **keys}.items()})

    def scan(self, page: Grey, **keys: Any) -> pikepdf.Stream:
        """The page as a JPEG image."""
        return self.image(jpeg(page), page, Filter=pikepdf.Name.DCTDecode, **keys)

    def page(
        self, content: bytes, size: tuple[float, float] = (WIDTH, HEIGHT), **images: pikepdf.Object
    ) -> pikepdf.Page:
        """Add a page in points that paints `content` with these images."""
        page = self.pdf.add_blank_page(page_size=size)
        page.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary({f"/{k}": v for k, v in images.items()}))
        page.obj.Contents = self.pdf.make_stream(content)
        return page

    def bytes(self, **options: Any) -> bytes:
        """The finished file."""
        buffer = io.BytesIO()
        self.pdf.save(buffer, **options)
        return buffer.getvalue()


FILL = b"q 320 0 0 240 0 0 cm /Im Do Q"


def scanned_pdf(*pages: Grey) -> bytes:
    """A PDF as an office scanner delivers it: one JPEG a page."""
    made = Pdf()
    for page in pages:
        made.page(FILL, Im=made.scan(page))
    return made.bytes()


def drawn_pdf(*lines: str, size: tuple[float, float] = (400, 300), field: str | None = None) -> bytes:
    """A PDF of drawn text, one page a line, perhaps with a filled-in form field."""
    buffer = io.BytesIO()
    sheet = canvas.Canvas(buffer, pagesize=size, invariant=True)
    for line in lines:
        sheet.drawString(50, 200, line)
        if field is not None:
            sheet.acroForm.textfield(name="f", value=field, x=50, y=100, width=200, height=24, fontName="Helvetica")
        sheet.showPage()
    sheet.save()
    return buffer.getvalue()
