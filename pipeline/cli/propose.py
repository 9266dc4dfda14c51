"""A draft form file from blank paper."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from pipeline.cli.common import own_settings, say, told


@click.command()
@click.argument("blank", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    envvar="YOMITORI_PROPOSE_OUT",
    show_envvar=True,
    help="form.yaml と blank.pdf を書き出すフォルダー",
)
@click.option(
    "--id", "form_id", envvar="YOMITORI_PROPOSE_ID", show_envvar=True, help="様式の id（省くとフォルダー名から）"
)
@told
def propose(blank: Path, out: Path, form_id: str | None) -> None:
    """白紙の PDF か画像から、様式ファイルの下書きを作ります。"""
    from pipeline.errors import UsageProblem
    from pipeline.forms import check
    from pipeline.forms import propose as drafter

    if (out / "form.yaml").exists():
        todo = "別のフォルダーを指定してください。"
        raise UsageProblem("form-exists", f"{out} にはもう form.yaml があります。", todo)
    own = own_settings()
    own.private.mkdir(parents=True, exist_ok=True, mode=0o700)
    proposal = drafter.form(blank, form_id or drafter.id_of(out.resolve().name), own.private)
    made = proposal.save(out, blank)
    found = check.check(made, (own.own_lists,))
    for mistake in found:
        say(str(mistake))
    fields = [draft for side in proposal.sides for _, draft in side.fields]
    doubtful = sum(draft.certainty < 0.8 for draft in fields)
    say(
        f"{len(proposal.sides)} 面に {len(fields)} 項目を見つけました。確かさの低いもの {doubtful}、注意 {len(found)}。"
    )
    click.echo(made)
    sys.exit(2 if any(mistake.level == "error" for mistake in found) else 0)
