"""The log: a JSON object a line, names and values of our own, nothing that somebody wrote."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline import logs, run, store
from pipeline.settings import Settings
from pipeline.store import moments
from tests.run import papers

SECRET = "試験 太郎"


@pytest.fixture
def lines(tmp_path: Path) -> Iterator[Path]:
    """A log that has begun; afterwards everything is as before."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    path = tmp_path / "log.jsonl"
    logs.begin(path)
    yield path
    for handler in root.handlers:
        handler.close()
    root.handlers[:] = before
    root.setLevel(level)


def _read(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_what_a_day_leaves(lines: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that comes in is a line with its hash; neither its name nor an answer is in any, and only its owner reads it."""
    papers.believe(monkeypatch)
    with store.open(Settings(data=tmp_path / "data"), create=True) as opened:
        sheet = papers.back("1", who=SECRET)
        papers.ingest(opened, papers.scan(tmp_path, f"{SECRET}.pdf", [[papers.front("1")], [sheet]]))
        monkeypatch.setattr(run, "save", _broken)
        for task in opened.pages(next(opened.scans()).sha256):
            with pytest.raises(ValueError, match="試験"):
                run.saved(task, run.failed(task, "damaged"), opened, papers.forms())
    found = _read(lines)
    came = next(one for one in found if one["event"] == "arrived")
    assert (came["logger"], came["level"], came["kind"], came["pages"]) == ("pipeline.run", "info", "accepted", "2")
    assert came["at"].endswith("Z")
    assert abs(int(came["at"][:4]) - int(moments.now()[:4])) <= 1
    assert any(one["event"].startswith("not saved") for one in found)
    assert "試験" not in lines.read_text("utf-8")
    assert lines.stat().st_mode & 0o777 == 0o600


def _broken(*_: object) -> None:
    raise ValueError(SECRET)


def test_others_say_only_where(lines: Path) -> None:
    """Of a library's message only the place is kept; of an error its kind and place, not its words."""
    logging.getLogger("somebody.else").warning("cannot open %s", SECRET)
    try:
        _broken()
    except ValueError:
        logging.getLogger("pipeline.x").exception("broken page=3")
    first, second = _read(lines)
    assert first["event"].startswith("test_logs:")
    assert (second["event"], second["page"], second["error"].split()[0]) == ("broken", "3", "ValueError")
    assert SECRET not in lines.read_text("utf-8")


def test_a_file_renamed_away_is_made_anew(lines: Path) -> None:
    """Rotation takes the file; the next line goes into a new one."""
    logging.getLogger("pipeline.x").warning("one")
    lines.rename(lines.with_suffix(".1"))
    logging.getLogger("pipeline.x").warning("two")
    assert [one["event"] for one in _read(lines)] == ["two"]


def test_times_are_stored_in_utc_and_shown_in_tokyo() -> None:
    """A moment of one evening in UTC is the next morning on the office's clock."""
    assert moments.now().endswith("Z")
    assert moments.shown("2026-03-31T15:30:00.000000Z") == "2026-04-01 00:30"
