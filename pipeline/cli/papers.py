"""Forms: checked, printed with serials, drawn over a scan."""

from __future__ import annotations

import functools
import sys
from pathlib import Path
from typing import Any

import click

from pipeline import errors
from pipeline.cli.common import FORMS_OPTION, loaded, own_settings, say, told
from pipeline.errors import UsageProblem
from pipeline.forms import Forms, schema
from pipeline.forms.lists import Row
from pipeline.forms.load import SHIPPED, form_files
from pipeline.settings import Settings

MOST = 20_000  # sheets in one PDF


@click.group()
def forms() -> None:
    """様式を確かめ、印刷し、スキャンに重ねて見ます。"""


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
@click.argument("form_id", metavar="FORM")
@click.option(
    "--version", envvar="YOMITORI_PRINT_VERSION", show_envvar=True, help="版（省くと、使われているうちで新しいもの）"
)
@click.option(
    "--list",
    "roster",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    envvar="YOMITORI_PRINT_LIST",
    show_envvar=True,
    help="名簿（.xlsx・.csv）。一人に一枚、通し番号を付けて刷る",
)
@click.option(
    "--serials",
    type=click.IntRange(1, MOST),
    envvar="YOMITORI_PRINT_SERIALS",
    show_envvar=True,
    help="名簿なしで、通し番号だけを付けて刷る枚数",
)
@click.option(
    "--office", default="", envvar="YOMITORI_PRINT_OFFICE", show_envvar=True, help="配る窓口（回収の集計に使う）"
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    envvar="YOMITORI_PRINT_OUT",
    show_envvar=True,
    help="書き出す PDF",
)
@FORMS_OPTION
@told
def print_(form_id: str, version: str | None, out: Path, forms_dir: Path | None, **asked: Any) -> None:
    """様式を、そのまま印刷できる一つの PDF にします。

    --list も --serials も付けなければ、番号のない白紙です。付けると、一枚ごとに違う通し番号を QR と数字で刷り、
    何番を刷ったかをデータフォルダーに記録します。番号は、前に刷ったものの続きからです。
    """
    from pipeline.cli import printing

    own = own_settings(forms_dir)
    found = loaded(own)
    form = _form(found, form_id, version)
    rows = _rows(own, form, asked["roster"], asked["serials"])
    if rows is None:
        printing.blank(form, out, found)
    else:
        _issued(own, found, form, out, (rows, asked["office"]))
    click.echo(out)


def _rows(own: Settings, form: schema.Form, roster: Path | None, serials: int | None) -> list[Row] | None:
    """What each sheet's row of the list says; None: the blank is wanted."""
    from pipeline.cli import printing
    from pipeline.workers import foreign

    if roster and serials:
        raise UsageProblem("list-or-serials", "--list と --serials は、どちらか一つだけ使えます。")
    if roster is None:
        return None if serials is None else [{} for _ in range(serials)]
    rows = foreign.table(own, roster)
    if not 0 < len(rows) <= MOST:
        raise UsageProblem(
            "list-size", f"名簿 {roster.name} は {len(rows)} 人です。", f"1〜{MOST:,} 人にしてください。"
        )
    for doubt in printing.doubts(form, rows):
        say(f"注意: {doubt}")
    return rows


def _issued(own: Settings, found: Forms, form: schema.Form, out: Path, wanted: tuple[list[Row], str]) -> None:
    from pipeline import store
    from pipeline.cli import printing

    with store.open(own, create=True) as opened:
        done = printing.issue(form, out, found, opened, *wanted)
    say(f"{form.title} {form.version} を {done.sheets} 枚刷りました。通し番号は {done.first} ～ {done.last} です。")


@forms.command()
@click.argument("form_id", metavar="FORM")
@click.option(
    "--on",
    "scan",
    type=click.Path(path_type=Path),
    required=True,
    envvar="YOMITORI_SHOW_ON",
    show_envvar=True,
    help="記入した紙のスキャン",
)
@click.option(
    "--page",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    envvar="YOMITORI_SHOW_PAGE",
    show_envvar=True,
    help="そのファイルの何ページ目か",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="YOMITORI_SHOW_OUT",
    show_envvar=True,
    help="書き出す PNG（省くと、今のフォルダーの「スキャンの名前-ページ-様式.png」）",
)
@FORMS_OPTION
@told
def show(form_id: str, scan: Path, page: int, out: Path | None, forms_dir: Path | None) -> None:
    """スキャンの上に、枠・ずれ・読み取った値を重ねた絵を作ります。緑は確か、橙は要確認、紫は未読です。"""
    from pipeline import trial
    from pipeline.workers import foreign

    own = own_settings(forms_dir)
    _form(loaded(own), form_id, None)
    start = functools.partial(loaded, own)
    drawn = foreign.call(own, trial.draw, trial.Wanted(scan, form_id, page), scan.name, start)
    target = out or Path(f"{scan.stem}-{page}-{form_id}.png")
    try:
        target.write_bytes(drawn.png)
    except OSError as error:
        what = f"{target} に書き出せません（{errors.reason(error)}）。"
        raise UsageProblem(
            "out-unwritable", what, "フォルダーがあるか、空きと権限があるかを確かめてください。"
        ) from error
    for line in drawn.words:
        say(line)
    click.echo(target)


def _form(found: Forms, form_id: str, version: str | None) -> schema.Form:
    """The form of that id: the version asked for, else the newest in use."""
    those = [form for form in found.values() if form.id == form_id and version in {None, form.version}]
    if not those:
        names = "、".join(sorted({form.id for form in found.values()}))
        raise UsageProblem("unknown-form", f"様式 {form_id} {version or ''} がありません。", f"あるのは {names} です。")
    return max(those, key=lambda form: form.newness)
