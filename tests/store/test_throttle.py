"""Guessing a password is slow for everybody and shuts nobody out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from pipeline import store
from pipeline.settings import Settings
from pipeline.store import Store, accounts, audit, tables
from tests.run import papers
from tests.trust import guessing
from tests.ui.conftest import Clock, clock

__all__ = ["clock"]
DAY = 24 * 3600.0


@pytest.fixture
def opened(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """An empty store."""
    papers.cheap_passwords(monkeypatch)
    with store.open(settings, create=True) as made:
        yield made


def test_a_day_holds_a_hundred_guesses(opened: Store, clock: Clock) -> None:
    """Whoever guesses whenever it is allowed, from however many machines, gets at most 100 guesses a day; again the next."""
    accounts.add(opened, "花")
    days = guessing.attack(opened, clock, "花", 2 * DAY)
    assert [0 < sum(begin <= at < begin + DAY for at in days) <= 100 for begin in (0, DAY / 2, DAY)] == [True] * 3


def test_a_name_that_does_not_exist_is_throttled_alike(opened: Store, clock: Clock) -> None:
    """Waiting tells nothing about whether there is such an account, and the name typed is kept nowhere."""
    accounts.add(opened, "花")
    for _ in range(7):
        known, unknown = accounts.look(opened, "花", "x"), accounts.look(opened, "nobody", "x")
        assert known == unknown
        clock.passes(seconds=40)
    with opened.reading() as connection:
        keys = list(connection.execute(select(tables.throttle.c.key)).scalars())
    assert len(keys) == 2
    assert all("nobody" not in key and hashlib.sha256(b"nobody").hexdigest() not in key for key in keys)


def test_many_guesses_at_once_are_one(opened: Store) -> None:
    """A guess is charged before it is looked at, so that of eight at the same moment one is."""
    accounts.add(opened, "花")
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda n: accounts.look(opened, "花", f"guess {n}"), range(8)))
    assert sum(guess.wait == 0 for guess in found) == 1


def test_a_known_browser_is_not_shut_out(opened: Store, clock: Clock) -> None:
    """While strangers keep an account waiting its own browser gets in at once, and after a slip within a moment."""
    password = accounts.add(opened, "花")
    actor = accounts.look(opened, "花", password).actor
    assert actor is not None
    browser = accounts.known_browser(opened, actor, "")
    for _ in range(6):
        accounts.look(opened, "花", "guess")
        clock.passes(seconds=200)
    accounts.look(opened, "花", "guess")
    assert accounts.look(opened, "花", password).wait > 60
    assert accounts.look(opened, "花", password, browser).actor == actor
    assert accounts.look(opened, "花", "slip", browser).actor is None
    assert accounts.look(opened, "花", password, browser).wait == 1
    clock.passes(seconds=1)
    assert accounts.look(opened, "花", password, browser).actor == actor


def test_nobody_waits_longer_than_fifteen_minutes(opened: Store, clock: Clock) -> None:
    """However often it failed, after 15 minutes of rest the right password opens the door."""
    password = accounts.add(opened, "花")
    for _ in range(30):
        accounts.look(opened, "花", "guess")
        clock.passes(minutes=15)
    assert accounts.look(opened, "花", password).actor is not None


def test_a_clock_put_right_shuts_nobody_out(opened: Store, clock: Clock) -> None:
    """Failures while the clock was years ahead are waited for no longer than others once it is right."""
    password = accounts.add(opened, "花")
    clock.passes(days=3650)
    for _ in range(8):
        accounts.look(opened, "花", "guess")
        clock.passes(minutes=15)
    clock.passes(days=-3650)
    assert 0 < accounts.look(opened, "花", "guess").wait <= 900
    clock.passes(minutes=15)
    assert accounts.look(opened, "花", password).actor is not None


def test_a_stolen_browser_becomes_a_stranger(opened: Store, clock: Clock) -> None:
    """After five failures in a row a known browser waits with everybody else."""
    password = accounts.add(opened, "花")
    actor = accounts.look(opened, "花", password).actor
    assert actor is not None
    browser = accounts.known_browser(opened, actor, "")
    assert accounts.known_browser(opened, actor, browser) == browser
    for _ in range(5):
        assert accounts.look(opened, "花", "guess", browser).wait == 0
        clock.passes(minutes=15)
    accounts.look(opened, "花", "guess")
    assert accounts.look(opened, "花", password, browser).wait == 1


def test_a_browser_is_known_to_one_person_only(opened: Store) -> None:
    """The cookie of one account opens no throttle of another."""
    for name in ("花", "次郎"):
        accounts.add(opened, name)
    actor = next(one for one in accounts.everyone(opened) if one.name == "花")
    browser = accounts.known_browser(opened, actor, "")
    accounts.look(opened, "次郎", "x")
    assert accounts.look(opened, "次郎", "x", browser).wait == 1


def test_a_right_guess_gives_strangers_nothing(opened: Store, clock: Clock) -> None:
    """Signing in does not start the others' throttle anew."""
    password = accounts.add(opened, "花")
    for _ in range(4):
        accounts.look(opened, "花", "guess")
        clock.passes(minutes=15)
    assert accounts.look(opened, "花", password).actor is not None
    accounts.look(opened, "花", "guess")
    assert accounts.look(opened, "花", "guess").wait > 600


def test_failures_stand_in_the_audit_log_without_what_was_typed(opened: Store) -> None:
    """A wrong password names the account, an unknown name names nobody."""
    accounts.add(opened, "花")
    accounts.look(opened, "花", "himitsu no kotoba")
    accounts.look(opened, "himitsu no kotoba", "x")
    lines = audit.entries(opened, audit.Asked(action="sign-in-failed"))
    assert [(one.actor, one.target) for one in lines] == [(None, "user=unknown"), ("花", "user=1")]
    assert "himitsu" not in repr(audit.entries(opened, audit.Asked()))
