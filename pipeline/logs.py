"""The log as lines of JSON, for machines that watch over the program; nothing that stands on paper is in it."""

from __future__ import annotations

import datetime
import json
import logging
import os
import re
from logging.handlers import WatchedFileHandler
from pathlib import Path

from pipeline import errors

OURS = ("pipeline", "review_ui")
PAIR = re.compile(r"(?:^|(?<=\s))([a-z][a-z0-9_]*)=(\S*)")


class Lines(logging.Formatter):
    """One JSON object a line: at (UTC), level, logger, event, and the names and values of our own messages.

    What other libraries say may hold a path or a value, so of them only the place is kept; of an error its kind and
    place, never its message.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        at = datetime.datetime.fromtimestamp(record.created, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        line = {"at": at, "level": record.levelname.lower(), "logger": record.name, **_said(record)}
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = errors.where(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False)


def _said(record: logging.LogRecord) -> dict[str, str]:
    if record.name.partition(".")[0] not in OURS:
        return {"event": f"{record.module}:{record.lineno}"}
    message = record.getMessage()
    return {"event": " ".join(PAIR.sub("", message).split()), **dict(PAIR.findall(message))}


def begin(path: Path | None) -> None:
    """Add lines to that file from now on; None: warnings go to stderr as plain text, as Python does by itself.

    A file that was renamed away (logrotate) is made anew. Raises OSError where it cannot be written.
    """
    if path is None:
        return
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))
    handler = WatchedFileHandler(path, encoding="utf-8")
    handler.setFormatter(Lines())
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
