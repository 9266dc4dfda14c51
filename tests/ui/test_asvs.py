"""What docs/asvs.md promises of the whole application and no other test shows."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from pipeline.store import accounts
from review_ui import desk
from tests.ui.conftest import Office, sign_in, token

ROOT = desk.HERE.parent
CODE = [path for top in ("pipeline", "review_ui") for path in sorted((ROOT / top).rglob("*.py"))]
PAGES = [
    path for path in sorted(desk.HERE.rglob("*")) if path.suffix in {".html", ".js"} and "vendor" not in path.parts
]
# What must not be, and the only files that may all the same, each with its reason beside it.
NEVER: dict[str, set[str]] = {
    r"(?<![\w.])(eval|exec)\(": set(),
    r"shell=True|os\.system|os\.popen": set(),
    r"import (marshal|shelve)|yaml\.(unsafe_)?load\(": {"pipeline/forms/mistakes.py"},  # with the safe loader
    r"import pickle": {"review_ui/again/job.py"},  # what this very process wrote
    r"^(import|from) xml\b": {"pipeline/workbook/survey.py"},  # its types; defusedxml reads
    r"^(import|from) random\b": {"pipeline/review/alike.py"},  # secrets instead; which crops are probes is no secret
    r"\bMarkup\(|\bfrom_string\(": set(),
    r"exec_driver_sql\(|\btext\(['\"](SELECT|INSERT|UPDATE|DELETE)": {
        "pipeline/store/dialect.py", "pipeline/store/database.py", "pipeline/store/migrations/versions/fifth_0005.py",
        "pipeline/workers/queue_tables.py", "pipeline/workers/queue.py",
    },
}  # fmt: skip
NEVER_IN_PAGES: dict[str, set[str]] = {
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function": set(),
    r"\|\s*safe\b|autoescape": set(),
    r"postMessage|XMLHttpRequest\(\)\.open\(.https?:": set(),
    r"localStorage": {"review_ui/static/drawing.js"},  # a draft of a form: no paper of a person is in it
    r"sessionStorage": {"review_ui/static/review.js"},  # ids of what can be undone
    r"onpaste|oncopy": set(),
}


def _found(paths: list[Path], never: dict[str, set[str]]) -> list[str]:
    texts = {str(path.relative_to(ROOT)): path.read_text("utf-8") for path in paths}
    return [
        f"{name}: {pattern}"
        for pattern, allowed in never.items()
        for name, text in texts.items()
        if name not in allowed and re.search(pattern, text, re.MULTILINE)
    ]


def test_the_code_never_does_what_it_must_not() -> None:
    """No code out of text, no shell, no foreign pickle or markup, no SQL put together, and types are checked strictly."""
    assert _found(CODE, NEVER) == []
    assert _found(PAGES, NEVER_IN_PAGES) == []
    assert tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["mypy"]["strict"] is True


def test_it_would_be_found() -> None:
    """The search sees what it looks for."""
    for line in ("x = eval(text)", "import pickle", 'ask.execute(text("SELECT 1"))', "from random import choice"):
        assert any(re.search(pattern, line, re.MULTILINE) for pattern in NEVER), line
    for line in ("{{ value | safe }}", "one.innerHTML = text", "localStorage.setItem"):
        assert any(re.search(pattern, line) for pattern in NEVER_IN_PAGES), line


@pytest.mark.parametrize("path", ["/", "/sign-in", "/account", "/nothing", "/figures.json", "/static/app.css"])
def test_no_other_site_is_let_in(client: TestClient, path: str) -> None:
    """No answer allows another site anything, and texts say how they are encoded."""
    answer = client.get(path, headers={"origin": "https://evil.example"})
    assert not [name for name in answer.headers if name.startswith("access-control-")]
    kind = answer.headers["content-type"]
    assert "charset=utf-8" in kind or kind == "application/json"  # JSON is UTF-8 by definition


@pytest.mark.parametrize("path", ["/static/", "/static", "/static/vendor/", "/records/", "/../pyproject.toml"])
def test_nothing_is_listed_and_nothing_traced(client: TestClient, path: str) -> None:
    """A folder has no listing, and methods that repeat a request are refused."""
    assert client.get(path).status_code in {404, 405}
    assert client.request("TRACE", path).status_code in {403, 404, 405, 411, 413}
    assert client.request("CONNECT", "/").status_code >= 400


def test_password_fields_are_as_managers_like_them() -> None:
    """Every field of a password is one, tells a password manager which, takes 128 characters, and is never blocked."""
    fields = [field for path in PAGES for field in re.findall(r'<input type="password"[^>]*>', path.read_text("utf-8"))]
    assert len(fields) >= 6
    assert all("autocomplete=" in field and 'maxlength="128"' in field for field in fields)
    assert not [path for path in PAGES if re.search(r'<input type="text"[^>]*name="password"', path.read_text("utf-8"))]


@pytest.mark.parametrize("name", ["tanaka", "op", "ana", "adm", "aud"])
def test_everybody_can_sign_out_everywhere(place: Office, name: str) -> None:
    """Each page of each role has the button that ends the session, also one that says that something is not there."""
    client = sign_in(place, name)
    for path in ("/account", "/guide", "/nothing", "/users", "/audit", "/batches", "/"):
        assert 'action="/sign-out"' in client.get(path).text, path


def test_a_repeated_field_counts_once(place: Office) -> None:
    """Of a name posted twice one value is taken: neither both nor a mixture."""
    client = sign_in(place, "adm")
    body = f"csrf={token(client.get('/users'))}&name=hana&name=jiro&role=auditor&role=reviewer"
    headers = {"content-type": "application/x-www-form-urlencoded"}
    assert client.post("/users", content=body, headers=headers).status_code == 200
    made = {one.name: one.role for one in accounts.everyone(place.store)}
    assert len({"hana", "jiro"} & made.keys()) == 1
    assert {role for name, role in made.items() if name in {"hana", "jiro"}} <= {"auditor", "reviewer"}
