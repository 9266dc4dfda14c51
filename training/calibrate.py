"""`python -m training.calibrate ROWS…`: from measured readings to calibrated probabilities and acceptance lines.

ROWS are files of `yomitori bench accuracy SET --json FILE` on sets of the calibration split (or of an office's own
settled records): never on training or test data.
"""

from __future__ import annotations

import argparse
import datetime
import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pipeline import settings
from pipeline.read import fit

CARD = Path(__file__).parents[1] / "pipeline" / "read" / "weights" / "calibration.json"


def main(arguments: Sequence[str] | None = None) -> None:
    """Fit all curves and write the card."""
    parser = argparse.ArgumentParser(prog="python -m training.calibrate", description=__doc__)
    parser.add_argument("rows", type=Path, nargs="+")
    parser.add_argument("--to", type=Path, default=CARD)
    asked = parser.parse_args(arguments)
    readers: dict[str, list[tuple[float, bool, bool]]] = defaultdict(list)
    every: dict[str, list[tuple[float, bool, bool]]] = defaultdict(list)  # whatever the kind of field
    for path in asked.rows:
        for row in json.loads(path.read_text("utf-8"))["rows"]:
            one = (row["score"], row["right"], row["state"] != "illegible")
            readers[row["reader"]].append(one)
            every[_family(row["reader"])].append(one)
    rates = settings.load().error_rate
    card: dict[str, Any] = {"version": datetime.datetime.now(datetime.UTC).strftime("%Y%m%d-%H%M")}
    card |= {
        name: fit.curve(np.array(rows), rates[name.split(":")[1]], name, np.array(every[_family(name)]))
        for name, rows in sorted(readers.items())
        if len(rows) >= fit.LEAST
    }
    asked.to.write_text(json.dumps(card, ensure_ascii=False, indent=1) + "\n", "utf-8")
    for name, fitted in card.items():
        print(
            name,
            {k: v for k, v in fitted.items() if k not in {"score", "probability"}}
            if isinstance(fitted, dict)
            else fitted,
        )


def _family(reader: str) -> str:
    return reader.split(":", maxsplit=1)[0]


if __name__ == "__main__":
    main()
