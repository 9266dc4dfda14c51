"""The application: every route behind the door, the same headers on every answer."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from fastapi import Depends, FastAPI
from fastapi.staticfiles import StaticFiles

from pipeline.forms import Forms
from pipeline.forms.drafts import Drafts
from pipeline.settings import Settings
from pipeline.store import Store
from review_ui import clerk, desk, gate
from review_ui.cases import pages as cases
from review_ui.cases import prints
from review_ui.drawing.bench import Bench
from review_ui.exporting.jobs import Jobs
from review_ui.listing import pages as listing
from review_ui.listing.staged import Staging
from review_ui.pages import (
    account,
    alike,
    audit,
    double,
    drafts,
    export,
    health,
    home,
    notes,
    own_forms,
    pictures,
    problems,
    progress,
    record,
    settle,
    sign_in,
    users,
)
from review_ui.reporting import kept
from review_ui.reporting import pages as reporting

ROUTERS = (
    sign_in.router,
    account.router,
    users.router,
    audit.router,
    health.router,
    home.router,
    record.router,
    notes.router,
    settle.router,
    double.router,
    progress.router,
    alike.router,
    pictures.router,
    export.router,
    drafts.router,
    own_forms.router,
    listing.router,
    *clerk.ROUTERS,
    reporting.router,
    reporting.writing,
    cases.router,
    prints.router,
)


def create_app(settings: Settings, store: Store, forms: Forms, first: str | None = None) -> FastAPI:
    """The review screen over an open store and loaded forms; it opens and closes neither.

    Args:
        settings: where and how it listens.
        store: open.
        forms: loaded.
        first: the SHA-256 of the secret on the console that makes the first admin, while there is no account.
    """
    at = desk.Desk(settings, store, forms)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        clerk.start(app, at)
        yield
        at.pictures.close()
        app.state.exports.close()
        app.state.bench.close()
        app.state.staging.close()
        clerk.close(app)

    app = FastAPI(
        lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None, dependencies=[Depends(gate.checked)]
    )
    app.state.desk = at
    app.state.first = first
    app.state.exports = Jobs(store, forms)
    app.state.bench, app.state.drafts = Bench(settings), Drafts(settings.drafts)
    app.state.staging = Staging(settings.private)
    clerk.install(app, at)
    app.state.reports = kept.empty()
    for router in ROUTERS:
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=desk.HERE / "static"), name="static")
    problems.install(app)
    app.add_middleware(gate.Gate, at=at)
    return app
