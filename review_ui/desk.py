"""What every page works with: the open store, the forms, the templates and the pictures seen last."""

from __future__ import annotations

import contextlib
import functools
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

import jinja2
from fastapi import Request
from fastapi.responses import HTMLResponse, Response

from pipeline import model, review, run
from pipeline.errors import Problem
from pipeline.forms import Forms
from pipeline.review import alike
from pipeline.settings import Settings
from pipeline.store import Store, accounts
from review_ui import roles, together, trace, words
from review_ui.header import words as header
from review_ui.people import words as people

HERE = Path(__file__).resolve().parent
KEPT_PAGES = 24  # a page picture is some 300 KB
KEPT_WIDE = 500  # crops that were not cut when their page was read, some 10 KB each
T = TypeVar("T")
LOOK_COOKIE = "yomitori-look"


@functools.cache
def templates() -> jinja2.Environment:
    """Jinja, strict about names and escaping everything."""
    env = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        autoescape=True,
        auto_reload=False,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.globals |= {"w": words, "d": together.words, "p": people, "h": header, "zip": zip, "dict": dict}
    return env


def _lies(record: model.Record) -> int:
    """Where its pages and fields lie: another picture when they were read again elsewhere."""
    pages = tuple((page.own_id, page.rotation) for page in record.pages)
    return hash((pages, tuple(reading.quad_px for reading in record.readings.values())))


class Pictures:
    """Pages and surroundings shown last or soon: a scan is decoded once, and before a person waits for it."""

    def __init__(self) -> None:
        self._pages: Kept[bytes] = Kept(KEPT_PAGES)
        self._wide: Kept[bytes] = Kept(KEPT_WIDE)
        self._soon = ThreadPoolExecutor(1, "pictures")

    def page(self, store: Store, record: model.Record, n: int) -> bytes:
        """Page n of a record, upright; KeyError when there is none."""
        return self._pages.get((record.id, n, _lies(record)), lambda: run.page_shown(store, record, n))

    def crop(self, store: Store, record_id: str, field: str, wide: bool = False) -> bytes:
        """A field's crop in the size in which it is shown; KeyError when the field lies on no page."""
        at = store.spot(record_id, field)
        kept = None if wide else store.cut(at)
        if kept is not None:
            return kept
        return self._wide.get((at, wide), lambda: run.field_picture(store, record_id, field, wide))

    def ahead(self, store: Store, record_id: str) -> None:
        """Make the pictures of a record in the background."""
        self._soon.submit(self._make, store, record_id)

    def _make(self, store: Store, record_id: str) -> None:
        # What cannot be made now is asked for again when a person opens the record, and answered then.
        with contextlib.suppress(KeyError, Problem):
            record = store.record(record_id)
            self.page(store, record, 1)
            for name in review.open_fields(record):
                self.crop(store, record_id, name)

    def forget(self) -> None:
        """Let go of every picture: one of them must not be seen any more."""
        self._pages.clear()
        self._wide.clear()

    def close(self) -> None:
        """Stop working ahead."""
        self._soon.shutdown(wait=True, cancel_futures=True)


class Kept(Generic[T]):
    """The things asked for last, each made once even when two threads ask."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._things: OrderedDict[Hashable, T] = OrderedDict()
        self._lock = threading.Lock()
        self._making: dict[Hashable, threading.Lock] = {}

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The thing under `key`, made if need be."""
        with self._lock:
            own = self._making.setdefault(key, threading.Lock())
        try:
            with own:
                found = self._found(key)
                return found if found is not None else self._put(key, make())
        finally:
            with self._lock:
                self._making.pop(key, None)

    def clear(self) -> None:
        """Let go of all of them."""
        with self._lock:
            self._things.clear()

    def _found(self, key: Hashable) -> T | None:
        with self._lock:
            if key in self._things:
                self._things.move_to_end(key)
            return self._things.get(key)

    def _put(self, key: Hashable, thing: T) -> T:
        with self._lock:
            self._things[key] = thing
            while len(self._things) > self._most:
                self._things.popitem(last=False)
        return thing


@dataclass(frozen=True)
class Desk:
    """Handed to every page as `request.app.state.desk`."""

    settings: Settings
    store: Store
    forms: Forms
    pictures: Pictures = field(default_factory=Pictures)
    postponed: dict[tuple[str, str], set[str]] = field(default_factory=dict)  # actor and group → records left for later
    groups: dict[str, alike.Group] = field(default_factory=dict)  # of fields read alike, by key
    templates: jinja2.Environment = field(default_factory=templates)
    traces: trace.Traces = field(default_factory=trace.Traces)


def of(request: Request) -> Desk:
    """The desk of the running application, its store as the signed-in person's office sees it."""
    at, signed = cast("Desk", request.app.state.desk), session(request)
    at.forms.refreshed()  # what somebody saved a moment ago, here or elsewhere, is used from now on
    if signed is None or signed.actor.office is None:
        return at
    return replace(at, store=at.store.of_office(signed.actor.office))


def viewed(request: Request, *records: str) -> None:
    """Write down that the signed-in person saw these records."""
    at, signed = of(request), session(request)
    if signed is not None:
        at.traces.viewed(at.store, signed, records)


def session(request: Request) -> accounts.Session | None:
    """Who is signed in; the gate has looked it up."""
    found = getattr(request.state, "session", None)
    return found if isinstance(found, accounts.Session) else None


def actor(request: Request) -> accounts.Actor:
    """The signed-in person; for pages behind the door, elsewhere there is none and it raises LookupError."""
    found = session(request)
    if found is None:
        raise LookupError("nobody is signed in")
    return found.actor


LOOKS = {"size": words.SIZES, "contrast": words.CONTRASTS, "digits": words.DIGITS}


def look(chosen: Sequence[str]) -> dict[str, str]:
    """How the screen looks and which keys it takes, as chosen; the first of each where nothing fits."""
    padded = [*chosen, "", "", ""]
    return {
        name: value if value in dict(offered) else offered[0][0]
        for (name, offered), value in zip(LOOKS.items(), padded, strict=False)
    }


def page(request: Request, template: str, status: int = 200, **context: Any) -> Response:
    """A page of the screen, with what every page shows."""
    signed = session(request)
    role = signed.actor.role if signed is not None else None
    text = (
        of(request)
        .templates.get_template(template)
        .render(
            session=signed,
            home=roles.home(role) if role is not None else "/",
            may=lambda name: role is not None and roles.may(role, roles.Permission[name]),
            path=request.url.path,
            **look(request.cookies.get(LOOK_COOKIE, "").split(".")),
            **context,
        )
    )
    return HTMLResponse(text, status)


def problem(request: Request, status: int, code: str, what: str, todo: str = "") -> Response:
    """What went wrong, as a sentence with its code and what to do next."""
    return page(request, "problem.html", status, code=code, what=what, todo=todo)
