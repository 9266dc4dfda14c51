"""An image of a PDF in grey, in its own pixels."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import pikepdf

from pipeline.acquire import fax, grey, jpeg, reasons
from pipeline.acquire.reasons import Refused
from pipeline.geometry import Grey

# Filters that only pack bytes; qpdf undoes them and complains about damage.
PACKING = {"/FlateDecode", "/LZWDecode", "/RunLengthDecode", "/ASCII85Decode", "/ASCIIHexDecode"}
PLAIN = {"/DeviceGray": 1, "/CalGray": 1, "/DeviceRGB": 3, "/CalRGB": 3}  # colour space: samples a pixel
MAX_BYTES = 4 * reasons.MAX_PIXELS
Otherwise: TypeAlias = Callable[[], Grey]


def taken(image: pikepdf.Stream, otherwise: Otherwise) -> Grey:
    """The image in grey, shape (height, width).

    Args:
        image: the image XObject.
        otherwise: decodes what is not done here: JBIG2, JPEG 2000, CMYK, palettes …

    Raises:
        Refused: too large or small, or damaged.
    """
    reasons.check_size(int(image.Width), int(image.Height))
    samples = _samples(image)
    inverted = _inverted(image, samples)
    pixels = _plain(image, samples, inverted) if samples and inverted is not None else None
    return otherwise() if pixels is None else pixels


def _plain(image: pikepdf.Stream, samples: int, inverted: bool) -> Grey | None:
    """The pixels, /Decode applied; None where Poppler does it better."""
    filters = _filters(image)
    if filters == ["/CCITTFaxDecode"]:
        return _fax(image)
    pixels = _as_coded(image, samples, filters)
    return np.bitwise_not(pixels) if inverted and pixels is not None else pixels


def _as_coded(image: pikepdf.Stream, samples: int, filters: list[str]) -> Grey | None:
    if filters[-1:] == ["/DCTDecode"] and set(filters[:-1]) <= {"/FlateDecode"}:
        return _jpeg(image, samples, packed=len(filters) - 1)
    if set(filters) <= PACKING:
        return _raw(image, samples)
    return None


def _filters(image: pikepdf.Stream) -> list[str]:
    value = image.get("/Filter", pikepdf.Array())
    return [str(name) for name in value] if isinstance(value, pikepdf.Array) else [str(value)]


def _samples(image: pikepdf.Stream) -> int:
    """Samples a pixel of a plain grey or RGB colour space, else 0."""
    space = image.get("/ColorSpace")
    if isinstance(space, pikepdf.Array) and space[0] == "/ICCBased":
        return {1: 1, 3: 3}.get(int(space[1].get("/N", 0)), 0)
    name = space[0] if isinstance(space, pikepdf.Array) else space
    return PLAIN.get(str(name), 0)


def _inverted(image: pikepdf.Stream, samples: int) -> bool | None:
    """Whether 0 means light; None for a /Decode that is neither plain nor exactly inverted."""
    decode = [float(number) for number in image.get("/Decode", pikepdf.Array())]
    if decode in ([], [0.0, 1.0] * samples):
        return False
    return True if decode == [1.0, 0.0] * samples else None


def _jpeg(image: pikepdf.Stream, samples: int, packed: int) -> Grey | None:
    data = image.read_raw_bytes()
    for _ in range(packed):
        data = zlib.decompressobj().decompress(data, MAX_BYTES)
    head = jpeg.header(data)
    jpeg.check(data, head)
    # /ColorTransform says that three samples are not what the JPEG's own markers say.
    plain = head.components == samples and "/ColorTransform" not in str(image.get("/DecodeParms", ""))
    return jpeg.decode(data) if plain else None


def _fax(image: pikepdf.Stream) -> Grey | None:
    """Fax data; pikepdf looks after /BlackIs1 and /Decode."""
    parms = image.get("/DecodeParms", pikepdf.Dictionary())
    if isinstance(parms, pikepdf.Array) or parms.get("/EncodedByteAlign", False):
        return None
    if int(parms.get("/K", 0)) < 0 and fax.torn(image.read_raw_bytes()):
        raise Refused("damaged")
    with grey.complaints() as printed:
        pixels = grey.from_pillow(pikepdf.PdfImage(image).as_pil_image())
    if any("Decode" in line for line in printed):
        raise Refused("damaged")
    return pixels


def _unpacked(image: pikepdf.Stream) -> bytes | memoryview:
    """The bytes below the packing. qpdf overlooks Flate's checksum, so that is asked first."""
    if _filters(image)[:1] == ["/FlateDecode"]:
        data = zlib.decompressobj().decompress(image.read_raw_bytes(), MAX_BYTES)
        if "/DecodeParms" not in image and len(_filters(image)) == 1:
            return data
    return memoryview(image.get_stream_buffer())


def _raw(image: pikepdf.Stream, samples: int) -> Grey | None:
    """Pixels that are only packed, 1 bit grey or 8 bits a sample."""
    width, height, bits = int(image.Width), int(image.Height), int(image.get("/BitsPerComponent", 8))
    if (bits, samples) not in {(1, 1), (8, 1), (8, 3)}:
        return None
    row = (width * bits * samples + 7) // 8
    data = np.frombuffer(_unpacked(image), dtype=np.uint8)
    if len(data) < row * height:
        raise Refused("damaged")
    rows = data[: row * height].reshape(height, row)
    if bits == 1:
        return grey.from_bits(np.unpackbits(rows, axis=1, count=width))
    return grey.from_rgb(rows.reshape(height, width, 3)) if samples == 3 else rows
