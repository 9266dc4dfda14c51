"""Lists that the office keeps: districts, pharmacies, clinics, resources, rosters."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click

from pipeline.cli.common import FORMS_OPTION, own_settings, say, told
from pipeline.forms import lists as list_files
from pipeline.forms.load import SHIPPED
from pipeline.settings import Settings

SHOWN = 10  # entries named in the summary
SAMPLE = "架空"  # what the made-up entries of shipped lists say in their names


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
    from pipeline.workers import foreign

    own = own_settings(forms_dir)
    before, after, first = foreign.call(own, bring_in, Wanted(file, name, own), file.name)
    say(f"リスト {name} を取り込みました（{len(after.values)} 件）。")
    for line in replaced(before, after) if first else told_changes(compared(before, after)):
        say(line)
    click.echo(own.own_lists / f"{name}.csv")


@dataclass(frozen=True)
class Wanted:
    """Which file becomes which list."""

    file: Path
    name: str
    own: Settings


def bring_in(wanted: Wanted) -> tuple[list_files.Listing, list_files.Listing, bool]:
    """Import in the guarded process: the list as it was and as it is, and whether it takes the place of a shipped one."""
    from pipeline.workers import foreign

    own = wanted.own
    folders = [(own.forms or SHIPPED) / "lists", own.own_lists]
    path = list_files.find(wanted.name, folders)
    before = list_files.load(wanted.name, folders)
    after = foreign.told(list_files.bring_in, wanted.file, wanted.name, own.own_lists)
    return before, after, path is not None and path.parent != own.own_lists


@dataclass(frozen=True)
class Changes:
    """What a new list says other than the old one, by value."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]  # other aliases or columns

    def lines(self) -> list[str]:
        """A line per kind of change, with the first values."""
        every = (("追加", self.added), ("削除", self.removed), ("変更", self.changed))
        return [_line(word, some) for word, some in every if some]


def told_changes(changes: Changes) -> list[str]:
    """What a list of the office's own became, in figures and names."""
    return [summary(changes), *changes.lines()]


def replaced(before: list_files.Listing, after: list_files.Listing) -> list[str]:
    """What the office's first list of its own took the place of: samples are no loss, other entries are named."""
    samples = [value for value in before.values if SAMPLE in value]
    changes = compared(before, after)
    gone = tuple(value for value in changes.removed if value not in samples)
    what = f"見本（{SAMPLE}）{len(samples)} 件" if samples else f"リスト（{len(before.values)} 件）"
    lines = [f"同梱の{what}に代わり、これからはこのリストを使います。"]
    if not samples:
        lines += Changes(changes.added, (), changes.changed).lines()
    return [*lines, *([_line("同梱のリストにだけあるもの", gone)] if gone else []), *_left(after)]


def _left(after: list_files.Listing) -> list[str]:
    samples = tuple(value for value in after.values if SAMPLE in value)
    return (
        [_line("見本のまま残っているもの（要らなければ消して、もう一度取り込んでください）", samples)]
        if samples
        else []
    )


def _line(word: str, some: tuple[str, ...]) -> str:
    return f"{word}: {'、'.join(some[:SHOWN])}{_rest(some)}"


def _rest(some: tuple[str, ...]) -> str:
    return f" ほか {len(some) - SHOWN} 件" if len(some) > SHOWN else ""


def summary(changes: Changes) -> str:
    """The figures in a sentence."""
    if not (changes.added or changes.removed or changes.changed):
        return "前と同じ内容です。"
    return f"追加 {len(changes.added)}、削除 {len(changes.removed)}、変更 {len(changes.changed)}。"


def compared(before: list_files.Listing, after: list_files.Listing) -> Changes:
    """What changed, in the order of the files."""
    old, new = _rows(before), _rows(after)
    return Changes(
        tuple(value for value in new if value not in old),
        tuple(value for value in old if value not in new),
        tuple(value for value in new if value in old and old[value] != new[value]),
    )


def _rows(listing: list_files.Listing) -> dict[str, list[dict[str, str]]]:
    """What stands beside each value; empty cells are as good as none."""
    found: dict[str, list[dict[str, str]]] = {value: [] for value in listing.values}
    for row in listing.rows:
        found[row["value"]].append({head: cell for head, cell in row.items() if cell})
    return found
