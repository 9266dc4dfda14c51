"""What all commands share: settings, forms, progress, and how a problem ends."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click
from pydantic import ValidationError
from tqdm import tqdm

from pipeline import errors, logs, settings
from pipeline import forms as form_files
from pipeline.errors import Problem, UsageProblem
from pipeline.forms import Forms
from pipeline.settings import Settings

log = logging.getLogger(__name__)
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
            with _finished():
                return command(*args, **kwargs)
        except BrokenPipeError:
            raise  # whoever read along has seen enough
        except Exception as error:
            problem = of_machine(error)
            if problem is None:
                raise
            say(f"エラー: {problem}")
            sys.exit(problem.exit_code)

    return run  # type: ignore[return-value]  # wraps keeps the signature


@contextmanager
def _finished() -> Iterator[None]:
    """What is printed has arrived when this ends, or raises: not when the program is gone already."""
    try:
        yield
    finally:
        try:
            sys.stdout.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nor is it tried again at the very end
            raise


def of_machine(error: Exception) -> Problem | None:
    """A problem as it is; a refusal of the disk or the database that nobody told yet as one; None for a defect of ours."""
    if isinstance(error, Problem):
        return error
    log.error("a command failed %s", errors.where(error))
    if isinstance(error, OSError):
        return errors.of_system(error)
    if "sqlalchemy" not in sys.modules:  # then there was no database, and loading it takes a while
        return None
    from pipeline.store import dialect

    return dialect.problem(error)


def own_settings(forms_dir: Path | None = None) -> Settings:
    """The settings, with this call's form folder."""
    try:
        own = settings.load()
    except ValidationError as error:
        raise _unfit(error) from error
    try:
        logs.begin(own.log)
    except OSError as error:
        what = f"ログのファイル {own.log} に書けません（{errors.reason(error)}）。"
        raise UsageProblem("log-unwritable", what, "YOMITORI_LOG の場所と権限を確かめてください。") from error
    return own.model_copy(update={"forms": forms_dir}) if forms_dir else own


def _unfit(error: ValidationError) -> UsageProblem:
    """Which settings make no sense; without what they say, which may be a password."""
    names = [f"YOMITORI_{'_'.join(map(str, one['loc'])).upper()}" for one in error.errors()]
    what = f"設定 {'、'.join(dict.fromkeys(names))} の値を使えません。"
    return UsageProblem("setting-unfit", what, "docs/settings.md にある形で指定してください。")


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


def progress(items: Iterable[Any], total: int | None, words: str, unit: str = "枚") -> Iterable[Any]:
    """A progress bar on stderr, only where a person is looking."""
    return tqdm(items, total=total, desc=words, unit=unit, file=sys.stderr, disable=not sys.stderr.isatty())
