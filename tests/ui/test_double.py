"""The second person enters blind; where two differ a third screen settles it; progress tells of both."""

from __future__ import annotations

import dataclasses
import re

import pytest
from fastapi.testclient import TestClient

from pipeline import model, review
from pipeline.review import alike
from tests.ui import office
from tests.ui.conftest import Office, post, sign_in

RECORD, BLIND = "/records/aaaaaaaa", "/double/aaaaaaaa"
FIRST, SECOND = "釜石　太郎", "釜石　太朗"


@pytest.fixture
def place(place: Office) -> Office:
    """Name, score and boxes are entered by two people."""
    place.forms = office.forms(double=("f1", "f3", "f7"))
    return place


@pytest.fixture
def once(client: TestClient, place: Office) -> None:
    """The first person has settled all three."""
    post(client, f"{RECORD}/fields/f1", version="0", answer="value:4")
    post(client, f"{RECORD}/fields/f3", version="0", picked=["b"])
    post(client, f"{RECORD}/fields/f7", version="0", written=FIRST, shown="釜石　花子")
    review.release(place.store, "tanaka", "a" * 8)


def _answer(place: Office, field: str) -> model.Answer:
    return place.store.record("a" * 8).answers()[field]


def _enter(second: TestClient, field: str, version: str = "1", **posted: str | list[str]) -> int:
    return post(second, f"{BLIND}/fields/{field}", version=version, **posted).status_code


@pytest.mark.usefixtures("once")
def test_the_second_person_sees_nothing_of_the_first(second: TestClient) -> None:
    """Neither page shows the first entry, the reading or its alternatives; only crops and empty controls."""
    page = second.get(BLIND)
    assert page.status_code == 200
    assert set(re.findall(r'data-field="(\w+)"', page.text)) == {"f1", "f3", "f7"}
    assert "/records/aaaaaaaa/crops/f7" in page.text
    ordinary = second.get(RECORD).text
    for text in (page.text, ordinary):
        assert not re.search("太郎|花子", text)
    assert not re.search(r'華子|name="(answer|picked|state)" value="[^"]*" checked', page.text)
    assert "tanaka" not in page.text
    assert 'id="f-f7" class="field held"' in ordinary
    assert "二人目の入力を待っています" in ordinary
    assert 'action="/records/aaaaaaaa/fields/f7"' not in ordinary


@pytest.mark.usefixtures("once")
def test_the_first_person_sees_and_corrects_theirs(client: TestClient, place: Office) -> None:
    """Whoever entered first still sees it, held, and may correct it before the second has entered."""
    assert FIRST in client.get(f"{RECORD}?at=f7").text
    saved = post(client, f"{RECORD}/fields/f7", version="1", written="釜石　次郎", shown=FIRST)
    assert saved.status_code == 303
    assert (_answer(place, "f7").value, _answer(place, "f7").waits) == ("釜石　次郎", "second")
    assert client.get(BLIND, follow_redirects=False).headers["location"] == "/double"


@pytest.mark.usefixtures("once")
def test_equal_entries_count(client: TestClient, second: TestClient, place: Office) -> None:
    """What both gave counts as the first person's; the second is led from field to field."""
    led = post(second, f"{BLIND}/fields/f1", version="1", answer="value:4")
    assert led.headers["location"] == f"{BLIND}?saved=1&at=f3"
    assert _enter(second, "f3", picked=["b"]) == 303
    assert _enter(second, "f7", written=FIRST) == 303
    assert [_answer(place, name).counts for name in ("f1", "f3", "f7")] == [True] * 3
    assert _answer(place, "f1").origin == model.CORRECTED
    assert second.get(BLIND, follow_redirects=False).headers["location"] == "/double"
    assert "二人目の入力 釜石　太郎" in client.get(f"{RECORD}?at=f7").text


@pytest.mark.usefixtures("once")
def test_a_difference_is_settled_on_the_third_screen(second: TestClient, place: Office) -> None:
    """It is listed, both entries stand beside the picture, and the word on which is right settles it."""
    _enter(second, "f7", written=SECOND)
    review.release(place.store, "sato", "a" * 8)
    assert not _answer(place, "f7").counts
    assert 'href="/differ/aaaaaaaa/f7"' in second.get("/double").text
    assert "食い違っている欄" in second.get("/").text
    page = second.get("/differ/aaaaaaaa/f7").text
    assert FIRST in page
    assert SECOND in page
    assert not re.search("tanaka|checked", page.split("<form method")[-1])
    assert post(second, "/differ/aaaaaaaa/f7", version="2", right="second").headers["location"] == "/double"
    answer = _answer(place, "f7")
    assert (answer.value, answer.counts, answer.origin) == (SECOND, True, model.CORRECTED)
    assert "（二人目が正しい）" in second.get(f"{RECORD}?at=f7").text
    assert second.get("/differ/aaaaaaaa/f7", follow_redirects=False).status_code == 303


@pytest.mark.usefixtures("once")
@pytest.mark.parametrize(
    ("posted", "stored"),
    [
        ({"right": "first"}, (FIRST, "valid")),
        ({"right": "illegible"}, (None, "illegible")),
        ({"right": "neither", "written": "釜石　多郎"}, ("釜石　多郎", "valid")),
    ],
)
def test_every_word_on_a_difference(
    second: TestClient, place: Office, posted: dict[str, str], stored: tuple[str | None, str]
) -> None:
    """The first, neither with a value of its own, and illegible settle a difference as well."""
    _enter(second, "f7", written=SECOND)
    assert post(second, "/differ/aaaaaaaa/f7", version="2", **posted).status_code == 303
    answer = _answer(place, "f7")
    assert ((answer.value, answer.state), answer.counts) == (stored, True)


@pytest.mark.usefixtures("once")
@pytest.mark.parametrize(
    ("posted", "status"),
    [
        ({}, 422),
        ({"right": "both"}, 422),
        ({"right": "neither"}, 422),
        ({"right": "first", "version": "1"}, 409),
    ],
)
def test_no_word_settles_nothing(second: TestClient, place: Office, posted: dict[str, str], status: int) -> None:
    """No choice, an unknown one, no value, an old page: refused, nothing stored."""
    _enter(second, "f7", written=SECOND)
    assert post(second, "/differ/aaaaaaaa/f7", **({"version": "2"} | posted)).status_code == status
    assert _answer(place, "f7").waits == "third"


@pytest.mark.usefixtures("once")
def test_what_is_refused_leaks_nothing(second: TestClient, place: Office) -> None:
    """The ordinary page takes nothing from the second person, and a stale entry is told that it is stale, not of what."""
    for version, status in (("1", 422), ("0", 409)):
        answer = post(second, f"{RECORD}/fields/f7", version=version, written="釜石　三郎")
        assert answer.status_code == status
        assert "太郎" not in answer.text
    stale = post(second, f"{BLIND}/fields/f7", version="0", written="釜石　三郎")
    assert stale.status_code == 409
    assert "釜石　三郎" in stale.text
    assert "太郎" not in stale.text
    assert "（見せません）" in stale.text
    assert post(second, f"{BLIND}/fields/f4", version="0", written="60.0").status_code == 422
    assert len(place.store.record("a" * 8).decisions) == 3


@pytest.mark.usefixtures("once")
def test_script_is_not_told_whether_they_agree(second: TestClient, place: Office) -> None:
    """Equal or not, the answer to the page's script is the same but for the value that was sent."""
    second.headers["accept"] = "application/json"
    told = []
    for answer in ("value:4", "value:1"):
        stands = str(_answer(place, "f1").version)
        came = post(second, f"{BLIND}/fields/f1", version=stands, answer=answer).json()
        (one,) = [field for field in came["fields"] if field["id"] == "f1"]
        told.append((one["status"], one["needs"], one["why"], came["left"]))
    assert told == [("confirmed", False, [], "あと2欄")] * 2
    assert _answer(place, "f1").waits == "third"
    undone = post(second, f"{BLIND}/fields/f1/undo", version="3").json()
    assert undone["version"] == 4
    assert _answer(place, "f1").counts  # the entry before, which agrees


@pytest.mark.usefixtures("once")
def test_records_are_handed_to_second_persons(client: TestClient, second: TestClient) -> None:
    """The first person gets none of their own, the second the record, and home says how much waits."""
    assert post(client, "/double/next").headers["location"] == "/double"
    assert "あなたが二人目として入れる欄は、いまありません。" in client.get("/double").text
    assert "<b>3欄</b>" in second.get("/double").text
    assert "二人目を待つ欄" in second.get("/").text
    assert post(second, "/double/next").headers["location"] == BLIND
    assert post(second, "/double/next", **{"from": "aaaaaaaa", "after": "5.1.1.1"}).headers["location"] == BLIND


@pytest.mark.usefixtures("once")
def test_progress_by_batch_and_person(client: TestClient, second: TestClient, place: Office) -> None:
    """Remaining, settled, held and corrected stand per batch; people by name with their own figures."""
    _enter(second, "f1", answer="value:4")
    review.release(place.store, "sato", "a" * 8)
    post(client, f"{RECORD}/fields/f2", version="0", answer="value:way-2")
    post(client, f"{RECORD}/fields/f4/refer", text="？")
    page = client.get("/progress").text
    rows = [re.findall(r"<t[hd][^>]*>([^<]*)</t[hd]>", row) for row in re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL)]
    assert rows[1] == ["4月の束", "3枚", "3枚", "5欄", "3欄", "75.0%"]
    assert rows[3:] == [["sato", "1欄", "1欄", "0欄", "なし"], ["tanaka", "4欄", "4欄", "1欄", "75.0%"]]


@pytest.mark.usefixtures("once")
def test_an_undone_decision_is_not_counted(client: TestClient) -> None:
    """What was taken back is no longer among what a person settled."""
    post(client, f"{RECORD}/fields/f1/undo", version="1")
    assert '<td class="number">2欄</td>' in client.get("/progress").text


def test_the_grid_leaves_them_to_a_second_person(client: TestClient, place: Office) -> None:
    """A crop confirmed in the grid waits for the second person too, and is never shown as one of known answer."""
    (group,) = [one for one in alike.groups(place.store, place.forms) if one.field == "f1"]
    cells = re.findall(r'name="cell" value="([^"]+)"', client.get(f"/alike/{group.key}").text)
    post(client, f"/alike/{group.key}", cell=cells)
    assert _answer(place, "f1").waits == "second"
    other = dataclasses.replace(group, value=1)
    assert alike.known(place.store, other, 1) == []


def test_others_are_as_before(client: TestClient, place: Office) -> None:
    """A field of no such policy counts with one person."""
    post(client, f"{RECORD}/fields/f2", version="0", answer="value:way-2")
    assert _answer(place, "f2").counts
    assert sign_in(place, "sato").get("/double").status_code == 200
