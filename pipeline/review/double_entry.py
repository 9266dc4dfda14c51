"""Two people, one value: who must enter a field a second time, and what became of it.

A form file says per field whether one person is enough (`none`), a second one always enters what a person settled
(`critical`), or does so for a share of the records (a number below 1). The second entry is blind: it is made without
seeing the first, nor what the machine read. Where the two are equal the value counts; where not, somebody looks at both.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from sqlalchemy import func, select

from pipeline import model
from pipeline.forms import schema
from pipeline.review.change import Change
from pipeline.review.values import NotUnderstood
from pipeline.store import Store, Twice
from pipeline.store.tables import twice

RIGHT = ("first", "second", "neither", "illegible")  # the word on two entries that differ, kept as the decision's `why`
REFUSED = {
    "double-over": ("は、もう二人目の入力を待っていません。", "次の欄へ進んでください。"),
    "double-same": ("は、あなたが一人目です。", "ほかの人に頼んでください。"),
    "double-blind": ("は、二人目の入力を待っています。", "「二人で確認」から入れてください。"),
    "double-other": ("の二人目の入力は、入れた人だけが取り消せます。", "入れた人に頼んでください。"),
    "double-differs": ("は、二人の入力が違います。", "「二人で確認」の食い違いの一覧から決めてください。"),
}


def asked(field: schema.Field, record: str) -> bool:
    """Whether a second person must enter this field of this record, once a person has settled it.

    A share is drawn from the record's id: asking again gives the same answer, and nobody can tell beforehand.
    """
    if not isinstance(field.double, float):
        return field.double == "critical"
    drawn = int.from_bytes(hashlib.sha256(f"{record}/{field.id}".encode()).digest()[:8])
    return drawn < field.double * 2**64


def is_blind(answer: model.Answer, actor: str) -> bool:
    """Whether the value that stands must be kept from `actor`, who may have to enter it too."""
    return answer.waits == "second" and (answer.decision is None or answer.decision.by != actor)


def guard(field: schema.Field, answer: model.Answer, stack: Sequence[model.Decision], change: Change) -> None:
    """Keep two entries apart.

    Args:
        field: of the form.
        answer: as it stands.
        stack: the decisions on the field that nobody took back, oldest first.
        change: what a person wants.

    Raises:
        NotUnderstood: the second entry comes from the first person, or nobody waits for one (a second person may give
            theirs again); somebody else touches the first entry before the second is in, or takes back the second;
            entries that differ are not settled by a word on which is right.
    """
    code = _unfit(answer, stack[-1] if stack else None, change)
    if code is not None:
        what, todo = REFUSED[code]
        raise NotUnderstood(code, f"「{field.name}」{what}", todo)


def _unfit(answer: model.Answer, top: model.Decision | None, change: Change) -> str | None:
    if change.action == model.SECOND:
        mine = top is not None and top.action == model.SECOND and top.by == change.by  # given again
        over = "double-over" if answer.waits != "second" else "double-same"
        return None if mine or is_blind(answer, change.by) else over
    if is_blind(answer, change.by):
        return "double-blind"
    if change.action == "undo":
        return "double-other" if top and top.action == model.SECOND and top.by != change.by else None
    return "double-differs" if answer.waits == "third" and change.why not in RIGHT else None


def entry_of(record: model.Record, field: str, actor: str) -> model.Decision | None:
    """What `actor` gave for a field as the second person, where that stands."""
    found = model.second_entry(record.entries(field))
    return found if found is not None and found.by == actor else None


def pending(record: model.Record) -> tuple[Twice, ...]:
    """The fields of a record on which two people must agree and do not yet, in paper order."""
    return tuple(
        Twice(record.id, name, answer.waits, answer.decision.by, answer.decision.at)
        for name, answer in record.answers().items()
        if answer.waits is not None and answer.decision is not None
    )


def waiting(store: Store, actor: str) -> tuple[int, int]:
    """How many fields wait for a second entry that `actor` can make, and how many for a word between two entries."""
    mine, own = (twice.c.stage == "second") & (twice.c.by != actor), store.mine_by_record(twice.c.record_id)
    with store.reading() as connection:
        seconds, thirds = (
            connection.execute(select(func.count()).select_from(twice).where(test, *own)).scalar_one()
            for test in (mine, twice.c.stage == "third")
        )
    return int(seconds), int(thirds)


def differences(store: Store, limit: int) -> list[Twice]:
    """Fields that two people entered differently, the oldest first."""
    columns = (twice.c.record_id, twice.c.field, twice.c.stage, twice.c.by, twice.c.at)
    order = (twice.c.at, twice.c.record_id, twice.c.field)
    asked = select(*columns).where(twice.c.stage == "third", *store.mine_by_record(twice.c.record_id))
    with store.reading() as connection:
        return [Twice(*row) for row in connection.execute(asked.order_by(*order).limit(limit))]
