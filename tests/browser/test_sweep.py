"""Every page as every role in a real browser: no request to another host, no breach of the policy, no script error."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from pipeline.store import accounts
from review_ui import roles
from review_ui.roles import Permission
from tests.browser.conftest import SCREEN, ZOOMED, Running, axe, watched
from tests.ui.test_door import TABLE

ROLES: dict[str, accounts.Role] = {
    "tanaka": "reviewer",
    "op": "operator",
    "ana": "analyst",
    "adm": "admin",
    "aud": "auditor",
}
# Chromium notes what was refused on the console; that is what is wanted of pages that a role may not see.
EXPECTED = ("403 (Forbidden)", "404 (Not Found)", "422 (Unprocessable", "405 (Method")
IDS = {
    "record_id": "a" * 8, "field_id": "f1", "field": "f1", "n": "1", "key": "0" * 20, "job_id": "0" * 32,
    "form_id": "plain", "version": "1", "draft": "0" * 16,
}  # fmt: skip
# Chromium shows a picture on a page of its own making.
PICTURES = (".jpg", ".png", "/crops/{field}")
PAGES = sorted(
    route.removeprefix("GET ") for route in TABLE if route.startswith("GET ") and not route.endswith(PICTURES)
)


class _Any(dict[str, str]):
    def __missing__(self, name: str) -> str:
        """An id of a kind that is not known here leads to a page that says so."""
        return "1"


def _newly_open(name: str) -> list[str]:
    """The pages that somebody may open and nobody named before may."""
    earlier = list(ROLES)[: list(ROLES).index(name)]
    return [path for path in PAGES if _may(name, path) and not any(_may(one, path) for one in earlier)]


def _may(name: str, path: str) -> bool:
    asked = TABLE[f"GET {path}"]
    return roles.may(ROLES[name], asked or Permission.OWN)


@pytest.mark.parametrize("name", ROLES)
def test_every_page_is_accessible(chromium: Browser, running: Running, name: str) -> None:
    """Axe finds nothing on any page there is, what says that there is nothing included, and none is too wide."""
    made = watched(chromium, running, name)
    made.expected = EXPECTED
    page, found = made.page(), list[str]()
    for path in _newly_open(name):
        answer = page.goto(running.base + path.format_map(_Any(IDS)))
        assert answer is not None, path
        if not answer.headers["content-type"].startswith("text/html"):
            continue
        found += [f"{path} {one}" for one in axe(page)]
        for size in (ZOOMED, SCREEN):
            page.set_viewport_size({"width": size["width"], "height": size["height"]})
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    assert found == []
    made.context.close()
    made.check()


@pytest.mark.parametrize("name", ROLES)
def test_every_page_stays_at_home(chromium: Browser, running: Running, name: str) -> None:
    """Whatever a role may open, and what it is refused, comes from this server alone and within the policy."""
    made = watched(chromium, running, name)
    made.expected = EXPECTED
    page = made.page()
    for path in PAGES:
        if path == "/sign-in":
            continue
        answer = page.goto(running.base + path.format_map(_Any(IDS)))
        assert answer is not None, path
        assert answer.status < 500, path
        assert answer.headers["content-security-policy"], path
    assert accounts.everyone(running.store)
    made.context.close()
    made.check()
