"""The table of how sheets are laid, from its rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from pipeline.bench import figures
from pipeline.bench.align import Corners, Cost, Foreign, Laid, Result, Sabotage

DRAWS = 200  # of the bootstrap
HONEST = 3.0  # a true error above so many times the reported one was not reported
Line = dict[str, Any]


def table(result: Result) -> dict[str, Line]:
    """Every line of the table by level and way: counts with 95 % intervals, errors in mm, CPU in ms."""
    lines: dict[str, Line] = {}
    for level in sorted({*(row.level for row in result.laid), *(row.level for row in result.foreign)}):
        for way in ("markers", "bare"):
            lines[f"{level}/{way}"] = _column(result, partial(_is_of, level, way))
    return lines | {"joins": dict(result.joins)}


def _is_of(level: str, way: str, row: Any) -> bool:
    return bool((row.level, row.way) == (level, way))


def _column(result: Result, here: Callable[[Any], bool]) -> Line:
    return {
        "identity": _identity(list(filter(here, result.laid))),
        "glass": _identity([row for row in filter(here, result.laid) if row.kind == "glass"]),
        "halves": _identity([row for row in filter(here, result.laid) if row.kind == "halves"]),
        "corners": _corners(list(filter(here, result.corners))),
        "sabotage": _sabotage(list(filter(here, result.sabotage))),
        "foreign": _foreign(list(filter(here, result.foreign))),
        "cpu": _costs(list(filter(here, result.costs))),
    }


def share(hits: int, n: int) -> Line:
    """A share with its 95 % interval (two one-sided bounds of 97.5 %)."""
    return {
        "n": n,
        "hits": hits,
        "low": round(figures.lower(hits, n, 0.975), 4),
        "high": round(figures.upper(hits, n, 0.975), 4),
    }


def _identity(rows: Sequence[Laid]) -> Line:
    true = [row for row in rows if row.verdict != "wrong form"]
    named = [row for row in true if row.serial is not None]
    return {
        "right": share(sum(row.verdict == "right" for row in true), len(true)),
        "wrong": len(rows) - len(true) + sum(row.verdict == "wrong turn" for row in true),
        "panels": share(sum(row.found for row in true), sum(row.panels for row in true)),
        "serial": share(sum(bool(row.serial) for row in named), len(named)),
    }


def _corners(rows: Sequence[Corners]) -> Line:
    rows = [row for row in rows if row.off_mm]
    if not rows:
        return {"panels": 0, "corners": 0}
    every = np.concatenate([row.off_mm for row in rows])
    honest = sum(float(np.percentile(row.off_mm, 99)) <= HONEST * row.residual_mm for row in rows)
    return {
        "panels": len(rows),
        "corners": len(every),
        "median": _interval(rows, 50),
        "p99": _interval(rows, 99),
        "worst": float(every.max()),
        "panels_over_0.8": sum(max(row.off_mm) > 0.8 for row in rows),
        "honest": share(honest, len(rows)),
    }


def _interval(rows: Sequence[Corners], percent: float) -> list[float]:
    """A percentile over all corners, and its 95 % interval by drawing whole panels anew, since corners go together."""
    rng, off = np.random.default_rng(1), [np.array(row.off_mm) for row in rows]
    drawn = [np.percentile(np.concatenate([off[i] for i in rng.integers(len(off), size=len(off))]), percent)
             for _ in range(DRAWS)]  # fmt: skip
    middle = np.percentile(np.concatenate(off), percent)
    return [round(float(v), 3) for v in (middle, *np.percentile(drawn, [2.5, 97.5]))]


def _sabotage(rows: Sequence[Sabotage]) -> Line:
    kinds = sorted({row.kind for row in rows})
    return {kind: _outcomes([row for row in rows if row.kind == kind]) for kind in kinds}


def _outcomes(rows: Sequence[Sabotage]) -> Line:
    counts = {name: sum(row.outcome == name for row in rows) for name in ("refused", "mended", "slipped")}
    return counts | {"safe": share(len(rows) - counts["slipped"], len(rows))}


def _foreign(rows: Sequence[Foreign]) -> Line:
    kinds = sorted({row.kind for row in rows})
    return {k: share(sum(r.kind == k and r.called != "" for r in rows), sum(r.kind == k for r in rows)) for k in kinds}


def _costs(rows: Sequence[Cost]) -> Line:
    papers = sorted({(row.paper, row.dpi) for row in rows})
    return {f"{p} {dpi}": _cost([row for row in rows if (row.paper, row.dpi) == (p, dpi)]) for p, dpi in papers}


def _cost(rows: Sequence[Cost]) -> Line:
    decode, laying = (float(np.median([getattr(row, name) for row in rows])) for name in ("decode_ms", "align_ms"))
    return {"n": len(rows), "decode_ms": round(decode, 1), "align_ms": round(laying, 1),
            "worst_ms": round(max(row.align_ms for row in rows), 1), "ratio": round(laying / max(decode, 0.1), 2)}  # fmt: skip


def printed(result: Result) -> str:
    """The table for people, and each page that went wrong."""
    blocks = [_block(name, line) for name, line in table(result).items() if name != "joins"]
    j = result.joins
    return "\n".join(
        [
            *blocks,
            f"joined by serial: {j['joined']} of {j['sheets']}, mixed {j['mixed']}",
            f"proposed without: {j['proposed']} of {j['pairs']}, wrong {j['wrong_proposed']}",
            *_trouble(result),
        ]
    )


def _block(name: str, line: Line) -> str:
    rows = [f"== {name}"]
    rows += [f"{k:9} right {_said(v['right'])}, wrong {v['wrong']}, panels {_said(v['panels'])}, serial {_said(v['serial'])}"
             for k, v in line.items() if k in ("identity", "glass", "halves") and v["right"]["n"]]  # fmt: skip
    c = line["corners"]
    if c["panels"]:
        rows.append(f"corners   median {_mm(c['median'])}, p99 {_mm(c['p99'])}, worst {c['worst']:.2f} mm"
                    f" ({c['panels']} panels, {c['corners']} corners, {c['panels_over_0.8']} panels over 0.8),"
                    f" p99 within 3 residuals {_said(c['honest'])}")  # fmt: skip
    rows += [f"sabotage  {k}: safe {_said(v['safe'])} (refused {v['refused']}, mended {v['mended']}, slipped {v['slipped']})"
             for k, v in line["sabotage"].items()]  # fmt: skip
    rows += [f"foreign   {k}: called a form {_said(v)}" for k, v in line["foreign"].items()]
    rows += [f"cpu       {k}: {v['align_ms']} ms beyond {v['decode_ms']} (× {v['ratio']}), worst {v['worst_ms']}, n {v['n']}"
             for k, v in line["cpu"].items()]  # fmt: skip
    return "\n".join(rows)


def _said(one: Line) -> str:
    return f"{one['hits']}/{one['n']} [{100 * one['low']:.1f}, {100 * one['high']:.1f}]"


def _mm(one: list[float]) -> str:
    return f"{one[0]:.3f} [{one[1]:.3f}, {one[2]:.3f}]"


def _trouble(result: Result) -> list[str]:
    bad = [f"{r.level}/{r.way} {r.where} {r.kind} {r.verdict} {r.found}/{r.panels} {r.said}" for r in result.laid
           if r.verdict != "right" or r.found < r.panels]  # fmt: skip
    far = [f"{r.level}/{r.way} {r.where} {r.panel} worst {max(r.off_mm):.2f} residual {r.residual_mm:.3f}" for r in result.corners
           if r.off_mm and max(r.off_mm) > 0.8]  # fmt: skip
    slipped = [
        f"{r.level}/{r.way} {r.where} slipped {r.kind} {r.size_mm:.1f}"
        for r in result.sabotage
        if r.outcome == "slipped"
    ]
    called = [f"{r.level}/{r.way} {r.where} called {r.called}" for r in result.foreign if r.called]
    return [*bad, *far, *slipped, *called]
