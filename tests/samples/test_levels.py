"""Levels keep their bounds, and the sets share nobody and nothing."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import pytest

from samples import levels, people, scan

SPLITS = ("train", "calibration", "test")


@pytest.mark.parametrize("kind", ["fonts", "pens", "papers", "styles"])
def test_sets_share_nothing(kind: str) -> None:
    """No font, pen, paper or marking style stands in two sets, and each is in the catalogue."""
    sets = {name: set(getattr(levels.load().splits[name], kind)) for name in SPLITS}
    assert all(sets.values())
    assert not any(sets[a] & sets[b] for a, b in combinations(SPLITS, 2))
    if kind != "fonts":
        assert set().union(*sets.values()) == set(getattr(levels.load(), kind))


def test_sets_share_no_writer() -> None:
    """The ranges of writers do not overlap."""
    ranges = sorted(levels.load().splits[name].writers for name in SPLITS)
    assert all(a[1] <= b[0] for a, b in pairwise(ranges))


def test_every_font_is_there() -> None:
    """Every font that a set names lies beside its licence."""
    for split in levels.load().splits.values():
        for font in split.fonts:
            assert levels.font_file(font).is_file()
            assert levels.font_file(font).with_suffix(".LICENSE.txt").is_file()


@pytest.mark.parametrize("split", SPLITS)
def test_every_habit_is_possible(split: str) -> None:
    """Each set has a style for every family of marks, so that no set misses a kind of mark."""
    known = levels.load()
    families = {known.styles[name].family for name in known.splits[split].styles}
    assert families == {"circle", "tick", "cross", "fill", "slash", "stroke", "dot"}


@pytest.mark.parametrize("split", SPLITS)
def test_a_writer_stays_the_same(split: str) -> None:
    """The same number is the same hand, and every part of it comes from the writer's own set."""
    part = levels.load().splits[split]
    writer = people.writer(split, np.random.default_rng(4))
    again = people.writer(split, np.random.default_rng(4))
    assert writer == again
    assert part.writers[0] <= writer.number < part.writers[1]
    assert writer.tool.name in part.pens
    assert set(writer.styles.values()) <= set(part.styles)
    assert writer.hand.font in part.fonts


@pytest.mark.parametrize("name", ["office", "hard"])
def test_scans_stay_within_their_level(name: str) -> None:
    """A thousand draws keep every bound of the level, and come near the widest ones."""
    level = levels.load().levels[name]
    drawn = [scan.conditions(level, "test", np.random.default_rng(n)) for n in range(1000)]
    assert all(how.dpi == scan.FAX or how.dpi[0] in level.dpi for how in drawn)
    assert all(level.jpeg_quality[0] <= how.quality <= level.jpeg_quality[1] for how in drawn)
    assert 0.8 * level.skew_deg < max(abs(how.skew_deg) for how in drawn) <= level.skew_deg
    assert 0.8 * level.crease_grey < max(abs(how.crease_grey) for how in drawn) <= level.crease_grey
    assert max(how.show_through for how in drawn) <= level.show_through
    assert max(how.dog_ear_mm for how in drawn) <= level.dog_ear_mm
    assert max(how.edge_cut_mm for how in drawn) <= level.edge_cut_mm
    assert any(how.dpi == scan.FAX for how in drawn) == (level.fax > 0)
    assert {how.turn for how in drawn} == {0, 90, 180, 270}


def test_office_is_what_was_specified() -> None:
    """The office level is the one the accuracy goals are stated for."""
    office = levels.load().levels["office"]
    assert set(office.dpi) == {200, 300, 400}
    assert office.jpeg_quality[0] >= 60
    assert (office.skew_deg, office.halves_deg, office.crease_grey) == (3.0, 0.6, 40)
    assert (office.curl_mm, office.show_through) == (1.0, 0.10)
    assert (office.stains, office.dog_ears, office.cut_edges, office.fax) == (0, 0, 0, 0)


def test_hard_is_what_was_specified() -> None:
    """The hard level reaches as far as the specification says."""
    hard = levels.load().levels["hard"]
    assert (min(hard.dpi), max(hard.dpi), hard.jpeg_quality[0]) == (150, 600, 30)
    assert (hard.skew_deg, hard.halves_deg, hard.crease_grey, hard.curl_mm) == (5.0, 1.5, 120, 3.0)
    assert (hard.dog_ear_mm, hard.edge_cut_mm) == (15.0, 5.0)
    assert hard.stains > 0
    assert hard.fax > 0
