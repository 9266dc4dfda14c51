"""Forms: checked, printed with serials, drawn over a scan."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from pipeline.cli.common import FORMS_OPTION, loaded, own_settings, say, told
from pipeline.errors import UsageProblem
from pipeline.forms import Forms, schema
from pipeline.forms.load import SHIPPED, form_files


@click.group()
def forms() -> None:
    """様式を確かめ、印刷します。"""


@forms.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path, exists=True))
@FORMS_OPTION
@told
def check(paths: tuple[Path, ...], forms_dir: Path | None) -> None:
    """様式ファイルの誤りを、行と項目の名前で示します。"""
    from pipeline.forms import check as checker

    own = own_settings(forms_dir)
    folders = list(paths) or ([own.forms] if own.forms else [SHIPPED, own.own_forms])
    files = [file for folder in folders for file in ([folder] if folder.is_file() else form_files(folder))]
    lists = [folder / "lists" for folder in folders if folder.is_dir()] + [own.own_lists]
    found = [mistake for file in files for mistake in checker.check(file, lists)]
    for mistake in found:
        click.echo(str(mistake))
    errors = sum(mistake.level == "error" for mistake in found)
    say(f"様式 {len(files)} 件: 誤り {errors}、注意 {len(found) - errors}。")
    sys.exit(2 if errors or not files else 0)


@forms.command("print")
@click.argument("form_id")
@click.option("--version", envvar="YOMITORI_PRINT_VERSION", show_envvar=True, help="版（省くと新しいもの）")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    envvar="YOMITORI_PRINT_OUT",
    show_envvar=True,
    help="書き出す PDF",
)
@FORMS_OPTION
@told
def print_(form_id: str, version: str | None, out: Path, forms_dir: Path | None) -> None:
    """白紙の様式を PDF にします。"""
    from pipeline.forms import print as printer

    found = loaded(own_settings(forms_dir))
    form = _form(found, form_id, version)
    printer.blank(form, out, printer.tables(form, found.list_folders))
    click.echo(out)


def _form(found: Forms, form_id: str, version: str | None) -> schema.Form:
    those = [form for form in found.values() if form.id == form_id and version in {None, form.version}]
    if not those:
        names = "、".join(sorted({form.id for form in found.values()}))
        raise UsageProblem("unknown-form", f"様式 {form_id} {version or ''} がありません。", f"あるのは {names} です。")
    return max(those, key=lambda form: form.version)
