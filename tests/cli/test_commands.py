"""docs/commands.md and docs/settings.md name every command, option, variable and setting.

`python -m tests.cli.test_commands` writes them anew.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, get_args, get_origin

import click
import pytest
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from pipeline.cli import main
from pipeline.errors import FileRefused, Problem, ProgramMissing, StoreProblem, UsageProblem
from pipeline.settings import Settings

PAGE = Path(__file__).resolve().parents[2] / "docs" / "commands.md"
SETTINGS = PAGE.with_name("settings.md")
BLOCK = re.compile(r"<!-- (\w+): (.*?) -->\n.*?<!-- end -->", re.DOTALL)


def walked(command: click.Command, path: str = "yomitori") -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, under its full name."""
    if not isinstance(command, click.Group):
        yield path, command
        return
    for name, inner in sorted(command.commands.items()):
        yield from walked(inner, f"{path} {name}")


COMMANDS = dict(walked(main))


def options(command: click.Command) -> list[click.Option]:
    """Its options, but for `--help`."""
    return [one for one in command.params if isinstance(one, click.Option) and one.name != "help"]


def described(path: str) -> str:
    """What the page has to say of a command: how it is called, what it does, its options."""
    command = COMMANDS[path]
    given = [one for one in command.params if isinstance(one, click.Argument)]
    words = [one.make_metavar(click.Context(command)) for one in given]
    lines = ["```sh", " ".join([f".venv/bin/{path}", *(["[OPTIONS]"] if options(command) else []), *words]), "```", ""]
    lines += [inspect.cleandoc(command.help or "")]
    if options(command):
        lines += ["", "| オプション | 環境変数 | 説明 |", "|---|---|---|"]
    return "\n".join([*lines, *(_row(one) for one in options(command))])


def _row(option: click.Option) -> str:
    words = [option.help or ""]
    if isinstance(option.type, click.Choice):
        words += [f"`{'`・`'.join(map(str, option.type.choices))}` のどれか"]
    words += [f"既定 `{option.default}`"] if option.show_default else []
    words += ["必ず付ける"] if option.required else []
    return f"| {', '.join(f'`{name}`' for name in option.opts)} | `{option.envvar}` | {'。'.join(words)} |"


def settings() -> str:
    """Every setting as a row."""
    lines = ["| 環境変数 | 型 | 既定 | 説明 |", "|---|---|---|---|"]
    for name, field in Settings.model_fields.items():
        lines.append(
            f"| `YOMITORI_{name.upper()}` | {_kind(field.annotation)} | {_default(field)} | {_limits(field)} |"
        )
    return "\n".join(lines)


KINDS = {Path: "パス", str: "文字", int: "整数", float: "数", bool: "true / false"}


def _kind(annotation: object) -> str:
    """A type in words."""
    inner = get_args(annotation)
    if get_origin(annotation) is Literal:
        return " / ".join(f"`{one}`" for one in inner)
    if get_origin(annotation) is dict:
        return "辞書（JSON）"
    if inner:
        return next(_kind(one) for one in inner if one is not type(None))
    return KINDS[annotation]  # type: ignore[index]  # a type that has no word here fails the test


def _default(field: FieldInfo) -> str:
    plain = field.default is not None and field.default is not PydanticUndefined
    return f"`{field.default}`" if plain else ""


def _limits(field: FieldInfo) -> str:
    """What it is for, and between which numbers it has to be."""
    signs = {"Ge": "以上", "Gt": "より大きく", "Le": "以下"}
    limits = [f"{getattr(one, type(one).__name__.lower())} {signs[type(one).__name__]}" for one in field.metadata]
    return (field.description or "") + (f"（{'、'.join(limits)}）" if limits else "")


def block(kind: str, name: str) -> str:
    """A generated part of the page."""
    text = settings() if kind == "settings" else described(name)
    return f"<!-- {kind}: {name} -->\n{text}\n<!-- end -->"


def written(page: str) -> str:
    """The page with its generated parts anew; commands that it does not know yet are added at the end."""
    known = {found[2] for found in BLOCK.finditer(page)}
    for path in COMMANDS if "command:" in page else ():
        page += "" if path in known else f"\n### {path}\n\n<!-- command: {path} -->\n<!-- end -->\n"
    return BLOCK.sub(lambda found: block(found[1], found[2]), page)


def test_the_page_is_up_to_date() -> None:
    """Every command, option, variable and setting is on the page, and none that is gone."""
    text = PAGE.read_text("utf-8")
    gone = [found[2] for found in BLOCK.finditer(text) if found[1] == "command" and found[2] not in COMMANDS]
    assert gone == [], "take their sections out of docs/commands.md"
    assert written(text) == text, "run `python -m tests.cli.test_commands`"


def test_the_settings_are_up_to_date() -> None:
    """Every setting is on its page with its variable, type, default and what it is for, and none that is gone."""
    text = SETTINGS.read_text("utf-8")
    assert written(text) == text, "run `python -m tests.cli.test_commands`"
    assert all(f"`YOMITORI_{name.upper()}`" in text for name in Settings.model_fields)


def test_the_page_names_every_exit_code() -> None:
    """Each way to end has its row."""
    text = PAGE.read_text("utf-8")
    codes = {0, *(one.exit_code for one in (Problem, UsageProblem, FileRefused, ProgramMissing, StoreProblem))}
    assert {int(found) for found in re.findall(r"^\| (\d) \|", text, re.MULTILINE)} == codes


@pytest.mark.parametrize("path", COMMANDS)
def test_every_option_has_its_variable_and_a_word_in_japanese(path: str) -> None:
    """What can be said on the command line can be set, and help says so."""
    command = COMMANDS[path]
    assert re.search(r"[ぁ-ん]", command.help or ""), path
    for option in options(command):
        assert isinstance(option.envvar, str), option.name
        assert option.envvar.startswith("YOMITORI_"), option.name
        assert option.show_envvar, option.name
        assert re.search(r"[ぁ-んァ-ヶ一-龠]", option.help or ""), option.name


def test_variables_mean_one_thing() -> None:
    """A variable that two commands share is the same option in both."""
    names: dict[str, set[str]] = {}
    for command in COMMANDS.values():
        for option in options(command):
            names.setdefault(str(option.envvar), set()).add(option.opts[0])
    assert {variable: found for variable, found in names.items() if len(found) > 1} == {}


if __name__ == "__main__":
    for page in (PAGE, SETTINGS):
        page.write_text(written(page.read_text("utf-8")), "utf-8")
