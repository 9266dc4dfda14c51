"""The second factor: codes as the standard makes them, each taken once."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest

from pipeline import store
from pipeline.errors import UsageProblem
from pipeline.settings import Settings
from pipeline.store import Store, accounts
from pipeline.store.accounts import factors
from tests.run import papers
from tests.ui.conftest import Clock, clock

__all__ = ["clock"]


@pytest.fixture
def opened(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A store with one account."""
    papers.cheap_passwords(monkeypatch)
    with store.open(settings, create=True) as made:
        yield made


@pytest.fixture
def password(opened: Store) -> str:
    """The password of the one account."""
    return accounts.add(opened, "花", "admin")


def _key(address: str) -> bytes:
    return base64.b32decode(parse_qs(urlsplit(address).query)["secret"][0])


def _now(key: bytes, later: int = 0) -> str:
    return factors.code(key, factors.step_now() + later)


def _set(opened: Store) -> tuple[bytes, list[str]]:
    key = _key(factors.begin(opened, 1, "花"))
    return key, factors.confirm(opened, 1, "花", _now(key))


@pytest.mark.parametrize(
    ("moment", "code"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (2000000000, "279037"), (20000000000, "353130")],
)
def test_codes_are_those_of_the_standard(moment: int, code: str) -> None:
    """The last six digits of RFC 6238's own examples."""
    assert factors.code(b"12345678901234567890", moment // 30) == code


def test_the_address_is_what_apps_read(opened: Store, password: str, settings: Settings) -> None:
    """Name, issuer and 160 bits of secret; neither the database nor the key file alone holds it."""
    address = factors.begin(opened, 1, "花")
    assert urlsplit(address).scheme == "otpauth"
    assert parse_qs(urlsplit(address).query)["issuer"] == ["Yomitori"]
    assert len(_key(address)) == 20
    files = [path.read_bytes() for path in settings.data.glob("*") if path.is_file()]
    assert all(_key(address) not in held and base64.b32encode(_key(address)) not in held for held in files)
    assert factors.waiting(opened, 1, "花") == address


def test_it_counts_from_the_first_code_on(opened: Store, password: str, clock: Clock) -> None:
    """A factor that was begun and not confirmed asks for nothing; a wrong first code confirms nothing."""
    key = _key(factors.begin(opened, 1, "花"))
    with pytest.raises(UsageProblem, match="factor-wrong"):
        factors.confirm(opened, 1, "花", "000000" if _now(key) != "000000" else "111111")
    assert accounts.look(opened, "花", password, code="").actor is not None
    factors.confirm(opened, 1, "花", _now(key))
    assert factors.waiting(opened, 1, "花") is None
    assert accounts.look(opened, "花", password, code="").actor is None
    clock.passes(minutes=1)
    found = accounts.look(opened, "花", password, code=_now(key)).actor
    assert found is not None
    assert found.factor
    with pytest.raises(UsageProblem, match="factor-wrong"):
        factors.confirm(opened, 1, "花", _now(key, 1))


@pytest.mark.parametrize(("later", "right"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_clocks_may_differ_a_little(opened: Store, password: str, clock: Clock, later: int, right: bool) -> None:
    """One step early or late is taken, more is not."""
    key, _ = _set(opened)
    clock.passes(minutes=5)
    assert (accounts.look(opened, "花", password, code=_now(key, later)).actor is not None) == right


def test_a_code_is_taken_once(opened: Store, password: str, clock: Clock) -> None:
    """Somebody who looked over the shoulder cannot use it again, nor an older one."""
    key, _ = _set(opened)
    clock.passes(minutes=5)
    code, before = _now(key), _now(key, -1)
    assert accounts.look(opened, "花", password, code=code).actor is not None
    assert accounts.look(opened, "花", password, code=code).actor is None
    clock.passes(seconds=2)
    assert accounts.look(opened, "花", password, code=before).actor is None


def test_codes_are_typed_as_people_type(opened: Store, password: str, clock: Clock) -> None:
    """Wide figures and a space in the middle are the same code."""
    key, _ = _set(opened)
    clock.passes(minutes=5)
    wide = _now(key).translate({ord(str(n)): chr(0xFF10 + n) for n in range(10)})
    assert accounts.look(opened, "花", password, code=f" {wide[:3]} {wide[3:]}").actor is not None


def test_recovery_codes_work_once_each(opened: Store, password: str, clock: Clock) -> None:
    """Ten codes stand in for a lost device, each once; the store holds none of them."""
    _, codes = _set(opened)
    assert (len(set(codes)), factors.left(opened, 1)) == (10, 10)
    assert accounts.look(opened, "花", password, code=codes[3].upper()).actor is not None
    assert accounts.look(opened, "花", password, code=codes[3]).actor is None
    assert factors.left(opened, 1) == 9
    held = b"".join(path.read_bytes() for path in opened.settings.data.glob("*.sqlite*"))
    assert not any(code.encode() in held for code in codes)


def test_a_right_code_with_a_wrong_password_is_not_used_up(opened: Store, password: str, clock: Clock) -> None:
    """Who does not know the password cannot spend the codes of who does."""
    _, codes = _set(opened)
    accounts.look(opened, "花", "wrong", code=codes[0])
    clock.passes(seconds=2)
    assert accounts.look(opened, "花", password, code=codes[0]).actor is not None


def test_an_admin_takes_it_away(opened: Store, password: str, clock: Clock) -> None:
    """For somebody who lost everything; the sessions end and the codes are gone."""
    _set(opened)
    actor = accounts.everyone(opened)[0]
    token, _ = accounts.sign_in(opened, actor)
    accounts.drop_factor(opened, "花")
    assert accounts.session(opened, token) is None
    assert factors.left(opened, 1) == 0
    assert accounts.look(opened, "花", password, code="").actor is not None
