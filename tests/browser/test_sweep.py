"""Every page as every role in a real browser: no request to another host, no breach of the policy, no script error."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping

import pytest
from playwright.sync_api import Browser

from pipeline import exports
from pipeline.forms import mistakes
from pipeline.forms.drafts import Drafts
from pipeline.review import alike
from pipeline.store import accounts
from review_ui import roles
from review_ui.app import create_app
from review_ui.cases import view
from review_ui.desk import Desk
from review_ui.roles import Permission
from tests.browser.conftest import SCREEN, ZOOMED, Running, axe, watched
from tests.browser.serving import serving
from tests.trust import fuzz
from tests.ui import conftest as ui
from tests.ui import office
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
# Chromium shows a picture, and JSON for a machine, on a page of its own making.
PICTURES = (".jpg", ".png", "/crops/{field}", "/healthz")
PAGES = sorted(
    route.removeprefix("GET ") for route in TABLE if route.startswith("GET ") and not route.endswith(PICTURES)
)
# What has something to show only where paper went out and came back.
RETURNS = [path for path in PAGES if path.startswith((*fuzz.RETURNS, "/forms", "/lists"))]


def _addresses(place: ui.Office) -> Mapping[str, str]:
    """Every page with ids that this office has; where it has none of a kind, one that leads to a page that says so."""
    at = Desk(place.settings, place.store, place.forms)
    record = next(iter(place.store.records()), None)
    group = next(iter(alike.groups(place.store, place.forms)), None)
    case = next(iter(exports.loop(place.store, place.forms).cases.members()), "")
    form = next(iter(place.forms))
    ids = {
        "record_id": record.record.id if record else "none", "field_id": next(iter(place.forms[form].fields)), "n": "1",
        "table_id": "A1", "job_id": "0" * 32, "form_id": form[0], "version": form[1], "draft": _draft(place, form),
        "batch_id": "1", "name": _list(place), "stage": "0" * 32,
    }  # fmt: skip
    keys = {"/alike/{key}": group.key if group else "0" * 20, "/cases/{key}": view.key(at, case)}
    return {path: path.format_map({**ids, "key": keys.get(path, "none")}) for path in PAGES}


def _draft(place: ui.Office, form: tuple[str, str]) -> str:
    """A draft of a form's next version; none where the form is no file."""
    path = place.forms.file(form)
    if path is None:
        return "0" * 16
    drafts = Drafts(place.settings.drafts)
    room = drafts.room()
    shutil.copyfile(path.with_name("blank.pdf"), room / "blank.pdf")
    return drafts.begin(room, mistakes.read(path).values, {}, []).id


def _list(place: ui.Office) -> str:
    """The name of a list that there is."""
    folders = (*place.forms.list_folders, place.settings.own_lists)
    return min(path.stem for folder in folders for path in folder.glob("*.csv"))


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
    place = ui.Office(running.store.settings, running.store, office.forms())
    _accessible(chromium, running, name, {path: _addresses(place)[path] for path in _newly_open(name)})


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ui.Office]:
    """An office with a small year behind it, of the shipped forms."""
    yield from fuzz.year_to_break(tmp_path_factory.mktemp("year"))


@pytest.mark.parametrize("name", [name for name in ROLES if any(path in RETURNS for path in _newly_open(name))])
def test_pages_of_a_year_are_too(chromium: Browser, year: ui.Office, name: str) -> None:
    """The same for cases, report and form editor where there is something to show."""
    with serving(create_app(year.settings, year.store, year.forms)) as base:
        shown = {path: _addresses(year)[path] for path in _newly_open(name) if path in RETURNS}
        _accessible(chromium, Running(base, year.store), name, shown)


def _accessible(chromium: Browser, running: Running, name: str, shown: Mapping[str, str]) -> None:
    made = watched(chromium, running, name)
    made.expected = EXPECTED
    page, found = made.page(), list[str]()
    for path, address in shown.items():
        answer = page.goto(running.base + address)
        assert answer is not None, path
        if not answer.headers["content-type"].startswith("text/html"):
            continue
        wrong = axe(page)
        if wrong:
            page.wait_for_timeout(500)  # what fades in has too little contrast on its way; what stays is found again
            wrong = axe(page)
        found += [f"{path} {one}" for one in wrong]
        for size in (ZOOMED, SCREEN):
            page.set_viewport_size({"width": size["width"], "height": size["height"]})
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    assert found == []
    made.context.close()
    made.check()


@pytest.mark.parametrize("name", ["tanaka", "aud"])
def test_every_page_stays_at_home(chromium: Browser, running: Running, name: str) -> None:
    """Whatever who may open most or least opens, and what they are refused, comes from this server alone, within the policy."""
    made = watched(chromium, running, name)
    made.expected = EXPECTED
    page = made.page()
    place = ui.Office(running.store.settings, running.store, office.forms())
    for path, address in _addresses(place).items():
        if path == "/sign-in":
            continue
        answer = page.goto(running.base + address)
        assert answer is not None, path
        assert answer.status < 500, path
        assert answer.headers["content-security-policy"], path
    assert accounts.everyone(running.store)
    made.context.close()
    made.check()


if __name__ == "__main__":
    print(f"{len(PAGES)} pages as {len(ROLES)} roles, {len(RETURNS)} of them again over a year's paper")  # noqa: T201  # a figure for docs/trust.md
