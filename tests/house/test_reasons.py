"""A rule is switched off only with a reason beside it."""

from __future__ import annotations

import io
import re
import tokenize
import tomllib
from collections.abc import Iterator
from pathlib import Path

from tests.house import tree

# A rule's code, or an error's name in brackets, and then words.
SWITCHED_OFF = re.compile(r"#\s*(?:noqa(?::\s*[A-Z]+\d+(?:[,\s]+[A-Z]+\d+)*)?|type:\s*ignore(?:\[[\w,\s-]*\])?)(.*)")


def _comments(path: Path) -> Iterator[tuple[int, str]]:
    source = path.read_text(encoding="utf-8")
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def _unexplained(comment: str) -> bool:
    """Whether the comment switches a rule off in silence: `# noqa: S105`, without the words after it."""
    found = SWITCHED_OFF.search(comment)
    return found is not None and len(re.findall(r"\w+", found[1])) < 2


def test_reason_is_told_from_silence() -> None:
    """Two words after the rule are a reason, and none or one is not."""
    assert not _unexplained("# noqa: S105  # a label, no secret")
    assert not _unexplained("# type: ignore[no-untyped-call]  # reportlab has no types here")
    assert _unexplained("# no" + "qa: S105, S106")
    assert _unexplained("# type" + ": ignore[misc]  # sorry")


def test_exceptions_in_code_have_reasons() -> None:
    """Whoever reads `noqa` or `type: ignore` reads on the same line why."""
    found = [
        f"{tree.shown(path)}:{number}: {comment}"
        for path in tree.python_files(*tree.CODE)
        for number, comment in _comments(path)
        if _unexplained(comment)
    ]
    assert not found, "Say why behind it, `# noqa: S105  # a label, no secret`:\n  " + "\n  ".join(found)


def test_exceptions_in_settings_have_reasons() -> None:
    """Each rule in ruff's list of ignored ones stands on a line with a comment."""
    text = (tree.ROOT / "pyproject.toml").read_text(encoding="utf-8")
    ignored = tomllib.loads(text)["tool"]["ruff"]["lint"]["ignore"]
    bare = [rule for rule in ignored if not re.search(rf'^\s*"{rule}",\s*# \S', text, flags=re.MULTILINE)]
    assert bare == []
