"""The audit log: every change to it is found, nothing in it is a value, and its end is known outside the database."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy.exc import DatabaseError

from pipeline import store
from pipeline.errors import StoreProblem
from pipeline.settings import Settings
from pipeline.store import Store, anchor, audit
from pipeline.store.chain import START, Entry, Head
from tests.postgres import Places
from tests.trust import tamper

LINES = 12


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An office in SQLite, whose file can be changed behind the program's back."""
    return Settings(data=tmp_path / "data")


@pytest.fixture
def opened(settings: Settings) -> Iterator[Store]:
    """A store with a few lines in its log."""
    with store.open(settings, create=True) as made:
        for n in range(LINES):
            made.audit("花" if n % 2 else None, "view", f"record={n:08x}", "訪問" if n == 3 else "")
        yield made


def _sql(settings: Settings, *statements: str) -> None:
    """What somebody with the file may do, behind the program's back."""
    with sqlite3.connect(settings.data / "yomitori.sqlite") as connection:
        for statement in ("DROP TRIGGER audit_no_update", "DROP TRIGGER audit_no_delete", *statements):
            connection.execute(statement)
    connection.close()


def test_a_log_that_nobody_touched_is_clean(opened: Store, settings: Settings) -> None:
    """Each line hangs on the one before, and the file beside the database knows the last."""
    assert audit.verify(opened) == []
    newest = audit.entries(opened, audit.Asked(), 1)[0]
    assert anchor.read(settings.anchor) == Head(LINES, newest.mac)
    assert settings.anchor.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("statement", ["UPDATE audit SET actor = 'x' WHERE id = 2", "DELETE FROM audit WHERE id = 2"])
def test_the_database_refuses_to_change_it(opened: Store, statement: str) -> None:
    """Whoever is inside may only add."""
    with pytest.raises(DatabaseError, match="append-only"), opened.writing() as change:
        change.connection.exec_driver_sql(statement)
    assert audit.verify(opened) == []


@pytest.mark.parametrize(
    ("statement", "code", "line"),
    [
        ("UPDATE audit SET actor = '太郎' WHERE id = 4", "changed", 4),
        ("UPDATE audit SET why = '' WHERE id = 4", "changed", 4),
        ("UPDATE audit SET at = '2026-01-01T00:00:00.000000Z' WHERE id = 1", "changed", 1),
        ("UPDATE audit SET actor = NULL WHERE id = 2", "changed", 2),
        ("DELETE FROM audit WHERE id = 5", "gap", 5),
        ("DELETE FROM audit WHERE id > 10", "short", 10),
        ("DELETE FROM audit", "short", 0),
        ("UPDATE audit SET id = CASE id WHEN 3 THEN -4 ELSE -3 END WHERE id IN (3, 4)", "gap", 1),
    ],
)
def test_tampering_is_found(opened: Store, settings: Settings, statement: str, code: str, line: int) -> None:
    """An edit, a removal and a cut are each found at the line where they show."""
    _sql(settings, statement)
    assert [(one.code, one.line) for one in audit.verify(opened)] == [(code, line)]


def test_a_log_written_anew_is_found_against_the_anchor(opened: Store, settings: Settings) -> None:
    """Even with the key, a log that was written again from some line on does not end as the anchor says."""
    _sql(settings, "DELETE FROM audit WHERE id > 8")
    kept = anchor.read(settings.anchor)
    assert kept is not None
    for n in range(8):
        opened.audit("花", "view", f"record={n}")
    anchor.replace(settings.anchor, kept)
    assert [one.code for one in audit.verify(opened)] == ["anchor"]


def test_a_head_kept_in_a_backup_can_be_asked(opened: Store, settings: Settings) -> None:
    """Verifying against a head of last week finds lines that are gone since; the log may be longer."""
    before = anchor.read(settings.anchor)
    opened.audit("花", "view", "record=1")
    assert audit.verify(opened, before) == []
    assert [one.code for one in audit.verify(opened, Head(LINES + 5, START))] == ["short"]


@pytest.mark.parametrize("text", ["", "7 abc\n", "x" * 78, "é"])
def test_a_damaged_anchor_is_said(opened: Store, settings: Settings, text: str) -> None:
    """A file that is no anchor is a problem with its next step, and writing on does not mend it in silence."""
    settings.anchor.write_text(text or " ")
    opened.audit("花", "view", "record=1")
    with pytest.raises(StoreProblem, match="anchor-damaged"):
        audit.verify(opened)


def test_a_missing_anchor_is_a_fault(opened: Store, settings: Settings) -> None:
    """Who removes the file as well does not get away with it."""
    settings.anchor.unlink()
    assert [one.code for one in audit.verify(opened)] == ["anchor"]


def test_an_anchor_never_goes_back_by_itself(tmp_path: Path) -> None:
    """Of two that write at once the longer log stays; only a restore puts it back."""
    path, late, early = tmp_path / "a", Head(7, "b" * 64), Head(5, "c" * 64)
    anchor.put(path, late)
    anchor.put(path, early)
    assert anchor.read(path) == late
    anchor.replace(path, early)
    assert anchor.read(path) == early


def test_the_anchor_may_lie_elsewhere(tmp_path: Path) -> None:
    """An office may keep it on another disk."""
    own = Settings(data=tmp_path / "data", audit_anchor=tmp_path / "share" / "log.anchor")
    with store.open(own, create=True) as opened:
        opened.audit(None, "view", "record=1")
        assert audit.verify(opened) == []
    assert (tmp_path / "share" / "log.anchor").is_file()
    assert not (tmp_path / "data" / "audit.anchor").exists()


@pytest.mark.parametrize(
    ("action", "target"),
    [("View", "x"), ("", "x"), ("view it", "x"), ("view", "name=釜石花子"), ("view", "x" * 201), ("view", "a\nb")],
)
def test_values_do_not_get_in(opened: Store, action: str, target: str) -> None:
    """What is no id is a defect of the caller and refused, and nothing of its transaction stays."""
    with pytest.raises(ValueError, match="ids in ASCII"):
        opened.audit("花", action, target)
    assert audit.length(opened) == LINES


def test_a_line_belongs_to_its_transaction(opened: Store) -> None:
    """What is undone leaves no line and no gap."""

    def failing() -> None:
        with opened.writing() as change:
            change.audit("花", "decide", "record=1")
            raise KeyError

    with pytest.raises(KeyError):
        failing()
    opened.audit("花", "view", "record=2")
    assert audit.length(opened) == LINES + 1
    assert audit.verify(opened) == []


FILTERS: list[tuple[audit.Asked, Callable[[Entry], bool]]] = [
    (audit.Asked(actor="花"), lambda one: one.actor == "花"),
    (audit.Asked(action="view"), lambda one: True),
    (audit.Asked(action="none"), lambda one: False),
    (audit.Asked(target="00000003"), lambda one: one.id == 4),
    (audit.Asked(target="%"), lambda one: False),
    (audit.Asked(before=5), lambda one: one.id < 5),
]


@pytest.mark.parametrize(("asked", "fits"), FILTERS, ids=range(len(FILTERS)))
def test_lines_are_found(opened: Store, asked: audit.Asked, fits: Callable[[Entry], bool]) -> None:
    """The newest lines come first, narrowed by what was asked for."""
    every = audit.entries(opened, audit.Asked())
    assert [one.id for one in every] == list(range(LINES, 0, -1))
    assert audit.entries(opened, asked) == [one for one in every if fits(one)]


def test_random_tampering_is_always_found() -> None:
    """Of 1,000 random edits, removals, swaps, copies and cuts none goes unnoticed (`make trust-audit`: 10,000)."""
    assert tamper.missed(1_000, seed=1) == []


def test_lines_of_an_older_store_are_chained(settings: Settings) -> None:
    """Migrating a store seals the lines that its log had, in their order, and anchors them."""
    settings.data.mkdir(mode=0o700)
    with sqlite3.connect(settings.data / "yomitori.sqlite") as connection:
        tamper.old_store(connection, 3)
    connection.close()
    store.migrate(settings)
    with store.open(settings) as opened:
        assert audit.verify(opened) == []
        assert [one.target for one in audit.entries(opened, audit.Asked())] == ["old 3", "old 2", "old 1"]
    assert anchor.read(settings.anchor) is not None


def test_a_store_without_its_secret_is_refused(opened: Store, settings: Settings) -> None:
    """A new key would end the chain and change every pseudonymous id, so none is made for a store that exists."""
    opened.close()
    settings.secret_file.unlink()
    for create in (False, True):
        with pytest.raises(StoreProblem, match="secret-missing"):
            store.open(settings, create)
    with pytest.raises(StoreProblem, match="secret-missing"):
        store.migrate(settings)
    assert not settings.secret_file.exists()


def test_the_server_refuses_to_change_it_too(places: Places) -> None:
    """In PostgreSQL as in SQLite lines are chained, verified, and neither changed nor removed."""
    with store.open(places("data"), create=True) as made:
        for n in range(3):
            made.audit("花", "view", f"record={n}")
        for statement in ("UPDATE audit SET actor = 'x'", "DELETE FROM audit"):
            with pytest.raises(DatabaseError, match="append-only"), made.writing() as change:
                change.connection.exec_driver_sql(statement)
        assert audit.verify(made) == []
        assert audit.length(made) == 3


def test_a_secret_is_there_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ended while the secret was written, a new store is made anew at the next start: no file cut short is left."""
    settings = Settings(data=tmp_path / "data")
    with monkeypatch.context() as ending:
        ending.setattr(os, "fsync", _ended)
        with pytest.raises(KeyboardInterrupt):
            settings.make_secret()
    assert not settings.secret_file.exists()
    settings.make_secret()
    made = settings.secret()
    settings.make_secret()
    assert settings.secret() == made
    assert settings.secret_file.stat().st_mode & 0o777 == 0o600
    assert list(settings.secret_file.parent.iterdir()) == [settings.secret_file]


@pytest.mark.parametrize("linked", [True, False])
def test_the_first_secret_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, linked: bool) -> None:
    """Of two programs that make a store at once the second takes the first one's secret; also without second names."""
    settings = Settings(data=tmp_path / "data")
    if not linked:
        monkeypatch.setattr(os, "link", _refused)
    settings.make_secret()
    first = settings.secret()
    if linked:
        monkeypatch.setattr(Path, "exists", lambda path: False)  # as the other saw it a moment ago
    settings.make_secret()
    assert settings.secret() == first


def _ended(handle: int) -> None:
    raise KeyboardInterrupt


def _refused(*_: object) -> None:
    raise PermissionError
