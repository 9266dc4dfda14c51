"""`yomitori serve`: the review screen, for this machine only or over TLS."""

from __future__ import annotations

import hashlib
import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.common import FORMS_OPTION, loaded, own_settings, say, told
from pipeline.errors import StoreProblem, UsageProblem
from pipeline.settings import Settings

if TYPE_CHECKING:
    from pipeline.store import Store

GRACE_S = 5  # a page that shows progress stays connected for ever; stopping does not wait for it
PEM = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command()
@FORMS_OPTION
@click.option("--host", envvar="YOMITORI_HOST", show_envvar=True, help="待ち受けるアドレス（既定はこの PC だけ）")
@click.option(
    "--port", type=click.IntRange(0, 65535), envvar="YOMITORI_PORT", show_envvar=True, help="待ち受けるポート"
)
@click.option(
    "--public-host",
    envvar="YOMITORI_PUBLIC_HOST",
    show_envvar=True,
    help="ブラウザーに入れる名前（ほかの PC から使うとき）",
)
@click.option("--certificate", type=PEM, envvar="YOMITORI_CERTIFICATE", show_envvar=True, help="TLS の証明書（PEM）")
@click.option("--key", type=PEM, envvar="YOMITORI_KEY", show_envvar=True, help="TLS の秘密鍵（PEM）")
@click.option(
    "--behind-proxy",
    is_flag=True,
    default=None,
    envvar="YOMITORI_BEHIND_PROXY",
    show_envvar=True,
    help="TLS を受け持つプロキシの後ろ、またはコンテナーの中で動かす",
)
@told
def serve(forms_dir: Path | None, **given: Any) -> None:
    """確認画面を開きます。止めるには Ctrl+C を押します。

    ほかの PC から使うには TLS が要ります。暗号化しない HTTP は、この PC の中だけで使えます。
    """
    import uvicorn

    from review_ui.app import create_app

    own = own_settings(forms_dir)
    own = own.model_copy(update={name: value for name, value in given.items() if value is not None})
    how = listening(own)
    with opened(own) as store:
        first = first_secret(store)
        for line in next_steps(store, first):
            say(line)
        say(f"確認画面: {address(own)}  （止めるには Ctrl+C）")
        digest = hashlib.sha256(first.encode()).hexdigest() if first else None
        uvicorn.run(create_app(own, store, loaded(own), digest), log_level="warning", **how)


def listening(own: Settings) -> dict[str, Any]:
    """How uvicorn is to listen; raises UsageProblem where others could read along."""
    from review_ui import gate

    plain = own.certificate is None and own.key is None
    if plain and not own.behind_proxy and not gate.is_loopback(own.host):
        raise UsageProblem(
            "plain-http",
            f"{own.host} で待ち受けると、内容が暗号化されずにネットワークを流れるため、始めません。",
            "この PC だけで使うなら --host を外してください。ほかの PC からも使うなら --certificate と --key"
            "（TLS の証明書と秘密鍵）を付けるか、TLS を受け持つプロキシの後ろに置いて --behind-proxy を付けてください。",
        )
    how: dict[str, Any] = {"host": own.host, "port": own.port, "proxy_headers": own.behind_proxy}
    how["timeout_graceful_shutdown"] = GRACE_S
    if own.behind_proxy:
        how["forwarded_allow_ips"] = "*"  # only the proxy reaches this port: that is what the setting promises
    return how if plain else how | _tls(own)


def _tls(own: Settings) -> dict[str, str]:
    if own.certificate is None or own.key is None:
        raise UsageProblem("tls-half", "--certificate と --key は、両方とも要ります。", "足りない方を付けてください。")
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(own.certificate, own.key)
    except (OSError, ssl.SSLError) as error:
        what = f"証明書 {own.certificate} と秘密鍵 {own.key} を使えません。"
        raise UsageProblem(
            "tls-unfit", what, "PEM 形式か、互いに対のものか、読む権限があるかを確かめてください。"
        ) from error
    return {"ssl_certfile": str(own.certificate), "ssl_keyfile": str(own.key)}


def address(own: Settings) -> str:
    """What goes into the browser."""
    name = own.public_host or own.host
    name = f"[{name}]" if ":" in name else name
    if own.behind_proxy:
        return f"https://{name}/（プロキシの後ろ）" if own.public_host else f"このコンテナーのポート {own.port}"
    return f"{'https' if own.certificate else 'http'}://{name}:{own.port}/"


def opened(own: Settings) -> Store:
    """The open store; on an empty data folder a StoreProblem that says how to begin."""
    from pipeline import store

    try:
        return store.open(own)
    except StoreProblem as problem:
        if problem.code != "store-missing":
            raise
        what = f"データフォルダー {own.data} は、まだ空です。次の順に始めてください。"
        raise StoreProblem(problem.code, what, FIRST_STEPS) from problem


FIRST_STEPS = """
  1. yomitori store migrate      保存場所を作ります（yomitori ingest でもできます）
  2. yomitori serve              確認画面を開きます。最初の管理者を登録する合言葉が一度だけ出ます
  3. yomitori ingest フォルダー  スキャンを取り込んで読み取ります
利用者は、管理者が画面で登録するか、yomitori user add 名前 で登録します。
データフォルダーが違うときは、環境変数 YOMITORI_DATA で指定してください。"""


def first_secret(store: Store) -> str:
    """A one-time secret that makes the first admin; "" when there is an account already."""
    from pipeline.store import accounts

    return "" if accounts.everyone(store) else accounts.passwords.one_time()


def next_steps(store: Store, first: str) -> list[str]:
    """What is still missing before anybody can work, a line each."""
    from pipeline.store import accounts

    said = []
    if first:
        said.append(
            "利用者がまだいません。確認画面を開き、次の一度だけの合言葉で最初の管理者を登録してください"
            f"（yomitori user add 名前 でも登録できます）: {first}"
        )
    elif not any(not one.disabled for one in accounts.everyone(store)):
        said.append("注意: 使える利用者がいません。yomitori user enable 名前 で停止を解いてください。")
    if not store.counts().files:
        said.append("注意: まだ何も取り込まれていません。yomitori ingest フォルダー で取り込んでください。")
    return said
