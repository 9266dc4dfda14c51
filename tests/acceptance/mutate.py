"""Readers and thresholds broken on purpose, one at a time: `make mutate`. Every break must be caught by a test.

Works on a copy of the checkout; ends with 1 when a break is survived.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
READ = Path("pipeline/read")
TESTS = ("tests/read", "tests/records", "tests/cli/test_read.py", "tests/run/test_process.py")
PARTS = (
    "pipeline",
    "review_ui",
    "form_templates",
    "samples",
    "training",
    "tests",
    "pyproject.toml",
    "docs",
    "README.md",
)


@dataclass(frozen=True)
class Mutation:
    """One change of one line."""

    what: str
    file: str
    old: str
    new: str

    def apply(self, folder: Path) -> str:
        """Change the file and return its text from before; ValueError where the line is not there just once."""
        path = folder / READ / self.file
        text = path.read_text("utf-8")
        if text.count(self.old) != 1:
            raise ValueError(f"{self.file}: {text.count(self.old)} times: {self.old}")
        path.write_text(text.replace(self.old, self.new), "utf-8")
        return text


MUTATIONS = (
    Mutation("a box off the page is read", "marks.py", "for crop in judged.crops) > 0.1", "for crop in judged.crops) > 1.1"),
    Mutation("a box whose print is not there is read", "marks.py", "MISPLACED = 0.55", "MISPLACED = 0.0"),
    Mutation("the second mark is dropped", "marks.py", "several = len(marked) > 1 and not", "several = len(marked) > 9 and not"),
    Mutation("one network is enough", "question.py", "min(float(one[same].sum()) for one in each)", "float(each[0][same].sum())"),
    Mutation("a line that passes is a mark", "options.py", "leaves = [_leaves(", "leaves = [not _leaves("),
    Mutation("what an eraser left beside a ring is a ring", "marks.py", "PALE = 0.5", "PALE = 0.0"),
    Mutation("any ring beside a ring was rubbed out", "marks.py", "PALE = 0.5", "PALE = 5.0"),
    Mutation("the reason struck-out is lost", "marks.py", '"struck-out" if judged.verdict.struck else None', "None"),
    Mutation("ink beside an option means nothing", "marks.py", "INK_STRAY = 0.8", "INK_STRAY = 800"),
    Mutation("the ring below is this question's doubt", "marks.py", "for box in written] if len(judged.verdict.marked) else []", "for box in written[:0]]"),
    Mutation("any stroke that leads away means nothing", "marks.py", "for box in written] if len(judged.verdict.marked) else []", "for box in written]"),
    Mutation("what an eraser left is a mark", "marks.py", "FAINT = 0.75", "FAINT = 0.0"),
    Mutation("any dot beside a mark is doubt", "marks.py", "SLIGHT = 0.2", "SLIGHT = 0.0"),
    Mutation("ink on an unmarked option means nothing", "marks.py", "INK_EMPTY = 0.30", "INK_EMPTY = 30"),
    Mutation("a scribbler's ticks are struck out", "marks.py", "struck.sum() >= 2 and", "struck.sum() >= 99 and"),
    Mutation("habit is proof", "marks.py", "judged.by_habit or ", ""),
    Mutation("people strike out as often as they mark", "question.py", "(0, 1): 0.008", "(0, 1): 0.8"),
    Mutation("nobody changes an answer", "question.py", "(1, 1): 0.03", "(1, 1): 1e-9"),
    Mutation("each option is corrected for itself", "question.py", "/ math.comb(n, struck)\n\n", "/ 1\n\n"),
    Mutation("most questions stay empty", "question.py", "(0, 0): 0.07", "(0, 0): 7000.0"),
    Mutation("the blank is not subtracted", "ink.py", "excess = cv2.GaussianBlur(self.dark - self.expected, (0, 0), sigma)", "excess = cv2.GaussianBlur(self.dark, (0, 0), sigma)"),
    Mutation("print a little off is ink", "ink.py", "SLACK_MM = 0.2", "SLACK_MM = 0.0"),
    Mutation("grain is ink", "ink.py", "NOISES = 4.0", "NOISES = 0.0"),
    Mutation("a faint pen is grain", "ink.py", "PEN = 0.06", "PEN = 0.6"),
    Mutation("own recogniser decides alone", "figures.py", "agreed=seen.translate(ALIKE) == text, others=others", "agreed=True, others=others"),
    Mutation("a gap between figures is nothing", "figures.py", "    if gap:", "    if False:"),
    Mutation("what is no figure is one", "figures.py", "(chance.argmax(axis=1) == OTHER).any()", "False"),
    Mutation("odds against a figure mean nothing", "figures.py", "> np.log(CONTESTED)).any()", "> 99).any()"),
    Mutation("a 7 on the cell's line is sure", "figures.py", 'figure == "7" and', "False and"),
    Mutation("a 1 with ink beside it is sure", "figures.py", 'figure == "1" and _beside', "False and _beside"),
    Mutation("a line from beyond a cell is a 1", "figures.py", "or _passing(figure.text, [crops[n] for n in written])", ""),
    Mutation("a line through a cell is a 1", "figures.py", "or any(_streaked(crops[n]) for n in written)", ""),
    Mutation("an era may run on", "date.py", "(not later or day < min(later))", "True"),
    Mutation("a day to come is as good", "date.py", "> tomorrow.isoformat() and not field.future", "> '9999'"),
    Mutation("the pattern does not matter", "digits.py", 'return None, "pattern-mismatch"', "return text, None"),
    Mutation("the range does not matter", "digits.py", 'return None, "out-of-range"', "pass"),
    Mutation("a score outside its values counts", "digits.py", "and int(figure.text) in field.values", ""),
    Mutation("uncalibrated readers are believed", "confidence.py", "return min(score, UNKNOWN)", "return score"),
    Mutation("every line is crossed", "confidence.py", 'score >= curve["line"][0]', "score >= 0"),
    Mutation("what is illegible may be accepted", "answers.py", 'state != "illegible" and ', ""),
    Mutation("doubt costs nothing", "answers.py", "score = found.score / 2", "score = found.score"),
    Mutation("strange names are on the list", "named.py", "STRANGE = 2.0", "STRANGE = 2000.0"),
    Mutation("a name needs no second key", "named.py", "answers.doubted(found, crops[0].field.kind), others", "found, others"),
    Mutation("a pale seal is none", "presence.py", "THERE_MM2 = 1.5", "THERE_MM2 = 300"),
    Mutation("the form's own words were typed", "layer.py", "PRINTED = 0.85", "PRINTED = 8.5"),
)  # fmt: skip


def main() -> None:
    """Break, test, mend; a line for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("only", nargs="*", help="words of the mutations to try")
    asked = parser.parse_args()
    chosen = [m for m in MUTATIONS if not asked.only or any(word in m.what for word in asked.only)]
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        _copied(copy)
        if not _passes(copy):
            sys.exit("the tests fail before anything is broken")
        survived = [m.what for m in chosen if not _caught(copy, m)]
    print(f"{len(chosen) - len(survived)} of {len(chosen)} mutations caught")
    sys.exit(1 if survived else 0)


def _copied(copy: Path) -> None:
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__", ".data"))
        else:
            shutil.copy(ROOT / part, copy / part)


def _caught(copy: Path, mutation: Mutation) -> bool:
    before = mutation.apply(copy)
    caught = not _passes(copy)
    (copy / READ / mutation.file).write_text(before, "utf-8")
    print(f"{'caught  ' if caught else 'SURVIVED'} {mutation.file:14} {mutation.what}", flush=True)
    return caught


def _passes(copy: Path) -> bool:
    command = [sys.executable, "-B", "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *TESTS]
    done = subprocess.run(
        command, cwd=copy, env=os.environ | {"PYTHONPATH": str(copy)}, capture_output=True, check=False
    )
    return done.returncode == 0


if __name__ == "__main__":
    main()
