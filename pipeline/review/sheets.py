"""What a person says about a sheet as a whole: how it lies, where its panels are, which pages belong together.

Raw values of a `Change`, numbers as text: `turn` (page, degrees); `place` (page, side, panel, then x and y in px of the
page of the panel's four corners, clockwise from its top left); `join` and `duplicate` the other record's id; `part`
(page, …); `swap` (page, …) in their new order. Pages count from 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from pipeline import model
from pipeline.forms import schema
from pipeline.review.values import NotUnderstood

ACTIONS = ("turn", "place", "join", "part", "swap")
PAIRED = ("join", "duplicate")  # name another record
READ_AFTER = ("form", "turn", "place")  # the page is read again with what was said
TURNS = ("0", "90", "180", "270")
CORNERS = 8  # numbers
NEW = 0  # a hand that the store gives a number
LEAST_PX = 100.0  # of a panel's edge
FURTHEST_PX = 50_000.0
Forms = Mapping[model.FormKey, schema.Form]
AGAIN = "画面を開き直して、もう一度選んでください。"


def meant(record: model.Record, forms: Forms, action: str, raw: str | Sequence[str]) -> model.Value:
    """What is kept of such a decision; raises NotUnderstood (Japanese) for what makes no sense."""
    given = [raw] if isinstance(raw, str) else list(raw)
    if action in PAIRED:
        return _other(record, given)
    if action == "turn":
        return _turn(record, given)
    if action == "place":
        return _place(record, forms, given)
    return _pages(record, action, given)


def _other(record: model.Record, given: list[str]) -> model.Value:
    if len(given) != 1 or given[0] in {"", record.id, *record.aliases}:
        raise NotUnderstood("other-missing", "相手の用紙が選ばれていません。", "一覧から一つ選んでください。")
    return (given[0],)


def _turn(record: model.Record, given: list[str]) -> model.Value:
    if len(given) != 2 or given[1] not in TURNS:
        raise NotUnderstood("turn-unknown", "向きが選ばれていません。", AGAIN)
    return (_page(record, given[0]).own_id, int(given[1]))


def _page(record: model.Record, number: str) -> model.Placement:
    found = next((page for page in record.pages if str(page.n) == number), None)
    if found is None:
        raise NotUnderstood("page-unknown", "そのページはこの用紙にありません。", AGAIN)
    return found


def _place(record: model.Record, forms: Forms, given: list[str]) -> model.Value:
    form = forms.get(record.form) if record.form is not None else None
    sides = {side.id: side for side in form.sides} if form is not None else {}
    if len(given) != 3 + CORNERS or given[1] not in sides:
        raise NotUnderstood("place-unknown", "どの面かが分かりません。", "先に様式を選んでください。")
    if given[2] not in {panel.id for panel in sides[given[1]].panels}:
        raise NotUnderstood("place-unknown", "どの部分かが分かりません。", AGAIN)
    return (_page(record, given[0]).own_id, given[1], given[2], *_corners(given[3:]))


def _corners(given: list[str]) -> list[float]:
    """Four corners that make a convex shape of some size, clockwise."""
    try:
        numbers = [round(float(text), 1) for text in given]
    except ValueError as error:
        raise _unfit() from error
    corners = list(zip(numbers[::2], numbers[1::2], strict=True))
    edges = [(b[0] - a[0], b[1] - a[1]) for a, b in pairwise([*corners, corners[0]])]
    turns = [a[0] * b[1] - a[1] * b[0] for a, b in pairwise([*edges, edges[0]])]
    long_enough = all(x * x + y * y >= LEAST_PX**2 for x, y in edges)
    if not long_enough or min(turns) <= 0 or not all(abs(one) < FURTHEST_PX for one in numbers):
        raise _unfit()
    return numbers


def _unfit() -> NotUnderstood:
    return NotUnderstood(
        "place-unfit", "四隅の並びがおかしいため、位置を決められません。", "四隅を動かし直してください。"
    )


def _pages(record: model.Record, action: str, given: list[str]) -> model.Value:
    chosen = list(dict.fromkeys(_page(record, number).own_id for number in given))
    whole = action == "swap"
    if not chosen or len(record.pages) < 2 or (len(chosen) == len(record.pages)) != whole:
        raise NotUnderstood("pages-unfit", "この用紙のページでは、その直し方はできません。", AGAIN)
    return tuple(chosen)


# ── Which pages belong together


def links(record: model.Record, other: model.Record | None, made: model.Decision) -> dict[str, model.Bound]:
    """Where a decision puts pages, by their own ids; those with a `hand` become one record.

    Raises:
        NotUnderstood: the two cannot be one sheet.
    """
    named = made.now[0] if made.now is not None and isinstance(made.now[0], tuple) else ()
    if made.action in {"part", "swap"}:
        return {str(own): model.Bound(NEW, n) for n, own in enumerate(named)}
    if other is None or not model.links(made):
        return {}
    return _joined(record, other) if made.action == "join" else _replaced(record, other)


def _joined(record: model.Record, other: model.Record) -> dict[str, model.Bound]:
    if None not in {record.form, other.form} and record.form != other.form:
        raise NotUnderstood(
            "join-forms", "様式の違う二枚はつなげません。", "先に、間違っているほうの様式を直してください。"
        )
    if _panels(record.pages) & _panels(other.pages):
        raise NotUnderstood(
            "join-twice",
            "二枚に同じ面があるため、つなげません。",
            "どちらかを「この画像に置き換える」で選んでください。",
        )
    return {own: model.Bound(NEW, n) for n, own in enumerate((*record.own_ids, *other.own_ids))}


def _panels(pages: Iterable[model.Placement]) -> set[tuple[str | None, str]]:
    return {(page.side, panel.id) for page in pages for panel in page.panels}


def _replaced(record: model.Record, other: model.Record) -> dict[str, model.Bound]:
    """What the other's pages show goes behind them; pages that they do not show stay with them."""
    found: dict[str, model.Bound] = {}
    for own, page in zip(record.own_ids, record.pages, strict=True):
        better = _better(page, other)
        if better is not None:
            found[own] = model.Bound(behind=better)
    rest = [own for own in record.own_ids if own not in found]
    together = [*other.own_ids, *rest] if rest else []
    return found | {own: model.Bound(NEW, n) for n, own in enumerate(together)}


def _better(page: model.Placement, other: model.Record) -> str | None:
    """The page of the other record that shows what this one shows, or was to show."""
    pairs = zip(other.own_ids, other.pages, strict=True)
    return next((own for own, one in pairs if not page.panels or _panels([page]) & _panels([one])), None)


def carried(record: model.Record, made: model.Decision) -> list[model.Decision]:
    """What people settled on pages that leave the record goes with them: taken back here, made again there."""
    if made.action != "part" or made.now is None or not isinstance(made.now[0], tuple):
        return []
    leaving = {str(own) for own in made.now[0]}
    pages = [page for page in record.pages if page.own_id in leaving]
    target = min(pages, key=lambda page: (page.sha256, page.page or 0, page.place)).own_id
    numbers = {page.n for page in pages}
    fields = [name for name, one in record.readings.items() if one.page in numbers]
    return [move for name in fields for move in _moves(record, made, name, leaving, target)]


def _moves(
    record: model.Record, made: model.Decision, field: str, leaving: set[str], target: str
) -> Iterable[model.Decision]:
    answer = record.answers()[field]
    if answer.decision is None or answer.decision.record in leaving:
        return
    deep = _depth(one for one in record.decisions if one.field == field and one.record not in leaving)
    back = replace(answer.decision, by=made.by, at=made.at, why=made.action)
    for n in range(deep):
        yield replace(
            back, record=record.id, version=answer.version + 1 + n, was=answer.decision.now, now=None, action="undo"
        )
    yield replace(back, record=target, version=answer.version + 1)


def _depth(decisions: Iterable[model.Decision]) -> int:
    deep = 0
    for one in decisions:
        deep = max(deep - 1, 0) if one.action == "undo" else deep + 1
    return deep


# ── What was said about a page, for reading it again


def told(records: Sequence[model.Record], sha256: str, number: int) -> model.Told | None:
    """What people said about a page of a file, from the records that lie on it; None when nothing was said."""
    found = [
        _told(record, page)
        for record in records
        for page in record.pages
        if (page.sha256, page.page) == (sha256, number)
    ]
    said = [one for one in found if one != NOTHING]
    return said[0] if len(found) == 1 and said else None


NOTHING = model.Told()


def _told(record: model.Record, page: model.Placement) -> model.Told:
    said = NOTHING
    for decision in model.whole(record):
        value = decision.now[0] if decision.now is not None else None
        if decision.action == "form" and isinstance(value, str):
            name, _, version = value.rpartition("/")
            said = model.Told((name, version), said.turn)
        elif isinstance(value, tuple) and value[0] == page.own_id:
            said = _with(said, decision.action, value, record.form)
    return said


def _with(said: model.Told, action: str, value: tuple[model.Scalar, ...], form: model.FormKey | None) -> model.Told:
    if action == "turn":
        return replace(said, turn=int(value[1]))
    if action != "place":
        return said
    side, panel, numbers = str(value[1]), str(value[2]), [float(one) for one in value[3:]]
    quad = tuple(zip(numbers[::2], numbers[1::2], strict=True))
    others = tuple(pair for pair in said.corners if pair[0] != panel) if said.side == side else ()
    return replace(said, form=said.form or form, side=side, corners=(*others, (panel, quad)))
