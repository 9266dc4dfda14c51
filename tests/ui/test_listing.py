"""The office's lists in the browser: looked at, replaced after a look, taken back; nothing told to who may not see."""

from __future__ import annotations

import csv
import io
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx2
import openpyxl
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update

from pipeline import forms as form_files
from pipeline import store
from pipeline.forms import Forms, lists, schema
from pipeline.forms.load import SHIPPED
from pipeline.settings import Settings
from pipeline.store import audit, tables
from review_ui.listing import staged as staging
from review_ui.listing import words
from review_ui.reporting import kept as counted
from tests.ui.conftest import Office, sign_in, token

NEW = "薬局名,別名,電話\n港町薬局,みなと,1\n山手薬局,やまて、みなと,2\n"


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, Forms]:
    """The shipped forms and lists, loaded once, and where the office is that reads with them."""
    own = Settings(data=tmp_path_factory.mktemp("lists") / "office", workers=0)
    return own, form_files.at_hand(own)


@pytest.fixture
def place(seeded: Path, known: tuple[Settings, Forms]) -> Iterator[Office]:
    """An office without lists of its own and with two admins; uploads are read in this process."""
    own, forms = known
    shutil.copytree(seeded, own.data, ignore=shutil.ignore_patterns("lists"))
    with store.open(own) as opened:
        with opened.writing() as change:
            second = update(tables.actor).where(tables.actor.c.name == "sato")
            change.connection.execute(second.values(role="admin", totp="0" * 40, totp_used=0))
        made = Office(own, opened, forms)
        yield made
        made.close()
    shutil.rmtree(own.data)


@pytest.fixture
def client(place: Office) -> TestClient:
    """One of them."""
    return sign_in(place, "adm")


def _post(client: TestClient, path: str, **fields: str) -> httpx2.Response:
    data = {"csrf": token(client.get("/password"))} | fields
    return client.post(path, data=data, follow_redirects=False)


def _upload(
    client: TestClient, content: str | bytes, name: str = "pharmacies", file: str = "新.csv"
) -> httpx2.Response:
    data = {"csrf": token(client.get("/password")), "name": name}
    raw = content if isinstance(content, bytes) else content.encode()
    return client.post("/lists", data=data, files={"file": (file, raw)}, follow_redirects=False)


def _seen(page: httpx2.Response) -> str:
    found = re.search(r'name="seen" value="(\w+)"', page.text)
    assert found is not None
    return found[1]


def _take(client: TestClient, address: str) -> httpx2.Response:
    return _post(client, f"{address}/take", seen=_seen(client.get(address)))


def _lines(place: Office) -> list[tuple[str, str]]:
    every = audit.entries(place.store, audit.Asked())
    return [(one.action, one.target) for one in reversed(every) if one.action.startswith("list-")]


def test_every_list_is_named_with_its_uses(client: TestClient) -> None:
    """The lists that forms and report name are there, with who uses them, how many entries, and that they are samples."""
    page = client.get("/lists").text
    assert all(name in page for name in ("districts", "clinics", "pharmacies", "resources", "targets"))
    assert "の 薬局名" in page
    assert words.SAMPLE in page
    assert 'href="/lists"' in client.get("/forms").text


def test_a_list_is_looked_at_taken_and_taken_back(client: TestClient, place: Office) -> None:
    """An upload changes nothing before the confirmation; then readers have it at once, and one step brings the samples back."""
    samples = place.forms.listing("pharmacies").values
    address = _upload(client, NEW).headers["location"]
    page = client.get(address).text
    assert f"同梱の見本（架空）{len(samples)} 件に代わり" in page
    assert all(word in page for word in ("港町薬局", "みなと → 港町薬局・山手薬局（いまは 港町薬局 と読みます）"))
    assert place.forms.listing("pharmacies").values == samples
    assert _take(client, address).headers["location"] == "/lists/pharmacies?done=taken"
    fields = [one for form in place.forms.values() for one in form.fields.values() if isinstance(one, schema.Text)]
    read = [one.listing for one in fields if one.list_ == "pharmacies"]
    assert [found.find("やまて") for found in read if found is not None] == ["山手薬局"]
    shown = client.get("/lists/pharmacies?done=taken")
    assert words.TAKEN in shown.text
    assert f"前は、{words.SAMPLE}（{len(samples)}件）" in shown.text
    assert _post(client, "/lists/pharmacies/undo", seen=_seen(shown)).headers["location"].endswith("?done=undone")
    assert place.forms.listing("pharmacies").values == samples
    assert [line for line in _lines(place) if line[0] != "list-view"] == [
        ("list-replace", f"list=pharmacies added=2 removed={len(samples)} changed=0"),
        ("list-undo", "list=pharmacies"),
    ]


def test_what_changes_is_told_cell_by_cell(client: TestClient) -> None:
    """Against a list of the office's own, added, removed and changed entries are named, with what stood there."""
    _take(client, _upload(client, NEW).headers["location"])
    page = client.get(_upload(client, "薬局名,電話\n港町薬局,9\n浜薬局,3\n").headers["location"]).text
    assert "追加 1、削除 1、変更 1。" in page
    row = r'<th scope="row">港町薬局</th><td>電話</td><td>1</td><td>9</td>'
    assert re.search(row, page)
    assert re.search(rf"<td>別名</td><td>みなと</td><td>{words.NONE}</td>", page)


def test_the_second_of_two_admins_is_told(client: TestClient, place: Office) -> None:
    """Who confirms what was compared with another list gets a sentence and a new comparison, and the first one's list stays."""
    other = sign_in(place, "sato")
    first, second = _upload(client, NEW).headers["location"], _upload(other, "薬局名\n浜薬局\n").headers["location"]
    seen = _seen(other.get(second))
    _take(client, first)
    refused = _post(other, f"{second}/take", seen=seen)
    assert (refused.status_code, "list-changed" in refused.text) == (409, True)
    assert place.forms.listing("pharmacies").values == ("港町薬局", "山手薬局")
    assert _post(other, "/lists/pharmacies/undo", seen=seen).status_code == 409
    assert _post(other, f"{second}/take", seen=_seen(refused)).status_code == 303
    assert place.forms.listing("pharmacies").values == ("浜薬局",)


def test_another_persons_upload_is_not_there(client: TestClient, place: Office) -> None:
    """An upload is its person's own, by any address."""
    address = _upload(client, NEW).headers["location"]
    other = sign_in(place, "sato")
    assert other.get(address).status_code == 404
    assert _post(other, f"{address}/take", seen="").status_code == 404
    _post(other, f"{address}/drop")
    assert client.get(address).status_code == 200


@pytest.mark.parametrize("end", ["take", "drop", "again", "time", "close"])
def test_nothing_of_an_upload_stays(
    client: TestClient, place: Office, end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Taken, left, replaced by another upload, forgotten, or the server ended: the private folder is as empty as before."""
    monkeypatch.setattr(staging, "KEPT_SECONDS", 0.05 if end == "time" else 60.0)
    address = _upload(client, NEW).headers["location"]
    left = [path for path in place.settings.private.rglob("*") if path.is_file()]
    assert end == "time" or [path.name for path in left] == [staging.FILE]
    every = client.app.state.staging  # type: ignore[attr-defined]  # it is FastAPI
    if end == "take":
        _take(client, address)
    elif end == "drop":
        _post(client, f"{address}/drop")
    elif end == "again":
        assert _upload(client, "薬局名\n\n").status_code == 422
        _post(client, _upload(client, NEW).headers["location"] + "/drop")
    elif end == "time":
        for one in list(every._staged.values()):
            one.timer.join(10)
    else:
        every.close()
    assert not list(place.settings.private.glob("*-list-*"))
    assert client.get(address).status_code == 404


def test_what_a_killed_server_left_is_swept(tmp_path: Path) -> None:
    """An upload of a server that is gone is removed by the next one; one that runs keeps its own."""
    for owner in ("999999999", "1"):
        (tmp_path / f"{owner}-list-x").mkdir()
    staging.Staging(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["1-list-x"]


@pytest.mark.parametrize(
    ("content", "name", "file", "code"),
    [
        (b"PK no", "pharmacies", "in.xlsx", "list-unreadable"),
        (b"", "pharmacies", "in.csv", "list-without-head"),
        ("数\n1\n", "pharmacies", "in.csv", "list-without-values"),
        ("名称\n\n甲\n".replace("甲", ","), "pharmacies", "in.csv", "list-without-values"),
        ("名称\n甲\n", "../x", "in.csv", "list-name"),
        ("名称\n甲\n", "", "in.csv", "list-name"),
        ("名称\n甲\n", "a" * 300, "in.csv", "list-name"),
        (b"\x81\xff\xfe,", "pharmacies", "../../etc/..", "list-unreadable"),
        ("名称\n甲\n", "pharmacies", "a" * 300, "file-name"),
    ],
)
def test_a_wrong_file_is_a_sentence(
    client: TestClient, place: Office, content: str, name: str, file: str, code: str
) -> None:
    """Whatever is uploaded, the page says what is wrong with its code, and nothing stays or changes."""
    refused = _upload(client, content, name, file)
    assert (refused.status_code, f"[{code}]" in refused.text) == (422, True), refused.text
    assert not list(place.settings.private.glob("*-list-*"))
    assert not place.settings.own_lists.exists()


def test_what_is_no_list_is_not_there(client: TestClient) -> None:
    """An address may hold anything: what is no list's name, or no file's at all, is told not to be there."""
    for name in ("a" * 300, "%00", "none"):
        assert client.get(f"/lists/{name}").status_code == 404, name
        assert _post(client, f"/lists/{name}/file").status_code == 404, name
        assert _post(client, f"/lists/{name}/undo", seen="none").status_code == 404, name


def test_no_file_is_a_sentence(client: TestClient) -> None:
    """Pressing the button without a file says so."""
    refused = _post(client, "/lists", name="districts")
    assert (refused.status_code, words.NO_FILE in refused.text) == (422, True)


def test_uploads_are_opened_in_a_guarded_process(place: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server itself opens no file from outside: with its own reader broken, an upload is understood all the same."""
    place.settings = place.settings.model_copy(update={"workers": 1})
    client = sign_in(place, "adm")

    def never(_: Path) -> list[lists.Row]:
        raise AssertionError

    with client:
        monkeypatch.setattr(lists, "table", never)
        assert _upload(client, NEW).status_code == 303


def test_a_new_list_is_made_and_gone_again(client: TestClient, place: Office) -> None:
    """A list that no form names yet is made in the same way; taken back it is not there, and can be had again."""
    _take(client, _upload(client, "名称\n港小学校\n", "schools").headers["location"])
    assert words.UNUSED in client.get("/lists/schools").text
    assert place.forms.listing("schools").values == ("港小学校",)
    _post(client, "/lists/schools/undo", seen=_seen(client.get("/lists/schools")))
    gone = client.get("/lists/schools")
    assert words.MISSING in gone.text
    _post(client, "/lists/schools/undo", seen=_seen(gone))
    assert place.forms.listing("schools").values == ("港小学校",)


def test_the_file_is_the_list_and_no_formula(client: TestClient, place: Office) -> None:
    """A workbook as an attachment, every cell a text; brought in again it is the same list."""
    rows = [
        ["名称", "別名", "コード"],
        ["=1+1", "@みなと、+港", "01"],
        ["-浜", "", '=HYPERLINK("http://x")'],
        ["_x0041_", "", ""],
    ]
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    _take(client, _upload(client, out.getvalue(), "odd").headers["location"])
    answer = _post(client, "/lists/odd/file")
    assert answer.headers["content-disposition"].startswith('attachment; filename="odd-')
    assert answer.headers["cache-control"] == "no-store"
    cells = [cell for row in openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0] for cell in row]
    assert {cell.data_type for cell in cells if cell.value is not None} == {"s"}
    again = client.get(_upload(client, answer.content, "odd", "odd.xlsx").headers["location"]).text
    assert "前と同じ内容です。" in again
    assert ("list-file", "list=odd entries=3") in _lines(place)
    assert not list(place.settings.private.glob("*-list-*.xlsx"))


def test_looks_leave_a_line_without_names(client: TestClient, place: Office, caplog: pytest.LogCaptureFixture) -> None:
    """Who saw entries is written down, once in a while; no entry stands in log, audit line, address or title."""
    _take(client, _upload(client, "氏名,番号\n釜石　花子,1\n", "名簿").headers["location"])
    pages = [client.get("/lists/名簿"), client.get("/lists/名簿")]
    assert all("釜石　花子" in page.text for page in pages)
    views = [target for action, target in _lines(place) if action == "list-view"]
    assert len(views) == 1
    assert re.fullmatch(r"list=sha256:[0-9a-f]{16}", views[0])
    titles = re.findall("<title>(.*)</title>", pages[0].text)
    assert "花子" not in caplog.text + "".join(target for _, target in _lines(place)) + "".join(titles)


def test_many_entries_are_cut(client: TestClient) -> None:
    """Of a long list the first few hundred stand on the page, and how many more there are."""
    many = "名称\n" + "".join(f"場所{n}\n" for n in range(1000))
    address = _upload(client, many, "places").headers["location"]
    assert words.more(800) in client.get(address).text
    _take(client, address)
    page = client.get("/lists/places").text
    assert words.more_rows(300, 700) in page
    assert ("場所299<" in page, "場所300<" in page) == (True, False)


def test_a_broken_list_can_be_replaced(client: TestClient, place: Office) -> None:
    """A file that somebody spoilt by hand is told of, and a new one takes its place."""
    place.settings.own_lists.mkdir()
    (place.settings.own_lists / "districts.csv").write_bytes(b"\x81\xff\xfe,")
    assert words.UNREADABLE in client.get("/lists").text
    assert "[list-unreadable]" in client.get("/lists/districts").text
    assert _take(client, _upload(client, "名称\n釜石\n", "districts").headers["location"]).status_code == 303
    assert place.forms.listing("districts").values == ("釜石",)


def test_the_report_counts_with_the_new_list(client: TestClient, place: Office) -> None:
    """What was counted last is counted anew when a list is another."""
    reports = counted.Reports(place.store, place.forms, counted.empty())
    before = reports.counted()
    assert reports.counted() is before
    rows = lists.table(SHIPPED / "lists" / "targets.csv")
    changed = "value,年度,目標\n" + "".join(f"{row['value']},{row['年度']},1\n" for row in rows)
    _take(client, _upload(client, changed, "targets").headers["location"])
    assert reports.counted() is not before
