"""The clerk's desk: what surrounds reviewing, put together for the application."""

from __future__ import annotations

from fastapi import FastAPI

from review_ui import desk
from review_ui.again import pages as again
from review_ui.again.job import Jobs
from review_ui.figures import pages as figures
from review_ui.finding import pages as finding
from review_ui.guide import pages as guide
from review_ui.intake import pages as intake
from review_ui.intake import quarantine, uploads
from review_ui.intake.works import Works
from review_ui.sheets import outside, place
from review_ui.sheets import pages as sheets

ROUTERS = (
    intake.router,
    uploads.router,
    quarantine.router,
    sheets.router,
    place.router,
    outside.rescans,
    outside.removals,
    again.router,
    finding.router,
    figures.router,
    guide.router,
)


def install(app: FastAPI, at: desk.Desk) -> None:
    """What counts and reads behind the screen; nothing of it runs before there is something to do."""
    app.state.works = Works(at.settings, at.store, at.forms)
    app.state.again = Jobs(at.store, at.forms, app.state.works)


def start(app: FastAPI, at: desk.Desk) -> None:
    """Go on with what the last run left waiting."""
    if at.store.counts().waiting:
        app.state.works.wake()


def close(app: FastAPI) -> None:
    """End what runs behind the screen."""
    app.state.again.close()
    app.state.works.close()
