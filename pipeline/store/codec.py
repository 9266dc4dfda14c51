"""Parcels as rows and rows as parcels: nothing is rounded, nothing is left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

import numpy as np

from pipeline import model
from pipeline.store import tables

Row = Mapping[Any, Any]  # by column, or by key of a JSON object


def value_out(value: model.Value) -> Any:
    """A value as JSON keeps it."""
    return list(value) if isinstance(value, tuple) else value


def value_in(stored: Any) -> model.Value:
    """A value from JSON."""
    return tuple(stored) if isinstance(stored, list) else cast("model.Value", stored)


def panel_out(panel: model.Panel) -> dict[str, Any]:
    """A panel as JSON keeps it."""
    return {
        "id": panel.id,
        "mm_to_px": panel.mm_to_px.tolist(),
        "residual_mm": panel.residual_mm,
        "quality": dict(panel.quality),
        "anchors": None if panel.anchors is None else panel.anchors.tolist(),
    }


def panel_in(stored: Row) -> model.Panel:
    """A panel from JSON."""
    anchors = stored["anchors"]
    return model.Panel(
        stored["id"],
        np.array(stored["mm_to_px"], dtype=np.float64),
        stored["residual_mm"],
        stored["quality"],
        None if anchors is None else np.array(anchors, dtype=np.float64),
    )


def reader_of(record: model.Record) -> str:
    """Versions of all readers and lines that took part in a page's reading, as one text."""
    return ",".join(sorted({f"{r.reader}@{r.threshold}" for r in record.readings.values() if r.page is not None}))


def placement_out(record: model.Record) -> dict[str, Any]:
    """The one page of a record that was not joined yet, as a row of `placement`."""
    page = record.pages[0]
    form, version = record.form or ("", "")
    return {
        "number": page.page or 0,
        "place": page.place,
        "form_id": form,
        "form_version": version,
        "reader": reader_of(record),
        "own_id": record.id,
        "side": page.side,
        "serial": record.serial,
        "rotation": page.rotation,
        "found_by": page.found_by,
        "panels": [panel_out(panel) for panel in page.panels],
        "missing": list(page.missing),
        "candidates": [list(pair) for pair in record.candidates],
        "status": record.status,
        "reason": record.reason,
    }


def placement_in(row: Row) -> model.Placement:
    """A page of a record; the row carries the scan's `name` and `sha256` too."""
    return model.Placement(
        n=row["n"],
        file=row["name"],
        sha256=row["sha256"],
        page=row["number"] or None,
        side=row["side"],
        rotation=row["rotation"],
        found_by=row["found_by"],
        panels=tuple(panel_in(panel) for panel in row["panels"]),
        missing=tuple(row["missing"]),
        place=row["place"],
    )


def reading_out(reading: model.Reading, position: int) -> dict[str, Any]:
    """A row of `reading`, without the columns that say where it belongs."""
    return {
        "form": reading.form,
        "field": reading.field,
        "position": position,
        "value": value_out(reading.value),
        "state": reading.state,
        "reason": reading.reason,
        "confidence": reading.confidence,
        "alternatives": [list(pair) for pair in reading.alternatives],
        "reader": reading.reader,
        "threshold": reading.threshold,
        "sure": reading.sure,
        "score": reading.score,
        "seen": reading.page is not None,
        "quad_px": None if reading.quad_px is None else [list(corner) for corner in reading.quad_px],
    }


# What `reading_in` takes, in its order.
READING = [
    *(tables.reading.c[name] for name in ("field", "value", "state", "reason", "confidence", "alternatives")),
    *(tables.reading.c[name] for name in ("reader", "sure", "score", "threshold", "form", "seen", "quad_px")),
]


def reading_in(row: Iterable[Any], n: int) -> model.Reading:
    """A reading from the columns `READING`, of page n of its record."""
    field, value, state, reason, confidence, alternatives, reader, sure, score, threshold, form, seen, quad = row
    return model.Reading(
        field=field,
        value=value_in(value),
        state=state,
        reason=reason,
        confidence=confidence,
        alternatives=tuple((option, share) for option, share in alternatives),
        reader=reader,
        sure=sure,
        score=score,
        threshold=threshold,
        form=form,
        page=n if seen else None,
        quad_px=None if quad is None else tuple((x, y) for x, y in quad),
    )


def finding_out(finding: model.Finding) -> dict[str, Any]:
    """A finding as JSON keeps it."""
    return {"code": finding.code, "fields": list(finding.fields), "message": finding.message}


def finding_in(stored: Row) -> model.Finding:
    """A finding from JSON."""
    return model.Finding(stored["code"], tuple(stored["fields"]), stored["message"])


def decision_out(decision: model.Decision) -> dict[str, Any]:
    """A row of `decision`."""
    return {
        "record": decision.record,
        "field": decision.field or "",
        "version": decision.version,
        "was": _settled_out(decision.was),
        "now": _settled_out(decision.now),
        "action": decision.action,
        "by": decision.by,
        "at": decision.at,
        "why": decision.why,
        "double": decision.double,
    }


def decision_in(row: Row) -> model.Decision:
    """A decision from its row."""
    return model.Decision(
        row["record"],
        row["field"] or None,
        row["version"],
        _settled_in(row["was"]),
        _settled_in(row["now"]),
        row["action"],
        row["by"],
        row["at"],
        row["why"],
        row["double"],
    )


def _settled_out(settled: tuple[model.Value, model.State] | None) -> list[Any] | None:
    return None if settled is None else [value_out(settled[0]), settled[1]]


def _settled_in(stored: list[Any] | None) -> tuple[model.Value, model.State] | None:
    return None if stored is None else (value_in(stored[0]), stored[1])


def record_out(record: model.Record) -> dict[str, Any]:
    """What a row of `record` holds of a record; pages, readings and decisions have tables of their own."""
    form, version = record.form or ("", "")
    return {
        "form_id": form,
        "form_version": version,
        "serial": record.serial,
        "status": record.status,
        "reason": record.reason,
        "candidates": [list(pair) for pair in record.candidates],
        "inapplicable": sorted(record.inapplicable),
        "derived": {name: value_out(value) for name, value in record.derived.items()},
        "findings": [finding_out(finding) for finding in record.findings],
    }


def record_in(row: Row) -> model.Record:
    """A record from its row, still without pages, readings and decisions."""
    return model.Record(
        id=row["id"],
        pages=(),
        form=(row["form_id"], row["form_version"]) if row["form_id"] else None,
        serial=row["serial"],
        status=row["status"],
        reason=row["reason"],
        candidates=candidates_in(row["candidates"]),
        inapplicable=frozenset(row["inapplicable"]),
        derived={name: value_in(value) for name, value in row["derived"].items()},
        findings=tuple(finding_in(finding) for finding in row["findings"]),
    )


def candidates_in(stored: Iterable[Iterable[Any]]) -> tuple[tuple[str, float], ...]:
    """Candidate forms from JSON."""
    return tuple((name, score) for name, score in stored)
