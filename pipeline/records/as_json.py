"""Contract 3: a record as `yomitori read --json` prints it."""

from __future__ import annotations

from typing import Any

from pipeline import model


def as_json(record: model.Record) -> dict[str, Any]:
    """The record as plain JSON types, keys as the contract has them."""
    answers = record.answers()
    return {
        "schema": 1,
        "id": record.id,
        "pages": [_page(page) for page in record.pages],
        "form": _form(record),
        "candidates": [list(candidate) for candidate in record.candidates],
        "status": record.status,
        "reason": record.reason,
        "fields": {name: _field(answer, record) for name, answer in answers.items()},
        "derived": {name: _plain(value) for name, value in record.derived.items()},
        "findings": [{"code": f.code, "fields": list(f.fields), "message": f.message} for f in record.findings],
    }


def _form(record: model.Record) -> dict[str, str | None] | None:
    if record.form is None:
        return None
    return {"id": record.form[0], "version": record.form[1], "serial": record.serial}


def _page(page: model.Placement) -> dict[str, Any]:
    return {
        "n": page.n,
        "file": page.file,
        "sha256": page.sha256,
        "page": page.page,
        "side": page.side,
        "rotation": page.rotation,
        "found_by": page.found_by,
        "panels": [_panel(panel) for panel in page.panels],
        "missing": list(page.missing),
    }


def _panel(panel: model.Panel) -> dict[str, Any]:
    return {
        "id": panel.id,
        "residual_mm": round(panel.residual_mm, 4),
        "mm_to_px": [float(f"{cell:.10g}") for cell in panel.mm_to_px.ravel()],
        "quality": {name: round(value, 4) for name, value in panel.quality.items()},
    }


def _field(answer: model.Answer, record: model.Record) -> dict[str, Any]:
    reading = answer.reading
    return {
        "value": _plain(answer.value),
        "state": answer.state,
        "reason": reading.reason if reading else None,
        "confidence": round(reading.confidence, 6) if reading else 0.0,
        "accepted": answer.field in record.accepted,
        "alternatives": [[_plain(value), chance] for value, chance in reading.alternatives] if reading else [],
        "reader": reading.reader if reading else None,
        "page": reading.page if reading else None,
        "quad_px": [list(point) for point in reading.quad_px] if reading and reading.quad_px else None,
    }


def _plain(value: model.Value) -> Any:
    return list(value) if isinstance(value, tuple) else value
