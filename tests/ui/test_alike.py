"""Crops read as the same value are settled at one look, with one of known answer among them."""

from __future__ import annotations

import re

import httpx2
import pytest
from fastapi.testclient import TestClient

from pipeline import model
from pipeline.review import alike
from tests.ui.conftest import Office, more, post


def _group(place: Office, field: str) -> alike.Group:
    return next(group for group in alike.groups(place.store, place.forms) if group.field == field)


def _cells(page: httpx2.Response) -> list[str]:
    return re.findall(r'name="cell" value="([^"]+)"', page.text)


def _answer(place: Office, record: str, field: str) -> model.Answer:
    return place.store.record(record).answers()[field]


def test_groups_are_of_marks_and_figures(place: Office) -> None:
    """Only marks and figures that identify nobody are grouped, by field, value and state, the largest first."""
    groups = alike.groups(place.store, place.forms)
    assert {(group.field, group.value, group.state, group.count) for group in groups} == {
        ("f1", 3, "valid", 2),
        ("f2", "way-2", "valid", 2),
        ("f3", ("a", "c"), "valid", 2),
        ("f4", 61.5, "valid", 2),
    }
    assert len({group.key for group in groups}) == 4


def test_one_post_confirms_a_screenful(client: TestClient, place: Office) -> None:
    """All crops of a screen are confirmed by one post, by this person, and the next screen follows."""
    more(place, 26)
    group = _group(place, "f1")
    assert group.count == 28
    page = client.get(f"/alike/{group.key}")
    assert len(_cells(page)) == 24
    saved = post(client, f"/alike/{group.key}", cell=_cells(page))
    assert saved.headers["location"] == f"/alike/{group.key}?saved=24&later=0&failed=0"
    assert len(_cells(client.get(saved.headers["location"]))) == 4
    answer = _answer(place, "a" * 8, "f1")
    assert (answer.value, answer.origin) == (3, model.CONFIRMED)
    assert answer.decision is not None
    assert answer.decision.by == "tanaka"


def test_one_is_corrected_one_left_for_later(client: TestClient, place: Office) -> None:
    """A corrected crop is saved as such; a postponed one stays open and does not come back on this screen."""
    group = _group(place, "f1")
    cells = _cells(client.get(f"/alike/{group.key}"))
    fields = {f"give:{'a' * 8}": "value:4", f"give:{'b' * 8}": "later"}
    saved = post(client, f"/alike/{group.key}", cell=cells, **fields)
    assert (_answer(place, "a" * 8, "f1").value, _answer(place, "a" * 8, "f1").origin) == (4, model.CORRECTED)
    assert not _answer(place, "b" * 8, "f1").counts
    assert client.get(saved.headers["location"], follow_redirects=False).headers["location"].startswith("/alike?")
    assert group.key not in client.get("/alike").text


def test_states_can_be_given(client: TestClient, place: Office) -> None:
    """無回答 and the others are corrections as well, for fields that allow several too."""
    for field, given, wanted in (("f1", "state:empty", (None, "empty")), ("f2", "value:way-10", ("way-10", "valid"))):
        group = _group(place, field)
        post(client, f"/alike/{group.key}", cell=[f"{'a' * 8}:0"], **{f"give:{'a' * 8}": given})
        answer = _answer(place, "a" * 8, field)
        assert (answer.value, answer.state) == wanted


def test_known_answers_measure_the_reviewer(client: TestClient, place: Office) -> None:
    """Among the crops is one whose answer somebody settled as another; letting it through is counted, saving nothing."""
    post(client, f"/records/{'a' * 8}/fields/f1", version="0", answer="value:4")
    more(place, 3)
    group = _group(place, "f1")
    cells = _cells(client.get(f"/alike/{group.key}"))
    probe = f"{'a' * 8}:1"
    assert probe in cells
    assert len(cells) == 5
    before = place.store.record("a" * 8).decisions
    post(client, f"/alike/{group.key}", cell=[probe])
    post(client, f"/alike/{group.key}", cell=[probe], **{f"give:{'a' * 8}": "value:4"})
    assert alike.misses(place.store, "tanaka") == (1, 2)
    assert alike.misses(place.store, "sato") == (0, 0)
    assert place.store.record("a" * 8).decisions == before
    assert "2件のうち、見落とし1件" in client.get("/alike").text


def test_what_others_saved_first_stays(client: TestClient, second: TestClient, place: Office) -> None:
    """A crop that somebody settled meanwhile is not saved over, and the person is told."""
    group = _group(place, "f1")
    cells = _cells(client.get(f"/alike/{group.key}"))
    post(second, f"/records/{'a' * 8}/fields/f1", version="0", answer="value:2")
    saved = post(client, f"/alike/{group.key}", cell=cells)
    assert saved.headers["location"].endswith("?saved=1&later=0&failed=1")
    assert _answer(place, "a" * 8, "f1").value == 2


def test_forms_in_other_hands_are_left_out(client: TestClient, second: TestClient, place: Office) -> None:
    """What somebody else has open is not shown."""
    second.get(f"/records/{'a' * 8}")
    group = _group(place, "f1")
    assert _cells(client.get(f"/alike/{group.key}")) == [f"{'b' * 8}:0"]


@pytest.mark.parametrize("cell", ["x", "zzz:0", ":", "aaaaaaaa:x"])
def test_strange_cells_change_nothing(client: TestClient, place: Office, cell: str) -> None:
    """What no screen ever held is refused or passed over, never saved as something else."""
    group = _group(place, "f1")
    answer = post(client, f"/alike/{group.key}", cell=[cell])
    assert answer.status_code == 400 or "failed=1" in answer.headers["location"]
    assert not [filed for filed in place.store.records() if filed.record.decisions]


def test_unknown_groups_lead_back(client: TestClient) -> None:
    """A group that is gone leads to the list; a hundred cells are too many."""
    assert client.get("/alike/none", follow_redirects=False).headers["location"].startswith("/alike?")
    assert post(client, "/alike/none", cell=["a:0"]).headers["location"] == "/alike?saved=0&later=0&failed=1"
    assert post(client, "/alike/none", cell=["a:0"] * 100).status_code == 400


def test_addresses_tell_no_value(client: TestClient, place: Office) -> None:
    """A group's address is a key, and neither title nor address tells its value."""
    page = client.get(f"/alike/{_group(place, 'f4').key}")
    assert "61.5" not in str(page.url)
    assert re.search(r"<title>[^<]*61\.5", page.text) is None
