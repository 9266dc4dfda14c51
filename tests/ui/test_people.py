"""Accounts, second factors, sessions, the screen lock and the audit page, as a browser sees them."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from pipeline import store
from pipeline.settings import Settings
from pipeline.store import accounts, audit
from review_ui.app import create_app
from review_ui.people import browsers
from review_ui.people import words as said
from tests.ui import office
from tests.ui.conftest import BASE, PHRASE, Clock, Office, factor, sign_in, token

NEW = "ひざ 電車 ぶどう 猫 2"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"


def _send(client: TestClient, page: str, path: str, **fields: str) -> str:
    """Post with the token of a page; the answer's text, redirects followed."""
    return client.post(path, data={"csrf": token(client.get(page))} | fields).text


def _password(page: str) -> str:
    found = re.search(r"<code>([a-z2-9]{4}(?:-[a-z2-9]{4}){3})</code>", page)
    assert found is not None
    return found[1]


def test_the_first_admin_needs_the_secret_on_the_console(tmp_path: Path) -> None:
    """Without an account only the secret opens the page that makes the first one; then the page is gone for good."""
    settings = Settings(data=tmp_path / "new")
    with store.open(settings, create=True) as opened:
        app = create_app(settings, opened, office.forms(), hashlib.sha256(b"abcd-efgh").hexdigest())
        client = TestClient(app, BASE, headers={"origin": BASE, "accept": "text/html"})
        assert client.get("/", follow_redirects=True).url.path == "/first"
        fields = {"secret": "abcd-efgh", "name": "花", "new": NEW, "again": NEW}
        assert client.post("/first", data=fields | {"secret": "wrong"}).status_code == 403
        assert client.post("/first", data=fields | {"again": "x"}).status_code == 422
        assert client.post("/first", data=fields | {"new": "short", "again": "short"}).status_code == 422
        assert accounts.everyone(opened) == []
        assert client.post("/first", data=fields, follow_redirects=False).headers["location"] == "/forms"
        assert [(one.name, one.role, one.must_change) for one in accounts.everyone(opened)] == [("花", "admin", False)]
        assert client.get("/", follow_redirects=False).headers["location"] == "/factor"
        again = [client.get("/first").status_code, client.post("/first", data=fields | {"name": "b"}).status_code]
        assert again == [404, 404]
        assert len(accounts.everyone(opened)) == 1
        app.state.desk.pictures.close()


def test_an_ordinary_start_has_no_such_page(place: Office) -> None:
    """With accounts, or without a secret on the console, nobody makes a first one."""
    client = place.client()
    assert [client.get("/first").status_code, client.post("/first", data={"secret": ""}).status_code] == [404, 404]


def test_an_admin_keeps_accounts(place: Office) -> None:
    """Added, assigned, reset, disabled and let in again; passwords are shown once; each leaves its line."""
    client = sign_in(place, "adm")
    page = _send(client, "/users", "/users", name="新人", role="reviewer", office="平田")
    assert said.new_password("新人") in page
    password = _password(page)
    made = next(one for one in accounts.everyone(place.store) if one.name == "新人")
    assert (made.role, made.office, made.must_change) == ("reviewer", "平田", True)
    assert accounts.verify(place.store, "新人", password) is not None
    assert password not in client.get("/users").text
    at = f"/users/{made.id}"
    _send(client, "/users", f"{at}/assign", role="analyst", office="")
    changed = next(one for one in accounts.everyone(place.store) if one.name == "新人")
    assert (changed.role, changed.office) == ("analyst", None)
    assert accounts.verify(place.store, "新人", _password(_send(client, "/users", f"{at}/reset"))) is not None
    _send(client, "/users", f"{at}/disable")
    assert next(one for one in accounts.everyone(place.store) if one.name == "新人").disabled
    _send(client, "/users", f"{at}/enable")
    assert not next(one for one in accounts.everyone(place.store) if one.name == "新人").disabled
    lines = [
        one.action for one in audit.entries(place.store, audit.Asked(actor="adm")) if one.action.startswith("user")
    ]
    assert lines == ["user-enable", "user-disable", "user-reset", "user-assign", "user-add"]


def test_another_role_means_another_token(place: Office) -> None:
    """Somebody whose role changes goes on only after signing in again."""
    reviewer, admin = sign_in(place, "sato"), sign_in(place, "adm")
    user = next(one for one in accounts.everyone(place.store) if one.name == "sato")
    _send(admin, "/users", f"/users/{user.id}/assign", role="operator", office="")
    assert reviewer.get("/", follow_redirects=False).headers["location"].startswith("/sign-in")


@pytest.mark.parametrize("does", ["disable", "assign", "reset", "drop-factor"])
def test_nobody_locks_out_themselves(place: Office, does: str) -> None:
    """An admin cannot change the own account, so that one is always left."""
    client = sign_in(place, "adm")
    own = next(one for one in accounts.everyone(place.store) if one.name == "adm")
    assert said.NOT_YOURSELF in _send(client, "/users", f"/users/{own.id}/{does}", role="operator")
    assert own in accounts.everyone(place.store)


def test_unfit_accounts_are_refused_in_words(place: Office) -> None:
    """A taken name, no role of ours and an unknown account get a sentence or 404."""
    client = sign_in(place, "adm")
    assert "account-taken" not in _send(client, "/users", "/users", name="tanaka", role="reviewer")
    assert "もういます" in _send(client, "/users", "/users", name="tanaka", role="reviewer")
    assert "役割" in _send(client, "/users", "/users", name="x", role="king")
    csrf = token(client.get("/users"))
    for path in ("/users/999/disable", "/users/1/nothing"):
        assert client.post(path, data={"csrf": csrf}).status_code == 404


def test_a_second_factor_is_set_and_asked_for(place: Office, clock: Clock) -> None:
    """Password, QR code, first code, ten recovery codes; from then on signing in takes a code."""
    accounts.change_password(place.store, "ana", accounts.reset(place.store, "ana"), NEW)
    client = sign_in(place, "ana")
    refused = client.post("/factor/begin", data={"csrf": token(client.get("/factor")), "password": "wrong"})
    assert refused.status_code == 403
    clock.passes(minutes=1)
    page = _send(client, "/factor", "/factor/begin", password=NEW)
    assert 'src="data:image/png;base64,' in page
    actor = next(one for one in accounts.everyone(place.store) if one.name == "ana")
    assert not actor.factor
    address = accounts.factors.waiting(place.store, actor.id, "ana")
    assert address is not None
    assert "アプリに今出ている" in _send(client, "/factor", "/factor/confirm", code="1")
    code = _code(address)
    codes = re.findall(r"<li><code>([a-z2-9-]{14})</code></li>", _send(client, "/factor", "/factor/confirm", code=code))
    assert len(codes) == 10
    assert codes[0] not in client.get("/factor").text
    stranger = place.client()
    clock.passes(minutes=5)
    assert stranger.post("/sign-in", data={"name": "ana", "password": NEW}).status_code == 403
    clock.passes(minutes=5)
    given = {"name": "ana", "password": NEW, "code": codes[0]}
    assert stranger.post("/sign-in", data=given, follow_redirects=False).status_code == 303


def _code(address: str) -> str:
    import base64
    from urllib.parse import parse_qs, urlsplit

    key = base64.b32decode(parse_qs(urlsplit(address).query)["secret"][0])
    return accounts.factors.code(key, accounts.factors.step_now())


def test_a_new_device_needs_the_old_code(place: Office, clock: Clock) -> None:
    """Whoever found an open screen cannot replace the second factor with one of their own."""
    accounts.change_password(place.store, "ana", accounts.reset(place.store, "ana"), NEW)
    code = factor(place, "ana")
    client = sign_in(place, "ana")
    clock.passes(minutes=5)
    fields = {"csrf": token(client.get("/factor")), "password": NEW}
    assert client.post("/factor/begin", data=fields).status_code == 403
    clock.passes(minutes=5)
    assert client.post("/factor/begin", data=fields | {"code": code()}, follow_redirects=False).status_code == 303


def test_sessions_are_listed_and_ended(place: Office) -> None:
    """A person sees where they are signed in, by browser and system, and ends what they do not know."""
    here, there = sign_in(place), place.client()
    there.headers["user-agent"] = CHROME
    there.post("/sign-in", data={"name": "tanaka", "password": PHRASE})
    page = here.get("/account").text
    assert "Chrome / Windows" in page
    assert page.count("/end") == 2
    other = accounts.of_actor(place.store, accounts.everyone(place.store)[-1])[0]
    _send(here, "/account", f"/account/sessions/{other.id}/end")
    assert there.get("/", follow_redirects=False).status_code == 303
    assert here.get("/", follow_redirects=False).status_code == 200


@pytest.mark.parametrize(
    ("agent", "name"),
    [(CHROME, "Chrome / Windows"), (CHROME + " Edg/140.0", "Edge / Windows"), ("curl/8", said.UNKNOWN_BROWSER),
     ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox / Linux"),
     ("<script>", said.UNKNOWN_BROWSER)],
)  # fmt: skip
def test_browsers_are_named_in_our_words(agent: str, name: str) -> None:
    """What a browser says of itself is never shown as it came."""
    assert browsers.name(agent) == name


def test_a_covered_screen_needs_the_password(place: Office, clock: Clock) -> None:
    """Nothing is shown until the password comes; then the session goes on under another token."""
    clock.stop()
    client = sign_in(place)
    before = client.cookies["yomitori"]
    assert said.LOCKED in _send(client, "/", "/lock")
    assert "4月の束" not in client.get("/").text
    assert client.get("/unlock").status_code == 200
    assert client.get("/records/aaaaaaaa", headers={"accept": "application/json"}).status_code == 401
    csrf = token(client.get("/unlock"))
    assert client.post("/unlock", data={"csrf": csrf, "password": "wrong"}).status_code == 403
    waiting = client.post("/unlock", data={"csrf": csrf, "password": PHRASE})
    assert (waiting.status_code, "秒" in waiting.text) == (429, True)
    clock.passes(minutes=1)
    assert client.post("/unlock", data={"csrf": csrf, "password": PHRASE}, follow_redirects=False).status_code == 303
    assert client.get("/", follow_redirects=False).status_code == 200
    assert accounts.session(place.store, before) is None
    assert client.get("/unlock", follow_redirects=False).headers["location"] == "/"


def test_somebody_else_gets_past_a_covered_screen(place: Office) -> None:
    """It says whose it is, and the next person ends that session instead of being stuck before it."""
    client = sign_in(place)
    page = _send(client, "/", "/lock")
    assert said.covered("tanaka") in page
    csrf = re.search(r'action="/sign-out".*?name="csrf" value="([^"]+)"', page, re.DOTALL)
    assert csrf is not None
    answer = client.post("/sign-out", data={"csrf": csrf[1]}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?why=out")
    assert client.get("/unlock", follow_redirects=False).headers["location"].startswith("/sign-in")


@pytest.mark.parametrize(
    ("role", "told"),
    [("reviewer", said.SEES_ALL), ("analyst", said.SEES_ALL), ("operator", "本部"), ("auditor", "本部")],
)
def test_the_headquarters_is_not_said_to_see_what_it_does_not(role: accounts.Role, told: str) -> None:
    """Only who sees papers at all is said to see those of all offices."""
    one = accounts.Actor(1, "花", role, None, False, False)
    assert said.about(one).split("・")[1] == told


def test_too_many_guesses_have_to_wait(place: Office, clock: Clock) -> None:
    """The second guess within a second is not looked at, and is told how long to wait, alike for every name."""
    clock.stop()
    pages = []
    for name in ("tanaka", "nobody"):
        client = place.client()
        client.post("/sign-in", data={"name": name, "password": "wrong wrong wrong"})
        answer = client.post("/sign-in", data={"name": name, "password": PHRASE})
        assert answer.status_code == 429
        pages.append(answer.text)
    assert pages[0] == pages[1]


def test_the_known_browser_has_its_own_throttle(place: Office) -> None:
    """Somebody guessing elsewhere does not shut out a person at their own PC, even after signing out."""
    client = place.client()
    client.post("/sign-in", data={"name": "tanaka", "password": PHRASE})
    _send(client, "/", "/sign-out")
    stranger = place.client()
    for _ in range(2):
        stranger.post("/sign-in", data={"name": "tanaka", "password": "wrong wrong wrong"})
    given = {"name": "tanaka", "password": PHRASE}
    assert stranger.post("/sign-in", data=given).status_code == 429
    assert client.post("/sign-in", data=given, follow_redirects=False).status_code == 303


def test_signing_out_clears_what_was_seen(place: Office) -> None:
    """The browser of a shared PC is told to forget pages and pictures."""
    client = sign_in(place)
    answer = client.post("/sign-out", data={"csrf": token(client.get("/"))}, follow_redirects=False)
    assert answer.headers["clear-site-data"] == '"cache", "storage"'


def test_the_auditor_reads_and_verifies(place: Office) -> None:
    """The newest lines first, narrowed by filters, in words; verifying says that all is well and leaves a line."""
    sign_in(place).get(f"/records/{'a' * 8}")
    client = sign_in(place, "aud")
    page = client.get("/audit").text
    assert [word in page for word in (said.ACTIONS["view"], f"record={'a' * 8}", "tanaka")] == [True] * 3
    assert f"record={'a' * 8}" not in client.get("/audit?action=sign-in").text
    assert said.NONE in client.get("/audit?since=2999-01-01").text
    assert said.AUDIT_CLEAN in _send(client, "/audit", "/audit/verify")
    assert said.ACTIONS["audit-verify"] in client.get("/audit").text
    assert client.get("/records/aaaaaaaa").status_code == 403


@pytest.mark.parametrize(
    "query", ["before=abc", "before=9999999999999999999", "since=0001-01-01", "until=9999-12-31", "target=%25'"]
)
def test_odd_filters_break_nothing(place: Office, query: str) -> None:
    """What is no day and no number narrows nothing."""
    assert sign_in(place, "aud").get(f"/audit?{query}").status_code == 200


def test_a_changed_log_is_told_to_the_auditor(place: Office) -> None:
    """The page names the line at which the log stops being what was written."""
    client = sign_in(place, "aud")
    with place.store.writing() as change:
        for statement in ("DROP TRIGGER audit_no_update", "UPDATE audit SET actor = 'x' WHERE id = 2"):
            change.connection.exec_driver_sql(statement)
    page = _send(client, "/audit", "/audit/verify")
    assert said.AUDIT_BROKEN in page
    assert "2 行目" in page


def test_long_logs_are_read_in_screens(place: Office) -> None:
    """A hundred lines at a time, with the way to the older ones."""
    for n in range(120):
        place.store.audit(None, "view", f"record={n}")
    client = sign_in(place, "aud")
    page = client.get("/audit?action=view").text
    onward = re.search(r'href="(/audit\?[^"]*before=\d+)"', page)
    assert onward is not None
    older = client.get(onward[1].replace("&amp;", "&")).text
    assert "record=0<" in older
    assert "record=119<" not in older


def test_over_tls_the_browser_keeps_to_tls(place: Office) -> None:
    """Over TLS, and only there, the browser is told to come back over TLS."""
    settings = place.settings.model_copy(update={"host": "review.example"})
    app = create_app(settings, place.store, place.forms)
    place.apps.append(app)
    assert (
        "max-age=31536000"
        in TestClient(app, "https://review.example").get("/sign-in").headers["strict-transport-security"]
    )
    assert "strict-transport-security" not in place.client().get("/sign-in").headers


def test_refusals_leave_a_line(place: Office) -> None:
    """Who asks for what the role does not allow, or without the right token, stands in the log with the route."""
    client = sign_in(place)
    client.get("/users")
    client.post("/next", data={"csrf": "wrong"})
    lines = audit.entries(place.store, audit.Asked(action="refused"))
    assert [(one.actor, one.target) for one in lines] == [
        ("tanaka", "method=POST route=/next"),
        ("tanaka", "method=GET route=/users"),
    ]
