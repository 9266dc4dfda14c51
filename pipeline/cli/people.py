"""Accounts and the audit log, from the terminal: whoever may run this command may do everything."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from pipeline.cli.common import own_settings, say, told

if TYPE_CHECKING:
    from pipeline.store import Store
    from pipeline.store.accounts import Role

BY = "コマンド"
ROLE = click.option(
    "--role", default="reviewer", show_default=True, envvar="YOMITORI_USER_ROLE", show_envvar=True, help="役割"
)
OFFICE = click.option(
    "--office",
    envvar="YOMITORI_USER_OFFICE",
    show_envvar=True,
    help="所属の窓口（省くと本部。すべての窓口の紙を見られる）",
)


def _opened(create: bool = False) -> Store:
    from pipeline import store

    return store.open(own_settings(), create)


def _handed(name: str, password: str, did: str) -> None:
    say(f"{name} さん{did}。パスワードは一度しか出ません:")
    click.echo(password)


@click.group()
def user() -> None:
    """確認画面を使う人を登録します。"""


@user.command()
@click.argument("name")
@ROLE
@OFFICE
@told
def add(name: str, role: Role, office: str | None) -> None:
    """人を登録し、一度だけのパスワードを出します。

    役割は operator（取込）・reviewer（確認）・analyst（分析）・admin（管理）・auditor（監査）です。
    """
    from pipeline.store import accounts

    with _opened(create=True) as opened:
        password = accounts.add(opened, name, role, office, BY)
    _handed(name, password, "を登録しました")


@user.command("list")
@told
def everyone() -> None:
    """登録してある人の一覧です。名前・役割・所属・様子を、タブで区切って出します。"""
    from pipeline.store import accounts

    with _opened() as opened:
        for one in accounts.everyone(opened):
            states = {"disabled": one.disabled, "one-time": one.must_change, "factor": one.factor}
            told_of = ",".join(name for name, is_so in states.items() if is_so)
            click.echo(f"{one.name}\t{one.role}\t{one.office or ''}\t{told_of}")


@user.command()
@click.argument("name")
@told
def reset(name: str) -> None:
    """新しい一度だけのパスワードを出し、その人のサインインをすべて終わらせます。"""
    from pipeline.store import accounts

    with _opened() as opened:
        password = accounts.reset(opened, name, BY)
    _handed(name, password, "のパスワードを作り直しました")


@user.command()
@click.argument("name")
@told
def disable(name: str) -> None:
    """その人が使えないようにします。サインインはすぐに終わります。"""
    from pipeline.store import accounts

    with _opened() as opened:
        accounts.disable(opened, name, by=BY)
    say(f"{name} さんを停止しました。")


@user.command()
@click.argument("name")
@told
def enable(name: str) -> None:
    """停止を解きます。"""
    from pipeline.store import accounts

    with _opened() as opened:
        accounts.disable(opened, name, disabled=False, by=BY)
    say(f"{name} さんの停止を解きました。")


@user.command()
@click.argument("name")
@ROLE
@OFFICE
@told
def assign(name: str, role: Role, office: str | None) -> None:
    """役割と所属を変えます。その人は、もう一度サインインします。"""
    from pipeline.store import accounts

    with _opened() as opened:
        accounts.assign(opened, name, role, office, BY)
    say(f"{name} さんの役割と所属を変えました。")


@user.command("drop-factor")
@click.argument("name")
@told
def drop_factor(name: str) -> None:
    """確認コードの設定を消します（機器と控えのコードをなくした人のため）。"""
    from pipeline.store import accounts

    with _opened() as opened:
        accounts.drop_factor(opened, name, BY)
    say(f"{name} さんの確認コードの設定を消しました。")


@click.group()
def audit() -> None:
    """監査ログ（だれが何を見て、変え、書き出したか）を確かめます。"""


@audit.command()
@told
def verify() -> None:
    """一行目から全部の行を確かめ、データベースの外の控えと比べます。"""
    from pipeline import store

    with _opened() as opened:
        faults = store.audit.verify(opened)
        length = store.audit.length(opened)
    for one in faults:
        click.echo(f"{one.code}\t{one.line}\t{one.message}")
    say(f"監査ログ {length} 行、異常 {len(faults)}。")
    sys.exit(1 if faults else 0)


@audit.command("list")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True, envvar="YOMITORI_AUDIT_LIMIT",
              show_envvar=True, help="新しいものから何行")  # fmt: skip
@told
def listed(limit: int) -> None:
    """新しい行から、番号・時刻・だれが・何を・対象・目的を、タブで区切って出します。"""
    from pipeline import store

    with _opened() as opened:
        for one in store.audit.entries(opened, store.audit.Asked(), limit):
            click.echo("\t".join((str(one.id), one.at, one.actor or "", one.action, one.target, one.why)))
