"""Which passwords are taken: long ones that not everybody would guess, whatever they are made of."""

from __future__ import annotations

import itertools

import pytest

from pipeline.errors import UsageProblem
from pipeline.store.accounts import passwords


@pytest.mark.parametrize(
    "password",
    [
        "passwordpassword", "Password1234!", "P@ssw0rd2026", "123456789012", "qwertyuiop123", "abcdefghijkl",
        "aaaaaaaaaaaa", "hanakohanako", "tanaka202604", "釜石釜石釜石釜石釜石釜石", "yomitori2026", "ｐａｓｓｗｏｒｄ１２３４",
        "iloveyou!!!!", "qwerty-123456", "!!!!!!!!!!!!",
    ],
)  # fmt: skip
def test_what_everybody_would_guess_is_refused(password: str) -> None:
    """On the list, or made of little else than words on it, repetition, counting, or the user's and the office's name."""
    with pytest.raises(UsageProblem, match="password-common"):
        passwords.check("tanaka", password)


@pytest.mark.parametrize(
    "password",
    [
        "ひざ 電車 ぶどう 猫 2",
        "correct horse battery",
        "kWq7-pzr2-mm8d",
        "あさひ橋で赤い傘を買った",
        "x" * 3 + "kdpqwmzbvt",
    ],
)
def test_nothing_else_is_asked(password: str) -> None:
    """Neither capitals nor figures nor signs are required, and any script is taken."""
    passwords.check("tanaka", password)


@pytest.mark.parametrize(("length", "fits"), [(11, False), (12, True), (128, True), (129, False)])
def test_only_length_counts(length: int, fits: bool) -> None:
    """From 12 to 128 characters."""
    word = "".join(itertools.islice(itertools.cycle("釜の石橋を渡るたび雨が降って傘がない日に犬と歩いた話"), length))
    if fits:
        passwords.check("tanaka", word)
    else:
        with pytest.raises(UsageProblem, match="password-unfit"):
            passwords.check("tanaka", word)


def test_one_time_passwords_would_pass() -> None:
    """What we make ourselves is never on the list, and never twice the same."""
    made = {passwords.one_time() for _ in range(200)}
    assert len(made) == 200
    assert not any(passwords.is_common(one) for one in made)


def test_the_list_reaches_beyond_3000_of_our_length() -> None:
    """More than 3,000 passwords of 12 characters or more are refused: those on the list and the pairs of its words."""
    words = sorted(one for one in passwords._common() if len(one) == 6)[:60]
    pairs = {a + b for a, b in itertools.product(words, words)}
    assert len(pairs) > 3000
    assert all(passwords.is_common(one) for one in pairs)
