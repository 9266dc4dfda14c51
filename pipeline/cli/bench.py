"""`yomitori bench`: figures on sets of sheets with their truth."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from pipeline.cli.common import FORMS_OPTION, loaded, own_settings, progress, told

SET = click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False), metavar="SET")


def _watched(items: Iterable[Any], total: int) -> Iterable[Any]:
    return progress(items, total, "測定", "件")


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
@click.option(
    "--pictures",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="YOMITORI_BENCH_PICTURES",
    show_envvar=True,
    help="信頼度の図と、誤りの一覧（切り出した画像つき）をこのフォルダーに書く",
)
@click.option(
    "--reader",
    "readers",
    multiple=True,
    envvar="YOMITORI_BENCH_READER",
    show_envvar=True,
    help="この読み手だけを測る（marks、digits、date、text など。何度でも）",
)
@told
def accuracy(folder: Path, forms_dir: Path | None, out: Path | None, errors: bool, **how: Any) -> None:
    """読み取りがどれだけ正しく、見ずに受け入れた値にどれだけ誤りがあるかを測ります。"""
    from pipeline.bench import accuracy as measure

    own = own_settings(forms_dir)
    pictures: Path | None = how["pictures"]
    result = measure.run(folder, loaded(own), own, loaded, how["readers"], _watched)
    click.echo(measure.printed(result))
    if out:
        rows = measure.as_rows(result)
        out.write_text(
            json.dumps({"table": measure.table(result), "found": result.found, "rows": rows}, ensure_ascii=False),
            "utf-8",
        )
    for path in measure.draw(result, pictures) if pictures else ():
        click.echo(str(path), err=True)
    for line in result.trouble:
        click.echo(line)
    for row in measure.errors(result, accepted_only=False) if errors else ():
        click.echo(
            f"{'ACCEPTED' if row.sure else 'open'} {row.confidence:.4f} {row.kind} {row.where} said {row.said} truth {row.truth} {row.about}"
        )


@bench.command()
@SET
@FORMS_OPTION
@click.option(
    "--json",
    "out",
    type=click.Path(path_type=Path),
    envvar="YOMITORI_BENCH_JSON",
    show_envvar=True,
    help="紙ごとの結果も書き出す",
)
@click.option("--limit", type=int, envvar="YOMITORI_BENCH_LIMIT", show_envvar=True, help="初めの何ページだけを測る")
@click.option(
    "--every",
    type=click.IntRange(min=0),
    default=1,
    show_default=True,
    envvar="YOMITORI_BENCH_EVERY",
    show_envvar=True,
    help="わざと合わない様式でも試すページ（何ページごとか。0 なら試さない）",
)
@told
def align(folder: Path, forms_dir: Path | None, out: Path | None, limit: int | None, every: int) -> None:
    """どの様式と見るか、欄がどれだけ正しい場所に置かれるか、どれだけ時間がかかるかを測ります。"""
    import cv2

    from pipeline.bench import align as measure
    from pipeline.bench import align_table

    cv2.setNumThreads(1)  # CPU time is what counts
    result = measure.run(folder, loaded(own_settings(forms_dir)), limit, every, _watched)
    click.echo(align_table.printed(result))
    if out:
        rows = dataclasses.asdict(result)
        out.write_text(json.dumps({"table": align_table.table(result), **rows}, ensure_ascii=False), "utf-8")


@bench.command()
@SET
@FORMS_OPTION
@click.option(
    "--json",
    "out",
    type=click.Path(path_type=Path),
    envvar="YOMITORI_BENCH_JSON",
    show_envvar=True,
    help="ページごとの結果も書き出す",
)
@click.option("--limit", type=int, envvar="YOMITORI_BENCH_LIMIT", show_envvar=True, help="初めの何ファイルだけを測る")
@told
def speed(folder: Path, forms_dir: Path | None, out: Path | None, limit: int | None) -> None:
    """一ページにかかる計算時間を工程ごとに、一枚を開くだけの時間との比で測り、並列にしたときの速さも測ります。"""
    import cv2

    from pipeline.bench import speed as measure

    cv2.setNumThreads(1)  # CPU time is what counts
    result = measure.run_set(folder, own_settings(forms_dir), loaded, limit)
    click.echo(measure.printed(result))
    if out:
        rows = dataclasses.asdict(result)
        out.write_text(json.dumps({"table": measure.table(result), **rows}, ensure_ascii=False), "utf-8")
