"""Backups, and restoring them."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from pipeline import errors
from pipeline.cli.common import own_settings, say, told
from pipeline.errors import UsageProblem
from pipeline.settings import Settings

KEY = click.option(
    "--key-file",
    "key_file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    envvar="YOMITORI_BACKUP_KEY",
    show_envvar=True,
    help="合言葉（12 文字以上）を書いたファイル。省くと画面で尋ねる",
)
FILE = click.Path(path_type=Path, dir_okay=False)


def _passphrase(own: Settings, key_file: Path | None, twice: bool) -> str:
    path = key_file or own.backup_key
    if path is not None:
        return _written_in(path)
    if not sys.stdin.isatty():
        raise UsageProblem(
            "passphrase-missing", "合言葉がありません。", "--key-file で合言葉のファイルを指定してください。"
        )
    return str(click.prompt("合言葉", hide_input=True, confirmation_prompt=twice, err=True))


def _written_in(path: Path) -> str:
    try:
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = errors.reason(error) if isinstance(error, OSError) else "文字として読めません"
        what = f"合言葉のファイル {path} を読めません（{why}）。"
        raise UsageProblem(
            "passphrase-unread", what, "UTF-8 の文字で一行に書いたファイルを指定してください。"
        ) from error


@click.command()
@click.argument("out", type=FILE, metavar="OUT")
@KEY
@told
def backup(out: Path, key_file: Path | None) -> None:
    """保存場所のすべてを、暗号化した一つのファイルに写します。取り込みや確認の途中でも使えます。

    戻すには同じ合言葉が要ります。合言葉は、この PC とは別の場所に保管してください。
    """
    from pipeline import store as stores

    own = own_settings()
    with stores.open(own) as opened:
        done = stores.backup.backup(opened, out, _passphrase(own, key_file, twice=True))
    say(f"{stores.moments.shown(done.at)} の姿を写しました（原本 {done.files} 件、{done.bytes / 1e6:,.0f} MB）。")
    click.echo(out)


@click.command()
@click.argument("source", type=FILE, metavar="BACKUP")
@KEY
@told
def restore(source: Path, key_file: Path | None) -> None:
    """バックアップから、空のデータフォルダーに戻し、揃っているかを確かめます。"""
    from pipeline import store as stores

    own = own_settings()
    done = stores.backup.restore(own, source, _passphrase(own, key_file, twice=False))
    say(f"{stores.moments.shown(done.at)} の姿に戻しました（原本 {done.files} 件）。")
    stores.migrate(own)
    with stores.open(own) as opened:
        wrong = stores.verify(opened, bytes_too=False)  # every byte was hashed on its way
    for line in wrong:
        click.echo(f"{line.code}\t{line.sha256}\t{line.page or ''}\t{line.message}")
    say(f"食い違い {len(wrong)}。")
    sys.exit(1 if wrong else 0)
