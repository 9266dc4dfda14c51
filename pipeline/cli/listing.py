"""Lists that the office keeps: districts, pharmacies, clinics, resources, rosters."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli.common import FORMS_OPTION, own_settings, say, told
from pipeline.forms import lists as list_files
from pipeline.forms.list_changes import Comparison


@click.group()
def lists() -> None:
    """地区・薬局・医療機関・活動などの名前のリストを取り込みます。"""


@lists.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="FILE")
@click.option(
    "--name",
    required=True,
    envvar="YOMITORI_LIST_NAME",
    show_envvar=True,
    help="リストの名前。様式の list: に書いたもの（例: districts）",
)
@FORMS_OPTION
@told
def import_(file: Path, name: str, forms_dir: Path | None) -> None:
    """Excel（.xlsx）か CSV のリストを取り込み、何が変わったかを示します。前のリストは置き換わります。"""
    from pipeline.forms.load import own_lists
    from pipeline.workers import foreign

    own = own_settings(forms_dir)
    rows = foreign.call(own, foreign.listed, (file, name), file.name)
    kept = own_lists(own)
    stood, before = kept.standing(name), kept.listing(name)
    kept.replace(name, rows)
    after = list_files.listing(name, rows)
    say(f"リスト {name} を取り込みました（{len(after.values)} 件）。")
    for line in Comparison(before, after, first=stood.path is not None and not stood.own).lines():
        say(line)
    click.echo(own.own_lists / f"{name}.csv")
