"""Files in: `read` prints what is in them, `ingest` takes them into the store."""

from __future__ import annotations

import functools
import hashlib
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from tqdm import tqdm

from pipeline import model
from pipeline.cli import intake
from pipeline.cli.common import FORMS_OPTION, loaded, own_settings, progress, say, told
from pipeline.cli.intake import STATUS, in_words, workers_option
from pipeline.errors import FileRefused
from pipeline.settings import Settings

if TYPE_CHECKING:
    from pipeline.run import Arrival
    from pipeline.store import Store


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@FORMS_OPTION
@click.option(
    "--json", "as_json", is_flag=True, envvar="YOMITORI_READ_JSON", show_envvar=True, help="一行に一件の JSON で出す"
)
@workers_option
@told
def read(files: tuple[str, ...], forms_dir: Path | None, as_json: bool, count: int | None) -> None:
    """ファイルを読んで結果を出します。何も保存しません。"""
    from pipeline import records, run

    own = own_settings(forms_dir)
    own = own if count is None else own.model_copy(update={"workers": count})
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


def _in_words(record: model.Record) -> str:
    where = "、".join(f"{page.file} {page.page or '-'}枚目" for page in record.pages)
    form = "/".join(record.form) if record.form else "-"
    open_fields = len(record.readings) - len(record.accepted)
    rest = f"\t要確認 {open_fields}/{len(record.readings)} 項目" if record.readings else ""
    about = "" if record.form else "".join(f" {finding.message}" for finding in record.findings)
    reason = f"\t{record.reason}{about}" if record.reason else ""
    return f"{where}\t{form}\t{STATUS[record.status]}{rest}{reason}"


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True), metavar="PATH…")
@click.option("--batch", envvar="YOMITORI_INGEST_BATCH", show_envvar=True, help="束の名前")
@workers_option
@FORMS_OPTION
@told
def ingest(paths: tuple[Path, ...], batch: str | None, count: int | None, forms_dir: Path | None) -> None:
    """ファイルやフォルダーを取り込み、読み取ります。途中で止まっても、もう一度実行すれば続きから進みます。"""
    from pipeline import store

    own = own_settings(forms_dir)
    with store.open(own, create=True) as opened:
        arrivals = taken_in(own, opened, paths, batch, count)
        counts = opened.counts()
    _tell(arrivals)
    say(in_words(Counter(counts.records)) or "記録はまだありません")
    refused = any(arrival.kind == "refused" for arrival in arrivals)
    sys.exit(FileRefused.exit_code if refused else 0)


def taken_in(
    own: Settings, opened: Store, paths: Sequence[Path], batch: str | None = None, count: int | None = None
) -> list[Arrival]:
    """Files taken into the store and every waiting page read; what became of each file."""
    with intake.opened(own, opened, batch, count) as office:
        arrivals = list(progress(office.accept(paths), None, "取り込み"))
        for _ in progress(office.read(), opened.counts().waiting, "読み取り"):
            pass
    return arrivals


def _tell(arrivals: Sequence[Arrival]) -> None:
    """What became of the files; refusals one by one."""
    for arrival in arrivals:
        if arrival.kind == "refused":
            say(arrival.message)
    kinds = {"accepted": "受け取り", "duplicate": "取り込み済み（同じ中身）", "refused": "開けません"}
    say("ファイル: " + "、".join(f"{word} {sum(a.kind == kind for a in arrivals)}" for kind, word in kinds.items()))


def counted(words: str) -> Callable[[int, int], None]:
    """A progress callback (done, of) that draws the same bar as the commands do."""
    bars: list[tqdm[Any]] = []

    def step(done: int, of: int) -> None:
        if not bars:
            bars.append(tqdm(total=of, desc=words, unit="枚", file=sys.stderr))
        bars[0].update(done - bars[0].n)
        if done >= of:
            bars[0].close()

    return step
