"""Old file whole or new file whole: everything is written beside the target, made durable, then renamed."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from lxml import etree

from pipeline import errors
from pipeline.errors import Problem, UsageProblem

_STALE_SECONDS = 24 * 3600.0


@contextmanager
def beside(out: Path) -> Iterator[Path]:
    """A private folder (mode 0700) next to `out`, removed whatever happens.

    Raises:
        UsageProblem: no folder can be made there.
        Problem: writing inside failed.
    """
    try:
        _sweep(out)
        folder = Path(tempfile.mkdtemp(prefix=f".{out.name}.", suffix=".part", dir=out.parent))
    except OSError as error:
        raise UsageProblem(
            "export-folder",
            f"出力先のフォルダー {out.parent} に書き込めません（{errors.reason(error)}）。",
            "フォルダーがあるか、書き込めるかを確かめてください。",
        ) from error
    try:
        yield folder
    except (OSError, etree.SerialisationError) as error:
        raise Problem(
            "export-failed",
            f"{out} を書き出せませんでした（{_why(error)}）。前のファイルはそのまま残っています。",
            "ディスクの空きと、出力先を開いているプログラムがないかを確かめてください。",
        ) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _why(error: Exception) -> str:
    return errors.reason(error) if isinstance(error, OSError) else str(error)


def _sweep(out: Path) -> None:
    """Remove what an export that was killed left behind: it holds answers."""
    for old in out.parent.glob(f".{_literal(out.name)}.*.part"):
        if time.time() - old.stat().st_mtime > _STALE_SECONDS:
            shutil.rmtree(old, ignore_errors=True)


def _literal(name: str) -> str:
    return "".join(f"[{c}]" if c in "*?[" else c for c in name)


def publish(made: Mapping[Path, Path]) -> tuple[Path, ...]:
    """Move finished files (made → target) into place, each whole; the folder entry is durable on return."""
    for path in made:
        path.chmod(0o600)
        _sync(path)
    for path, target in made.items():
        path.replace(target)
    for folder in {target.parent for target in made.values()}:
        _sync(folder)
    return tuple(made.values())


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
