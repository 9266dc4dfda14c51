"""What the tests of the pool let its children do; in a module of its own, because children import it by name."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from pipeline import errors


def double(number: int) -> int:
    """The number twice."""
    return 2 * number


def slow_if_even(number: int) -> int:
    """The number itself, late where it is even."""
    time.sleep(0.2 if number % 2 == 0 else 0)
    return number


def misbehave(how: str) -> str:
    """Die, hang, burn, eat memory, raise, or answer, as asked."""
    return WAYS[how]()


def _segfault() -> str:
    os.kill(os.getpid(), signal.SIGSEGV)
    return "alive"


def _hang() -> str:
    time.sleep(600)
    return "awake"


def _burn() -> str:
    while True:
        pass


def _eat() -> str:
    return str(np.ones(2**33, dtype=np.uint8).sum())


KEPT: list[np.ndarray] = []


def keep(share: float) -> int:
    """Keep so much of this process's address space for good; its number."""
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    mapped = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    KEPT.append(np.empty(max(int(share * limit) - mapped, 0), np.uint8))
    return os.getpid()


def _refuse() -> str:
    raise errors.FileRefused("damaged", "壊れています。")


def _stumble() -> str:
    raise KeyError("a defect of ours")


def _lack() -> str:
    raise errors.ProgramMissing("tesseract-missing", "Tesseract がありません。")


def _fine() -> str:
    return "fine"


WAYS = {
    "segfault": _segfault,
    "hang": _hang,
    "burn": _burn,
    "eat": _eat,
    "refuse": _refuse,
    "stumble": _stumble,
    "lack": _lack,
    "fine": _fine,
}


def hang_with_child(pid_file: Path) -> None:
    """Start a program that would outlive this process, say its number, and hang."""
    program = subprocess.Popen(["sleep", "600"])
    pid_file.write_text(f"{os.getpid()} {program.pid}")
    time.sleep(600)


def hang_once(note: Path) -> str:
    """Hang, unless somebody tried before."""
    if note.exists():
        return "fine"
    note.touch()
    return _hang()


def surroundings(name: str) -> str | None:
    """An environment variable as the child sees it."""
    return os.environ.get(name)


def address_limit(_: object) -> int:
    """Bytes of address space this process may have."""
    return resource.getrlimit(resource.RLIMIT_AS)[0]


def heavy_libraries(_: object) -> list[str]:
    """Load what reading needs, and say which."""
    import cv2
    import onnxruntime

    return [cv2.__name__, onnxruntime.__name__, str(cv2.getNumThreads())]


def leave_a_file(_: object) -> Path:
    """Write a temporary file as a library would, and forget it."""
    import tempfile

    with tempfile.NamedTemporaryFile(delete=False) as file:
        return Path(file.name)


def chatter(text: str) -> None:
    """Print as a library might."""
    print(text)  # noqa: T201 - what is tested
    sys.stdout.flush()


def context() -> dict[str, int]:
    """What a child prepares once."""
    return {"made by": os.getpid()}


def who_made(_: object, prepared: dict[str, int]) -> tuple[int, int]:
    """This process, and the one that prepared the context."""
    return os.getpid(), prepared["made by"]


def cannot_start() -> None:
    """A start that dies."""
    os._exit(7)


def finds_no_program() -> None:
    """A start that finds a program missing."""
    raise errors.ProgramMissing("poppler-missing", "Poppler がありません。")
