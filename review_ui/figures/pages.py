"""How the work goes; the charts are drawn in the browser from the same numbers that the tables show."""

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response

from pipeline.review import figures
from review_ui import desk, gate
from review_ui.figures import words
from review_ui.roles import Permission

router = APIRouter(dependencies=[Depends(gate.needs(Permission.FIGURES))])
MOST_FIELDS = 20


def gathered(request: Request) -> figures.Figures:
    """The figures as they stand now."""
    at = desk.of(request)
    found = figures.gather(at.store, at.forms, datetime.datetime.now(datetime.UTC))
    return replace(found, accepted=_named(found.accepted), corrected=_named(found.corrected))


def _named(shares: tuple[figures.Share, ...]) -> tuple[figures.Share, ...]:
    """Each under a name that a person reads."""
    return tuple(replace(one, name=words.share(one.name, one.reader)) for one in shares)


@router.get("/figures")
def page(request: Request) -> Response:
    """Charts and tables."""
    found = gathered(request)
    shares = {"accepted": found.accepted, "corrected": found.corrected[:MOST_FIELDS], "missed": found.missed}
    return desk.page(request, "figures/figures.html", x=words, found=found, shares=shares, zip=zip)


@router.get("/figures.json")
def data(request: Request) -> Response:
    """What the charts are drawn from."""
    found = gathered(request)
    return JSONResponse(
        {
            "throughput": _bars(
                [day[5:] for day in found.days], {words.ARRIVED: found.arrived, words.SETTLED: found.settled}
            ),
            "accepted": _percents(found.accepted, words.ACCEPTED),
            "corrected": _percents(found.corrected[:MOST_FIELDS], words.CORRECTED),
            "missed": _percents(found.missed, words.MISSED),
            "ages": _bars([words.AGE_NAMES[name] for name, _ in found.ages], {words.AGES: [n for _, n in found.ages]}),
        }
    )


def _percents(shares: tuple[figures.Share, ...], name: str) -> dict[str, Any]:
    return _bars([one.name for one in shares], {name: [one.percent for one in shares]}) | {"most": 100, "flat": True}


def _bars(names: list[str], series: dict[str, Any]) -> dict[str, Any]:
    return {"names": names, "series": [{"name": name, "data": list(values)} for name, values in series.items()]}
