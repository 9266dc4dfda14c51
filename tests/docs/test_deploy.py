"""What the kit installs beside the program: units, settings, the nightly backup."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from pipeline import cli
from pipeline.settings import Settings

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
SETTING = re.compile(r"^#?(YOMITORI_[A-Z_]+)=(.*)$", re.MULTILINE)
OF_SCRIPTS = {"YOMITORI_BACKUP_DIR", "YOMITORI_BACKUP_KEEP", "YOMITORI_WATCH_DIR"}  # of nightly, and of `watch`


def _lines(unit: Path, key: str) -> list[str]:
    """Values of a key of a unit."""
    return re.findall(rf"^{key}=(.*)$", unit.read_text("utf-8"), re.MULTILINE)


def _settings() -> dict[str, str]:
    return {
        name: shlex.split(value)[0] for name, value in SETTING.findall((DEPLOY / "yomitori.env").read_text("utf-8"))
    }


def test_settings_are_settings_of_the_program() -> None:
    """The settings file that is installed names nothing that no part of the program reads."""
    known = {f"YOMITORI_{name.upper()}" for name in Settings.model_fields} | OF_SCRIPTS
    assert set(_settings()) - known == set()


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_no_unit_says_what_the_settings_file_would_undo(unit: Path) -> None:
    """EnvironmentFile= wins over Environment=, so a unit of ours sets nothing that the office's file sets too."""
    own = {line.split("=")[0].strip('"') for line in _lines(unit, "Environment")}
    assert _lines(unit, "EnvironmentFile") == ["/etc/yomitori/yomitori.env"]
    assert own & set(_settings()) == set()


@pytest.mark.parametrize(
    ("unit", "names"),
    [
        ("yomitori-serve.service", ["YOMITORI_DATA"]),
        ("yomitori-watch.service", ["YOMITORI_DATA", "YOMITORI_WATCH_DIR"]),
        ("yomitori-backup.service", ["YOMITORI_DATA", "YOMITORI_BACKUP_DIR"]),
    ],
)
def test_units_may_write_where_the_settings_point(unit: str, names: list[str]) -> None:
    """All else is read-only for a service, so the folders of the settings file lie within what its unit leaves open."""
    (open_folders,) = _lines(DEPLOY / "systemd" / unit, "ReadWritePaths")
    folders = [Path(folder) for folder in open_folders.split()]
    found = _settings()
    assert [name for name in names if not any(Path(found[name]).is_relative_to(folder) for folder in folders)] == []


@pytest.mark.parametrize("script", ["install", "check", "nightly", "yomitori"])
def test_scripts_are_sound(script: str) -> None:
    """The scripts are executable and free of syntax errors."""
    assert os.access(DEPLOY / script, os.X_OK)
    assert subprocess.run(["sh", "-n", DEPLOY / script], check=False, timeout=10).returncode == 0


def _nightly(folder: Path, program: str, database: str = "") -> subprocess.CompletedProcess[str]:
    """The nightly script with a program of our own, which keeps three backups in a folder."""
    (folder / "bin").mkdir(exist_ok=True)
    for name in ("yomitori", "pg_dump"):
        (folder / "bin" / name).write_text(f"#!/bin/sh\n{program}\n")
        (folder / "bin" / name).chmod(0o755)
    text = (DEPLOY / "nightly").read_text("utf-8")
    text = re.sub("^program=.*$", f"program={folder}/bin/yomitori", text, flags=re.MULTILINE)
    told = {"YOMITORI_BACKUP_DIR": str(folder), "YOMITORI_BACKUP_KEEP": "3", "YOMITORI_DATABASE": database}
    path = f"{folder}/bin:{os.environ['PATH']}"
    return subprocess.run(
        ["sh", "-c", text], env={**told, "PATH": path}, check=False, timeout=20, capture_output=True, text=True
    )


OLD = [f"yomitori-2026040{day}-013000" for day in range(1, 6)]


@pytest.mark.parametrize(("database", "suffix"), [("", "backup"), ("postgresql://h/y", "dump")])
def test_the_nightly_backup_keeps_the_newest(tmp_path: Path, database: str, suffix: str) -> None:
    """One more each night; of all, the newest three stay, and what else lies in the folder is left alone."""
    for name in (*(f"{name}.{suffix}" for name in OLD), "yomitori-note.backup", "other.txt"):
        (tmp_path / name).touch()
    done = _nightly(tmp_path, 'for out; do :; done; echo made >"${out#--file=}"' if not database else _DUMP, database)
    assert (done.returncode, done.stderr) == (0, "")
    left = sorted(path.name for path in tmp_path.iterdir() if path.is_file())
    assert left[0] == "other.txt"
    assert left[-1] == "yomitori-note.backup"
    assert left[1:3] == [f"{name}.{suffix}" for name in OLD[-2:]]
    assert len(left) == 5
    assert (tmp_path / left[3]).read_text() == "made\n"
    assert (tmp_path / left[3]).stat().st_mode & 0o077 == 0


_DUMP = 'for one; do case "$one" in --file=*) echo made >"${one#--file=}" ;; esac; done'


def test_a_backup_that_failed_takes_none_away(tmp_path: Path) -> None:
    """When tonight's backup could not be made, the old ones stay and the unit fails."""
    for name in OLD:
        (tmp_path / f"{name}.backup").touch()
    assert _nightly(tmp_path, "exit 5").returncode == 5
    assert len(list(tmp_path.glob("*.backup"))) == len(OLD)


def _functions(*names: str) -> str:
    """Functions of the install script, as they stand."""
    text = (DEPLOY / "install").read_text("utf-8")
    return "".join(re.findall(rf"^(?:{'|'.join(names)})\(\) {{\n.*?^}}\n", text, re.MULTILINE | re.DOTALL))


def test_an_upgrade_that_failed_leaves_the_data_as_they_were(tmp_path: Path) -> None:
    """What is put back is as before, originals were never moved, and the folder stays the office's own."""
    data, kept = tmp_path / "data", tmp_path / "kept"
    (data / "vault").mkdir(parents=True)
    (data / "vault" / "original").write_text("paper")
    (data / "yomitori.sqlite").write_text("before")
    (tmp_path / "settings").write_text("")
    data.chmod(0o750)
    told = f"home={tmp_path} kept={kept} old={tmp_path}/1 settings={tmp_path}/settings YOMITORI_DATA={data}\n"
    script = "set -eu\nsay() { :; }\n" + told + _functions("backup", "undo")
    broken = f"echo half >{data}/yomitori.sqlite; echo more >{data}/yomitori.sqlite-wal"
    done = subprocess.run(["sh", "-c", f"{script}\nbackup\n{broken}\nundo"], check=False, timeout=20)
    assert done.returncode == 0
    assert (data / "yomitori.sqlite").read_text() == "before"
    assert sorted(path.name for path in data.iterdir()) == ["vault", "yomitori.sqlite"]
    assert (data / "vault" / "original").read_text() == "paper"
    assert not (kept / "data" / "vault").exists()
    assert data.stat().st_mode & 0o777 == 0o750
    assert (tmp_path / "current").readlink() == tmp_path / "1"


def _compose() -> dict[str, Any]:
    return dict(yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8")))


def _command(words: list[str]) -> str:
    """What a command line asks for, as click resolves it; raises click's UsageError."""
    found: click.Command = cli.main
    while words and isinstance(found, click.Group):
        _, next_one, words = found.resolve_command(click.Context(found), words)
        assert next_one is not None
        found = next_one
    return str(found.make_context(str(found.name), words, resilient_parsing=True).info_name)


def test_compose_asks_for_commands_and_settings_that_exist() -> None:
    """Every service of ours runs a command, with settings that are ones, on volumes and secrets that are declared."""
    told = _compose()
    ours = {name: one for name, one in told["services"].items() if one["image"] == "yomitori"}
    found = {name: _command(list(one["command"])) for name, one in ours.items()}
    assert found == {"migrate": "migrate", "serve": "serve", "watch": "watch", "worker": "worker"}
    known = {f"YOMITORI_{name.upper()}" for name in Settings.model_fields}
    assert {name for one in ours.values() for name in one["environment"]} - known == set()
    assert all({"shared:/shared"} <= set(one["volumes"]) for one in ours.values())
    assert {secret for one in told["services"].values() for secret in one["secrets"]} == set(told["secrets"])


def test_compose_services_wait_for_the_tables() -> None:
    """Nobody works on a database whose tables are not made yet."""
    for name in ("serve", "watch", "worker"):
        waits = _compose()["services"][name]["depends_on"]
        assert waits["migrate"] == {"condition": "service_completed_successfully"}
        assert waits["database"] == {"condition": "service_healthy"}
