"""`make demo`: a stack of filled sheets, drawn, taken in, read, exported, and open for review in the browser."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import click

from pipeline import exports, review, store
from pipeline import forms as form_files
from pipeline.acquire import reasons
from pipeline.cli import intake, reading
from pipeline.cli.common import loaded
from pipeline.forms.load import SHIPPED
from pipeline.settings import Settings
from pipeline.store import Store
from samples import demo_stack
from samples.__main__ import sources

ROOT = Path(__file__).resolve().parents[1]
READER = "確認者"
ANSWER_S = 30.0  # for the review screen to answer


@click.command()
@click.option("--out", type=click.Path(path_type=Path), default=ROOT / "demo", help="デモの場所（毎回作り直します）")
@click.option("--seed", default=20260401, show_default=True, help="同じ数からは同じ束ができます")
@click.option("--serve/--no-serve", default=True, show_default=True, help="確認画面を開いたままにする")
@click.option("--draw", "only_drawn", is_flag=True, help="束を作るだけで、読み取らない")
@click.option("--stop", is_flag=True, help="開いたままの確認画面を閉じるだけ")
def main(out: Path, seed: int, serve: bool, only_drawn: bool, stop: bool) -> None:
    """紙の束を作り、読み取りから表まで通して見せます。"""
    began = time.monotonic()
    stop_serving(out)
    if stop:
        return
    own = fresh(out)
    say("1/4  記入済みの用紙（架空）をスキャンした PDF を作っています")
    scans = drawn(out, seed, own)
    if only_drawn:
        return
    say("2/4  取り込んで読み取っています")
    with store.open(own, create=True) as opened:
        arrivals = reading.taken_in(own, opened, [scans])
        say("3/4  表に書き出しています")
        book = out / "読取デモ.xlsx"
        done = exports.write(book, opened, loaded(own), exports.Asked(by="デモ"))
        password = store.accounts.add(opened, READER)
        say("4/4  結果")
        told = [
            *summary(opened, len(arrivals)),
            f"ブック:   {book}（確かめ済みの値だけ。確認待ちの {done.open_fields} 項目は空欄・6保留）",
        ]
    print("\n".join(told))
    if serve:
        print(
            f"確認画面: {serving(own, out)}\n  名前 {READER}  パスワード {password}（一度だけ表示）\n  閉じるには make demo ARGS=--stop"
        )
    say(f"ここまで {time.monotonic() - began:.0f} 秒")


def say(words: str) -> None:
    """Progress for the person at the terminal."""
    print(words, file=sys.stderr, flush=True)


def fresh(out: Path) -> Settings:
    """The demo's own settings, its data folder emptied."""
    for name in ("data", "scans"):
        shutil.rmtree(out / name, ignore_errors=True)
    out.mkdir(parents=True, exist_ok=True)
    return Settings(data=out / "data", forms=None, database=None, port=free_port())


def free_port() -> int:
    """The usual port, or another when it is taken."""
    usual = Settings().port
    with contextlib.suppress(OSError), socket.socket() as probe:
        probe.bind(("127.0.0.1", usual))
        return usual
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def drawn(out: Path, seed: int, own: Settings) -> Path:
    """The scanner's folder, filled."""
    known = form_files.load([SHIPPED], own.blanks)
    truth = demo_stack.draw(known, out / "scans", seed, sources([SHIPPED]), reading.counted("用紙"))
    truth.replace(out / "truth.jsonl")
    return out / "scans"


def summary(opened: Store, files: int) -> list[str]:
    """What was read, what waits for review, what was refused and why."""
    counts = opened.counts()
    read = Counter(one.record.form[0] for one in opened.records() if one.record.form and one.record.readings)
    waiting = list(review.queue(opened, limit=10_000))
    lines = [f"取り込み: ファイル {files}、ページ {counts.pages}"]
    lines += [f"  {name}: {n} 件" for name, n in sorted(read.items())]
    lines += ["状態: " + "、".join(f"{intake.STATUS[name]} {n}" for name, n in counts.records.items() if n)]
    lines += [f"確認待ち: {len(waiting)} 件、{sum(len(item.open) for item in waiting)} 項目"]
    for scan in opened.scans(refused=True):
        lines += [f"開けなかった: {reasons.refusal(scan.refused or 'damaged', scan.name).message}"]
    for one in opened.records(status=("unidentified", "unreadable")):
        page = one.record.pages[0]
        if page.page is not None:
            lines += [f"様式がわからなかった: {page.file} の {page.page} ページ目（{one.record.reason}）"]
    return lines


def serving(own: Settings, out: Path) -> str:
    """Start the review screen in the background; its address once it answers."""
    environment = os.environ | {"YOMITORI_DATA": str(own.data), "YOMITORI_PORT": str(own.port)}
    with (out / "serve.log").open("wb") as log:
        command = [sys.executable, "-m", "pipeline.cli", "serve"]
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=ROOT, env=environment, start_new_session=True)
    (out / "serve.pid").write_text(str(process.pid))
    give_up = time.monotonic() + ANSWER_S
    while time.monotonic() < give_up and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", own.port), 1):
            break
        time.sleep(0.2)
    return f"http://127.0.0.1:{own.port}/"


def stop_serving(out: Path) -> None:
    """End the review screen of an earlier demo, if it is still that."""
    pid_file = out / "serve.pid"
    if not pid_file.is_file():
        return
    pid = int(pid_file.read_text())
    with contextlib.suppress(OSError):
        if b"pipeline.cli" in Path(f"/proc/{pid}/cmdline").read_bytes():
            os.kill(pid, signal.SIGTERM)
    pid_file.unlink()


if __name__ == "__main__":
    main()
