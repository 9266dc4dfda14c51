"""Paper is brought in by batch: nothing is acknowledged that is not safe, and the batch says when it may be filed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from pipeline import acquire, review, run
from pipeline.store import NewScan, batches
from tests import processes
from tests.run import papers
from tests.run.papers import back, front, note
from tests.ui import clerk
from tests.ui.conftest import Office, post, sign_in, token


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """An office whose stations believe what files say."""
    with clerk.opened(tmp_path / "office", monkeypatch) as made:
        yield made


@pytest.fixture
def client(place: Office) -> TestClient:
    """A reviewer's browser."""
    return sign_in(place)


def _file(pages: list[object]) -> bytes:
    return json.dumps(pages, ensure_ascii=False).encode()


def _read(place: Office) -> None:
    processes.until(lambda: not place.store.counts().waiting)


def test_from_drop_to_filing(place: Office, client: TestClient) -> None:
    """A dropped file is safe when it is answered, read by itself, placed in its stack, and the batch may be filed."""
    made = post(client, "/batches", name="窓口 1", counted="２").headers["location"]
    sent = clerk.send(client, f"{made}/file", "束 1.json", _file([[note("1")], [note("2")], []]))
    assert (sent["kind"], sent["pages"]) == ("accepted", 3)
    _read(place)
    page = client.get(made)
    assert "1枚目" in page.text
    assert "2枚目" in page.text
    found = batches.find(place.store, int(made.rsplit("/", 1)[1]))
    assert (found.counted, found.sheets, found.open, found.done) == (2, 3, 1, False)
    unknown = next(filed.record for filed in place.store.records(status=("unidentified",)))
    run.settle(place.store, place.forms, review.Change(unknown.id, None, "blank", 0, "tanaka"))
    assert batches.find(place.store, found.id).done
    assert "この束は綴じてよい" in client.get(made).text


def test_sheets_that_are_missing_are_told(place: Office, client: TestClient) -> None:
    """A batch of which another number was counted than read is not to be filed, and says so."""
    made = clerk.batch(place, counted=3)
    clerk.send(client, f"/batches/{made}/file", "a.json", _file([[note("1")], [note("2")]]))
    _read(place)
    assert not batches.find(place.store, made).done
    assert "1枚少なく" in client.get(f"/batches/{made}").text
    assert post(client, f"/batches/{made}/counted", counted="2").status_code == 303
    assert batches.find(place.store, made).done


def test_a_wrong_count_is_told_while_the_paper_is_at_hand(place: Office, client: TestClient) -> None:
    """That a number differs stands in the list of batches as soon as all is read, whatever waits for a person."""
    made = clerk.batch(place, counted=3)
    clerk.send(client, f"/batches/{made}/file", "a.json", _file([[note("1", sure=False)]]))
    _read(place)
    listed = client.get("/batches").text
    assert "確認待ち1枚" in listed
    assert "枚数が合いません" in listed


def test_the_same_file_twice_and_one_that_is_none(place: Office, client: TestClient) -> None:
    """The same bytes are nothing new; what cannot be opened is kept and named, and its sentence is handed to the page."""
    made = clerk.batch(place)
    path = f"/batches/{made}/file"
    assert clerk.send(client, path, "a.json", _file([[note("1")]]))["kind"] == "accepted"
    assert clerk.send(client, path, "b.json", _file([[note("1")]]))["kind"] == "duplicate"
    refused = clerk.send(client, path, "写真.jpg", b"no picture")
    assert refused["kind"] == "refused"
    assert "写真.jpg" in str(refused["message"])
    assert "写真.jpg" in client.get("/quarantine").text


def test_a_plain_form_takes_files_too(place: Office, client: TestClient) -> None:
    """Without a script several files go up in one form, and the page says what became of each."""
    made = clerk.batch(place)
    files = [("files", (f"scan {n}.json", _file([[note(str(n))]]), "application/pdf")) for n in range(3)]
    data = {"csrf": token(client.get("/batches"))}
    page = client.post(f"/batches/{made}/files", data=data, files=files)
    assert page.status_code == 200
    assert "scan 2.json: 受け取り（1ページ）" in page.text
    _read(place)
    assert batches.find(place.store, made).sheets == 3
    assert list(place.settings.private.glob("*")) == []
    empty = client.post(f"/batches/{made}/files", data=data, files=[("files", ("", b"", "application/pdf"))])
    assert empty.status_code == 422


def test_progress_comes_as_events(place: Office, client: TestClient) -> None:
    """The stream tells how far reading is, from the store, and ends when nothing waits."""
    made = clerk.batch(place)
    path = papers.scan(place.settings.data, "a.json", [[note(str(n))] for n in range(3)])
    run.take(path, place.store, NewScan("", path.name, 0, 0, "4月の束", "tanaka"))
    place.apps[-1].state.works.wake()
    text = client.get(f"/batches/{made}/events").text
    told = [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: ")]
    assert (told[-1]["pages"], told[-1]["read"], told[-1]["waiting"], told[-1]["done"]) == (3, 3, 0, True)
    assert all(one["read"] + one["waiting"] == one["pages"] for one in told)


def test_a_name_is_kept_out_of_the_address_and_made_harmless(place: Office, client: TestClient) -> None:
    """Folders are cut off a file's name, and what is no name is refused before anything is kept."""
    made = clerk.batch(place)
    clerk.send(client, f"/batches/{made}/file", "..\\..\\x/束.json", _file([[note("1")]]))
    assert [one.name for one in place.store.scans()] == ["束.json"]
    assert clerk.send(client, f"/batches/{made}/file", "a\nb.json", b"x")["code"] == "file-name"
    assert place.store.counts().files == 1


@pytest.mark.parametrize(("name", "counted"), [("", ""), ("x" * 101, ""), ("束", "many"), ("束", "9999999")])
def test_a_batch_that_makes_no_sense_is_refused(place: Office, client: TestClient, name: str, counted: str) -> None:
    """A batch without a name or with a number that is none is not made."""
    assert post(client, "/batches", name=name, counted=counted).status_code == 422
    assert batches.newest(place.store) == []


def test_names_of_batches_are_unique(place: Office, client: TestClient) -> None:
    """Two batches of one name could not be told apart."""
    clerk.batch(place, "束")
    assert post(client, "/batches", name="束").status_code == 422


def test_the_name_that_is_offered_is_free(place: Office) -> None:
    """A second batch of the same day and person is offered a number."""
    first = batches.offered(place.store, "tanaka")
    clerk.batch(place, first)
    assert batches.offered(place.store, "tanaka") == f"{first} 2"


def test_an_operator_sees_own_batches_and_no_answers(place: Office) -> None:
    """An operator brings in and sees own batches, but neither others' nor what is on a sheet."""
    operator = sign_in(place, "op")
    own, other = clerk.batch(place, "自分の束", "op"), clerk.batch(place, "人の束", "tanaka")
    assert operator.get(f"/batches/{own}").status_code == 200
    assert operator.get(f"/batches/{other}").status_code == 404
    assert clerk.send(operator, f"/batches/{own}/file", "a.json", _file([[note("1")]]))["kind"] == "accepted"
    _read(place)
    page = operator.get("/batches").text
    assert "自分の束" in page
    assert "人の束" not in page
    record = next(filed.record.id for filed in place.store.records())
    assert operator.get(f"/records/{record}").status_code == 403
    assert operator.get(f"/records/{record}/sheet").status_code == 403


def test_what_the_watched_folder_took_in(place: Office, client: TestClient) -> None:
    """Arrivals name who brought a file in, and can be narrowed to those of the watched folder."""
    clerk.send(client, f"/batches/{clerk.batch(place)}/file", "mine.json", _file([[note("1")]]))
    path = papers.scan(place.settings.data, "watched.json", [[note("2")]])
    run.take(path, place.store, NewScan("", path.name, 0, 0, None, batches.WATCHED))
    every, only = client.get("/arrivals").text, client.get("/arrivals?watched=1").text
    assert "監視フォルダー" in every
    assert "mine.json" in every
    assert "watched.json" in only
    assert "mine.json" not in only
    place.apps[-1].state.works.wake()
    _read(place)


def test_a_file_comes_back_from_quarantine(place: Office, client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that can be opened after all is read; one that still cannot stays, with its reason."""
    made = clerk.batch(place)
    with monkeypatch.context() as patch:
        patch.setattr(acquire, "count", lambda *_: papers._count(b"{", "x"))
        clerk.send(client, f"/batches/{made}/file", "a.json", _file([[note("1")]]))
    clerk.send(client, f"/batches/{made}/file", "b.json", b"never a scan")
    first, second = list(place.store.scans(refused=True))
    assert post(client, f"/quarantine/{second.id}").status_code == 422
    assert post(client, f"/quarantine/{first.id}").headers["location"] == "/quarantine?opened=1"
    _read(place)
    assert [one.name for one in place.store.scans(refused=True)] == ["b.json"]
    assert batches.find(place.store, made).sheets == 1
    assert post(client, "/quarantine/99").status_code == 404


def test_a_sheet_of_two_sides_counts_once(place: Office, client: TestClient) -> None:
    """What was joined is one sheet of its stack."""
    made = clerk.batch(place)
    clerk.send(client, f"/batches/{made}/file", "a.json", _file([[front("1")], [back("1")], [note("2")]]))
    _read(place)
    found = [(one.position, one.form) for one in batches.stack(place.store, made)]
    assert found == [(1, "slip"), (2, "note")]
    assert [batches.position(place.store, one.record) for one in batches.stack(place.store, made)] == [1, 2]


def test_the_guide_is_the_page_of_the_docs(client: TestClient) -> None:
    """What stands at the scanner and what the screen shows are the same text."""
    root = Path(__file__).parents[2]
    assert (root / "docs/scan.md").read_bytes() == (root / "review_ui/guide/scan.md").read_bytes()
    page = client.get("/guide").text
    for said in ("300 dpi", "グレー", "A3", "両面", "高圧縮"):
        assert said in page
