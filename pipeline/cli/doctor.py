"""`yomitori doctor`: what is installed, which version, and the command that mends what is missing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass

import click

from pipeline.cli.common import own_settings, told
from pipeline.errors import Problem, ProgramMissing
from pipeline.programs import models, poppler, tesseract
from pipeline.read import confidence
from pipeline.settings import Settings


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    name: str
    state: str  # version, or what is wrong
    mend: str = ""  # the command that mends it; "" when all is well


@click.command()
@told
def doctor() -> None:
    """必要なものが揃っているかを調べ、直し方を示します。"""
    found = [*_programs(), *_models(), *_places(own_settings())]
    for one in found:
        mend = f"\t→ {one.mend}" if one.mend else ""
        click.echo(f"{'要対応' if one.mend else '良好'}\t{one.name}\t{one.state}{mend}")
    sys.exit(ProgramMissing.exit_code if any(one.mend for one in found) else 0)


def _programs() -> Iterator[Finding]:
    apt = "sudo apt-get install"
    there, version = tesseract.found(), tesseract.version() if tesseract.found() else ""
    silent = "動きません" if there else "ありません"
    yield Finding(
        "Tesseract", version or silent, "" if version else f"{apt}{' --reinstall' if there else ''} tesseract-ocr"
    )
    jpn = "jpn" in tesseract.languages()
    yield Finding("Tesseract の日本語", "あります" if jpn else "ありません", "" if jpn else f"{apt} tesseract-ocr-jpn")
    drawn = poppler.found()
    yield Finding("Poppler", drawn or "ありません", "" if drawn else f"{apt} poppler-utils")


def _models() -> Iterator[Finding]:
    for file in (models.line_model(), *(models.own_model(name) for name in models.OWN)):
        wrong = models.trouble(file)
        yield Finding(f"モデル {file.name}", wrong or file.sha256[:12], "make install" if wrong else "")
    yield Finding("確信度の目盛り", confidence.version(), "" if confidence.card() else "make install")


def _places(own: Settings) -> Iterator[Finding]:
    from pipeline import store

    yield Finding("データフォルダー", str(own.data))
    for room in store.room.rooms(own):
        mend = "古いバックアップを移すか、yomitori store purge で保存期限の過ぎたものを消します"
        state = f"{room.folder} に {room.free / 1e9:.1f} GB（{room.share:.0%}）"
        yield Finding("ディスクの空き", state, mend if room.share < store.room.LOW else "")
    try:
        with store.open(own) as opened:
            counts = opened.counts()
        yield Finding("保存場所", f"{own.shown_database}（ファイル {counts.files}、ページ {counts.pages}）")
    except Problem as problem:
        mend = "" if problem.code == "store-missing" else "yomitori store migrate"
        yield Finding("保存場所", problem.what, mend)
