"""Mistakes that a person can act on: a Japanese sentence, a stable English code, an exit code."""

from __future__ import annotations

import traceback
from pathlib import Path


class Problem(Exception):
    """Something went wrong that its reader can mend.

    Args:
        code: stable English name, kebab-case.
        what: Japanese sentence: what happened, to which file and page.
        todo: Japanese sentence: what to do next.
    """

    exit_code = 1

    def __init__(self, code: str, what: str, todo: str = "") -> None:
        super().__init__(f"{what}{todo} [{code}]")
        self.code = code
        self.what = what
        self.todo = todo

    def __reduce__(self) -> tuple[type[Problem], tuple[str, str, str]]:
        """Travel between processes whole."""
        return type(self), (self.code, self.what, self.todo)


def where(error: BaseException) -> str:
    """Kind and place of a defect for the log: not its message, which may hold what somebody wrote on a form."""
    frames = traceback.extract_tb(error.__traceback__)
    return " ".join([type(error).__name__, *(f"{Path(at.filename).name}:{at.lineno}" for at in frames)])


class UsageProblem(Problem):
    """The command was called wrongly, or a setting makes no sense."""

    exit_code = 2


class FileRefused(Problem):
    """A file, or one page of it, could not be opened; the rest of the batch goes on."""

    exit_code = 3


class FormProblem(UsageProblem):
    """A form file has a mistake; the sentence names file, line and key."""


class ProgramMissing(Problem):
    """A needed outside program or model file is not there; `yomitori doctor` says how to mend it."""

    exit_code = 4


class StoreProblem(Problem):
    """The store could not be opened."""

    exit_code = 5


class StaleWrite(Problem):
    """Somebody else saved first: the caller shows both values (HTTP 409).

    Attributes:
        yours: what this person wanted to save, as text.
        theirs: what stands now, as text.
        version: of what stands now.
        by: who saved it.
        at: when, UTC, ISO 8601.
    """

    yours = ""
    theirs = ""
    version = 0
    by = ""
    at = ""
