"""Every page as every role in a real browser: no request to another host, no breach of the policy, no script error."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from pipeline.store import accounts
from tests.browser.conftest import Running, watched
from tests.ui.test_door import TABLE

ROLES = {"tanaka": "reviewer", "op": "operator", "ana": "analyst", "adm": "admin", "aud": "auditor"}
# Chromium notes what was refused on the console; that is what is wanted of pages that a role may not see.
EXPECTED = ("403 (Forbidden)", "404 (Not Found)", "422 (Unprocessable", "405 (Method")
IDS = {
    "record_id": "a" * 8, "field_id": "f1", "field": "f1", "n": "1", "key": "0" * 20, "job_id": "0" * 32,
    "form_id": "plain", "version": "1", "draft": "0" * 16,
}  # fmt: skip
PAGES = sorted(route.removeprefix("GET ") for route in TABLE if route.startswith("GET "))


class _Any(dict[str, str]):
    def __missing__(self, name: str) -> str:
        """An id of a kind that is not known here leads to a page that says so."""
        return "1"


@pytest.mark.parametrize("name", ROLES)
def test_every_page_stays_at_home(chromium: Browser, running: Running, name: str) -> None:
    """Whatever a role may open, and what it is refused, comes from this server alone and within the policy."""
    made = watched(chromium, running, name)
    made.expected = EXPECTED
    page = made.page()
    for path in PAGES:
        shown = path.format_map(_Any(IDS))
        if shown.endswith((".jpg", ".png")) or "/crops/" in shown or path == "/sign-in":
            continue
        answer = page.goto(running.base + shown)
        assert answer is not None, path
        assert answer.status < 500, path
        assert answer.headers["content-security-policy"], path
    assert accounts.everyone(running.store)
    made.context.close()
    made.check()
