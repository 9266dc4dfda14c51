"""The story: read · accept · process · settle · read_again. A verb only calls stations by name."""

from __future__ import annotations

import functools
import logging
import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from pipeline import acquire, align, crop, errors, model, read, records, review
from pipeline.errors import FileRefused, StoreProblem
from pipeline.forms import Forms
from pipeline.showing import crops, field_picture, forget, page_layout, page_picture, page_shown
from pipeline.store import NewScan, Part, Store, Task, removal
from pipeline.store import purge as purging
from pipeline.store.writing import Writing

# What is seen of a scan belongs to the story, too.
__all__ = ["crops", "field_picture", "page_layout", "page_picture", "page_shown"]
UNREADABLE, UNSEEN = "unreadable", "original-unseen"  # codes of files that cannot be had from where they lie
CHUNK = 1024 * 1024  # bytes

log = logging.getLogger(__name__)
Count = Callable[[Path, str], int]  # original and its name → pages; raises FileRefused
Enqueue = Callable[[Writing, str], None]  # in the transaction that accepts a file of that SHA-256


@dataclass(frozen=True)
class Arrival:
    """What became of one file."""

    name: str  # as given
    sha256: str  # "" where not even the bytes could be had
    kind: Literal["accepted", "duplicate", "refused"]
    pages: int
    code: str = ""  # stable English reason when refused
    message: str = ""  # Japanese


def count(path: Path, name: str) -> int:
    """How many pages a file has; raises FileRefused."""
    return acquire.count(acquire.load(path), name)


def in_turn(_change: Writing, _sha256: str) -> None:
    """Nothing to enqueue: accepted pages without a result are the work list themselves."""


def accept(
    paths: Iterable[Path],
    store: Store,
    batch: str | None = None,
    actor: str | None = None,
    count: Count = count,
    enqueue: Enqueue = in_turn,
) -> Iterator[Arrival]:
    """Take files (folders too, in natural order) into the store; what is yielded is durable.

    The same bytes twice are nothing new; a file that cannot be opened is kept, in quarantine, with its reason.
    """
    for path in files(paths):
        yield take(path, store, NewScan("", path.name, 0, 0, batch, actor), count, enqueue)


def take(path: Path, store: Store, new: NewScan, count: Count = count, enqueue: Enqueue = in_turn) -> Arrival:
    """Take one file into the store under the name in `new`; durable when it returns."""
    arrival = _accept(path, store, new, count, enqueue)
    log.info("arrived kind=%s sha256=%s pages=%d code=%s", arrival.kind, *_shown(arrival))
    return arrival


def open_again(sha256: str, store: Store, count: Count = count, actor: str | None = None) -> Arrival:
    """Try once more to open a file that was refused; its pages then wait to be read. KeyError when it never arrived."""
    old = next((one for one in store.scans(refused=True) if one.sha256 == sha256), None)
    if old is None:
        raise KeyError(sha256)
    new = _opened(store.original(sha256), NewScan(sha256, old.name, old.size, 0, old.batch, actor), count)
    if new.refused:
        return Arrival(old.name, sha256, "refused", 0, new.refused, new.message)
    with store.writing() as change:
        change.reopen(new)
    return Arrival(old.name, sha256, "accepted", new.pages)


def _shown(arrival: Arrival) -> tuple[str, int, str]:
    return arrival.sha256[:12], arrival.pages, arrival.code


def _accept(path: Path, store: Store, new: NewScan, count: Count, enqueue: Enqueue) -> Arrival:
    try:
        sha256, size = store.keep(_chunks(path))
    except FileRefused as refused:
        with store.writing() as change:
            change.line("missing", "", new.name, new.actor, refused.code)
        return Arrival(new.name, "", "refused", 0, refused.code, refused.what + refused.todo)
    new = replace(new, sha256=sha256, size=size)
    if not store.knows(sha256):
        new = _opened(store.original(sha256), new, count)
    if new.refused == UNREADABLE:  # by our own disk, for now: no fault of the file, which shall come again
        return Arrival(new.name, "", "refused", 0, new.refused, new.message)
    with store.writing() as change:
        known = not change.arrive(new)
        if new.refused and not known:
            _quarantine(change, new)
        elif not known:
            enqueue(change, sha256)
    if known:
        removal.finish(store, sha256)  # what was taken out for good does not come back with the same bytes
        return Arrival(new.name, sha256, "duplicate", 0)
    return Arrival(
        new.name, sha256, "refused" if new.refused else "accepted", new.pages, new.refused or "", new.message
    )


def _quarantine(change: Writing, new: NewScan) -> None:
    """A refused file is a record too, so that a person sees it in the queue."""
    record = records.refused(model.Refusal(new.name, new.sha256, None, new.refused or "", new.message))
    change.refuse(record)
    _file(change, [record.id], Forms({}))


def _opened(original: Path, new: NewScan, count: Count) -> NewScan:
    try:
        return replace(new, pages=count(original, new.name))
    except FileRefused as refused:
        return replace(new, refused=refused.code, message=refused.what + refused.todo)


def files(paths: Iterable[Path]) -> Iterator[Path]:
    """The files of some paths, folders walked through in natural order (2 before 10); hidden ones are left out."""
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        for folder, inner, names in os.walk(path):
            inner[:] = sorted((name for name in inner if not name.startswith(".")), key=_natural)
            yield from (Path(folder, name) for name in sorted(names, key=_natural) if not name.startswith("."))


def _natural(name: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdecimal() else (0, part) for part in re.split(r"(\d+)", name)]


def _chunks(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                yield chunk
    except OSError as error:
        raise acquire.reasons.problem(UNREADABLE, path.name) from error


Outcome = tuple[Task, ...] | Part | model.Refusal
Spread = Callable[[Callable[..., Outcome], Iterable[str] | Iterable[Task]], Iterable[Outcome]]


def read_files(names: Sequence[str], forms: Forms, spread: Spread) -> tuple[model.Record, ...]:
    """Read files without a store: a record for everything that lies in them, joined across files.

    `spread` calls a function on items, here or in other processes, and gives a Refusal where there is no result.
    """
    tasks: list[Task] = []
    found: list[model.Record] = []
    alike: dict[str, list[str]] = {}  # names of files by their bytes: each is read once
    for outcome in spread(look, names):
        if isinstance(outcome, Part):
            continue
        name, digest = _named(outcome)
        same = alike.setdefault(digest or name, [])
        same.append(name)
        if len(same) == 1:
            tasks += outcome if isinstance(outcome, tuple) else ()
            found += [records.refused(outcome)] if isinstance(outcome, model.Refusal) else []
    for outcome in spread(_read_bare, tasks):
        found += outcome.records if isinstance(outcome, Part) else ()
        found += [records.refused(outcome)] if isinstance(outcome, model.Refusal) else []
    place = {name: n for n, name in enumerate(names)}
    joined = records.join(found, forms)
    copies = [_renamed(one, same[0], other) for same in alike.values() for other in same[1:] for one in joined]
    return tuple(sorted([*joined, *filter(None, copies)], key=lambda one: _first(one, place)))


def _named(outcome: tuple[Task, ...] | model.Refusal) -> tuple[str, str]:
    """Name and SHA-256 of the file that was looked into."""
    if isinstance(outcome, model.Refusal):
        return outcome.file, outcome.sha256
    return outcome[0].name, outcome[0].sha256


def _renamed(record: model.Record, name: str, other: str) -> model.Record | None:
    """What the same bytes under another name hold: the same record, its pages in that file; None where it has none."""
    if all(page.file != name for page in record.pages):
        return None
    pages = tuple(replace(page, file=other) if page.file == name else page for page in record.pages)
    return replace(record, pages=pages)


def _first(record: model.Record, place: dict[str, int]) -> tuple[int, int, int]:
    return min((place[page.file], page.page or 0, page.place) for page in record.pages)


def look(name: str, _forms: Forms | None = None) -> tuple[Task, ...]:
    """The pages of one file as tasks; raises FileRefused."""
    path = Path(name)
    opened = acquire.look(acquire.load(path), name)
    return tuple(Task(0, opened.sha256, name, number, path) for number in range(1, opened.count + 1))


def page_records(
    page: model.Page | model.Refusal, forms: Forms, told: model.Told | None = None
) -> tuple[model.Record, ...]:
    """What lies on one page, read: a record per sheet, not joined with other pages yet."""
    if isinstance(page, model.Refusal):
        return (records.refused(page),)
    sheets = align.sheets(page, forms) if told is None else align.told(page, forms, told)
    return records.of_page([(sheet, read.sheet(crop.fields(sheet))) for sheet in sheets], forms)


def _read_bare(task: Task, forms: Forms) -> Part:
    return read_page(task, forms, cut=False)


def read_page(task: Task, forms: Forms, cut: bool = True) -> Part:
    """Read one page: no store, no side effect, fit for another process; `cut`: with the crops that a person will see."""
    try:
        data = _original(task.path)
    except FileRefused as error:
        if not task.page_id:
            raise
        problem = unseen(task.path)
        raise FileRefused(problem.code, problem.what, problem.todo) from error
    page = acquire.page(data, task.name, task.sha256, task.number)
    if isinstance(page, model.Refusal):
        return Part(task.page_id, page_records(replace(page, page=task.number), forms))
    found = page_records(page, forms.refreshed(), task.told)
    return Part(task.page_id, found, review.pictures.cuts(page.image, found) if cut else None)


def failed(task: Task, code: str) -> Part:
    """What stands for a page whose reading was stopped: a record that says why, for a person to see."""
    refusal = acquire.reasons.refusal(code, task.name, task.sha256, task.number)
    return Part(task.page_id, (records.refused(refusal),))


def unseen(path: Path) -> StoreProblem:
    """The problem of a machine that does not see an original: it must not call its pages unreadable."""
    return StoreProblem(
        UNSEEN,
        f"この機械から原本が見えません（{path}）。",
        "ディスクを確かめ、共有フォルダーならつながっているかを確かめてください。原本が失われたかは yomitori store verify でわかります。",
    )


def refused(name: str, code: str) -> FileRefused:
    """The error for a file that could not be opened, by its code."""
    return acquire.reasons.problem(code, name)


@functools.lru_cache(maxsize=1)
def _original(path: Path) -> acquire.Data:
    # The pages of one file come one after the other.
    return acquire.load(path)


def process(page_ids: Iterable[int], store: Store, forms: Forms) -> Iterator[Part]:
    """Read and save pages one after the other; pages that have a result already are passed over."""
    for task in store.waiting(set(page_ids)):
        yield saved(task, read_page(task, forms), store, forms)


def again(store: Store, page_id: int) -> Task:
    """A page to be read anew, with what people said about it; KeyError when there is no such page."""
    task = store.task(page_id)
    on_page = store.on_page(task.sha256, task.number)
    return replace(task, told=review.sheets.told(on_page, task.sha256, task.number))


def read_again(page_ids: Collection[int], store: Store, forms: Forms) -> Iterator[Part]:
    """Read pages anew, after a form or a reader has changed; what a person settled stays settled."""
    for page_id in page_ids:
        task = again(store, page_id)
        yield saved(task, read_page(task, forms), store, forms, again=True)


def saved(task: Task, part: Part, store: Store, forms: Forms, again: bool = False) -> Part:
    """Save a page's result; one that cannot be saved fails alone, and what stands in its place is returned.

    A result that the page has already stays when its new one cannot be saved. Raises StoreProblem where nothing can be
    saved at all.
    """
    try:
        save(part, store, forms, again)
    except StoreProblem:
        raise
    except Exception as error:  # noqa: BLE001 - a defect of ours costs one page, not the batch: logged and reported
        at = task.sha256[:12], task.number, errors.where(error)
        log.error("not saved sha256=%s page=%d %s", *at)  # noqa: TRY400 - a traceback would hold the message
        part = failed(task, "crashed")
        save(part, store, forms)
    return part


def save(part: Part, store: Store, forms: Forms, again: bool = False) -> tuple[model.Record, ...]:
    """Save a page's result and join it with its other pages, in one transaction.

    A page that has a result already is left alone, and () returned, unless `again` is asked.
    """
    at = part.records[0].pages[0]
    if part.cuts is not None:
        store.keep_cuts(at.sha256, at.page or 0, part.cuts)
    elif again:
        store.forget_cuts(at.sha256)
    with store.writing() as change:
        if not change.add(part, again):
            return ()
        return _file(change, [one.id for one in part.records], forms.having(one.form for one in part.records))


def would_change(parts: Sequence[Part], store: Store, forms: Forms) -> list[review.Difference]:
    """What saving new readings of some pages would change; nothing of it is saved."""
    with store.trying() as change:
        before = {one.id: one for part in parts for one in change.on_page(part.page_id)}
        for part in parts:
            change.add(part, again=True)
        return review.between(before.values(), _file(change, [one.id for part in parts for one in part.records], forms))


def settle(store: Store, forms: Forms, change: review.Change) -> model.Record:
    """Add a decision, derive and check again, in one transaction; the record as it stands then.

    Raises:
        StaleWrite: somebody saved first.
        NotUnderstood: the value does not fit the field.
        FormProblem: the record's form is not at hand.
        KeyError: no such record or field.
    """
    with store.writing() as writing:
        record = writing.record(change.record)
        made = review.decide(record, forms, change, writing.at)
        other = writing.record(str(change.raw)) if model.links(made) and made.action in review.sheets.PAIRED else None
        for decision in (made, *review.sheets.carried(record, made)):
            writing.decide(decision)
        writing.bind(review.sheets.links(record, other, made))
        filed = _file(writing, [own for one in (record, other) if one for own in (one.id, *one.aliases)], forms)
    return next(one for one in filed if record.id in (one.id, *one.aliases))


def _file(change: Writing, ids: Iterable[str], forms: Forms) -> tuple[model.Record, ...]:
    """Join records, take what people decided into account, and put them where they belong now."""
    parts = change.kin(ids)
    by_hand = change.bound([one.id for one in parts])
    joined = (replace(one, decisions=change.decisions(one)) for one in records.join(parts, forms, by_hand))
    filed = tuple(review.judged(one, forms, records.judge) if one.decisions else one for one in joined)
    change.put([review.filing(one, forms) for one in filed])
    return filed


def remove(store: Store, record_id: str, by: str) -> int:
    """Take a record's pictures out for good, with all that was read from them; how many pages.

    Raises:
        KeyError: no such record.
        FileRefused: a single page cannot be taken out of its file.
    """
    gone = removal.remove(store, record_id, by, acquire.without)
    _let_go()
    return gone


def purge(store: Store, chosen: purging.Chosen, by: str, why: str) -> tuple[purging.Outlook, str]:
    """Take out for good what somebody chose to; see `store.purge.carry_out`."""
    done = purging.carry_out(store, chosen, (by, why), acquire.without)
    _let_go()
    return done


def _let_go() -> None:
    """Keep no original in memory."""
    forget()
    _original.cache_clear()
