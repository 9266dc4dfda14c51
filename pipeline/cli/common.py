"""What all commands share: settings, forms, progress, and how a problem ends."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click
from tqdm import tqdm

from pipeline import forms as form_files
from pipeline import logs, settings
from pipeline.errors import Problem, UsageProblem
from pipeline.forms import Forms
from pipeline.settings import Settings

F = TypeVar("F", bound=Callable[..., Any])
FORMS_OPTION = click.option(
    "--forms",
    "forms_dir",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    envvar="YOMITORI_FORMS",
    show_envvar=True,
    help="様式フォルダー（同梱の様式の代わりに使う）",
)


def say(words: str) -> None:
    """Words for the person at the terminal."""
    click.echo(words, err=True)


def told(command: F) -> F:
    """A command whose problems end in a sentence and an exit code, never in a traceback."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except Problem as problem:
            say(f"エラー: {problem}")
            sys.exit(problem.exit_code)

    return run  # type: ignore[return-value]  # wraps keeps the signature


def own_settings(forms_dir: Path | None = None) -> Settings:
    """The settings, with this call's form folder."""
    own = settings.load()
    try:
        logs.begin(own.log)
    except OSError as error:
        what = f"ログのファイル {own.log} に書けません（{error.strerror}）。"
        raise UsageProblem("log-unwritable", what, "YOMITORI_LOG の場所と権限を確かめてください。") from error
    return own.model_copy(update={"forms": forms_dir}) if forms_dir else own


def rooms_in_words(own: Settings) -> list[str]:
    """A warning for each disk of the store that is nearly full."""
    from pipeline.store import room

    return [
        f"{one.folder} のディスクの空きが {one.share:.0%}（{one.free / 1e9:.1f} GB）しかありません。"
        "空きを作ってください。いっぱいになると、取り込みが止まります [disk-low]"
        for one in room.low(own)
    ]


def loaded(own: Settings) -> Forms:
    """The forms at hand: shipped and the office's own, or only those of `--forms`."""
    found = form_files.at_hand(own)
    if not found:
        say(f"注意: 様式が一つもありません（{'、'.join(map(str, form_files.folders(own)))}）。")
    return found


def progress(items: Iterable[Any], total: int | None, words: str) -> Iterable[Any]:
    """A progress bar on stderr, only where a person is looking."""
    return tqdm(items, total=total, desc=words, unit="枚", file=sys.stderr, disable=not sys.stderr.isatty())
