"""Every command where nothing can be written: in a folder without permission, below a file, on a disk that takes no more.

`python -m tests.faults.unwritable` prints what each said, a JSON object a line. A process of its own, since it gives up
the right of an administrator to write everywhere; `command()` says how to start it.
"""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import sys
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from click.testing import CliRunner
from PIL import Image

from pipeline.cli import main as yomitori
from pipeline.forms.load import SHIPPED

FIXTURES = Path(__file__).parents[1] / "fixtures"
SCAN, OTHER = FIXTURES / "tickets" / "scan-00001.pdf", FIXTURES / "pages" / "scan-00002.pdf"
FORM = min(path.parent.name for path in SHIPPED.glob("*/form.yaml"))
BLANK = SHIPPED / FORM / "blank.pdf"
# What a command writes goes to {out}; {in} is a folder of files to be read, {set} one with its truth.
WRITING: dict[str, str] = {
    "export xlsx": "export {out}.xlsx",
    "export csv": "export {out}.csv",
    "export parquet": "export {out}.parquet",
    "export report": "export {out}.xlsx --kind report",
    "backup": "store backup {out} --key-file {in}/key",
    "forms print": f"forms print {FORM} --out {{out}}.pdf",
    "forms print serials": f"forms print {FORM} --serials 2 --out {{out}}.pdf",
    "forms show": f"forms show {FORM} --on {BLANK} --out {{out}}.png",
    "forms propose": "forms propose {in}/blank.png --out {out}",
    "learn cells": "learn cells {out}",
    "bench accuracy json": "bench accuracy {set} --json {out}",
    "bench accuracy pictures": "bench accuracy {set} --pictures {out}",
    "bench align": "bench align {set} --json {out} --limit 1 --every 0",
    "bench speed": "bench speed {set} --json {out} --limit 1",
}
SENTENCE = re.compile(r"[ぁ-ん].*\[[a-z][a-z0-9-]+\]")  # Japanese, with a code
SLOW = ("bench", "forms propose", "forms show")  # they read pages; all of these are in `--all`
FULL = {"disk full": 0, "disk nearly full": 33_000}  # bytes that a file may have; the second lets a database be opened
KEEPING: dict[str, str] = {
    "read": "read {in}/scan.pdf",
    "ingest": "ingest {in}/other.pdf",
    "migrate": "store migrate",
    "verify": "store verify",
    "rescans": "store rescans",
    "purge": "store purge --batch b --yes --by 花",
    "certificates": "store certificates",
    "user add": "user add 次郎",
    "user list": "user list",
    "user reset": "user reset 花",
    "audit verify": "audit verify",
    "audit list": "audit list",
    "lists import": "lists import {in}/list.csv --name districts",
    "learn calibrate": "learn calibrate",
    "forms check": "forms check",
    "doctor": "doctor",
    "move": "store move sqlite:///{out}",
    "restore": "store restore {in}/all.backup --key-file {in}/key",
}


def command() -> list[str]:
    """How to start this, without an administrator's right to write anywhere."""
    rights = "-dac_override,-dac_read_search"
    plain = ["setpriv", "--bounding-set", rights, "--inh-caps", rights] if os.geteuid() == 0 else []
    return [*plain, sys.executable, "-m", "tests.faults.unwritable"]


def said(words: str, places: dict[str, Path], **variables: str) -> dict[str, object]:
    """How a command ends, and what it says."""
    asked = [word.format(**places) for word in words.split()]
    result = CliRunner(env=variables).invoke(yomitori, asked)
    broken = result.exception is not None and not isinstance(result.exception, SystemExit)
    trace = "".join(traceback.format_exception(result.exception)) if broken else ""
    return {"code": result.exit_code, "words": result.stderr, "traceback": trace}


@contextmanager
def closed(folder: Path) -> Iterator[None]:
    """Nothing below it can be written."""
    every = [folder, *folder.rglob("*")]
    modes = {path: path.stat().st_mode for path in every if not path.is_symlink()}
    for path, mode in modes.items():
        path.chmod(mode & 0o555)
    try:
        yield
    finally:
        for path, mode in modes.items():
            path.chmod(mode)


@contextmanager
def limited(size: int) -> Iterator[None]:
    """No file grows beyond that: what a full disk comes to, whoever runs this."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def prepared(folder: Path) -> dict[str, Path]:
    """An office that works, and what its commands are called with."""
    places = {"in": folder / "in", "set": FIXTURES / "tickets", "out": folder / "out" / "it"}
    for name in ("in", "out", "ro"):
        (folder / name).mkdir()
    (folder / "file").write_text("a file, no folder")
    (places["in"] / "key").write_text("とても長い合言葉をここに書く", "utf-8")
    (places["in"] / "list.csv").write_text("名前\n中妻\n", "utf-8")
    shutil.copyfile(SCAN, places["in"] / "scan.pdf")
    shutil.copyfile(OTHER, places["in"] / "other.pdf")
    Image.new("L", (1240, 1754), 255).save(places["in"] / "blank.png", dpi=(150, 150))
    for words in ("ingest {in}/scan.pdf --batch b", "user add 花", "store backup {in}/all.backup --key-file {in}/key"):
        done = said(words, places)
        if done["code"] != 0:
            raise RuntimeError(str(done))
    return places


Case = tuple[str, dict[str, object]]


def cases(folder: Path, places: dict[str, Path], slow: bool) -> Iterator[Case]:
    """Every command under every trouble."""
    for name, words in WRITING.items():
        if slow or not name.startswith(SLOW):
            yield from writing(name, words, folder, places)
    for name, words in KEEPING.items():
        yield from keeping(name, words, folder, places)
    yield from settings(folder, places)


def writing(name: str, words: str, folder: Path, places: dict[str, Path]) -> Iterator[Case]:
    """A command that writes a file where somebody says."""
    with closed(folder / "ro"):
        yield f"{name}: no permission", said(words, places | {"out": folder / "ro" / "it"})
    yield f"{name}: no folder", said(words, places | {"out": folder / "file" / "it"})
    for what, size in FULL.items():
        with limited(size):
            yield f"{name}: {what}", said(words, places | {"out": folder / "out" / name.replace(" ", "-")})


def keeping(name: str, words: str, folder: Path, places: dict[str, Path]) -> Iterator[Case]:
    """A command that works with what is stored."""
    new = name == "restore"  # wants a folder that is not there yet
    with closed(folder / "ro" if new else folder / "data"):
        where = folder / "ro" / "data" if new else folder / "data"
        yield f"{name}: no permission", said(words, places, YOMITORI_DATA=str(where))
    for what, size in FULL.items():
        with limited(size):
            where = folder / "fresh" if new else folder / "data"
            yield f"{name}: {what}", said(words, places, YOMITORI_DATA=str(where))


def settings(folder: Path, places: dict[str, Path]) -> Iterator[Case]:
    """Files that settings name."""
    for name in ("LOG", "AUDIT_ANCHOR"):
        with closed(folder / "ro"):
            yield (
                f"{name}: no permission",
                said("user add 三郎", places, **{f"YOMITORI_{name}": str(folder / "ro" / "it")}),
            )
        yield f"{name}: no folder", said("user add 四郎", places, **{f"YOMITORI_{name}": str(folder / "file" / "it")})
    (folder / "in" / "bytes").write_bytes(b"\xff\xfe\x80")
    yield "key: no text", said("store backup {out}.backup --key-file {in}/bytes", places)
    yield "port: no number", said("doctor", places, YOMITORI_PORT="many")


def main() -> None:
    """All of them."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ |= {"YOMITORI_DATA": str(folder / "data"), "YOMITORI_WORKERS": "0"}
        places = prepared(folder)
        for case, found in cases(folder, places, slow="--all" in sys.argv):
            print(json.dumps({"case": case, **found}, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
