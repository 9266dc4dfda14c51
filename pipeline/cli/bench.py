"""`yomitori bench`: figures on sets of sheets with their truth."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import click

from pipeline.cli.common import FORMS_OPTION, loaded, own_settings, told

SET = click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False), metavar="SET")


@click.group()
def bench() -> None:
    """正解つきの束で、正しさ・位置・速さを測ります。"""


@bench.command()
@SET
@FORMS_OPTION
@click.option(
    "--json",
    "out",
    type=click.Path(path_type=Path),
    envvar="YOMITORI_BENCH_JSON",
    show_envvar=True,
    help="項目ごとの結果も書き出す",
)
@click.option(
    "--errors", is_flag=True, envvar="YOMITORI_BENCH_ERRORS", show_envvar=True, help="誤りを確かなものから並べる"
)
@told
def accuracy(folder: Path, forms_dir: Path | None, out: Path | None, errors: bool) -> None:
    """読み取りがどれだけ正しく、見ずに受け入れた値にどれだけ誤りがあるかを測ります。"""
    from pipeline.bench import accuracy as measure

    own = own_settings(forms_dir)
    result = measure.run(folder, loaded(own), own, loaded)
    click.echo(measure.printed(result))
    if out:
        rows = [dataclasses.asdict(row) for row in result.rows]
        out.write_text(
            json.dumps({"table": measure.table(result), "found": result.found, "rows": rows}, ensure_ascii=False),
            "utf-8",
        )
    for line in result.trouble:
        click.echo(line)
    for row in measure.errors(result, accepted_only=False) if errors else ():
        click.echo(
            f"{'ACCEPTED' if row.sure else 'open'} {row.confidence:.4f} {row.kind} {row.where} said {row.said} truth {row.truth} {row.about}"
        )
