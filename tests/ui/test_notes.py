"""A reviewer who cannot decide alone leaves a question; the field waits until somebody settles it."""

from __future__ import annotations

import re

import pytest
from fastapi.testclient import TestClient

from pipeline import review
from pipeline.review import notes
from tests.ui.conftest import Office, post

FIELD = "/records/aaaaaaaa/fields/f7"


def test_a_question_holds_the_field(client: TestClient, place: Office) -> None:
    """The field gets the chip 保留 with the question, counts for nothing, and is no longer walked to."""
    assert post(client, f"{FIELD}/refer", text="花子か華子か").headers["location"] == "/records/aaaaaaaa"
    page = client.get("/records/aaaaaaaa").text
    assert "tanaka さんの相談：花子か華子か" in page
    assert re.search(r'id="f-f7" class="field held[^"]*" data-field="f7">', page)
    assert "あと7欄" in page
    assert not place.store.record("a" * 8).answers()["f7"].counts


def test_questions_are_listed_and_end_with_an_answer(client: TestClient, second: TestClient, place: Office) -> None:
    """Everybody sees what waits; settling the field ends the question, undoing that does not bring it back."""
    post(client, f"{FIELD}/refer", text="花子か華子か")
    review.release(place.store, "tanaka", "a" * 8)
    assert "花子か華子か" in second.get("/notes").text
    second.get("/records/aaaaaaaa?at=f7")
    assert post(second, FIELD, version="0", written="釜石　華子", sure="1").status_code == 303
    assert notes.waiting(place.store) == []
    assert "花子か華子か" not in second.get("/notes").text
    assert post(second, f"{FIELD}/undo", version="1").status_code == 303
    assert notes.waiting(place.store) == []


def test_forms_that_only_wait_are_not_handed_out(client: TestClient) -> None:
    """A form of which everything open waits for a supervisor is passed over by 次の一枚."""
    for field in ("f1", "f2", "f3", "f4", "f5", "f6", "f7", "f11"):
        post(client, f"/records/aaaaaaaa/fields/{field}/refer", text="？")
    assert post(client, "/next", **{"from": "aaaaaaaa"}).headers["location"] == "/records/bbbbbbbb"


@pytest.mark.parametrize("text", ["", "  \n", "x" * 1001])
def test_a_question_needs_words(client: TestClient, place: Office, text: str) -> None:
    """No words, or far too many, are refused beside the box."""
    answer = post(client, f"{FIELD}/refer", text=text)
    assert answer.status_code == 422
    assert 'id="wrong"' in answer.text
    assert notes.waiting(place.store) == []


def test_questions_about_nothing_are_not_found(client: TestClient) -> None:
    """There is no question about a field or a record that does not exist."""
    for path in ("/records/aaaaaaaa/fields/zz/refer", "/records/zz/fields/f1/refer"):
        assert client.get(path).status_code == 404
        assert post(client, path, text="x").status_code == 404


def test_who_reads_only_cannot_ask(client: TestClient, second: TestClient, place: Office) -> None:
    """A form in other hands takes no question from a second person."""
    client.get("/records/aaaaaaaa")
    assert post(second, f"{FIELD}/refer", text="x").status_code == 409
    assert notes.waiting(place.store) == []
