"""Tesseract missing, hanging, lying, out of memory: `make faults-around`. What it says badly is never taken for an answer.

A printed sheet is taken in with a program in Tesseract's place that misbehaves; only what it was asked may be lost, and
once the real one is back everything reads as if nothing had happened.
"""

from __future__ import annotations

import functools
import os
import shlex
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image, ImageDraw, ImageFont

from pipeline import forms as form_files
from pipeline import geometry, store, workers
from pipeline.cli import watching
from pipeline.cli.common import loaded
from pipeline.cli.intake import Intake
from pipeline.errors import Problem
from pipeline.forms import schema
from pipeline.forms.load import SHIPPED
from pipeline.forms.load import form_files as files_of
from pipeline.programs import poppler, tesseract
from pipeline.settings import Settings
from tests.faults.job import Hurry

HASTE_S = 3
FONT = Path(form_files.__file__).with_name("fonts") / "BIZUDPGothic-Regular.ttf"
WORDS = "釜石市集会所"
REAL = '"$REAL" "$@" || exit; out="$2.txt"'  # pytesseract gives the list of crops, then where the answer goes
ANSWER = 'out="$2.txt"; crops=$(wc -l < "$1")'
FAKES: Mapping[str, str | None] = {
    "missing": None,
    "hangs": "exec sleep 600",
    "hangs and will not end": "trap '' TERM; while :; do sleep 1; done",
    "says all is well and writes nothing": "exit 0",
    "says all is well and writes an empty file": f'{ANSWER}; : > "$out"',
    "answers in bytes that are no text": f'{ANSWER}; head -c 3000 /dev/urandom > "$out"',
    "answers something else for every crop": f"{ANSWER}; for n in $(seq $crops); do printf '別の言葉\\n\\f'; done > \"$out\"",
    "answers nothing for every crop": f"{ANSWER}; for n in $(seq $crops); do printf '\\f'; done > \"$out\"",
    "answers for fewer crops": f'{REAL}; tr "\\f" "\\n" < "$out" > "$out.2"; mv "$out.2" "$out"; printf "\\f" >> "$out"',
    "answers for more crops": f'{REAL}; cat "$out" >> "$out.2"; cat "$out" >> "$out.2"; mv "$out.2" "$out"',
    "answers without end": f'{ANSWER}; yes 釜石 | head -c 350000000 > "$out"',
    "is killed for its memory": "kill -KILL $$",
    "ends in a violation": "kill -SEGV $$",
    "has too little memory": 'ulimit -v 90000; exec "$REAL" "$@"',
    "ends with an error": "echo 'Error opening data file' >&2; exit 1",
    "is killed half-way": f'{REAL}; head -c 5 "$out" > "$out.2"; mv "$out.2" "$out"; kill -KILL $$',
    "has no Japanese": 'TESSDATA_PREFIX=/nonexistent exec "$REAL" "$@"',
    "is no program": "",
}
QUICK = (
    "missing",
    "hangs",
    "says all is well and writes nothing",
    "answers in bytes that are no text",
    "is no program",
)
TALKING = ("answers something else for every crop", "answers nothing for every crop")
Rows = dict[str, Any]


@dataclass(frozen=True)
class Ground:
    """An office whose scanner leaves one printed sheet, and what an undisturbed run makes of it."""

    folder: Path
    workers: int  # 0: in this process

    @property
    def forms(self) -> Path:
        """One form, its text printed."""
        return self.folder / "forms"

    def prepare(self) -> Rows:
        """Draw the sheet, read it once; what was read."""
        source = min(files_of(SHIPPED), key=lambda path: path.stat().st_size).parent
        shutil.copytree(source, self.forms / source.name)
        for path in files_of(self.forms):
            path.write_text(path.read_text("utf-8").replace("script: handwritten", "script: printed"), "utf-8")
        (form,) = form_files.load([self.forms], self.folder / "blanks").values()
        self.start("start").joinpath("inbox").mkdir(parents=True)
        draw(form, self.start("start") / "inbox" / "sheet.png")
        quiet = self.place("quiet")
        self.work(quiet)
        return self.seen(quiet)

    def start(self, name: str) -> Path:
        """A folder below this one."""
        return self.folder / name

    def place(self, name: str) -> Path:
        """A fresh office."""
        shutil.rmtree(self.start(name), ignore_errors=True)
        shutil.copytree(self.start("start"), self.start(name))
        return self.start(name)

    def own(self, place: Path) -> Settings:
        """The settings there."""
        return Settings(data=place / "data", forms=self.forms)

    def work(self, place: Path, again: bool = False) -> None:
        """Watch the folder for a moment and read what waits; `again`: read everything anew."""
        own = self.own(place)
        with (
            store.open(own, create=True) as opened,
            workers.pool(own, functools.partial(loaded, own), self.workers) as pool,
        ):
            office = Intake(opened, pool, loaded(own))
            watching.Watch(office, Hurry(), lambda _: None).over(place / "inbox", 0)
            ids = [task.page_id for scan in opened.scans() for task in opened.pages(scan.sha256)]
            list(workers.submit(pool, opened, office.forms, ids if again else None, again))

    def seen(self, place: Path) -> Rows:
        """What the store holds, field by field, and whether its ledger balances."""
        with store.open(self.own(place)) as opened:
            records = {filed.record.id: filed.record for filed in opened.records()}
            fields = {
                (one.id, name): Said(reading.value, reading.state, reading.sure or name in one.accepted, reading.reason)
                for one in records.values()
                for name, reading in one.readings.items()
            }
            wrong = [line.code for line in store.verify(opened)]
            return {"fields": fields, "ids": sorted(records), "waiting": len(opened.waiting()), "wrong": wrong}

    def strike(self, name: str, quiet: Rows) -> Iterator[str]:
        """What is wrong after a run with such a Tesseract, and after another with the real one."""
        place = self.place("struck")
        try:
            with instead(name, place / "bin"):
                self.work(place)
        except Problem:
            pass
        except Exception as error:  # noqa: BLE001 - any is a failure to be reported
            yield f"a defect, not a sentence: {error!r}"
        yield from self.judged(self.seen(place), quiet, name in TALKING)
        self.work(place, again=True)
        if self.seen(place) != quiet:
            yield "with the real Tesseract it does not read as before"

    def judged(self, now: Rows, quiet: Rows, talks: bool) -> Iterator[str]:
        """What of a run with a bad Tesseract is lost or wrong; `talks`: it answers, only wrongly."""
        if now["wrong"]:
            yield f"the ledger does not balance: {now['wrong']}"
        if now["waiting"]:  # read later: nothing was said
            return
        if now["ids"] != quiet["ids"]:
            yield "there are other records"
        for key, before in quiet["fields"].items():
            yield from (f"{key[1]}: {said}" for said in worse(now["fields"].get(key), before, talks))


class Said(NamedTuple):
    """One reading."""

    value: Any
    state: str
    sure: bool
    reason: str | None


def worse(now: Said | None, before: Said, talks: bool) -> Iterator[str]:
    """How a reading is worse than it may be: it may lose its certainty, with a reason, never say something else."""
    if now is None:
        yield "is gone"
    elif now[:2] != before[:2]:
        yield f"reads {now[:2]}, was {before[:2]}"
    elif now.sure and not before.sure:
        yield "is sure, and was not"
    elif before.sure and not now.sure and not talks and now.reason is None:
        yield "is not sure any more, and nobody is told why"


def draw(form: schema.Form, path: Path) -> None:
    """The form's first side with words printed into its text fields."""
    side = form.sides[0]
    picture = Image.fromarray(side.blank)
    font = ImageFont.truetype(str(FONT), round(5 * geometry.BLANK_PX_PER_MM))
    pen = ImageDraw.Draw(picture)
    for field in side.fields:
        if isinstance(field, schema.Text) and field.listing is None:
            left, top = ((field.box.x + 3) * geometry.BLANK_PX_PER_MM, (field.box.y + 2) * geometry.BLANK_PX_PER_MM)
            pen.text((left, top), WORDS, fill=0, font=font)
    picture.save(path, dpi=(300, 300))


@contextmanager
def instead(name: str, folder: Path) -> Iterator[None]:
    """A search path on which that Tesseract is, or none."""
    folder.mkdir(parents=True)
    for tool in (*poppler.TOOLS, "sh"):
        (folder / tool).symlink_to(shutil.which(tool) or "/nonexistent")
    script = FAKES[name]
    if script is not None:
        fake = folder / "tesseract"
        head = f"#!/bin/sh\nREAL={shlex.quote(tesseract.found() or '')}\nPATH=/usr/bin:/bin\n"
        fake.write_text(head + script + "\n" if script else "\x00\x01nothing that runs")
        fake.chmod(0o755)
    before = os.environ["PATH"], tesseract.TIMEOUT_S
    os.environ["PATH"] = str(folder)
    tesseract.TIMEOUT_S = HASTE_S if "hangs" in name else before[1]  # in this process only: a worker waits as ever
    try:
        yield
    finally:
        os.environ["PATH"], tesseract.TIMEOUT_S = before
