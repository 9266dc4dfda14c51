"""What the pages show: what is to do, the queue, a record with its page and crops."""

from __future__ import annotations

import dataclasses
import datetime
import re

import cv2
import numpy as np
import pytest
from fastapi.testclient import TestClient

from pipeline import model
from pipeline.review import progress
from review_ui import desk, view
from review_ui.pages import home
from review_ui.pages import record as pages
from tests.ui import office
from tests.ui.conftest import Office, post

RECORD = "/records/aaaaaaaa"
UTC = datetime.UTC


def test_home_says_what_is_to_do(client: TestClient) -> None:
    """Home counts sheets and fields by form, batch and age."""
    page = client.get("/").text
    assert "<b>3枚</b>" in page
    assert "<b>16欄</b>" in page
    assert page.count("生活のようす（試験用）") >= 2
    assert "4月の束" in page
    assert "様式が分からないもの" in page


def test_heaps_count_once(place: Office) -> None:
    """Each record is in one form's heap, one batch's and one age's."""
    now = datetime.datetime(2026, 4, 20, 3, tzinfo=UTC)
    at = desk.Desk(place.settings, place.store, place.forms)
    counted = [
        progress.Heap("plain", 7, 0, 1, 2, "2026-04-20T00:00:00+00:00", "A", "平田"),
        progress.Heap("plain", 0, 1, 1, 3, "2026-04-18T00:00:00+00:00"),
        progress.Heap("", 7, 2, 1, 0, "2026-04-01T00:00:00+00:00", "A", "平田"),
    ]
    found = home.heaps(at, counted, now)
    assert [(heap.form, heap.sheets, heap.fields, heap.oldest) for heap in found["form"]] == [
        ("plain", 2, 5, 2),
        ("", 1, 0, 19),
    ]
    told = [(heap.batch, heap.name, heap.sheets) for heap in found["batch"]]
    assert told == [("7", "A（平田）", 2), ("", "束の名前なし", 1)]
    assert [heap.sheets for heap in found["age"]] == [1, 1, 1]


def test_ages_begin_at_midnight() -> None:
    """Today begins at midnight in Japan, and so does the day a week ago."""
    late = datetime.datetime(2026, 4, 20, 16, tzinfo=UTC)  # one in the morning of the 21st
    assert [one[:16] for one in home.ages(late)] == ["2026-04-20T15:00", "2026-04-13T15:00"]


@pytest.mark.parametrize(
    ("arrived", "days"),
    [("2026-04-19T14:59:59+00:00", 1), ("2026-04-19T15:00:00+00:00", 0), ("2026-04-30T00:00:00+00:00", 0)],
)
def test_days_are_the_offices_days(arrived: str, days: int) -> None:
    """A day begins at midnight in Japan, and the future has waited for nothing."""
    assert home.days_waiting(arrived, datetime.datetime(2026, 4, 20, 3, tzinfo=UTC)) == days


def test_queue_lists_records_in_order(client: TestClient) -> None:
    """The queue shows where the paper lies and how much is open, and filters by form and batch."""
    page = client.get("/queue").text
    assert re.findall(r'href="/records/(\w+)"', page) == ["a" * 8, "b" * 8, "c" * 8]
    assert "8欄" in page
    assert "全体" in page
    assert re.findall(r'href="/records/(\w+)"', client.get("/queue?form=plain").text) == ["a" * 8, "b" * 8]
    assert not re.findall(r'href="/records/(\w+)"', client.get("/queue?batch=999").text)


@pytest.mark.parametrize("after", ["x", "1.2.3", "1.2.3.99999999999999999999", "-1.0.0.0", "1.2.3.4'"])
def test_strange_cursors_are_refused(client: TestClient, after: str) -> None:
    """A cursor that the queue never gave is a sentence, not a defect."""
    assert client.get("/queue", params={"after": after}).status_code == 422


def test_next_hands_out_what_nobody_else_has(client: TestClient, second: TestClient) -> None:
    """Two people get two records, in the order of the queue."""
    first = post(client, "/next").headers["location"]
    other = post(second, "/next").headers["location"]
    assert (first, other) == ("/records/aaaaaaaa", "/records/bbbbbbbb")
    onward = post(client, "/next", **{"from": "aaaaaaaa", "form": "other"})
    assert onward.headers["location"] == "/"


def test_leaving_a_form_open_goes_on(client: TestClient) -> None:
    """A form left open does not come back at once, but at the end of the queue it does."""
    seen = [post(client, "/next").headers["location"]]
    for _ in range(3):
        hidden = re.findall(r'name="(from|after)" value="([^"]+)"', client.get(seen[-1]).text)
        seen.append(post(client, "/next", **dict(hidden)).headers["location"])
    assert seen == [f"/records/{name * 8}" for name in "abca"]


def test_second_opener_reads_only(client: TestClient, second: TestClient, place: Office) -> None:
    """Whoever opens a record later sees who has it and can change nothing."""
    client.get(RECORD)
    page = second.get(RECORD).text
    assert re.search(r"tanaka さんが開いています（\d\d:\d\d まで）。", page)
    assert "<fieldset disabled" in page
    assert post(second, f"{RECORD}/fields/f1", version="0", answer="value:3").status_code == 409
    assert post(second, RECORD, version="0", action="blank").status_code == 409
    assert not place.store.record("a" * 8).decisions


def test_record_page_shows_what_was_read(client: TestClient) -> None:
    """Each field stands with its wording, chip, crop, proposal and alternatives; the first doubtful one has the focus."""
    page = client.get(RECORD).text
    assert page.count('class="field ') == len(office.form().fields)
    assert page.count("data-needs") == 8
    assert len(re.findall(r'value="value:3" checked autofocus', page)) == 1
    assert page.split("<dialog")[0].count("autofocus") == 1
    assert '<button name="take" value="釜石　華子">釜石　華子 <small>30%</small>' in page
    assert page.count("<polygon") == 12
    assert 'src="/records/aaaaaaaa/crops/f1"' in page
    assert "<title>生活のようす（試験用） aaaaaa" in page


def test_the_place_in_the_stack_comes_first(client: TestClient, place: Office) -> None:
    """Beside the title stands first which sheet of its batch it is; what is no sheet, such as a blank page, is none."""
    where = client.get("/records/bbbbbbbb").text.partition('class="quiet parts"')[2]
    assert "2/3枚目 残り3件 4月の束" in where.partition("</span>")[0]
    post(client, "/records/cccccccc", version="0", action="blank")
    assert progress.in_batch(place.store, "c" * 8) == progress.InBatch(0, 2, 2)
    assert "枚目" not in client.get("/records/cccccccc").text


@pytest.mark.parametrize(("page", "title"), [(1, "読めなかったページ"), (None, "開けなかったファイル")])
def test_what_could_not_be_read_is_called_so(page: int | None, title: str) -> None:
    """A page that has a picture but could not be read is no file that could not be opened."""
    record = dataclasses.replace(office.unknown("u" * 8, "0" * 64, "u.png"), status="unreadable")
    placed = dataclasses.replace(record.pages[0], page=page)
    assert pages._untitled(dataclasses.replace(record, pages=(placed,))) == title


def test_what_was_worked_out_is_said_in_words() -> None:
    """A flag is はい or いいえ, a sum its number."""
    assert [view.readable(None, value, "valid") for value in (True, False, 1, 17)] == ["はい", "いいえ", "1", "17"]


def test_values_are_escaped(client: TestClient, place: Office) -> None:
    """What was written on paper or typed is text, never markup."""
    nasty = "<img src=x onerror=alert(1)>\"'"
    post(client, f"{RECORD}/fields/f7", version="0", written=nasty, shown="釜石　花子")
    page = client.get(f"{RECORD}?at=f7").text
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page
    assert place.store.record("a" * 8).answers()["f7"].value == nasty


def test_unknown_records_are_not_found(client: TestClient) -> None:
    """An id that nobody gave is a page with a sentence, for pictures too."""
    for path in (
        "/records/zz",
        "/records/zz/pages/1.jpg",
        "/records/aaaaaaaa/pages/7.jpg",
        "/records/aaaaaaaa/crops/zz",
    ):
        answer = client.get(path)
        assert answer.status_code == 404, path
        assert "http-404" in answer.text
    assert post(client, f"{RECORD}/fields/zz", version="0", answer="value:1").status_code == 404
    assert post(client, "/records/zz", version="0", action="blank").status_code == 404


@pytest.mark.parametrize("version", ["", "x", "-1", "1e9", "99999999999999999999", "１"])
def test_strange_versions_are_refused(client: TestClient, version: str) -> None:
    """A version that no page ever held is a bad request."""
    assert post(client, f"{RECORD}/fields/f1", version=version, answer="value:3").status_code == 400


def _grey(png: bytes) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    image = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert image is not None
    return np.asarray(image, np.uint8)


def test_pictures_are_encoded_anew(client: TestClient) -> None:
    """Page and crops come as new JPEG and PNG; the wide crop shows more around the box, never scaled otherwise."""
    page, crop, wide = (client.get(f"{RECORD}/{path}") for path in ("pages/1.jpg", "crops/f1", "crops/f1?wide=1"))
    assert page.headers["content-type"] == "image/jpeg"
    assert {crop.headers["content-type"], wide.headers["content-type"]} <= {"image/png", "image/jpeg"}
    assert _grey(page.content).shape == (2263, 1600)
    near, far = _grey(crop.content).shape, _grey(wide.content).shape
    box, twice = 50, 2 * 96 / 25.4  # four options: 3 × 14 mm + 8 mm
    assert near[1] == pytest.approx((box + 2 * 0.35 * 8) * twice, abs=3)
    assert far[1] == pytest.approx((box + 2 * 1.5 * 8) * 2 * twice, abs=5)


def test_a_page_without_a_form_can_be_keyed_in(client: TestClient, place: Office) -> None:
    """A person gives it a form, its likeliest offered first, and every field then waits for a value."""
    page = client.get("/records/cccccccc").text
    assert re.findall(r'name="form" value="([^"]+)"( checked)?', page)[0] == ("other/1", " checked")
    assert post(client, "/records/cccccccc", version="0", action="form", form="plain/1").status_code == 303
    record = place.store.record("c" * 8)
    assert record.form == ("plain", "1")
    assert not any(answer.counts for answer in record.answers().values())
    keyed = post(client, "/records/cccccccc/fields/f4", version="0", written="55.5")
    assert keyed.status_code == 303
    answer = place.store.record("c" * 8).answers()["f4"]
    assert (answer.value, answer.origin) == (55.5, model.KEYED)


@pytest.mark.parametrize("action", ["blank", "duplicate", "foreign"])
def test_a_page_can_be_set_aside(client: TestClient, place: Office, action: str) -> None:
    """Blank, duplicate and foreign pages leave the queue, with the person's name, and can come back."""
    assert post(client, "/records/cccccccc", version="0", action=action).headers["location"] == "/"
    assert place.store.filed("c" * 8).aside == action
    assert place.store.record("c" * 8).decisions[0].by == "tanaka"
    assert "cccccccc" not in client.get("/queue").text
    assert post(client, "/records/cccccccc", version="1", action="undo").status_code == 303
    assert place.store.filed("c" * 8).aside is None


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"action": "form"}, 422),
        ({"action": "form", "form": "none/1"}, 422),
        ({"action": "delete"}, 400),
        ({"action": "undo"}, 422),
        ({"action": "blank", "version": "3"}, 409),
    ],
)
def test_what_cannot_be_done_with_a_page(
    client: TestClient, place: Office, fields: dict[str, str], status: int
) -> None:
    """An unknown form, an unknown action, nothing to undo, a stale version: refused, nothing stored."""
    assert post(client, "/records/cccccccc", **({"version": "0"} | fields)).status_code == status
    assert not place.store.record("c" * 8).decisions


def test_history_names_people_and_values(client: TestClient) -> None:
    """Who decided what stands on the page, newest first."""
    post(client, f"{RECORD}/fields/f1", version="0", answer="value:4")
    page = client.get(RECORD).text
    assert re.search(r"tanaka 「困っていることはありますか」訂正 3 → 4", page)


def test_nothing_personal_in_addresses(client: TestClient) -> None:
    """After a save the address holds ids only."""
    saved = post(client, f"{RECORD}/fields/f7", version="0", written="釜石　太郎", shown="釜石　花子")
    assert re.fullmatch(r"/records/aaaaaaaa\?saved=1&at=f1", saved.headers["location"])
