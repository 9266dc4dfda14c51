"""Passwords: Argon2id, one-time ones, and which ones everybody would guess."""

from __future__ import annotations

import functools
import itertools
import re
import secrets
import threading
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import argon2

from pipeline.errors import UsageProblem

SHORTEST, LONGEST = 12, 128  # characters
# Read aloud and typed from paper: nothing that looks like something else.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
# 19,640 passwords from leaks, as Django ships them (BSD-3-Clause); collected by Royce Williams.
COMMON = Path(__file__).with_name("common_passwords.txt")
OUR_OWN = ("yomitori", "kamaishi", "釜石", "読取", "よみとり")
LEET = str.maketrans("013457@$!", "oleastasi")

_hasher = argon2.PasswordHasher()  # Argon2id, RFC 9106's profile for little memory
# A hash costs 64 MiB, so that many at once would bring a small PC down.
_two_at_a_time = threading.BoundedSemaphore(2)


def one_time(groups: int = 4) -> str:
    """Random, 20 bits a group."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(groups))


def hashed(password: str) -> str:
    """The Argon2id hash with its parameters."""
    with _two_at_a_time:
        return _hasher.hash(password)


def matches(known: str | None, password: str) -> bool:
    """Whether it is that password; takes as long when there is none to compare with."""
    nobody = _nobody()  # asked for either way, so that the first unknown name takes no longer than a known one
    with _two_at_a_time:
        try:
            _hasher.verify(known or nobody, password[: LONGEST + 1])
        except (argon2.exceptions.VerifyMismatchError, argon2.exceptions.InvalidHashError):
            return False
    return known is not None


@functools.cache
def _nobody() -> str:
    """A hash that no password meets, made with the same cost as everybody's."""
    return hashed(secrets.token_urlsafe(32))


def check(name: str, password: str) -> None:
    """Raise UsageProblem in Japanese for a new password that is too short, too long or easy to guess; no other rule."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise UsageProblem("password-unfit", f"新しいパスワードは、{SHORTEST}〜{LONGEST} 文字にしてください。")
    if is_common(password, (name, *OUR_OWN)):
        raise UsageProblem(
            "password-common",
            "このパスワードは、よく使われるものか、推測しやすいものです。",
            "関係のない言葉を三つ以上つなげるなど、ほかの人が思いつかないものにしてください。",
        )


def is_common(password: str, context: tuple[str, ...] = ()) -> bool:
    """Whether it is on the list, or is made of little else than one or two words on it, of repetition or of `context`."""
    known = _common() | {_folded(word) for word in context}
    return any(_guessable(core, known) for core in _cores(_folded(password)))


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _cores(folded: str) -> Iterator[str]:
    """The password, without figures and signs around it, and with the letters that figures stand for."""
    bare = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", folded)
    yield from dict.fromkeys((folded, bare, folded.translate(LEET), bare.translate(LEET)))


def _guessable(core: str, known: frozenset[str]) -> bool:
    if not core or core in known or re.fullmatch(r"(.{1,6})\1+.{0,5}", core) or _runs(core):
        return True
    return any(core[:place] in known and core[place:] in known for place in range(1, len(core)))


def _runs(core: str) -> bool:
    """Whether nearly all of it counts up or down: abcdefghijkl, 210987654321."""
    steps = [ord(b) - ord(a) for a, b in itertools.pairwise(core)]
    return bool(steps) and max(steps.count(1), steps.count(-1)) >= 0.8 * len(steps)


@functools.cache
def _common() -> frozenset[str]:
    return frozenset(COMMON.read_text("utf-8").split("\n"))
