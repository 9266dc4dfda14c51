"""`python -m samples OUT --seed N --count N …`: draw a set of scanned sheets with their truth."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import cv2

from pipeline import forms, settings
from pipeline.forms.load import form_files, read_file
from samples import KINDS, levels, stacks

SHIPPED = Path(__file__).resolve().parents[1] / "form_templates"


def sources(folders: list[Path]) -> dict[tuple[str, str], Path]:
    """`blank.pdf` by form key."""
    paths = [path for folder in folders for path in form_files(folder)]
    return {read_file(path).key: path.with_name("blank.pdf") for path in paths}


@click.command()
@click.argument("out", type=click.Path(path_type=Path, file_okay=False))
@click.option("--seed", default=1, show_default=True, help="同じ数からは同じ束ができる")
@click.option("--count", default=100, show_default=True, help="紙の枚数")
@click.option("--level", default="office", show_default=True, type=click.Choice(sorted(levels.load().levels)))
@click.option("--split", default="test", show_default=True, type=click.Choice(sorted(levels.load().splits)))
@click.option("--forms", "folder", default=SHIPPED, type=click.Path(path_type=Path, exists=True), help="様式フォルダー")
@click.option("--kinds", default="", help=f"コンマ区切り: {', '.join(KINDS)}")
@click.option("--only", default="", help="この様式だけ（id、コンマ区切り）")
@click.option("--per-file", default=12, show_default=True, help="一つの PDF のページ数の目安")
@click.option(
    "--mnist",
    type=click.Path(path_type=Path, exists=True),
    help="MNIST の idx ファイルのフォルダー（手書き数字を実物にする）",
)
def main(out: Path, folder: Path, kinds: str, only: str, mnist: Path | None, **rest: Any) -> None:
    """埋めて読み取った様式の束と、その正解（truth.jsonl）を OUT に作る。"""
    cv2.setNumThreads(1)
    known = forms.load([folder], settings.load().blanks)
    if only:
        wanted = only.split(",")
        known = forms.Forms({key: form for key, form in known.items() if form.id in wanted}, known.list_folders)
    if mnist:
        rest["mnist"] = mnist
    asked = tuple(filter(None, kinds.split(",")))
    path = stacks.stack(known, out, kinds=asked, blanks=sources([folder]), progress=stacks.to_stderr, **rest)
    click.echo(path)


if __name__ == "__main__":
    main()
