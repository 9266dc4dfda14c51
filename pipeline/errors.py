"""Mistakes that a person can act on: a Japanese sentence, a stable English code, an exit code."""

from __future__ import annotations

import errno
import traceback
from pathlib import Path

# Why a disk refuses, in words of people; anything else is told in the system's own.
REASONS = {
    errno.ENOSPC: "空きがありません",
    errno.EDQUOT: "使ってよい量の上限です",
    errno.EFBIG: "ファイルの大きさの上限です",
    errno.EACCES: "権限がありません",
    errno.EPERM: "権限がありません",
    errno.EROFS: "書き込めないディスクです",
    errno.ENOENT: "ファイルかフォルダーがありません",
    errno.ENOTDIR: "途中がフォルダーではありません",
    errno.EISDIR: "同じ名前のフォルダーがあります",
    errno.EEXIST: "同じ名前のものがあります",
    errno.ENOTEMPTY: "フォルダーが空ではありません",
    errno.ENAMETOOLONG: "名前が長すぎます",
    errno.EBUSY: "ほかのプログラムが使っています",
    errno.ETXTBSY: "ほかのプログラムが使っています",
    errno.EIO: "ディスクが応答しないか、壊れています",
    **dict.fromkeys(
        (errno.ESTALE, errno.ENOTCONN, errno.EHOSTDOWN, errno.EHOSTUNREACH, errno.ETIMEDOUT, errno.ENODEV),
        "共有フォルダーにつながっていません",
    ),
}


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


def reason(error: OSError) -> str:
    """Why the system refused, in Japanese where there are words for it."""
    return REASONS.get(error.errno or 0) or error.strerror or type(error).__name__


def of_system(error: OSError) -> UsageProblem:
    """A sentence for a refusal of the system's that nobody closer to it put into words."""
    name = next((str(name) for name in (error.filename2, error.filename) if isinstance(name, str | Path)), "ファイル")
    return UsageProblem(
        "disk-refused",
        f"{name} を読み書きできません（{reason(error)}）。",
        "場所と、空きと、権限を確かめて、もう一度実行してください。",
    )


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
