"""Every route met by every kind of person: the matrix comes from the application, so that no route is left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import httpx2
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Table, case, insert, select, update

from pipeline.store import accounts, tables
from review_ui import roles
from tests.ui.conftest import Office, sign_in, token
from tests.ui.test_door import FORM, SAMPLE, TABLE

NAMES = {"operator": "op", "reviewer": "tanaka", "analyst": "ana", "admin": "adm", "auditor": "aud"}
# Who gets nothing but the door, and what each is told instead of a page.
SHUT_OUT = ("anonymous", "disabled", "expired", "forged", "locked", "one-time password", "admin without second factor")
OPEN_TO = {
    "locked": {"GET /unlock", "POST /unlock"},
    "one-time password": {"GET /password", "POST /password"},
    "admin without second factor": {
        "GET /password", "POST /password", "GET /factor", "POST /factor/begin", "POST /factor/confirm",
    },
}  # fmt: skip
ALWAYS = {"POST /sign-out", "POST /look"}
BEHIND = [name for name, permission in TABLE.items() if permission is not None]


def verdict(answer: httpx2.Response) -> str:
    """What a request came to: in, door, role, none, or broken."""
    if answer.status_code >= 500:
        return "broken"
    if answer.status_code == 401 or answer.headers.get("location", "").startswith(
        ("/sign-in", "/unlock", "/password", "/factor")
    ):
        return "door"
    if answer.status_code == 403 and "http-403" in answer.text:
        return "role"
    return "none" if answer.status_code == 404 else "in"


def ask(client: TestClient, route: str, csrf: str, form: Mapping[str, str] = FORM, **changed: str) -> httpx2.Response:
    """Send one request as a page of ours would."""
    method, _, path = route.partition(" ")
    data = {**form, "csrf": csrf} if method == "POST" else None
    return client.request(method, path.format(**(SAMPLE | changed)), data=data, follow_redirects=False)


def _enter(place: Office, client: TestClient, name: str) -> tuple[str, accounts.Session]:
    """A fresh session for each request, since some end it."""
    actor = next(one for one in accounts.everyone(place.store) if one.name == name)
    made, session = accounts.sign_in(place.store, actor)
    client.cookies.set("yomitori", made)
    return session.csrf, session


@pytest.fixture
def browser(place: Office) -> Iterator[TestClient]:
    """One browser for all requests of a test."""
    made = place.client()
    yield made
    made.close()


@pytest.mark.parametrize("role", NAMES)
def test_each_role_gets_what_the_table_says(place: Office, browser: TestClient, role: accounts.Role) -> None:
    """Whoever has the permission gets in, everybody else is told that the role does not allow it; nothing breaks."""
    for route in BEHIND:
        permission = TABLE[route]
        csrf, _ = _enter(place, browser, NAMES[role])
        found = verdict(ask(browser, route, csrf))
        if permission is not None and roles.may(role, permission):
            leads_on = {"POST /sign-out", "POST /lock", "POST /unlock", "GET /unlock"}
            assert found in ({"in", "none", "door"} if route in leads_on else {"in", "none"}), route
        else:
            assert found == "role", route


@pytest.mark.parametrize("who", SHUT_OUT)
def test_who_is_not_to_be_here_gets_nothing(place: Office, browser: TestClient, who: str) -> None:
    """Nobody, the disabled, expired and forged, the locked and the not yet ready get no page, and change nothing."""
    for route in (route for route in BEHIND if route not in OPEN_TO.get(who, set())):
        if route in ALWAYS and who in OPEN_TO:
            continue
        csrf = _shut_out(place, browser, who)
        assert verdict(ask(browser, route, csrf)) == "door", route
    assert not place.store.record("a" * 8).decisions


# What is done to the session or the account to bring it into that state: table, and what is set.
STATES: dict[str, tuple[Table, dict[str, object]]] = {
    "disabled": (tables.actor, {"disabled": True}),
    "expired": (tables.session, {"last_seen": "2026-01-01T00:00:00.000000Z"}),
    "forged": (tables.session, {"token_sha256": "0" * 64}),
    "locked": (tables.session, {"locked": True}),
    "one-time password": (tables.actor, {"must_change": True}),
    "admin without second factor": (tables.actor, {"totp": None, "totp_used": None}),
}


def _shut_out(place: Office, browser: TestClient, who: str) -> str:
    """A session in that state; its token."""
    browser.cookies.clear()
    if who == "anonymous":
        return ""
    with place.store.writing() as change:
        change.connection.execute(tables.session.delete())
    csrf, session = _enter(place, browser, "adm" if who.startswith("admin") else "tanaka")
    table, values = STATES[who]
    key = session.id if table is tables.session else session.actor.id
    with place.store.writing() as change:
        change.connection.execute(update(table).where(table.c.id == key).values(**values))
    return csrf


@pytest.mark.parametrize("csrf", ["", "wrong", "x" * 43])
def test_writes_with_a_wrong_token_are_refused(place: Office, browser: TestClient, csrf: str) -> None:
    """Who may do it may not without the token of the own session."""
    for route in (route for route in BEHIND if route.startswith("POST")):
        permission = TABLE[route]
        role = next(role for role in NAMES if permission is not None and roles.may(role, permission))  # type: ignore[arg-type]  # the names are roles
        _enter(place, browser, NAMES[role])
        assert verdict(ask(browser, route, csrf)) == "role", route
    assert not place.store.record("a" * 8).decisions


def _of_two_offices(place: Office, name: str) -> None:
    """All papers belong to one office, and so does everybody but `name`, who is of the other."""
    with place.store.writing() as change:
        for key, where in ((1, "平田"), (2, "鵜住居")):
            change.connection.execute(insert(tables.office).values(id=key, name=where))
        change.connection.execute(update(tables.batch).values(office_id=1))
        own = case((tables.actor.c.name == name, 2), else_=1)
        change.connection.execute(update(tables.actor).values(office_id=own))


def test_another_offices_papers_are_not_there(place: Office, browser: TestClient) -> None:
    """A reviewer of one office gets 404 for every address of another office's record, and sees none in any list."""
    _of_two_offices(place, "tanaka")
    for route in (route for route in BEHIND if "{record_id}" in route):
        csrf, _ = _enter(place, browser, "tanaka")
        assert verdict(ask(browser, route, csrf)) == "none", route
    for route in (route for route in BEHIND if "{batch_id}" in route or "{scan_id}" in route):
        csrf, _ = _enter(place, browser, "tanaka")
        assert verdict(ask(browser, route, csrf)) == "none", route
    assert not place.store.record("a" * 8).decisions
    assert place.store.record("a" * 8) is not None


# What is on every paper of the other office: ids, the batch, files.
OTHERS = ("a" * 8, "b" * 8, "c" * 8, "4月の束", "scan-0.png")


@pytest.mark.parametrize("name", ["tanaka", "op", "ana"])
def test_no_page_tells_of_another_offices_papers(place: Office, browser: TestClient, name: str) -> None:
    """Whatever page a person of one office opens or searches, nothing of another office's paper stands on it."""
    _of_two_offices(place, name)
    routes = [route for route in BEHIND if route.startswith("GET") and "{" not in route]
    assert len(routes) > 20
    for route in routes:
        _enter(place, browser, name)
        page = ask(browser, route, "")
        assert not [word for word in OTHERS if word in page.text], route
    csrf, _ = _enter(place, browser, name)
    found = ask(browser, "POST /search", csrf, FORM | {"status": "needs_review"})
    assert not [word for word in OTHERS if word in found.text]


def test_the_own_offices_papers_are_there(place: Office, browser: TestClient) -> None:
    """The same pages tell of them to those of the office: that nothing is seen is not because there is nothing."""
    _of_two_offices(place, "sato")
    _enter(place, browser, "tanaka")
    told = "".join(ask(browser, f"GET {path}", "").text for path in ("/", "/queue", "/batches", "/arrivals"))
    assert all(word in told for word in OTHERS)


def test_somebody_elses_session_cannot_be_ended(place: Office, browser: TestClient) -> None:
    """Knowing the number of another person's session helps nobody; one's own ends."""
    _, other = _enter(place, browser, "sato")
    csrf, own = _enter(place, browser, "tanaka")
    route = "POST /account/sessions/{session_id}/end"
    assert verdict(ask(browser, route, csrf, session_id=str(other.id))) == "none"
    with place.store.reading() as connection:
        assert other.id in connection.execute(select(tables.session.c.id)).scalars().all()
    assert ask(browser, route, csrf, session_id=str(own.id)).status_code == 303
    assert verdict(browser.get("/account", follow_redirects=False)) == "door"


def test_every_look_at_a_record_leaves_a_line(place: Office) -> None:
    """Whichever address shows something of a record, the log says who saw it; a second look soon after does not repeat it."""
    shows = [route for route in BEHIND if route.startswith("GET") and "{record_id}" in route]
    assert len(shows) >= 9
    for route in shows:
        client = sign_in(place)
        before = _views(place)
        assert ask(client, route, "").status_code in {200, 303}, route  # 303: nothing to be entered twice
        ask(client, route, "")
        assert _views(place)[len(before) :] == [("tanaka", f"record={'a' * 8}")], route


def _views(place: Office) -> list[tuple[str, str]]:
    asked = select(tables.audit.c.actor, tables.audit.c.target).where(tables.audit.c.action == "view")
    with place.store.reading() as connection:
        return [(str(row[0]), str(row[1])) for row in connection.execute(asked.order_by(tables.audit.c.id))]


def test_crops_seen_together_leave_a_line_each(place: Office) -> None:
    """A screenful of crops is a look at each record on it."""
    client = sign_in(place)
    key = client.get("/alike").text.split('href="/alike/')[1].split('"')[0]
    before = _views(place)
    assert client.get(f"/alike/{key}").status_code == 200
    assert {record for _, record in _views(place)[len(before) :]} & {f"record={'a' * 8}", f"record={'b' * 8}"}


def cells() -> int:
    """How many meetings of a route and a kind of person these tests have."""
    writes = sum(route.startswith("POST") for route in BEHIND)
    others = sum(any(name in one for name in ("{record_id}", "{batch_id}", "{scan_id}")) for one in BEHIND)
    lists = sum(one.startswith("GET") and "{" not in one for one in BEHIND)
    return len(BEHIND) * (len(NAMES) + len(SHUT_OUT)) + 3 * writes + others + 3 * lists


if __name__ == "__main__":
    print(f"{len(TABLE)} routes, {len(BEHIND)} behind the door, {cells()} cells")  # noqa: T201  # a figure for docs/trust.md


def test_tokens_are_in_every_form(place: Office) -> None:
    """Each page's forms carry the session's token, and only that."""
    client = sign_in(place)
    for path in ("/", "/queue", "/account", "/factor", "/password", f"/records/{'a' * 8}"):
        page = client.get(path)
        assert page.text.count('<form method="post"') == page.text.count('name="csrf"'), path
        assert token(page)
