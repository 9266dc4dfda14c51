"""A value is confirmed or corrected with a plain form post."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import pytest
from fastapi.testclient import TestClient

from pipeline import model
from tests.ui.conftest import Office, post, token

RECORD = "/records/aaaaaaaa"
Posted: TypeAlias = Mapping[str, str | list[str]]


def _answer(place: Office, field: str) -> model.Answer:
    return place.store.record("a" * 8).answers()[field]


def _save(client: TestClient, field: str, posted: Posted, version: str = "0") -> str:
    answer = post(client, f"{RECORD}/fields/{field}", version=version, **posted)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def test_confirming_settles_and_leads_to_the_next(client: TestClient, place: Office) -> None:
    """A proposal sent back as it was is confirmed, by its person, and the next doubtful field follows."""
    assert _save(client, "f1", {"answer": "value:3"}) == f"{RECORD}?saved=1&at=f2"
    answer = _answer(place, "f1")
    assert (answer.value, answer.origin, answer.version) == (3, model.CONFIRMED, 1)
    assert answer.decision is not None
    assert (answer.decision.by, answer.decision.was, answer.decision.now) == ("tanaka", (3, "valid"), (3, "valid"))


def test_correcting_keeps_the_reading(client: TestClient, place: Office) -> None:
    """Another option is a correction; what was read stands beside it, and the sum is worked out anew."""
    _save(client, "f1", {"answer": "value:4"})
    answer = _answer(place, "f1")
    assert (answer.value, answer.origin) == (4, model.CORRECTED)
    assert answer.reading is not None
    assert answer.reading.value == 3
    assert place.store.record("a" * 8).derived == {"d0": 5}


@pytest.mark.parametrize(
    ("field", "posted", "stored"),
    [
        ("f0", {"answer": "value:0"}, (0, "valid", model.CORRECTED)),
        ("f1", {"answer": "state:multiple"}, (None, "multiple", model.CORRECTED)),
        ("f2", {"answer": "value:way-10"}, ("way-10", "valid", model.CORRECTED)),
        ("f3", {"picked": ["a", "c"]}, (("a", "c"), "valid", model.CONFIRMED)),
        ("f3", {"picked": ["b"], "state": "valid"}, (("b",), "valid", model.CORRECTED)),
        ("f3", {"state": "empty"}, (None, "empty", model.CORRECTED)),
        ("f4", {"written": "61.5", "shown": "61.5", "state": "valid"}, (61.5, "valid", model.CONFIRMED)),
        ("f5", {"written": "0193221234", "shown": "", "state": ""}, ("0193221234", "valid", model.KEYED)),
        ("f6", {"written": "2026-04-06", "shown": "2026-04-05"}, ("2026-04-06", "valid", model.CORRECTED)),
        ("f7", {"written": "釜石　花子", "shown": "釜石　花子", "state": "illegible"}, (None, "illegible", model.CORRECTED)),
        ("f7", {"take": "釜石　華子", "written": "釜石　花子"}, ("釜石　華子", "valid", model.CORRECTED)),
        ("f8", {"written": "あり", "shown": "", "state": "empty"}, ("あり", "valid", model.CORRECTED)),
        ("f9", {"answer": "value:false"}, (False, "valid", model.CORRECTED)),
        ("f11", {"state": "not_applicable", "written": ""}, (None, "not_applicable", model.CORRECTED)),
    ],
)  # fmt: skip
def test_every_kind_of_answer(
    client: TestClient, place: Office, field: str, posted: Posted, stored: tuple[model.Value, str, int]
) -> None:
    """Radios, boxes, text and the states beside them arrive as the value that was meant."""
    _save(client, field, posted)
    answer = _answer(place, field)
    assert (answer.value, answer.state, answer.origin) == stored


def test_full_width_is_shown_before_it_is_stored(client: TestClient, place: Office) -> None:
    """A figure typed in full width is shown as it will be stored, and stored only when that was confirmed."""
    asked = post(client, f"{RECORD}/fields/f4", version="0", written="６２．０", shown="61.5")
    assert asked.status_code == 200
    assert "６２．０" in asked.text
    assert 'name="written" value="62.0"' in asked.text
    assert _answer(place, "f4").decision is None
    _save(client, "f4", {"written": "62.0", "sure": "1"})
    assert _answer(place, "f4").value == 62.0


@pytest.mark.parametrize(
    ("field", "posted"),
    [
        ("f1", {}),
        ("f1", {"answer": "value:9"}),
        ("f1", {"answer": "state:valid"}),
        ("f3", {}),
        ("f3", {"picked": ["zzz"]}),
        ("f4", {"written": "", "state": "valid"}),
        ("f4", {"written": "たくさん"}),
        ("f4", {"written": "900"}),
        ("f5", {"written": "12"}),
        ("f6", {"written": "2026-02-30"}),
        ("f7", {"written": "", "state": "multiple"}),
    ],
)
def test_what_is_no_value_is_refused_in_words(client: TestClient, place: Office, field: str, posted: Posted) -> None:
    """Nothing is stored of what does not fit, and the page says so beside the field."""
    answer = post(client, f"{RECORD}/fields/{field}", version="0", **posted)
    assert answer.status_code == 422
    assert f'id="wrong-{field}"' in answer.text
    assert not place.store.record("a" * 8).decisions


def test_stale_save_shows_both_values(client: TestClient, place: Office) -> None:
    """Whoever saves second gets 409 with both values, and may then save over what stands."""
    _save(client, "f7", {"written": "釜石　太郎", "shown": "釜石　花子"})
    answer = post(client, f"{RECORD}/fields/f7", version="0", written="釜石　次郎", shown="釜石　花子")
    assert answer.status_code == 409
    assert "釜石　太郎" in answer.text
    assert "釜石　次郎" in answer.text
    assert _answer(place, "f7").value == "釜石　太郎"
    _save(client, "f7", {"written": "釜石　次郎", "sure": "1"}, version="1")
    assert _answer(place, "f7").value == "釜石　次郎"


def test_last_field_leads_to_the_next_form(client: TestClient, place: Office) -> None:
    """When nothing needs a look any more the page offers the next record, and the record has left the queue."""
    proposals: dict[str, Posted] = {
        "f1": {"answer": "value:3"}, "f2": {"answer": "value:way-2"}, "f3": {"picked": ["a", "c"]},
        "f4": {"written": "61.5"}, "f5": {"state": "illegible"}, "f6": {"written": "2026-04-05"},
        "f7": {"written": "釜石　花子"}, "f11": {"written": "ひざが痛い"},
    }  # fmt: skip
    for field, posted in proposals.items():
        where = _save(client, field, posted)
    assert where == f"{RECORD}?saved=1"
    assert place.store.record("a" * 8).status == "accepted"
    page = client.get(where)
    assert 'action="/next"' in page.text
    assert client.get("/queue").text.count('class="button" href="/records/') == 2


def test_undo_and_redo_one_decision(client: TestClient, place: Office) -> None:
    """A decision can be taken back and made again, each a new version."""
    _save(client, "f1", {"answer": "value:4"})
    _save(client, "f1", {"answer": "value:2"}, version="1")
    assert post(client, f"{RECORD}/fields/f1/undo", version="2").status_code == 303
    assert (_answer(place, "f1").value, _answer(place, "f1").version) == (4, 3)
    assert post(client, f"{RECORD}/fields/f1/redo", version="3").status_code == 303
    assert (_answer(place, "f1").value, _answer(place, "f1").version) == (2, 4)
    assert post(client, f"{RECORD}/fields/f1/redo", version="4").status_code == 422


def test_script_gets_the_same_as_json(client: TestClient) -> None:
    """For the page's script a save answers with what changed, a refusal with its sentence."""
    client.headers["accept"] = "application/json"
    data = {"csrf": token(client.get("/")), "version": "0", "answer": "value:4"}
    saved = client.post(f"{RECORD}/fields/f1", data=data).json()
    changed = next(field for field in saved["fields"] if field["id"] == "f1")
    assert (changed["status"], changed["version"], changed["now"], changed["needs"]) == ("corrected", 1, "4", False)
    assert saved["version"] == 1
    stale = client.post(f"{RECORD}/fields/f1", data=data | {"answer": "value:2"})
    assert (stale.status_code, stale.json()["theirs"], stale.json()["yours"]) == (409, "4", "2")
    wrong = client.post(f"{RECORD}/fields/f4", data=data | {"written": "x"})
    assert wrong.status_code == 422
    assert wrong.json()["wrong"]
