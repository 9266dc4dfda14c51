"""Accounts and sessions: what is stored opens nothing, and what is taken away is gone at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import argon2
import pytest
from sqlalchemy import select

from pipeline import store
from pipeline.errors import UsageProblem
from pipeline.settings import Settings
from pipeline.store import Store, accounts, moments, tables
from tests.run import papers
from tests.ui.conftest import Clock, clock

__all__ = ["clock"]


@pytest.fixture
def opened(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """An empty store."""
    papers.cheap_passwords(monkeypatch)
    with store.open(settings, create=True) as made:
        yield made


def _signed_in(opened: Store) -> tuple[str, accounts.Session]:
    password = accounts.add(opened, "花", "reviewer", office="本庁")
    actor = accounts.verify(opened, "花", password)
    assert actor is not None
    return accounts.sign_in(opened, actor)


def test_passwords_cost_what_the_standard_asks(settings: Settings) -> None:
    """A stored password is Argon2id with the parameters of RFC 9106, and not the password."""
    with store.open(settings, create=True) as made:
        password = accounts.add(made, "花")
        with made.reading() as connection:
            stored = connection.execute(select(tables.actor.c.password)).scalar_one()
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert password not in stored


def test_the_one_time_password_opens_the_door(opened: Store) -> None:
    """The password that was told once is right, marked to be changed; anything else is wrong."""
    password = accounts.add(opened, "花", "admin")
    actor = accounts.verify(opened, " 花 ", password)
    assert actor is not None
    assert (actor.name, actor.role, actor.must_change) == ("花", "admin", True)
    for name, guess in (("花", password + "x"), ("花", ""), ("次郎", password), ("花", password * 50)):
        assert accounts.verify(opened, name, guess) is None


def test_unknown_names_cost_as_much(opened: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """For a name that does not exist a hash is compared as well, so that time tells nothing."""
    accounts.add(opened, "花")
    calls: list[str] = []

    class Counting(argon2.PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002  # argon2's own name
            calls.append(str(hash))
            return super().verify(hash, password)

    monkeypatch.setattr(accounts.passwords, "_hasher", Counting(time_cost=1, memory_cost=8, parallelism=1))
    accounts.verify(opened, "花", "x")
    accounts.verify(opened, "nobody", "x")
    assert len(calls) == 2


@pytest.mark.parametrize(
    ("name", "role", "code"),
    [("", "reviewer", "name"), ("あ" * 65, "reviewer", "name"), ("a\nb", "reviewer", "name"), ("花", "king", "role")],
)
def test_unfit_accounts_are_refused(opened: Store, name: str, role: accounts.Role, code: str) -> None:
    """A name that cannot be shown and a role that does not exist make no account."""
    with pytest.raises(UsageProblem, match=f"account-{code}"):
        accounts.add(opened, name, role)
    assert accounts.everyone(opened) == []


def test_a_name_is_given_once(opened: Store) -> None:
    """A second account of the same name is refused and the first stays as it was."""
    password = accounts.add(opened, "花")
    with pytest.raises(UsageProblem, match="account-taken"):
        accounts.add(opened, "花", "admin")
    assert accounts.verify(opened, "花", password) is not None
    assert [(one.name, one.role) for one in accounts.everyone(opened)] == [("花", "reviewer")]


def test_a_session_is_known_by_its_token_only(opened: Store) -> None:
    """The token leads to its session; the store holds only its hash, and another token leads nowhere."""
    token, session = _signed_in(opened)
    found = accounts.session(opened, token)
    assert found is not None
    assert (found.actor, found.csrf) == (session.actor, session.csrf)
    assert (found.actor.name, found.actor.office) == ("花", "本庁")
    assert accounts.session(opened, token[:-1]) is None
    with opened.reading() as connection:
        kept = [str(tuple(row)) for table in tables.metadata.sorted_tables for row in connection.execute(select(table))]
    assert not any(token in row for row in kept)
    assert len(token) >= 43


def test_two_sessions_are_two_secrets(opened: Store) -> None:
    """Signing in again gives another token and another word against forged posts; the first stays."""
    token, session = _signed_in(opened)
    other_token, other = accounts.sign_in(opened, session.actor)
    assert (token != other_token, session.csrf != other.csrf) == (True, True)
    accounts.sign_out(opened, other_token)
    assert accounts.session(opened, other_token) is None
    assert accounts.session(opened, token) is not None


@pytest.mark.parametrize("how", ["disable", "reset", "change_password", "sign_out"])
def test_what_is_taken_away_is_gone_at_once(opened: Store, how: str) -> None:
    """Disabling, a new password and signing out end the session before its next request."""
    token, _ = _signed_in(opened)
    password = accounts.reset(opened, "花") if how == "reset" else ""
    if how == "disable":
        accounts.disable(opened, "花")
    elif how == "sign_out":
        accounts.sign_out(opened, token)
    elif how == "change_password":
        once = accounts.reset(opened, "花")
        accounts.change_password(opened, "花", once, "もっと長い合言葉をここに")
        password = "もっと長い合言葉をここに"
    assert accounts.session(opened, token) is None
    assert (accounts.verify(opened, "花", password) is not None) == bool(password)


def test_a_disabled_account_comes_back_when_allowed(opened: Store) -> None:
    """Locked out its password is of no use; let in again it is."""
    password = accounts.add(opened, "花")
    accounts.disable(opened, "花")
    assert accounts.verify(opened, "花", password) is None
    accounts.disable(opened, "花", disabled=False)
    assert accounts.verify(opened, "花", password) is not None


def test_passwords_are_changed_by_who_knows_them(opened: Store) -> None:
    """The old one must be right and the new one of 12 to 128 characters, and another; then it need not be changed."""
    once = accounts.add(opened, "花")
    for old, new, code in (
        (once, "a" * 11, "unfit"),
        (once, "a" * 129, "unfit"),
        (once, once, "unfit"),
        (once, "a" * 12, "common"),
        ("x", "ひざ 電車 ぶどう 猫 2", "wrong"),
    ):
        with pytest.raises(UsageProblem, match=f"password-{code}"):
            accounts.change_password(opened, "花", old, new)
        assert accounts.verify(opened, "花", once) is not None
    accounts.reset(opened, "花")
    once = accounts.reset(opened, "花")
    accounts.change_password(opened, "花", once, "ひざ 電車 ぶどう 猫 2")
    actor = accounts.verify(opened, "花", "ひざ 電車 ぶどう 猫 2")
    assert actor is not None
    assert not actor.must_change


@pytest.mark.parametrize(
    ("last_seen", "created", "alive"),
    [
        ({"minutes": 29}, {"hours": 9}, True),
        ({"minutes": 31}, {"hours": 1}, False),
        ({"minutes": 1}, {"hours": 11}, False),
        ({"minutes": -3}, {"minutes": -3}, True),  # another machine's clock
        ({"days": -400}, {"days": -400}, False),  # written before a wrong clock was put right
        ({"days": -400}, {"hours": 1}, False),
    ],
)
def test_sessions_end_by_themselves(
    opened: Store, last_seen: dict[str, float], created: dict[str, float], alive: bool
) -> None:
    """After 30 idle minutes, or ten hours whatever happens, a session is over; a live one is seen now."""
    token, _ = _signed_in(opened)
    with opened.writing() as change:
        values = {"last_seen": moments.ago(**last_seen), "created": moments.ago(**created)}
        change.connection.execute(store.tables.session.update().values(**values))
    assert (accounts.session(opened, token) is not None) == alive
    again = accounts.session(opened, token)
    assert again is None or again.last_seen > moments.ago(minutes=1)


def test_accounts_that_do_not_exist_are_named(opened: Store) -> None:
    """Changing an unknown account says so."""
    with pytest.raises(UsageProblem, match="account-unknown"):
        accounts.disable(opened, "次郎")


def test_a_one_time_password_expires(opened: Store, clock: Clock) -> None:
    """A week after it was handed out it opens nothing; a new one does."""
    password = accounts.add(opened, "花")
    clock.passes(days=6, hours=23)
    assert accounts.verify(opened, "花", password) is not None
    clock.passes(hours=2)
    assert accounts.verify(opened, "花", password) is None
    assert accounts.verify(opened, "花", accounts.reset(opened, "花")) is not None
