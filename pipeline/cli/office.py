"""The office's daily work: exports, and the store itself."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.common import FORMS_OPTION, F, loaded, own_settings, say, told
from pipeline.errors import UsageProblem

if TYPE_CHECKING:
    from pipeline.exports import Asked
    from pipeline.forms import Forms
    from pipeline.store import Store

DATE = click.DateTime(["%Y-%m-%d"])


def _day(name: str, words: str) -> Callable[[F], F]:
    """An option that takes a day."""
    variable = "YOMITORI_EXPORT_" + name.upper().replace("-", "_")
    return click.option(f"--{name}", type=DATE, envvar=variable, show_envvar=True, help=f"{words}（YYYY-MM-DD）")


def _choice(name: str, words: str) -> Callable[[F], F]:
    """An option that takes a text."""
    return click.option(f"--{name}", envvar=f"YOMITORI_EXPORT_{name.upper()}", show_envvar=True, help=words)


@click.command()
@click.argument("out", type=click.Path(path_type=Path, dir_okay=False), metavar="OUT.xlsx")
@click.option(
    "--kind",
    default="data",
    show_default=True,
    envvar="YOMITORI_EXPORT_KIND",
    show_envvar=True,
    help="出力の種類（data: データファイル、report: 報告の表と図）",
)
@_choice("form", "この様式だけ（様式の id）")
@_day("as-of", "この日の終わりの姿で。あとから届いたもの、確定したものは入れない")
@_day("since", "この日から後に変わったもの")
@_day("from", "取り込みの期間の初めの日")
@_day("until", "取り込みの期間の終わりの日")
@_choice("district", "この地区だけ")
@_choice("office", "この窓口だけ")
@click.option(
    "--status",
    multiple=True,
    type=click.Choice(["accepted", "needs_review"]),
    envvar="YOMITORI_EXPORT_STATUS",
    show_envvar=True,
    help="この状態の記録だけ（accepted: 確定、needs_review: 確認待ち）",
)
@_choice("sheets", "シート名（コンマ区切り）。report では表の番号（A1,A8）")
@click.option(
    "--encoding",
    type=click.Choice(["utf-8-sig", "cp932"]),
    default="utf-8-sig",
    show_default=True,
    envvar="YOMITORI_EXPORT_ENCODING",
    show_envvar=True,
    help="CSV の文字コード",
)
@click.option(
    "--identified",
    is_flag=True,
    envvar="YOMITORI_EXPORT_IDENTIFIED",
    show_envvar=True,
    help="氏名など個人を識別する項目も出す（--purpose が要る）",
)
@_choice("purpose", "個人を識別する項目を出す目的（記録に残る）")
@click.option(
    "--sure",
    is_flag=True,
    envvar="YOMITORI_EXPORT_SURE",
    show_envvar=True,
    help="件数が多いときや、同意のない記録があるときも、個人を識別する項目を出す",
)
@click.option(
    "--check", is_flag=True, envvar="YOMITORI_EXPORT_CHECK", show_envvar=True, help="機械可読性の規則で確かめる"
)
@FORMS_OPTION
@told
def export(out: Path, sure: bool, check: bool, forms_dir: Path | None, **asked: Any) -> None:
    """確かめ済みの値をブック（.xlsx・.csv・.parquet）に書き出します。"""
    from pipeline import exports
    from pipeline import store as stores
    from pipeline.cli.reading import counted

    own = own_settings(forms_dir)
    progress = counted("書き出し") if sys.stderr.isatty() else None
    with stores.open(own) as opened:
        known, order = loaded(own), _asked(asked)
        _think_twice(opened, known, order, sure)
        done = exports.write(out, opened, known, order, progress)
    say(f"{done.records} 件を書き出しました（確認待ちの項目が {done.open_fields} あり、空欄にしてあります）。")
    for path in done.files:
        click.echo(path)
    wrong = exports.violations(done) if check else []
    for line in wrong:
        say(line)
    sys.exit(1 if wrong else 0)


def _think_twice(opened: Store, known: Forms, order: Asked, sure: bool) -> None:
    """Say what somebody should think about before names go out; without `--sure` nothing does."""
    from pipeline import exports

    doubts = exports.doubts(opened, order, exports.preview(".csv", opened, known, order)) if order.identified else []
    for line in doubts:
        say(f"注意: {line}")
    if doubts and not sure:
        raise UsageProblem(
            "export-sure",
            "念のため、まだ書き出していません。",
            "それでよければ --sure を付けてもう一度実行してください。",
        )


def _plain(value: object) -> object:
    return value.date() if isinstance(value, dt.datetime) else value


def _asked(given: dict[str, Any]) -> Asked:
    """The options as an order: days without their time, names in a list."""
    from pipeline import exports

    names = {"from": "arrived_from", "until": "arrived_until"}
    plain: dict[str, Any] = {names.get(name, name): _plain(value) for name, value in given.items()}
    sheets, purpose = plain.pop("sheets"), plain.pop("purpose")
    return exports.Asked(sheets=tuple(sheets.split(",")) if sheets else None, purpose=purpose or "", **plain)


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
    if own.engine != "local":
        from pipeline.workers import queue_tables

        with stores.open(own) as opened:
            queue_tables.migrate(opened)
    say(f"保存場所は今の版になっています（{own.data}）。")


@store.command()
@click.argument("url", envvar="YOMITORI_MOVE_TO", metavar="URL")
@told
def move(url: str) -> None:
    """データベースを、URL の空のデータベースに移します（SQLite から PostgreSQL へ、またはその逆）。

    先に serve・watch・worker を止めてください。原本は今の場所に残ります。パスワードを画面に残さないため、URL は
    環境変数 YOMITORI_MOVE_TO でも渡せます。
    """
    from pipeline import store as stores

    own = own_settings()
    wrong = stores.move(own, url)
    for line in wrong:
        click.echo(f"{line.code}\t{line.sha256}\t{line.page or ''}\t{line.message}")
    say(f"移しました。食い違い {len(wrong)}。これからは YOMITORI_DATABASE にその URL を指定してください。")
    sys.exit(1 if wrong else 0)


@store.command()
@click.option(
    "--fast", is_flag=True, envvar="YOMITORI_VERIFY_FAST", show_envvar=True, help="原本の中身までは読み直さない"
)
@told
def verify(fast: bool) -> None:
    """届いたものがすべて揃っているか、監査ログが書き換えられていないかを確かめます。"""
    from pipeline import store as stores

    with stores.open(own_settings()) as opened:
        wrong = stores.verify(opened, bytes_too=not fast)
        faults = stores.audit.verify(opened)
        counts = opened.counts()
    for line in wrong:
        click.echo(f"{line.code}\t{line.sha256}\t{line.page or ''}\t{line.message}")
    for fault in faults:
        click.echo(f"audit-{fault.code}\t{fault.line}\t\t{fault.message}")
    found = len(wrong) + len(faults)
    say(f"ファイル {counts.files}、ページ {counts.pages}、読み取り待ち {counts.waiting}、食い違い {found}。")
    sys.exit(1 if found else 0)


@store.command()
@click.option("--batch", envvar="YOMITORI_RESCANS_BATCH", show_envvar=True, help="このバッチの記録だけを、全体と比べる")
@told
def rescans(batch: str | None) -> None:
    """番号のない用紙で、同じ紙を二度スキャンしたらしいものの組を挙げます。何も変えません。

    一行に、記録の id 二つと、答えの一致する割合です。決めるのは人です（確認画面の「紙を直す」に並べて出ます）。
    """
    from pipeline import review
    from pipeline import store as stores

    with stores.open(own_settings()) as opened:
        found = 0
        for pair in review.rescans.every(opened, batch):
            found += 1
            click.echo(f"{pair.one}\t{pair.other}\t{pair.alike:.2f}")
    say(f"同じ紙かもしれない組 {found}。")
