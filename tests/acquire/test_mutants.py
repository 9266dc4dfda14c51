"""Damaged on purpose: small files with bytes cut, flipped, doubled and sizes that lie, always the same from a seed."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Iterator

import pytest

from pipeline import acquire, model
from pipeline.acquire import reasons
from tests.acquire import made
from tests.acquire.test_refusals import GOOD

MUTANTS = 60  # of each file; a release runs more of them
FILES = {**GOOD, "drawn": made.drawn_pdf("drawn")}
SLOW = {"drawn": 8}  # mutants of files that Poppler draws


def _truncate(data: bytes, rng: random.Random) -> bytes:
    return data[: rng.randrange(1, len(data))]


def _flip(data: bytes, rng: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 4, 30))):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _flip_head(data: bytes, rng: random.Random) -> bytes:
    head = bytearray(data[:400])
    head[rng.randrange(4, len(head))] = rng.randrange(256)
    return bytes(head) + data[400:]


def _lie(data: bytes, rng: random.Random) -> bytes:
    """A number somewhere becomes enormous."""
    at = rng.randrange(4, len(data) - 4)
    return data[:at] + struct.pack("<I", rng.choice((0xFFFFFFFF, 0x7FFFFFFF, 0xFFFF, 0))) + data[at + 4 :]


def _double(data: bytes, rng: random.Random) -> bytes:
    a, b = sorted(rng.randrange(len(data)) for _ in range(2))
    return data[:b] + data[a:]


def _hole(data: bytes, rng: random.Random) -> bytes:
    at, size = rng.randrange(len(data)), rng.choice((16, 512, 4096))
    return data[:at] + bytes(min(size, len(data) - at)) + data[at + size :]


WAYS: list[Callable[[bytes, random.Random], bytes]] = [_truncate, _flip, _flip_head, _lie, _double, _hole]


def mutants(data: bytes, seed: int, number: int) -> Iterator[bytes]:
    """So many different damaged copies, the same ones for the same seed."""
    rng = random.Random(seed)
    return (WAYS[n % len(WAYS)](data, rng) for n in range(number))


@pytest.mark.parametrize("name", FILES)
def test_every_mutant_gets_its_verdict(name: str) -> None:
    """Pages or listed reasons, a page number where it concerns a page, and never anything else."""
    for data in mutants(FILES[name], seed=20, number=SLOW.get(name, MUTANTS)):
        found = list(acquire.pages(data, "mutant"))
        assert found
        for verdict in found:
            if isinstance(verdict, model.Page):
                height, width = verdict.image.shape
                assert min(height, width) >= reasons.MIN_SIDE_PX
                assert height * width <= reasons.MAX_PIXELS
            else:
                assert verdict.code in reasons.REASONS
                assert verdict.page is not None or len(found) == 1
