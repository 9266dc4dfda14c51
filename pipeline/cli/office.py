"""The office's daily work: the review screen, exports, accounts, and the store itself."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, get_args

import click

from pipeline.cli.common import FORMS_OPTION, loaded, own_settings, say, told
from pipeline.store.accounts import Role

ROLES = get_args(Role)
DATE = click.DateTime(["%Y-%m-%d"])


@click.command()
@FORMS_OPTION
@click.option("--host", envvar="YOMITORI_HOST", show_envvar=True, help="待ち受けるアドレス（既定はこの PC だけ）")
@click.option(
    "--port", type=click.IntRange(0, 65535), envvar="YOMITORI_PORT", show_envvar=True, help="待ち受けるポート"
)
@told
def serve(forms_dir: Path | None, host: str | None, port: int | None) -> None:
    """確認画面を開きます。止めるには Ctrl+C を押します。"""
    import uvicorn

    from pipeline import store as stores
    from review_ui.app import create_app

    own = own_settings(forms_dir)
    own = own.model_copy(update={k: v for k, v in (("host", host), ("port", port)) if v is not None})
    with stores.open(own) as opened:
        say(f"確認画面: http://{own.host}:{own.port}/  （止めるには Ctrl+C）")
        uvicorn.run(create_app(own, opened, loaded(own)), host=own.host, port=own.port, log_level="warning")


@click.command()
@click.argument("out", type=click.Path(path_type=Path, dir_okay=False), metavar="OUT.xlsx")
@click.option(
    "--kind", default="data", show_default=True, envvar="YOMITORI_EXPORT_KIND", show_envvar=True, help="出力の種類"
)
@click.option("--form", envvar="YOMITORI_EXPORT_FORM", show_envvar=True, help="この様式だけ（様式の id）")
@click.option(
    "--as-of", type=DATE, envvar="YOMITORI_EXPORT_AS_OF", show_envvar=True, help="この日までに届いたもの（YYYY-MM-DD）"
)
@click.option(
    "--since",
    type=DATE,
    envvar="YOMITORI_EXPORT_SINCE",
    show_envvar=True,
    help="この日から後に変わったもの（YYYY-MM-DD）",
)
@click.option("--sheets", envvar="YOMITORI_EXPORT_SHEETS", show_envvar=True, help="シート名（コンマ区切り）")
@click.option(
    "--check", is_flag=True, envvar="YOMITORI_EXPORT_CHECK", show_envvar=True, help="機械可読性の規則で確かめる"
)
@FORMS_OPTION
@told
def export(out: Path, check: bool, forms_dir: Path | None, **asked: Any) -> None:
    """確かめ済みの値をブック（.xlsx・.csv・.parquet）に書き出します。"""
    from pipeline import store as stores
    from pipeline.cli import exporting

    own = own_settings(forms_dir)
    as_of, since = (asked[key].date() if asked[key] else None for key in ("as_of", "since"))
    with stores.open(own) as opened:
        order = exporting.Asked(asked["kind"], asked["form"], asked["sheets"], as_of, since)
        done = exporting.write(out, opened, loaded(own), order)
    say(f"{done.records} 件を書き出しました（確認待ちの項目が {done.open_fields} あり、空欄にしてあります）。")
    for path in done.files:
        click.echo(path)
    wrong = exporting.violations(done) if check else []
    for line in wrong:
        say(line)
    sys.exit(1 if wrong else 0)


@click.group()
def store() -> None:
    """保存場所の世話をします。"""


@store.command()
@told
def migrate() -> None:
    """保存場所を今の版に直します（無ければ作ります）。"""
    from pipeline import store as stores

    own = own_settings()
    stores.migrate(own)
    say(f"保存場所は今の版になっています（{own.data}）。")


@store.command()
@click.option(
    "--fast", is_flag=True, envvar="YOMITORI_VERIFY_FAST", show_envvar=True, help="原本の中身までは読み直さない"
)
@told
def verify(fast: bool) -> None:
    """届いたものがすべて揃っているかを確かめます。"""
    from pipeline import store as stores

    with stores.open(own_settings()) as opened:
        wrong = stores.verify(opened, bytes_too=not fast)
        counts = opened.counts()
    for line in wrong:
        click.echo(f"{line.code}\t{line.sha256}\t{line.page or ''}\t{line.message}")
    say(f"ファイル {counts.files}、ページ {counts.pages}、読み取り待ち {counts.waiting}、食い違い {len(wrong)}。")
    sys.exit(1 if wrong else 0)


@click.group()
def user() -> None:
    """確認画面を使う人を登録します。"""


@user.command()
@click.argument("name")
@click.option(
    "--role", default="reviewer", show_default=True, envvar="YOMITORI_USER_ROLE", show_envvar=True, help="役割"
)
@click.option("--office", envvar="YOMITORI_USER_OFFICE", show_envvar=True, help="所属")
@told
def add(name: str, role: Role, office: str | None) -> None:
    """人を登録し、一度だけのパスワードを出します。"""
    from pipeline import store as stores

    with stores.open(own_settings(), create=True) as opened:
        password = stores.accounts.add(opened, name, role, office)
    say(f"{name} さんを登録しました。パスワードは一度しか出ません:")
    click.echo(password)


@user.command("list")
@told
def everyone() -> None:
    """登録してある人の一覧です。"""
    from pipeline import store as stores

    with stores.open(own_settings()) as opened:
        for actor in stores.accounts.everyone(opened):
            click.echo(f"{actor.name}\t{actor.role}\t{actor.office or ''}")
