"""What every page works with: the open store, the forms, the templates and the pictures seen last."""

from __future__ import annotations

import functools
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import jinja2
from fastapi import Request
from fastapi.responses import HTMLResponse, Response

from pipeline import model, review, run
from pipeline.forms import Forms
from pipeline.settings import Settings
from pipeline.store import Store, accounts
from review_ui import words

HERE = Path(__file__).resolve().parent
KEPT_PAGES = 16  # a page picture is some 300 KB
LOOK_COOKIE = "yomitori-look"


@functools.cache
def templates() -> jinja2.Environment:
    """Jinja, strict about names and escaping everything."""
    env = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.globals["w"] = words
    return env


class Pages:
    """The page pictures shown last: the screen asks for the outlines first and for the picture right after."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, int, int], review.pictures.PageView] = OrderedDict()
        self._lock = threading.Lock()

    def view(self, store: Store, record: model.Record, n: int) -> review.pictures.PageView:
        """Page n of a record, upright; KeyError when there is none."""
        key = (record.id, n, record.version)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        view = run.page_view(store, record.id, n)
        with self._lock:
            self._kept[key] = view
            while len(self._kept) > KEPT_PAGES:
                self._kept.popitem(last=False)
        return view


@dataclass(frozen=True)
class Desk:
    """Handed to every page as `request.app.state.desk`."""

    settings: Settings
    store: Store
    forms: Forms
    pages: Pages = field(default_factory=Pages)
    templates: jinja2.Environment = field(default_factory=templates)


def of(request: Request) -> Desk:
    """The desk of the running application."""
    return cast("Desk", request.app.state.desk)


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
    text = (
        of(request)
        .templates.get_template(template)
        .render(
            session=session(request),
            path=request.url.path,
            **look(request.cookies.get(LOOK_COOKIE, "").split(".")),
            **context,
        )
    )
    return HTMLResponse(text, status)


def problem(request: Request, status: int, code: str, what: str, todo: str = "") -> Response:
    """What went wrong, as a sentence with its code and what to do next."""
    return page(request, "problem.html", status, code=code, what=what, todo=todo)
