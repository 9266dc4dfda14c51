"""Nothing behind the door without a session; no write without token and origin."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from starlette.routing import BaseRoute, Mount

from pipeline.store import accounts
from review_ui import gate, roles
from review_ui.app import create_app
from review_ui.roles import Permission
from tests.ui import office
from tests.ui.conftest import BASE, PHRASE, Office, post, sign_in, token

SAMPLE = {
    "record_id": "a" * 8,
    "field_id": "f1",
    "field": "f1",
    "n": "1",
    "way": "undo",
    "key": "0" * 20,
    "job_id": "0" * 32,
    "draft": "0" * 16,
    "form_id": "plain",
    "version": "1",
    "session_id": "999",
    "user_id": "999",
    "does": "disable",
    "batch_id": "1",
    "scan_id": "1",
    "table_id": "A1",
    "thread": "0" * 16,
    "name": "places",
    "stage": "0" * 32,
}
FORM = {"version": "0", "action": "form", "form": "other/1", "answer": "value:3", "old": "x", "new": "y", "again": "z"}

# Every route of the application with what it asks for; None: anybody may.
TABLE: dict[str, Permission | None] = {
    "GET /sign-in": None,
    "POST /sign-in": None,
    "GET /first": None,
    "POST /first": None,
    "GET /healthz": None,
    "POST /sign-out": Permission.OWN,
    "GET /account": Permission.OWN,
    "POST /account/sessions/{session_id}/end": Permission.OWN,
    "GET /factor": Permission.OWN,
    "POST /factor/begin": Permission.OWN,
    "POST /factor/confirm": Permission.OWN,
    "POST /lock": Permission.OWN,
    "GET /unlock": Permission.OWN,
    "POST /unlock": Permission.OWN,
    "GET /users": Permission.USERS,
    "POST /users": Permission.USERS,
    "POST /users/{user_id}/{does}": Permission.USERS,
    "GET /audit": Permission.AUDIT,
    "POST /audit/verify": Permission.AUDIT,
    "GET /password": Permission.OWN,
    "POST /password": Permission.OWN,
    "POST /look": Permission.OWN,
    "GET /": Permission.REVIEW,
    "GET /queue": Permission.REVIEW,
    "GET /progress": Permission.REVIEW,
    "GET /double": Permission.REVIEW,
    "POST /double/next": Permission.REVIEW,
    "GET /double/{record_id}": Permission.REVIEW,
    "POST /double/{record_id}/fields/{field_id}": Permission.REVIEW,
    "POST /double/{record_id}/fields/{field_id}/{way}": Permission.REVIEW,
    "GET /differ/{record_id}/{field_id}": Permission.REVIEW,
    "POST /differ/{record_id}/{field_id}": Permission.REVIEW,
    "POST /next": Permission.REVIEW,
    "GET /notes": Permission.REVIEW,
    "GET /records/{record_id}/fields/{field_id}/refer": Permission.REVIEW,
    "POST /records/{record_id}/fields/{field_id}/refer": Permission.REVIEW,
    "GET /alike": Permission.REVIEW,
    "GET /alike/{key}": Permission.REVIEW,
    "POST /alike/{key}": Permission.REVIEW,
    "GET /export": Permission.EXPORT,
    "POST /export": Permission.EXPORT,
    "GET /export/{job_id}": Permission.EXPORT,
    "POST /export/{job_id}/write": Permission.EXPORT,
    "POST /export/{job_id}/drop": Permission.EXPORT,
    "POST /export/{job_id}/file": Permission.EXPORT,
    "GET /forms": Permission.FORMS,
    "GET /forms/{form_id}/{version}/look": Permission.FORMS,
    "POST /forms/{form_id}/{version}/look": Permission.FORMS,
    "POST /forms/{form_id}/{version}/retire": Permission.FORMS,
    "POST /forms/drafts": Permission.FORMS,
    "POST /forms/drafts/blank": Permission.FORMS,
    "GET /forms/drafts/{draft}": Permission.FORMS,
    "GET /forms/drafts/{draft}/sides/{n}.jpg": Permission.FORMS,
    "POST /forms/drafts/{draft}/steps": Permission.FORMS,
    "POST /forms/drafts/{draft}/at": Permission.FORMS,
    "POST /forms/drafts/{draft}/drop": Permission.FORMS,
    "POST /forms/drafts/{draft}/try": Permission.FORMS,
    "POST /forms/drafts/{draft}/check": Permission.FORMS,
    "POST /forms/drafts/{draft}/save": Permission.FORMS,
    "GET /lists": Permission.FORMS,
    "POST /lists": Permission.FORMS,
    "GET /lists/{name}": Permission.FORMS,
    "POST /lists/{name}/file": Permission.FORMS,
    "POST /lists/{name}/undo": Permission.FORMS,
    "GET /lists/{name}/staged/{stage}": Permission.FORMS,
    "POST /lists/{name}/staged/{stage}/take": Permission.FORMS,
    "POST /lists/{name}/staged/{stage}/drop": Permission.FORMS,
    "GET /guide": Permission.OWN,
    "GET /batches": Permission.INTAKE,
    "POST /batches": Permission.INTAKE,
    "GET /batches/{batch_id}": Permission.INTAKE,
    "GET /batches/{batch_id}/events": Permission.INTAKE,
    "POST /batches/{batch_id}/counted": Permission.INTAKE,
    "POST /batches/{batch_id}/file": Permission.INTAKE,
    "POST /batches/{batch_id}/files": Permission.INTAKE,
    "GET /again": Permission.REVIEW,
    "POST /again": Permission.REVIEW,
    "POST /again/apply": Permission.REVIEW,
    "POST /again/drop": Permission.REVIEW,
    "GET /search": Permission.REVIEW,
    "POST /search": Permission.REVIEW,
    "GET /figures": Permission.FIGURES,
    "GET /figures.json": Permission.FIGURES,
    "GET /arrivals": Permission.INTAKE,
    "GET /quarantine": Permission.INTAKE,
    "POST /quarantine/{scan_id}": Permission.INTAKE,
    "GET /records/{record_id}/sheet": Permission.REVIEW,
    "POST /records/{record_id}/sheet/rescan": Permission.REVIEW,
    "POST /records/{record_id}/sheet/remove": Permission.REMOVE,
    "POST /records/{record_id}/sheet": Permission.REVIEW,
    "GET /records/{record_id}/sheet/place": Permission.REVIEW,
    "POST /records/{record_id}/sheet/place": Permission.REVIEW,
    "GET /records/{record_id}/sheet/small/{n}.jpg": Permission.REVIEW,
    "GET /report": Permission.REPORT,
    "POST /report": Permission.EXPORT,
    "GET /report/{table_id}": Permission.REPORT,
    "GET /cases": Permission.REVIEW,
    "POST /cases": Permission.REVIEW,
    "GET /cases/{key}": Permission.REVIEW,
    "POST /cases/{key}/entries": Permission.REVIEW,
    "POST /cases/{key}/entries/{thread}": Permission.REVIEW,
    "POST /cases/{key}/reply": Permission.REVIEW,
    "POST /cases/{key}/ticket": Permission.REVIEW,
    "GET /clinics": Permission.REVIEW,
    "POST /clinics": Permission.REVIEW,
    "GET /records/{record_id}": Permission.REVIEW,
    "POST /records/{record_id}": Permission.REVIEW,
    "POST /records/{record_id}/hold": Permission.REVIEW,
    "POST /records/{record_id}/fields/{field_id}": Permission.REVIEW,
    "POST /records/{record_id}/fields/{field_id}/{way}": Permission.REVIEW,
    "GET /records/{record_id}/pages/{n}.jpg": Permission.REVIEW,
    "GET /records/{record_id}/crops/{field}": Permission.REVIEW,
}
BEHIND = sorted(route for route, permission in TABLE.items() if permission is not None)


def _call(client: TestClient, route: str, **form: str) -> Any:
    method, _, path = route.partition(" ")
    data = (FORM | form) if method == "POST" else None
    return client.request(method, path.format(**SAMPLE), data=data, follow_redirects=False)


def _routes(place: Office) -> Iterator[BaseRoute]:
    for route in create_app(place.settings, place.store, place.forms).routes:
        inner = getattr(route, "original_router", None)  # FastAPI keeps an included router whole
        yield from inner.routes if inner is not None else [route]


def _names(route: APIRoute) -> list[str]:
    return [f"{method} {route.path}" for method in route.methods or ()]


def test_every_route_has_a_row(place: Office) -> None:
    """A new route without a row here fails, and only the look of the pages is mounted."""
    every = list(_routes(place))
    found = {name for route in every if isinstance(route, APIRoute) for name in _names(route)}
    assert found == set(TABLE)
    assert [route.path for route in every if isinstance(route, Mount)] == ["/static"]
    assert all(isinstance(route, APIRoute | Mount) for route in every)


def test_every_route_names_its_permission(place: Office) -> None:
    """What a route asks for is what its row says."""
    for route in (route for route in _routes(place) if isinstance(route, APIRoute)):
        asked = {getattr(one.call, "permission", None) for one in route.dependant.dependencies} - {None}
        for name in _names(route):
            assert asked == ({TABLE[name]} - {None}), name


def test_nobody_gets_in_without_a_session(place: Office) -> None:
    """Without a session every page leads to the sign-in page and every write is refused."""
    stranger = place.client()
    for route in BEHIND:
        answer = _call(stranger, route)
        read = route.startswith("GET")
        assert (answer.status_code, answer.headers.get("location")) == ((303, "/sign-in") if read else (401, None)), (
            route
        )
    assert not place.store.record("a" * 8).decisions


def test_unknown_paths_are_behind_the_door_too(place: Office) -> None:
    """Whether a path exists is not told to strangers."""
    assert place.client().get("/records/nothing", follow_redirects=False).headers["location"] == "/sign-in"
    assert place.client().get("/openapi.json", follow_redirects=False).headers["location"] == "/sign-in"
    signed = sign_in(place)
    assert [signed.get(path).status_code for path in ("/docs", "/redoc", "/openapi.json")] == [404, 404, 404]


@pytest.mark.parametrize("name", ["op", "ana", "adm", "aud"])
def test_roles_get_only_what_the_table_grants(place: Office, name: str) -> None:
    """A person without a permission gets 403 wherever a route asks for it."""
    client = sign_in(place, name)
    role = next(one.role for one in accounts.everyone(place.store) if one.name == name)
    csrf = token(client.get("/password"))
    for route in BEHIND:
        permission = TABLE[route]
        if permission is not None and not roles.may(role, permission):
            assert _call(client, route, csrf=csrf).status_code == 403, route


@pytest.mark.parametrize("name", ["op", "tanaka", "adm"])
def test_no_number_in_an_address_breaks_anything(place: Office, name: str) -> None:
    """A number that no database has, in the place of any row or page, is refused."""
    client = sign_in(place, name)
    csrf = token(client.get("/password"))
    numbered = {one for one, value in SAMPLE.items() if value.isdigit() and len(value) < 4} - {"version"}
    for route in (one for one in BEHIND if any(f"{{{part}}}" in one for part in numbered)):
        huge = functools.reduce(lambda path, part: path.replace(f"{{{part}}}", "9" * 30), numbered, route)
        assert _call(client, huge, csrf=csrf).status_code in {403, 404, 422}, route


@pytest.mark.parametrize("csrf", ["", "wrong"])
def test_writes_need_the_token(client: TestClient, place: Office, csrf: str) -> None:
    """A write with a missing or wrong token changes nothing."""
    for route in (route for route in BEHIND if route.startswith("POST")):
        assert _call(client, route, csrf=csrf).status_code == 403, route
    assert not place.store.record("a" * 8).decisions
    assert client.get("/").status_code == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1", "https://127.0.0.1:8765", ""])
def test_writes_need_our_own_origin(client: TestClient, place: Office, origin: str) -> None:
    """A write from another site is refused even with the right token; so is a sign-in."""
    csrf = token(client.get("/"))
    client.headers["origin"] = origin
    assert _call(client, "POST /records/{record_id}", csrf=csrf).status_code == 403
    signing = client.post("/sign-in", data={"name": "tanaka", "password": PHRASE})
    assert signing.status_code == 403
    assert not place.store.record("a" * 8).decisions


def test_another_browsers_token_does_not_help(client: TestClient, second: TestClient) -> None:
    """Tokens belong to a session."""
    assert _call(client, "POST /next", csrf=token(second.get("/"))).status_code == 403


@pytest.mark.parametrize(
    "path", ["/", "/sign-in", "/records/aaaaaaaa", "/nothing", "/static/app.css", "/queue?after=x"]
)
def test_headers_on_every_answer(client: TestClient, path: str) -> None:
    """Policy and caching are the same on pages, errors and files."""
    headers = client.get(path).headers
    assert headers["content-security-policy"] == gate.POLICY
    assert "unsafe" not in gate.POLICY
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


def test_signing_in_and_out(place: Office) -> None:
    """The cookie is out of reach for scripts and other sites, holds no stored secret, and ends with the session."""
    client = place.client()
    answer = client.post("/sign-in", data={"name": "tanaka", "password": PHRASE}, follow_redirects=False)
    cookie = answer.headers["set-cookie"]
    assert answer.status_code == 303
    assert all(word in cookie for word in ("HttpOnly", "SameSite=strict", "Path=/"))
    assert client.cookies["yomitori"].encode() not in b"".join(
        path.read_bytes() for path in place.settings.data.glob("*.sqlite*")
    )
    page = client.get("/")
    assert page.status_code == 200
    assert client.post("/sign-out", data={"csrf": token(page)}, follow_redirects=False).status_code == 303
    assert client.get("/", follow_redirects=False).status_code == 303


def test_each_sign_in_has_a_new_token(place: Office) -> None:
    """Signing in again ends the session that the browser had."""
    client = sign_in(place)
    before = client.cookies["yomitori"]
    client.post("/sign-in", data={"name": "tanaka", "password": PHRASE}, follow_redirects=False)
    assert accounts.session(place.store, before) is None


@pytest.mark.parametrize(
    ("name", "phrase"), [("tanaka", "wrong wrong wrong"), ("nobody", PHRASE), ("", ""), ("x" * 9999, "y" * 9999)]
)
def test_wrong_sign_in_tells_nothing(place: Office, name: str, phrase: str) -> None:
    """An unknown name and a wrong password get the same words, and neither is repeated."""
    answer = place.client().post("/sign-in", data={"name": name, "password": phrase})
    assert answer.status_code == 403
    assert "利用者名かパスワードが違います。" in answer.text
    assert not name or name not in answer.text


def test_one_time_password_must_be_changed_first(place: Office) -> None:
    """With a one-time password there is only the page that replaces it."""
    phrase = accounts.reset(place.store, "tanaka")
    client = place.client()
    client.post("/sign-in", data={"name": "tanaka", "password": phrase})
    assert client.get("/", follow_redirects=False).headers["location"] == "/password"
    csrf = token(client.get("/password"))
    refused = client.post("/password", data={"csrf": csrf, "old": phrase, "new": "short", "again": "short"})
    assert refused.status_code == 422
    new = "a new long phrase"
    client.post("/password", data={"csrf": csrf, "old": phrase, "new": new, "again": new})
    client.post("/sign-in", data={"name": "tanaka", "password": new})
    assert client.get("/", follow_redirects=False).status_code == 200


def test_disabled_account_is_out_at_once(client: TestClient, place: Office) -> None:
    """A session is looked up on each request."""
    accounts.disable(place.store, "tanaka")
    assert client.get("/", follow_redirects=False).status_code == 303


@pytest.mark.parametrize("base", ["http://office.example", "http://192.168.0.4:8765", "https://elsewhere.example"])
def test_only_this_machine_without_tls(place: Office, base: str) -> None:
    """Plain HTTP off loopback, and names that are not ours, get nothing at all."""
    client = TestClient(create_app(place.settings, place.store, place.forms), base)
    answer = client.get("/sign-in")
    assert (answer.status_code, answer.text) == (421, "")


def test_over_tls_the_cookie_is_bound_to_the_host(place: Office) -> None:
    """Behind TLS the cookie carries the __Host- prefix and Secure."""
    settings = place.settings.model_copy(update={"host": "review.example"})
    client = TestClient(create_app(settings, place.store, place.forms), "https://review.example")
    client.headers["origin"] = "https://review.example"
    answer = client.post("/sign-in", data={"name": "tanaka", "password": PHRASE}, follow_redirects=False)
    assert answer.headers["set-cookie"].startswith("__Host-yomitori=")
    assert "Secure" in answer.headers["set-cookie"]


def test_large_bodies_are_refused(client: TestClient) -> None:
    """Nobody can fill the memory with a post."""
    assert post(client, "/next", form="x" * 1_100_000).status_code == 413
    assert client.post("/next", content=iter([b"a=b"])).status_code == 413


def test_defects_are_a_sentence_without_values(
    client: TestClient, place: Office, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A defect shows a sentence and a code; the log says where, never what."""
    person = place.store.record("a" * 8).answers()["f7"].value

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError(person)

    monkeypatch.setattr("pipeline.review.progress.heaps", broken)
    answer = client.get("/")
    assert answer.status_code == 500
    assert "defect" in answer.text
    assert "RuntimeError" in caplog.text
    assert str(person) not in caplog.text + answer.text


def test_where_to_go_back_is_never_another_site(client: TestClient) -> None:
    """After changing the look one returns to a path of ours."""
    for back in ("//evil.example", "https://evil.example", "/\\evil.example", "/queue"):
        answer = post(client, "/look", size="large", contrast="high", back=back)
        assert answer.headers["location"] == ("/queue" if back == "/queue" else "/")
    assert 'data-size="large" data-contrast="high"' in client.get("/").text


def test_base_and_office_agree() -> None:
    """The tests' own origin is the default port on loopback."""
    assert BASE == "http://127.0.0.1:8765"
    assert office.forms()
