"""Rules between fields, and what the readers themselves found odd, as findings in Japanese."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

from pipeline import model
from pipeline.forms import schema
from pipeline.records import derive

# What a reader's reason means to a person; reasons not listed are no findings.
REASONS = {
    "impossible-date": "暦にない日付です。",
    "future-date": "まだ来ていない日付です。",
    "out-of-range": "様式で決められた範囲の外の数です。",
    "pattern-mismatch": "様式で決められた書き方と合いません。",
    "not-in-list": "一覧にない名前です。",
    "unconfirmed-print": "活字を確かめるプログラム（Tesseract）が答えませんでした。",
    "damaged-code": "コードの検査文字が合いません。",
    "retired-form": "使われなくなった版の用紙です。",
}

# Why a page is no form's that is at hand; {} stands for the titles and versions concerned.
UNPLACED = {
    "unknown-version": "この用紙は {} ですが、その版の様式ファイルがありません。様式ファイルを加えて読み直すか、新しい用紙に書き写してください。",
    "unknown-form": "この用紙のコードは {} ですが、その様式がありません。様式ファイルを加えて読み直してください。",
    "other-revision": "{} に似ていますが、印刷の位置が違います。別の版の用紙でないか確かめ、その版の様式を作って読み直してください。",
}


def unplaced(forms: Mapping[model.FormKey, schema.Form], sheet: model.Sheet) -> tuple[model.Finding, ...]:
    """What is to be said of a sheet that is read with no form, lest it be read with the wrong boxes."""
    if sheet.reason not in UNPLACED or not sheet.candidates:
        return ()
    form_id, version = sheet.candidates[0][0].split("/")[:2]
    title = next((form.title for form in forms.values() if form.id == form_id), form_id)
    return (model.Finding(sheet.reason, (), UNPLACED[sheet.reason].format(f"{title}の版 {version}")),)


def findings(form: schema.Form, record: model.Record, answers: Mapping[str, model.Answer]) -> tuple[model.Finding, ...]:
    """All findings of a record, in a stable order."""
    values = {name: answer.value for name, answer in answers.items() if answer.state == "valid"}
    values |= {k: v for k, v in derive.derived(form, values).items() if v is not None}
    found = [*_structure(form, record), *_readers(form, answers), *_unmet(form, record, answers)]
    return tuple(found + [finding for rule in form.checks for finding in _rule(form, rule, values)])


def _structure(form: schema.Form, record: model.Record) -> Iterator[model.Finding]:
    yield from (finding for finding in record.findings if finding.code == "same-panel-twice")
    if form.retired:
        yield model.Finding(
            "retired-form", (), f"使われなくなった版（{form.version}）の用紙です。新しい用紙か確かめてください。"
        )
    here = {(page.side, panel.id) for page in record.pages for panel in page.panels}
    for side in form.sides:
        for panel in side.panels:
            names = tuple(field.id for field in side.fields if _on(side, field, panel))
            if names and (side.id, panel.id) not in here:
                yield model.Finding(
                    "panel-missing",
                    names,
                    f"用紙の一部（{side.id} の {panel.id}）が読み込まれていません。残りをスキャンしてください。",
                )


def _on(side: schema.Side, field: schema.Field, panel: schema.Panel) -> bool:
    return any(side.panel_of(box).id == panel.id for box in field.boxes().values())


def _readers(form: schema.Form, answers: Mapping[str, model.Answer]) -> Iterator[model.Finding]:
    for name, answer in answers.items():
        reason = answer.reading.reason if answer.reading and answer.decision is None else None
        if reason in REASONS:
            yield model.Finding(
                reason, (name,), f"「{form.fields[name].name}」: {REASONS[reason]}紙を見て確かめてください。"
            )


def _unmet(form: schema.Form, record: model.Record, answers: Mapping[str, model.Answer]) -> Iterator[model.Finding]:
    for name in record.inapplicable:
        answer = answers[name]
        if answer.state not in ("not_applicable", "empty") and answer.decision is None and answer.value is not False:
            yield model.Finding(
                "written-though-not-asked",
                (name,),
                f"「{form.fields[name].name}」は対象外のはずですが、記入があります。",
            )


def _rule(form: schema.Form, rule: schema.Check, values: derive.Values) -> Iterator[model.Finding]:
    names = rule.equal or rule.order or []
    given = [values.get(name) for name in names]
    if any(value is None for value in given):
        return
    fields = tuple(name for name in names if name in form.fields)
    broken = any(a != b for a, b in pairwise(given)) if rule.equal else any(_after(a, b) for a, b in pairwise(given))
    if broken:
        yield model.Finding(rule.id, fields, rule.message)


def _after(a: model.Value, b: model.Value) -> bool:
    if isinstance(a, str) and isinstance(b, str):
        return a > b
    return isinstance(a, (int, float)) and isinstance(b, (int, float)) and a > b
