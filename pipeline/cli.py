"""The command: words go to stderr, data to stdout, and every option has an environment variable."""

from __future__ import annotations

import functools
import hashlib
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click
from tqdm import tqdm

from pipeline import forms as form_files
from pipeline import model, settings
from pipeline.errors import FileRefused, Problem
from pipeline.forms import Forms
from pipeline.forms.load import SHIPPED
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
    return own.model_copy(update={"forms": forms_dir}) if forms_dir else own


def loaded(own: Settings) -> Forms:
    """The forms at hand: shipped and the office's own, or only those of `--forms`."""
    folders = [own.forms] if own.forms else [SHIPPED, own.own_forms]
    found = form_files.load([folder for folder in folders if folder.is_dir()], own.blanks, (own.own_lists,))
    if not found:
        say(f"注意: 様式が一つもありません（{'、'.join(map(str, folders))}）。")
    return found


def progress(items: Iterable[Any], total: int | None, words: str) -> Iterable[Any]:
    """A progress bar on stderr, only where a person is looking."""
    return tqdm(items, total=total, desc=words, unit="枚", file=sys.stderr, disable=not sys.stderr.isatty())


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """読取（よみとり）：紙の様式を読み、確かめ、表にします。"""


@main.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@FORMS_OPTION
@click.option(
    "--json", "as_json", is_flag=True, envvar="YOMITORI_READ_JSON", show_envvar=True, help="一行に一件の JSON で出す"
)
@click.option(
    "--workers", type=click.IntRange(0, 64), envvar="YOMITORI_WORKERS", show_envvar=True, help="並列に読むプロセスの数"
)
@told
def read(files: tuple[str, ...], forms_dir: Path | None, as_json: bool, workers: int | None) -> None:
    """ファイルを読んで結果を出します。何も保存しません。"""
    from pipeline import records, run

    own = own_settings(forms_dir)
    own = own if workers is None else own.model_copy(update={"workers": workers})
    found = run.read_files(_listed(files), loaded(own), functools.partial(_spread, own))
    for record in found:
        click.echo(json.dumps(records.as_json(record), ensure_ascii=False) if as_json else _in_words(record))
    refused = [record for record in found if record.status == "unreadable"]
    for record in refused:
        say(_refusal(record))
    sys.exit(FileRefused.exit_code if refused else 0)


def _listed(files: tuple[str, ...]) -> list[str]:
    """The files as given; a folder's files in its place."""
    from pipeline import run

    return [
        name
        for given in files
        for name in ([str(p) for p in run.files([Path(given)])] if Path(given).is_dir() else [given])
    ]


def _spread(own: Settings, function: Callable[..., Any], items: Iterable[Any]) -> Iterator[Any]:
    """A function on items in guarded processes, with progress; a Refusal where there is no result."""
    from pipeline import workers

    todo = list(items)
    count = min(own.workers, len(todo))
    with workers.pool(own, functools.partial(loaded, own), count) as pool:
        for item, outcome in progress(pool.map(function, todo), len(todo), "読み取り"):
            yield _refused(item, outcome.code) if isinstance(outcome, workers.Failure) else outcome


def _refused(item: Any, code: str) -> model.Refusal:
    from pipeline.acquire import reasons
    from pipeline.store import Task

    if isinstance(item, Task):
        return reasons.refusal(code, item.name, item.sha256, item.number)
    return reasons.refusal(code, item, digest(Path(item)))


def digest(path: Path) -> str:
    """SHA-256 of a file, hex; "" where it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def _refusal(record: model.Record) -> str:
    from pipeline.acquire import reasons

    page = record.pages[0]
    return reasons.refusal(record.reason or "damaged", page.file, page.sha256, page.page).message


STATUS = {
    "accepted": "読み取り済み",
    "needs_review": "要確認",
    "unreadable": "開けません",
    "unidentified": "様式不明",
    "blank": "白紙",
}


def _in_words(record: model.Record) -> str:
    where = "、".join(f"{page.file} {page.page or '-'}枚目" for page in record.pages)
    form = "/".join(record.form) if record.form else "-"
    open_fields = len(record.readings) - len(record.accepted)
    rest = f"\t要確認 {open_fields}/{len(record.readings)} 項目" if record.readings else ""
    reason = f"\t{record.reason}" if record.reason else ""
    return f"{where}\t{form}\t{STATUS[record.status]}{rest}{reason}"
