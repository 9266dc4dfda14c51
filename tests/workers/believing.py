"""A worker whose stations believe what a file says of itself, and take their time: `python -m tests.workers.believing`."""

from __future__ import annotations

import functools
import time

import click
import pytest

from pipeline import read, settings, store, workers
from pipeline.model import Reading
from pipeline.workers.worker import work
from tests.run import papers

PAGE_S = 0.03


def _slowly(crops: papers.Crops) -> tuple[Reading, ...]:
    time.sleep(PAGE_S)
    return papers._readings(crops)


def main() -> None:
    """Work in this very process until told to stop."""
    patch = pytest.MonkeyPatch()
    papers.believe(patch)
    patch.setattr(read, "sheet", _slowly)
    with store.open(settings.load()) as opened, workers.pool(opened.settings, papers.forms, 0) as pool:
        work(pool, opened, papers.forms(), functools.partial(click.echo, err=True))


if __name__ == "__main__":
    main()
