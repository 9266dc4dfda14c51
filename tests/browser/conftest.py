"""A real browser against a real server on loopback; what a page may never do fails its test."""

from __future__ import annotations

import contextlib
import dataclasses
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from pipeline import store
from pipeline.forms import Forms
from pipeline.settings import Settings
from pipeline.store import Store, accounts
from review_ui.app import create_app
from tests.browser.serving import serving
from tests.ui import conftest as ui
from tests.ui import office

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text("utf-8")
SCREEN = {"width": 1366, "height": 768}
PATIENCE = 60_000  # ms: machines that run tests may be busy
expect.set_options(timeout=PATIENCE)
ZOOMED = {"width": 683, "height": 384}  # the same screen at 200 %
LISTEN = "addEventListener('securitypolicyviolation', e => cspViolation(`${e.violatedDirective} ${e.blockedURI}`))"


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, which CI installs."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("Chromium がありません。sudo apt-get install chromium で入ります。")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@dataclasses.dataclass
class Running:
    """A server and its store."""

    base: str
    store: Store


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder to copy from."""
    folder = tmp_path_factory.mktemp("office")
    ui.seed(folder)
    return folder


@pytest.fixture
def running(seeded: Path, tmp_path: Path) -> Iterator[Running]:
    """An office of its own for each test, served on a free port."""
    folder = tmp_path / "office"
    shutil.copytree(seeded, folder)
    with served(Settings(data=folder), office.forms()) as started:
        yield started


@contextlib.contextmanager
def served(settings: Settings, forms: Forms) -> Iterator[Running]:
    """The screen over a store that exists, on a free port."""
    with store.open(settings) as opened, serving(create_app(settings, opened, forms)) as base:
        yield Running(base, opened)


@dataclasses.dataclass
class Watched:
    """A browser context of which everything forbidden is noted."""

    context: BrowserContext
    base: str
    faults: list[str]
    expected: tuple[str, ...] = ()  # parts of console messages that a test provokes

    def page(self) -> Page:
        """A new page, watched."""
        page = self.context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        page.on("console", self._said)
        page.on("request", lambda request: self._local(request.url))
        return page

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.faults.append(message.text)

    def _local(self, url: str) -> None:
        if urlsplit(url).scheme not in {"data", "blob"} and not url.startswith(self.base):
            self.faults.append(f"request to {url}")

    def check(self) -> None:
        """Fail for whatever was noted and not provoked."""
        assert not [fault for fault in self.faults if not any(part in fault for part in self.expected)]


def watched(browser: Browser, running: Running, name: str, **options: object) -> Watched:
    """A context signed in as `name`."""
    context = browser.new_context(locale="ja-JP", **({"viewport": SCREEN} | options))  # type: ignore[arg-type]  # options of Playwright, given by name
    actor = next(one for one in accounts.everyone(running.store) if one.name == name)
    token, _ = accounts.sign_in(running.store, actor)
    context.add_cookies([{"name": "yomitori", "value": token, "url": running.base}])
    faults: list[str] = []
    context.expose_binding("cspViolation", lambda _, text: faults.append(f"CSP {text}"))
    context.add_init_script(LISTEN)
    return Watched(context, running.base, faults)


@pytest.fixture
def desk(chromium: Browser, running: Running) -> Iterator[Watched]:
    """A reviewer's browser."""
    made = watched(chromium, running, "tanaka")
    yield made
    made.context.close()
    made.check()


def axe(page: Page) -> list[str]:
    """What axe finds wrong on a page: rule and place."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    # What passed is not worked out in full nor carried over: that takes longer than looking.
    found = page.evaluate("axe.run({resultTypes: ['violations']}).then(all => all.violations)")
    return [f"{one['id']}: {node['target']}" for one in found for node in one["nodes"]]
