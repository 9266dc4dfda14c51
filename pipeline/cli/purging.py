"""What goes for good when its time is over: a look first, then with `--yes`, and a certificate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline import errors
from pipeline.cli.common import own_settings, say, told
from pipeline.errors import UsageProblem

if TYPE_CHECKING:
    from pipeline.store import Store
    from pipeline.store.purge import Chosen, Outlook

FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.option("--batch", envvar="YOMITORI_PURGE_BATCH", show_envvar=True, help="このバッチの、確定した記録")
@click.option(
    "--record", "records", multiple=True, envvar="YOMITORI_PURGE_RECORD", show_envvar=True, help="この記録（id）"
)
@click.option("--by", envvar="YOMITORI_PURGE_BY", show_envvar=True, help="消す人（利用者の名前）。--yes には要る")
@click.option(
    "--why", default="", envvar="YOMITORI_PURGE_WHY", show_envvar=True, help="消す理由（100 字まで。氏名は書かない）"
)
@click.option(
    "--certificate",
    "paper",
    type=FILE,
    envvar="YOMITORI_PURGE_CERTIFICATE",
    show_envvar=True,
    help="証明書を書くファイル（省くと画面に）",
)
@click.option(
    "--yes", is_flag=True, envvar="YOMITORI_PURGE_YES", show_envvar=True, help="本当に消す（付けなければ、見るだけ）"
)
@told
def purge(batch: str | None, records: tuple[str, ...], by: str | None, why: str, paper: Path | None, yes: bool) -> None:
    """保存期限（YOMITORI_RETENTION）の過ぎた記録を、読み取りの結果・履歴・画像ごと消します。

    --batch か --record を付けると、期限によらず、そのバッチの確定した記録か、その記録を消します。--yes を付けなければ、
    何が消えるかを示すだけです。ほかの記録が残る原本からは、そのページだけを消します。
    """
    from pipeline import run
    from pipeline import store as stores

    if yes and not by:
        raise UsageProblem("purge-by", "だれが消すのかがわかりません。", "--by に利用者の名前を付けてください。")
    own = own_settings()
    with stores.open(own) as opened:
        chosen = _chosen(opened, batch, records, own.retention)
        if not yes or not by:
            say(_in_words(stores.purge.outlook(opened, chosen)))
            say("まだ何も消していません。消すには --yes と --by を付けてください。")
            return
        done, at = run.purge(opened, chosen, by, why[:100])
        say(_in_words(done))
        if at:
            _hand_over(certified(opened, at), paper)
            say("消しました。この前のバックアップと、書き出したファイルには残っています。")


def _chosen(opened: Store, batch: str | None, records: tuple[str, ...], retention: dict[str, int]) -> Chosen:
    from pipeline import store as stores

    if batch is not None and records:
        raise UsageProblem(
            "purge-both", "--batch と --record は、いっしょには使えません。", "一つずつ実行してください。"
        )
    if records:
        return stores.purge.of_records(opened, records)
    return stores.purge.due(opened, retention) if batch is None else stores.purge.of_batch(opened, batch)


def _in_words(seen: Outlook) -> str:
    told = [f"消える記録 {len(seen.plan.records)} 件、原本 {seen.files} 件、残る原本から消すページ {seen.cut} 枚。"]
    told += [f"期限は過ぎたが、確認待ちなので残すもの {seen.open} 件。"] if seen.open else []
    told += [f"同じ紙に残すものがあるので残すもの {seen.shared} 件。"] if seen.shared else []
    told += [f"{name} からは、そのページだけを消せません。" for name in seen.stuck]
    return "".join(told)


def _hand_over(text: str, paper: Path | None) -> None:
    if paper is None:
        click.echo(text, nl=False)
        return
    try:
        paper.write_text(text, "utf-8")
    except OSError as error:  # what went is gone: its certificate is not lost for want of a place
        click.echo(text, nl=False)
        say(
            f"証明書を {paper} に書けないので（{errors.reason(error)}）、画面に出しました。yomitori store certificates でも出せます。"
        )
        return
    click.echo(paper)


@click.command()
@told
def certificates() -> None:
    """これまでの消去の証明書を、台帳と監査ログからもう一度作ります。"""
    from pipeline import store as stores

    with stores.open(own_settings()) as opened:
        for at in stores.purge.moments_of(opened):
            click.echo(certified(opened, at))


def certified(opened: Store, at: str) -> str:
    """The certificate of one purge as a page of text: ids and hashes, never values."""
    from pipeline import store as stores

    made = stores.purge.certificate(opened, at)
    first, last = made.lines
    lines = [
        "消去証明書",
        f"日時: {stores.moments.shown(made.at)}（日本時間）",
        f"消した人: {made.by}",
        f"理由: {made.why or '—'}",
        f"監査ログ: {first}–{last} 行（最後の行の検証値 {made.mac}）",
        f"記録 {len(made.records)} 件（読み取りの結果・履歴・画像とも）: id、様式、届いた日（UTC）",
        *(f"  {one.id}  {one.form}  {one.arrived}" for one in made.records),
        f"原本 {len(made.files)} 件: SHA-256、消したページ（0 は開けなかったファイル）、残りの SHA-256（- は何も残らない）",
        *(f"  {one.sha256}  {one.pages}  {one.left}" for one in made.files),
        "この日より前のバックアップと、書き出したファイルは含みません。",
    ]
    return "\n".join(lines) + "\n"
