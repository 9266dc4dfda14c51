"""Random tampering with an audit log; `python -m tests.trust.tamper --times 10000` counts what goes unnoticed."""

from __future__ import annotations

import argparse
import random
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from pipeline.store import chain, database
from pipeline.store.chain import Entry, Head

LENGTH = 60
KEY = chain.key(b"k" * 32)


def log(length: int = LENGTH) -> list[Entry]:
    """A log as the program writes it."""
    entries, last = [], chain.START
    for n in range(1, length + 1):
        at, why = f"2026-04-01T09:{n % 60:02d}:00.000000Z", "訪問" if n % 7 == 0 else ""
        entry = Entry(n, at, ("花", "太郎", None)[n % 3], ("view", "decide")[n % 2], f"record={n:08x}", why)
        last = chain.seal(KEY, last, entry)
        entries.append(replace(entry, mac=last))
    return entries


def _edit(entries: list[Entry], dice: random.Random) -> None:
    place = dice.randrange(len(entries))
    name = dice.choice(["at", "actor", "action", "target", "why", "mac", "id"])
    old = getattr(entries[place], name)
    changed: dict[str, Any] = {name: old + 1 if name == "id" else _other(old, dice)}
    entries[place] = replace(entries[place], **changed)


def _other(text: str | None, dice: random.Random) -> str:
    """The same with a character changed, added or removed."""
    text = text or ""
    place, letter = dice.randint(0, len(text)), chr(dice.choice([0x31, 0x61, 0x3042]))
    made = dice.choice([text[:place] + letter + text[place:], text[:place] + letter + text[place + 1 :], text[:place]])
    return made if made != text else text + letter


def _remove(entries: list[Entry], dice: random.Random) -> None:
    place = dice.randrange(len(entries))
    del entries[place : place + dice.randint(1, 5)]


def _remove_and_renumber(entries: list[Entry], dice: random.Random) -> None:
    del entries[dice.randrange(len(entries))]
    entries[:] = [replace(one, id=n) for n, one in enumerate(entries, 1)]


def _swap(entries: list[Entry], dice: random.Random) -> None:
    one, other = dice.sample(range(len(entries)), 2)
    first, second = entries[one], entries[other]
    entries[one], entries[other] = replace(second, id=first.id), replace(first, id=second.id)


def _copy(entries: list[Entry], dice: random.Random) -> None:
    place = dice.randrange(len(entries))
    entries.insert(dice.randint(0, len(entries)), entries[place])
    entries[:] = [replace(one, id=n) for n, one in enumerate(entries, 1)]


def _cut(entries: list[Entry], dice: random.Random) -> None:
    del entries[dice.randrange(len(entries)) :]


def _forge(entries: list[Entry], dice: random.Random) -> None:
    """Somebody without the key writes a line and the rest of the chain anew."""
    place = dice.randrange(len(entries))
    entries[place] = replace(entries[place], actor="だれか")
    key = chain.key(dice.randbytes(32))
    for n in range(place, len(entries)):
        before = entries[n - 1].mac if n else chain.START
        entries[n] = replace(entries[n], mac=chain.seal(key, before, entries[n]))


WAYS: list[Callable[[list[Entry], random.Random], None]] = [
    _edit, _remove, _remove_and_renumber, _swap, _copy, _cut, _forge,
]  # fmt: skip


def missed(times: int, seed: int) -> list[str]:
    """The ways of tampering that were not found."""
    dice, whole = random.Random(seed), log()
    end = Head(len(whole), whole[-1].mac)
    found = []
    for n in range(times):
        entries = list(whole)
        way = WAYS[n % len(WAYS)]
        way(entries, dice)
        if entries != whole and not list(chain.check(KEY, entries, end)):
            found.append(f"{n} {way.__name__}")
    return found


def old_store(connection: sqlite3.Connection, lines: int) -> None:
    """Make a store of the version before the chain, with lines in its log."""
    path = connection.execute("PRAGMA database_list").fetchone()[2]
    engine = create_engine(f"sqlite:///{path}")
    config = Config()
    config.set_main_option("script_location", str(database.MIGRATIONS))
    with engine.begin() as open_connection:
        config.attributes["connection"] = open_connection
        command.upgrade(config, "0002")
    engine.dispose()
    for n in range(1, lines + 1):
        row = ("2026-04-01T00:00:00.000000Z", "花", "view", f"old {n}")
        connection.execute("INSERT INTO audit (at, actor, action, target) VALUES (?, ?, ?, ?)", row)


def main() -> None:
    """Print how many of `--times` went unnoticed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=9)
    given = parser.parse_args()
    unseen = missed(given.times, given.seed)
    print(f"{given.times} times tampered with a log of {LENGTH} lines, {len(unseen)} not found {unseen[:5]}")
    print(f"ways: {', '.join(way.__name__.strip('_') for way in WAYS)}; {Path(__file__).name} --seed {given.seed}")
    raise SystemExit(1 if unseen else 0)


if __name__ == "__main__":
    main()
