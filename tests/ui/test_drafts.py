"""Forms drawn in the browser, as the server sees it: steps, trials, checks, versions."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import httpx2
import numpy as np
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update

from pipeline import forms as form_files
from pipeline import store
from pipeline.forms import print as paper
from pipeline.forms.load import read_file
from pipeline.programs import poppler
from pipeline.settings import Settings
from pipeline.store import accounts, tables
from review_ui import gate
from review_ui.drawing import words
from tests.forms.conftest import SMALL
from tests.ui.conftest import Office, sign_in, token

UI = Path(gate.__file__).parent


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Office]:
    """An office with one form of its own, and somebody who may draw."""
    own = Settings(data=tmp_path / "office", workers=0)
    folder = own.own_forms / "small"
    folder.mkdir(parents=True)
    (folder / "form.yaml").write_text(SMALL, "utf-8")
    known = form_files.load([own.own_forms], own.blanks, (own.own_lists,))
    with store.open(own, create=True) as opened:
        accounts.add(opened, "adm", "admin")
        with opened.writing() as change:
            change.connection.execute(update(tables.actor).values(must_change=False, totp="0" * 40, totp_used=0))
        made = Office(own, opened, known)
        yield made
        made.close()


@pytest.fixture
def client(place: Office) -> TestClient:
    """That person's browser."""
    return sign_in(place, "adm")


def _post(client: TestClient, path: str, **fields: str) -> httpx2.Response:
    data = {"csrf": token(client.get("/password"))} | fields
    return client.post(path, data=data, follow_redirects=False)


def _file(client: TestClient, path: str, data: bytes) -> httpx2.Response:
    headers = {"content-type": gate.FILE, gate.TOKEN: token(client.get("/password"))}
    return client.post(path, content=data, headers=headers)


@pytest.fixture
def draft(client: TestClient) -> str:
    """The address of a draft of the small form's next version."""
    made = _post(client, "/forms/drafts", form_id="small", version="1")
    assert made.status_code == 303
    return str(made.headers["location"])


def _content(client: TestClient, draft: str) -> dict[str, Any]:
    found = re.search(r'data-content="([^"]*)"', client.get(draft).text)
    assert found is not None
    text = (
        found[1]
        .replace("&#34;", '"')
        .replace("&amp;", "&")
        .replace("&#39;", "'")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
    )
    return dict(json.loads(text))


def _step(client: TestClient, draft: str, after: int, form: dict[str, Any]) -> httpx2.Response:
    return _post(client, f"{draft}/steps", after=str(after), content=json.dumps({"form": form, "certainty": {}}))


def test_a_new_version_is_drawn_and_used_at_once(client: TestClient, place: Office, draft: str) -> None:
    """The form as it is becomes a draft; changed and saved it is among the forms at hand, beside the old version."""
    content = _content(client, draft)
    assert (content["form"]["id"], content["step"]) == ("small", 0)
    assert len(content["shapes"][0]) > 10
    content["form"]["sides"][0]["fields"][2]["label"] = "満年齢"
    assert _step(client, draft, 0, content["form"]).json() == {"step": 1}
    saved = _post(client, f"{draft}/save", version="2")
    assert saved.json() == {"to": "/forms?done=saved"}
    assert set(place.forms) == {("small", "1"), ("small", "2")}
    assert [place.forms["small", version].fields["age"].label for version in "12"] == ["年齢", "満年齢"]
    assert words.SAVED in client.get("/forms?done=saved").text
    assert client.get(draft).status_code == 404


def test_a_version_that_exists_is_not_saved_over(client: TestClient, place: Office, draft: str) -> None:
    """Papers of a version are out there: only another version can be saved; the page proposes the next one."""
    assert 'id="version" name="version" value="2"' in client.get(draft).text
    refused = _post(client, f"{draft}/save", version="1")
    assert (refused.status_code, refused.json()["mistakes"][0]["code"]) == (422, "version-taken")
    assert _content(client, draft)["step"] == 0


def test_a_form_with_a_mistake_stays_a_draft(client: TestClient, place: Office, draft: str) -> None:
    """What is wrong is told with its place; nothing is saved, and a warning alone hinders nobody."""
    form = _content(client, draft)["form"]
    form["sides"][0]["fields"][0]["options"][1]["value"] = 1
    _step(client, draft, 0, form)
    for answer in (_post(client, f"{draft}/check"), _post(client, f"{draft}/save", version="2")):
        (mistake,) = [one for one in answer.json()["mistakes"] if one["level"] == "error"]
        assert (mistake["code"], mistake["key"]) == ("option-twice", "sides.0.fields.0.options.1.value")
    assert set(place.forms) == {("small", "1")}


def test_steps_are_taken_back(client: TestClient, draft: str) -> None:
    """Undo gives what stood before, redo what stood after, and a step after a lost one is refused."""
    form = _content(client, draft)["form"]
    _step(client, draft, 0, form | {"title": "あたらしい"})
    assert _post(client, f"{draft}/at", after="1", to="0").json()["form"]["title"] == "小さな様式"
    assert _post(client, f"{draft}/at", after="0", to="1").json()["form"]["title"] == "あたらしい"
    assert _step(client, draft, 0, form).status_code == 409
    assert _post(client, f"{draft}/at", after="0", to="1").status_code == 409
    assert _post(client, f"{draft}/at", after="1", to="7").status_code == 404
    assert _content(client, draft)["form"]["title"] == "あたらしい"


@pytest.mark.parametrize("content", ["", "{", "[]", '{"form": 1}', '{"form": {}}'])
def test_what_is_no_draft_is_not_kept(client: TestClient, draft: str, content: str) -> None:
    """A step that cannot be read changes nothing."""
    assert _post(client, f"{draft}/steps", after="0", content=content).status_code == 422
    assert _content(client, draft)["step"] == 0


def _scan(place: Office, tmp_path: Path) -> bytes:
    """A sheet of the small form, as a scanner's PNG."""
    form = place.forms["small", "1"]
    paper.blank(form, tmp_path / "sheet.pdf")
    image = poppler.page(tmp_path / "sheet.pdf", 1, 200).copy()
    for x, y in ((44, 38), (102.5, 37.5)):
        cv2.circle(image, (round(x / 25.4 * 200), round(y / 25.4 * 200)), 34, (40,), 4)
    return cv2.imencode(".png", image)[1].tobytes()


def _files(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_scan_is_tried_and_not_stored(client: TestClient, place: Office, draft: str, tmp_path: Path) -> None:
    """The reading of every field comes back with the scan laid straight; not a byte of it stays."""
    scan = _scan(place, tmp_path)
    _file(client, f"{draft}/try?name=a.png", scan)
    before = _files(place.settings.data)
    made = _file(client, f"{draft}/try?name=a.png", scan).json()
    after = _files(place.settings.data)
    assert {name for name in after if after[name] != before.get(name) and ".sqlite" not in name} == set()
    (seen,) = made["seen"]
    assert (seen["side"], seen["readings"]["q1"]["words"], seen["readings"]["sex"]["words"]) == ("front", "1", "女")
    assert seen["jpeg"].startswith("data:image/jpeg;base64,")
    assert made["drawn"].startswith("data:image/jpeg;base64,")
    assert (made["pages"], made["why"]) == (1, "")


def test_a_scan_is_seen_through_a_form_in_use(client: TestClient, place: Office, tmp_path: Path) -> None:
    """The picture of `forms show` for a form as it is; a page of nothing is said to be so, and a bad file too."""
    assert client.get("/forms/small/1/look").status_code == 200
    made = _file(client, "/forms/small/1/look?name=a.png", _scan(place, tmp_path)).json()
    assert made["seen"][0]["readings"]["q1"]["words"] == "1"
    empty = cv2.imencode(".png", np.full((1200, 1600), 250, np.uint8))[1].tobytes()
    assert _file(client, "/forms/small/1/look?name=b.png", empty).json()["why"] == words.REASONS["blank-page"]
    bad = _file(client, "/forms/small/1/look?name=c.pdf", b"no scan")
    assert (bad.status_code, bad.json()["code"]) == (422, "unknown-type")
    assert (
        _file(client, "/forms/small/1/look?name=a.png&number=2", _scan(place, tmp_path)).json()["code"]
        == "page-missing"
    )
    assert client.get("/forms/small/9/look").status_code == 404


def test_blank_paper_becomes_a_draft(client: TestClient, place: Office, tmp_path: Path) -> None:
    """What is printed on blank paper is proposed; the upload itself is not kept beside it."""
    paper.blank(place.forms["small", "1"], tmp_path / "blank.pdf")
    made = _file(client, "/forms/drafts/blank?form_id=kami", (tmp_path / "blank.pdf").read_bytes())
    content = _content(client, made.json()["to"])
    assert content["form"]["id"] == "kami"
    assert len(content["form"]["sides"][0]["fields"]) > 4
    assert set(content["certainty"]) == {field["id"] for field in content["form"]["sides"][0]["fields"]}
    folder = place.settings.drafts / made.json()["to"].rpartition("/")[2]
    assert sorted(path.name for path in folder.iterdir()) == ["at", "blank.pdf", "shapes.json", "steps"]
    assert client.get(f"{made.json()['to']}/sides/0.jpg").content[:2] == b"\xff\xd8"
    assert client.get(f"{made.json()['to']}/sides/1.jpg").status_code == 404


@pytest.mark.parametrize(
    ("form_id", "data", "code"),
    [("Bad Id", b"%PDF", "draft-unfit"), ("kami", b"", "draft-unfit"), ("kami", b"nothing", "blank-unreadable")],
)
def test_what_is_no_paper_leaves_nothing(
    client: TestClient, place: Office, form_id: str, data: bytes, code: str
) -> None:
    """A bad id or file is refused in words, and no half draft stays."""
    made = _file(client, f"/forms/drafts/blank?form_id={form_id}", data)
    assert (made.status_code, made.json()["code"]) == (422, code)
    assert list(place.settings.drafts.glob("*")) == []


def test_a_version_is_retired(client: TestClient, place: Office) -> None:
    """A version that is no longer in use is marked in its file at once, and can be used again."""
    _post(client, "/forms/small/1/retire")
    assert [form.retired for form in place.forms.values()] == [True]
    assert read_file(place.settings.own_forms / "small" / "form.yaml").retired
    assert words.RETIRED in client.get("/forms").text
    _post(client, "/forms/small/1/retire")
    assert [form.retired for form in place.forms.values()] == [False]
    assert _post(client, "/forms/small/9/retire").status_code == 404


def test_a_file_needs_the_token_in_its_header(client: TestClient, draft: str) -> None:
    """An upload without the session's token is refused; other pages cannot set that header."""
    for given in ({}, {gate.TOKEN: "wrong"}):
        assert client.post(f"{draft}/try", content=b"x", headers={"content-type": gate.FILE} | given).status_code == 403


def test_only_files_may_be_large(client: TestClient, draft: str) -> None:
    """Forms of the screen stay small; a file may be as large as a scan."""
    large = "x" * (gate.LARGEST_BODY + 1)
    assert _post(client, f"{draft}/steps", after="0", content=large).status_code == 413
    assert _file(client, f"{draft}/try", large.encode()).status_code == 422


def test_every_word_is_used() -> None:
    """The area's words.py keeps no sentence that no page shows any more, and pages ask for none that is not there."""
    paths = [path for end in ("*.py", "*.html", "*.js") for path in UI.rglob(end) if "vendor" not in path.parts]
    sources = "\n".join(path.read_text("utf-8") for path in paths)
    names = [name for name in vars(words) if not name.startswith("_") and name != "annotations"]
    assert [name for name in names if len(re.findall(rf"\b{name}\b", sources)) < 2] == []
    pages = "\n".join(
        (UI / "templates" / f"{name}.html").read_text("utf-8") for name in ("forms", "form_look", "form_draft")
    )
    assert [name for name in set(re.findall(r"\bx\.(\w+)", pages)) if not hasattr(words, name)] == []
