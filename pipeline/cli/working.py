"""`yomitori worker`: reads what others took in, on this machine or another."""

from __future__ import annotations

import functools
from pathlib import Path

import click

from pipeline.cli.common import FORMS_OPTION, loaded, own_settings, say, told
from pipeline.errors import UsageProblem


@click.command()
@click.option(
    "--workers",
    "count",
    type=click.IntRange(0, 64),
    envvar="YOMITORI_WORKERS",
    show_envvar=True,
    help="並列に読むプロセスの数",
)
@FORMS_OPTION
@told
def worker(count: int | None, forms_dir: Path | None) -> None:
    """待ち行列にあるページを読み続けます。止めるには Ctrl+C を押します。

    YOMITORI_ENGINE=procrastinate のとき、取り込まれたページは PostgreSQL の待ち行列に入ります。何台の機械で、いくつ
    動かしても構いません。
    """
    from pipeline import store, workers

    own = own_settings(forms_dir)
    if own.engine == "local":
        raise UsageProblem(
            "engine-local",
            "待ち行列を使わない設定です（YOMITORI_ENGINE=local）。取り込んだ命令が自分で読むので、ワーカーは要りません。",
            "ワーカーに読ませるなら YOMITORI_ENGINE=procrastinate を指定してください。",
        )
    from pipeline.workers.worker import work

    with store.open(own, create=True) as opened, workers.pool(own, functools.partial(loaded, own), count) as pool:
        say(f"ワーカーを始めました（{own.shown_database}）。止めるには Ctrl+C を押してください。")
        work(pool, opened, loaded(own), say)
    say("ワーカーを終わりました。")
