"""Crops are put away per page, found again as they were, and only their owner may see them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.store import cuts

SHA = "ab" * 32
PLACES = st.tuples(st.integers(0, 3), st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True))


@given(st.dictionaries(PLACES, st.binary(min_size=1, max_size=300), max_size=8))
def test_what_was_kept_is_found(tmp_path_factory: pytest.TempPathFactory, crops: dict[cuts.Place, bytes]) -> None:
    """Each crop comes back byte by byte; what was not kept is None."""
    folder = tmp_path_factory.mktemp("cuts")
    cuts.keep(folder, SHA, 7, cuts.Cuts(40, 50, crops))
    assert {place: cuts.find(folder, SHA, 7, place) for place in crops} == crops
    assert cuts.size(folder, SHA, 7) == (40, 50)
    assert cuts.find(folder, SHA, 7, (9, "x")) is None
    assert cuts.find(folder, SHA, 8, (0, "x")) is None
    assert cuts.size(folder, SHA, 8) is None


def test_a_second_reading_takes_the_place_of_the_first(tmp_path: Path) -> None:
    """After a page was read again only its new crops are there, and nothing half-written is left beside them."""
    for data in (b"old", b"new"):
        cuts.keep(tmp_path, SHA, 1, cuts.Cuts(1, 1, {(0, data.decode()): data}))
    assert cuts.find(tmp_path, SHA, 1, (0, "new")) == b"new"
    assert cuts.find(tmp_path, SHA, 1, (0, "old")) is None
    assert [path.name for path in tmp_path.glob("*/*")] == [f"{SHA}-1"]


def test_nobody_else_may_see_them(tmp_path: Path) -> None:
    """The file is its owner's alone, and so is its folder."""
    cuts.keep(tmp_path / "cuts", SHA, 1, cuts.Cuts(1, 1, {(0, "f"): b"x"}))
    (path,) = tmp_path.glob("cuts/*/*")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_forgotten_with_their_file(tmp_path: Path) -> None:
    """What was cut from one file goes, from others it stays."""
    for sha256 in (SHA, "ab" + "c" * 62):
        for page in (1, 12):
            cuts.keep(tmp_path, sha256, page, cuts.Cuts(1, 1, {(0, "f"): b"x"}))
    cuts.forget(tmp_path, SHA)
    assert sorted(path.name[:4] for path in tmp_path.glob("*/*")) == ["abcc", "abcc"]
    cuts.forget(tmp_path, "ff" * 32)


@pytest.mark.parametrize("damage", [b"", b"no json\n", b"[1]\n", b'{"at": {"0/f": [0, 99]}}\nxy'])
def test_a_damaged_file_is_as_good_as_none(tmp_path: Path, damage: bytes) -> None:
    """What cannot be read is cut again: nobody sees an error, or half a picture."""
    cuts.keep(tmp_path, SHA, 1, cuts.Cuts(1, 1, {(0, "f"): b"x"}))
    next(tmp_path.glob("*/*")).write_bytes(damage)
    assert cuts.find(tmp_path, SHA, 1, (0, "f")) is None
    assert cuts.size(tmp_path, SHA, 1) is None


def test_a_full_disk_is_no_error(tmp_path: Path) -> None:
    """Where nothing can be written the page's result is kept all the same."""
    (tmp_path / "cuts").write_text("a file where the folder should be")
    cuts.keep(tmp_path / "cuts", SHA, 1, cuts.Cuts(1, 1, {(0, "f"): b"x"}))
    assert cuts.find(tmp_path / "cuts", SHA, 1, (0, "f")) is None
