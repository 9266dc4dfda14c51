"""How to scan: the same page that stands in docs/scan.md."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from review_ui import desk, gate
from review_ui.guide import words
from review_ui.roles import Permission

router = APIRouter(dependencies=[Depends(gate.needs(Permission.OWN))])
TEXT = Path(__file__).with_name("scan.md")
KINDS = {"# ": "title", "## ": "heading", "- ": "point", "1. ": "step"}
BOLD = re.compile(r"\*\*(.+?)\*\*")


@dataclass(frozen=True)
class Block:
    """A piece of the page: a heading, a paragraph, or a list."""

    kind: str  # title · heading · point · step · text
    lines: tuple[tuple[tuple[str, bool], ...], ...]  # each in runs of text, and whether they are bold


def parsed(text: str) -> list[Block]:
    """The little Markdown that the page uses: headings, points, steps, paragraphs, bold."""
    lines = [_line(line.strip()) for line in text.splitlines() if line.strip()]
    return [
        Block(kind, tuple(_runs(line) for _, line in group)) for kind, group in groupby(lines, key=lambda one: one[0])
    ]


def _line(line: str) -> tuple[str, str]:
    mark = next((mark for mark in KINDS if line.startswith(mark)), "")
    return KINDS.get(mark, "text"), line[len(mark) :]


def _runs(line: str) -> tuple[tuple[str, bool], ...]:
    pieces = BOLD.split(line)
    return tuple((piece, n % 2 == 1) for n, piece in enumerate(pieces) if piece)


@functools.cache
def blocks() -> list[Block]:
    """The page as it ships."""
    return parsed(TEXT.read_text("utf-8"))


@router.get("/guide")
def guide(request: Request) -> Response:
    """How to scan."""
    return desk.page(request, "guide/guide.html", x=words, blocks=blocks())
