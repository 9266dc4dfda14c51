"""What settled records teach: cells for training, and calibration on the office's own paper."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli.common import FORMS_OPTION, loaded, own_settings, say, told


@click.group()
def learn() -> None:
    """確かめ済みの値から、読み取りを育てます。"""


@learn.command()
@click.argument("out", type=click.Path(path_type=Path, file_okay=False))
@FORMS_OPTION
@told
def cells(out: Path, forms_dir: Path | None) -> None:
    """人が確かめた数字のマス目を、学習用の画像として書き出します。個人を示す項目は出しません。"""
    from pipeline import learning, store

    own = own_settings(forms_dir)
    with store.open(own) as opened:
        counted = learning.cells(opened, loaded(own), out)
        opened.audit(None, "cells-exported", f"cells={counted.total()}")
    say(f"マス目 {counted.total()} 個を {out} に書き出しました。順番は混ぜてあり、元の数には戻せません。")


@learn.command()
@click.option(
    "--dry-run",
    is_flag=True,
    envvar="YOMITORI_LEARN_DRY_RUN",
    show_envvar=True,
    help="何が変わるかを示すだけで、保存しない",
)
@FORMS_OPTION
@told
def calibrate(dry_run: bool, forms_dir: Path | None) -> None:
    """この役所で確かめた値から、受け入れの線を決め直します。出荷時より甘くはなりません。"""
    from pipeline import learning, store
    from pipeline.read import confidence

    own = own_settings(forms_dir)
    with store.open(own) as opened:
        known = learning.cases(opened, loaded(own))
        card, before = learning.calibrated(known, own), confidence.shipped()
        for name, rows in sorted(known.items()):
            right = sum(right for _, right, _ in rows)
            lines = (before[name]["line"][0], card[name]["line"][0]) if name in before else (1.0, 1.0)
            click.echo(
                f"{name}\t確かめた値 {len(rows)}\t読みどおり {right}\t受け入れの線 {lines[0]:.4f} → {lines[1]:.4f}"
            )
        if not dry_run:
            path = learning.keep(card, own)
            opened.audit(None, "calibrated", f"version={card['version']}")
            say(f"{path} に保存しました。次に読むものから使われます。")
