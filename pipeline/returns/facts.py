"""The loop as flat rows, which the report counts: a key is a role, or begins with _ when it is nobody's answer.

Where a form has several fields of one role, `role` holds all their values and `role.1`, `role.2`, … each one.
What a person entered for a case stands beside its sheets as `kind.name`.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from pipeline import model
from pipeline.forms import Forms, schema
from pipeline.returns import cases as naming
from pipeline.returns.loop import Loop, Notice, Sent, Ticket
from pipeline.returns.sheets import Sheet

Row: TypeAlias = Mapping[str, Any]
FLAG, ITEM, GROUP = "flag", "item", "activity"  # roles that the loop looks at
WISH, ISOLATION = "visit-wish", "isolation"
VISIT, PARTICIPATION, PLAN = "visit", "participation", "plan"  # kinds of entry


def of(loop: Loop, forms: Forms, identified: bool = False) -> model.Account:
    """Every source of the report; fields that identify a person only when `identified`."""
    begins = forms.reports.fiscal_year
    rows: dict[str, list[Row]] = {
        "sheets": list(_sheets(loop, identified)),
        "issued": [_issued(one, loop) for one in loop.sent],
        "notices": [_notice(one, loop, identified) for one in loop.notices],
        "tickets": [_ticket(one, loop, identified) for one in loop.tickets],
        "entries": [_entry(one, loop) for one in loop.entries],
        "connected": list(_connected(loop)),
        "visits": list(_visits(loop, begins)),
        "people": list(_people(loop, identified)),
    }
    ordered = sorted(forms.values(), key=lambda one: (one.retired, one.priority, one.title))
    return model.Account(rows, tuple(_spoken(form) for form in ordered))


# ── sheets


def said(sheet: Sheet, identified: bool) -> dict[str, Any]:
    """What a sheet says, by role; what identifies a person only when asked for."""
    personal = _personal(sheet.form) if sheet.form is not None and not identified else set()
    row: dict[str, Any] = {}
    for role, values in sheet.said.items():
        if role in personal:
            continue
        row[role] = values[0] if len(values) == 1 else _all(values)
        row |= {f"{role}.{n}": value for n, value in enumerate(values, 1)} if len(values) > 1 else {}
    return row


def _personal(form: schema.Form) -> set[str]:
    return {one.role for one in form.fields.values() if one.personal and one.role}


def _all(values: tuple[object, ...]) -> object:
    """Everything that was said, in one tuple; held while nothing was and something is open."""
    known = tuple(value for value in values if value is not None and value is not model.HELD)
    return known or (model.HELD if model.HELD in values else None)


def _about(sheet: Sheet, loop: Loop) -> dict[str, Any]:
    case = loop.cases.of(naming.of_record(sheet.record))
    return {
        "_purpose": sheet.purpose,
        "_form": sheet.form.title if sheet.form else sheet.form_id,
        "_roles": frozenset(sheet.said),
        "_record": sheet.record,
        "_serial": sheet.serial,
        "_case": case,
        "_who": loop.who(sheet),
        "_arrived": sheet.arrived,
        "_batch": sheet.batch or None,
        "_office": sheet.office or None,
        "_open": not sheet.shut,
        "_filled": sheet.filled,
        "_age": age(sheet),
    }


def age(sheet: Sheet) -> int | None:
    """Years of age: as written, else from the day of birth to the day of the sheet."""
    written, born = sheet.one("age"), sheet.day("born-on")
    if isinstance(written, (int, float)):
        return int(written)
    day = sheet.day("examined-on") or sheet.arrived
    if born is None or born > day:
        return None
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def _flags(sheet: Sheet) -> dict[str, Any]:
    """Which flags are up: any, how many, in words; held while one of them is not settled."""
    flags = sheet.said.get(FLAG, ())
    if not flags:
        return {}
    names = [rule.label or rule.id for rule in sheet.form.derived if rule.role == FLAG] if sheet.form else []
    up = [name for name, value in zip(names, flags, strict=False) if value is True]
    unsettled = any(value is model.HELD for value in flags)
    unsaid = any(value is None for value in flags)
    words = "＋".join(up) or "なし"
    return {
        "_any": True if up else model.HELD if unsettled else None if unsaid else False,
        "_flags": model.HELD if unsettled else None if unsaid else words,
        "_up": "・".join(up),
    }


def _sheets(loop: Loop, identified: bool) -> Iterator[Row]:
    entered = _entered(loop)
    for sheet in loop.sheets:
        about = _about(sheet, loop)
        items = sheet.said.get(ITEM, ())
        answered = sum(value is not None and value is not model.HELD for value in items)
        yield {
            **said(sheet, identified),
            **entered.get(about["_case"], {}),
            **about,
            **_flags(sheet),
            "_answered": answered,
        }


def _entered(loop: Loop) -> dict[str, dict[str, Any]]:
    """What was entered for each case: the last of each kind counts."""
    found: dict[str, dict[str, Any]] = {}
    for entry in loop.entries:
        told = {f"{entry.kind}.{name}": text for name, text in entry.said.items()}
        found.setdefault(loop.cases.of(entry.target), {}).update(told | {f"{entry.kind}._day": _day(entry.day)})
    return found


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


# ── what went out


def _issued(one: Sent, loop: Loop) -> Row:
    sheet, issued = one.sheet, one.issued
    district = issued.district or (sheet.one("district") if sheet else None)
    return {
        "_purpose": one.purpose,
        "_form": one.title,
        "_serial": issued.serial,
        "_case": loop.cases.of(one.name),
        "_run": issued.run or None,
        "_district": district,
        "_office": issued.office or None,
        "_issued": one.on,
        "_fate": one.fate,
        "_returned": sheet.arrived if sheet else None,
        "_days": max((sheet.arrived - one.on).days, 0) if sheet else None,
        "_open_days": (loop.as_of - one.on).days if one.fate == "outstanding" else None,
        "_reason": one.reason or None,
        "_valid": bool(sheet and sheet.filled),
        "_other_version": bool(sheet and sheet.form and sheet.form.key != issued.form),
    }


def _notice(one: Notice, loop: Loop, identified: bool) -> Row:
    first = one.notice or one.reply
    if first is None:
        return {}
    row = {**(said(one.reply, identified) if one.reply else {}), **(said(one.notice, identified) if one.notice else {})}
    sent, reply = one.sent_on, one.reply
    waits = one.notice is not None and reply is None and sent is not None
    return {
        **row,
        **_about(first, loop),
        "_notice": one.notice is not None,
        "_reply": reply is not None,
        "_replies": one.replies,
        "_sent": sent,
        "_reply_days": (reply.arrived - sent).days if reply and sent else None,
        "_open_days": (loop.as_of - sent).days if waits and sent else None,
    }


def _ticket(one: Ticket, loop: Loop, identified: bool) -> Row:
    sheet, sent, handed = one.sheet, one.sent, one.handed
    row = said(sheet, identified) if sheet else {}
    name = sent.name if sent else naming.of_record(sheet.record) if sheet else ""
    return {
        **row,
        "_serial": sent.issued.serial if sent else sheet.serial if sheet else None,
        "_case": loop.cases.of(name),
        "_who": sent.issued.serial if sent else loop.who(sheet) if sheet else None,
        "_printed": sent.on if sent else None,
        "_fate": sent.fate if sent else "returned",
        "_handed": _day(handed.day) if handed and handed.said.get("person") else None,
        "_person": handed.said.get("person") if handed else None,
        "_returned": sheet.arrived if sheet else None,
        "_first_visit": one.first_visit,
        "_group": sheet.one(GROUP) if sheet else None,
    }


# ── what was entered by hand, and what it adds to paper


def _entry(entry: model.Entry, loop: Loop) -> Row:
    about = {"_kind": entry.kind, "_day": _day(entry.day), "_case": loop.cases.of(entry.target), "_by": entry.by}
    return {**entry.said, **about, "_who": entry.target.rpartition("/")[2]}


def _connected(loop: Loop) -> Iterator[Row]:
    """People connected with a group: by a ticket that came back with its first visit, or entered with its route."""
    for ticket in loop.tickets:
        row = _ticket(ticket, loop, identified=False)
        if ticket.first_visit is not None:
            yield {"_day": ticket.first_visit, "_case": row["_case"], "_route": "ticket", "_group": row["_group"]}
    for entry in (one for one in loop.entries if one.kind == PARTICIPATION):
        case = loop.cases.of(entry.target)
        yield {"_day": _day(entry.day), "_case": case, "_route": "other", "_group": entry.said.get("group")}


def _visits(loop: Loop, begins: int = 4) -> Iterator[Row]:
    """Visits: from replies, and entered by hand; the same case on the same day is one visit.

    `_first` says that it is the case's first visit in its fiscal year, which begins in the month `begins`.
    """
    seen: set[tuple[str, dt.date]] = set()
    years: set[tuple[str, int]] = set()
    for day, case, source in sorted(_every_visit(loop), key=lambda one: one[0]):
        if (case, day) in seen:
            continue
        seen.add((case, day))
        year = (case, day.year - (day.month < begins))
        yield {"_day": day, "_case": case, "_source": source, "_first": year not in years}
        years.add(year)


def _every_visit(loop: Loop) -> Iterator[tuple[dt.date, str, str]]:
    for notice in loop.notices:
        day = notice.reply.day("visited-on") if notice.reply else None
        if notice.reply and day is not None:
            yield day, loop.cases.of(naming.of_record(notice.reply.record)), "reply"
    for entry in loop.entries:
        day = _day(entry.day)
        if entry.kind == VISIT and day is not None:
            yield day, loop.cases.of(entry.target), "entered"


def _people(loop: Loop, identified: bool) -> Iterator[Row]:
    """A row per case, all its sheets and entries together; `_why` says why somebody may have to visit."""
    merged: dict[str, dict[str, Any]] = {}
    why: dict[str, dict[str, None]] = {}
    for row in _sheets(loop, identified):
        told = {key: value for key, value in row.items() if value is not None and value is not model.HELD}
        merged[row["_case"]] = {**merged.get(row["_case"], {}), **told}
        why.setdefault(row["_case"], {}).update(dict.fromkeys(_reasons(row)))
    for case, entered in _entered(loop).items():
        merged.setdefault(case, {"_case": case, "_who": case.rpartition("/")[2]}).update(entered)
        planned = [PLAN] if any(key.startswith(f"{PLAN}.") for key in entered) else []
        why.setdefault(case, {}).update(dict.fromkeys(planned))
    days: dict[str, list[dt.date]] = {}
    for visit in _visits(loop):
        days.setdefault(str(visit["_case"]), []).append(visit["_day"])
    for case, row in merged.items():
        been = days.get(case, [])
        known = tuple(why.get(case, ())) or None
        yield {**row, "_why": known, "_visits": len(been), "_last_visit": been[-1] if been else None}


def _reasons(row: Row) -> Iterator[str]:
    if row.get("_any") is True and WISH in row["_roles"]:
        yield FLAG
    if row.get(ISOLATION) is True:
        yield ISOLATION


# ── words


def _spoken(form: schema.Form) -> model.Spoken:
    names: dict[str, str] = {}
    classes: dict[str, Mapping[object, str]] = {}
    for role, label, one in _numbered(form):
        names.setdefault(role, label)
        found = dict(_classes(one)) if one is not None else {}
        if found:
            classes.setdefault(role, found)
    return model.Spoken(form.purpose, names, classes)


def _numbered(form: schema.Form) -> Iterator[tuple[str, str, schema.Field | None]]:
    """Everything with its role, and with role.1, role.2 … where several share it."""
    parts: list[tuple[str, str, schema.Field | None]] = []
    parts += [(one.role, one.name, one) for one in form.fields.values() if one.role]
    parts += [(rule.role, rule.label or rule.id, None) for rule in form.derived if rule.role]
    shared = Counter(role for role, _, _ in parts)
    met: Counter[str] = Counter()
    for role, label, one in parts:
        met[role] += 1
        yield role, label, one
        if shared[role] > 1:
            yield f"{role}.{met[role]}", label, one


def _classes(one: schema.Field) -> Iterator[tuple[object, str]]:
    """What can be answered, as it is printed."""
    if isinstance(one, (schema.Choice, schema.Score)) and one.options:
        yield from ((option.value, option.label or str(option.value)) for option in one.options)
    elif isinstance(one, schema.Score):
        yield from ((value, str(value)) for value in one.values)
    elif isinstance(one, schema.Text) and one.listing is not None:
        yield from ((value, value) for value in one.listing.values)
