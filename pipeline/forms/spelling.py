"""Why a form file is no YAML: the line where the slip was made, which is often before the line where reading stops."""

from __future__ import annotations

import re
from dataclasses import dataclass

GENERAL = "字下げと「:」の後の空白、かっこの閉じ忘れを確かめてください。"
SLIPS = (
    (re.compile(r"^ *\t"), "行の頭がタブです。半角の空白で字下げします。"),
    (re.compile(r"^\s*(?:- )?\w+\s*："), "「：」が全角です。半角の「:」と、その後に半角の空白を一つ書きます。例: title: 参加カード"),
    (re.compile(r"^\s*(?:- )?[A-Za-z_]+:(?=[^\s/])"), "「:」の後に半角の空白を一つ入れます。例: title: 参加カード"),
    (re.compile(r"^　|^ +　"), "行の頭に全角の空白があります。半角の空白で字下げします。"),
)  # fmt: skip
QUOTE = '引用符（"）が閉じていません。前と後ろに一つずつ書きます。例: "2026.1"'
BRACKET = "かっこの数が合いません。「[」には「]」、「{」には「}」を書きます。例: box: [120, 60, 8, 8]"
PAIRS = {"]": "[", "}": "{"}


@dataclass(frozen=True)
class Slip:
    """Where and what to mend."""

    line: int  # from 1
    todo: str


def slip(text: str, stopped: int) -> Slip:
    """The first slip up to the line (from 1) at which reading stopped; without one that line, and what usually helps."""
    lines = text.splitlines()[: max(stopped, 1)]
    for number, line in enumerate(lines, 1):
        todo = _of_line(line)
        if todo:
            return Slip(number, todo)
    return Slip(max(stopped, 1), GENERAL)


def _of_line(line: str) -> str | None:
    if line.lstrip().startswith("#"):
        return None
    known = next((todo for shape, todo in SLIPS if shape.search(line)), None)
    if known or line.count('"') % 2:
        return known or QUOTE
    return BRACKET if not _is_balanced(re.sub(r'"[^"]*"|\'[^\']*\'', "", line)) else None


def _is_balanced(line: str) -> bool:
    """Whether no bracket is closed by one of the other kind; one left open may go on below."""
    opened: list[str] = []
    for letter in line:
        if letter in PAIRS.values():
            opened.append(letter)
        elif letter in PAIRS and (opened.pop() if opened else PAIRS[letter]) != PAIRS[letter]:
            return False
    return True
