"""One function that every text of an export goes through, and the list of what it changed.

Taken out: control and invisible characters. Replaced: characters that depend on the machine (①, ㈱, ℡), by their
plain spelling. Spaces: none at either end, one where several or a line break stood. Cut: beyond Excel's 32,767.
Names are exempt from replacing (they may need a rare character); nothing else is.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections import Counter
from typing import NamedTuple

EXCEL_LIMIT = 32_767  # UTF-16 units in one cell
GETA = "〓"  # stands for a character that cannot be written

_PRIVATE = "\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd"
_SYMBOL_BLOCKS = [
    (0x2100, 0x218F),
    (0x2460, 0x24FF),
    (0x2776, 0x2793),
    (0x3200, 0x33FF),
    (0xFE30, 0xFE4F),
    (0x1F100, 0x1F2FF),
]
# NEC's row 13 holds these without a plain spelling in Unicode's tables.
_LOOKALIKES = {"〝": "“", "〟": "”", "∑": "Σ", "∮": "∫", "∟": "∠", "⊿": "△"}


def _outside_jis(char: str) -> bool:
    """Whether JIS X 0208, which every Japanese machine has, lacks the character."""
    try:
        char.encode("shift_jis")
    except UnicodeEncodeError:
        return True
    return False


_SYMBOLS = "".join(c for low, high in _SYMBOL_BLOCKS for c in map(chr, range(low, high + 1)) if _outside_jis(c))
DEPENDENT = re.compile(f"[{re.escape(_SYMBOLS + ''.join(_LOOKALIKES))}{_PRIVATE}]")
_BROKEN = "\ud800-\udfff"
_ABOVE = "".join(f"{chr(plane * 0x10000 + 0xFFFE)}{chr(plane * 0x10000 + 0xFFFF)}" for plane in range(1, 17))
INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufdd0-\ufdef\ufeff"
    f"\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f{_BROKEN}{_ABOVE}]"
)
_SPACES = re.compile(r"\s+")
_LOOSE_MARK = re.compile("[\u3041-\u30ff][\u3099\u309a]")
# One look decides for nearly every text that there is nothing to do.
_SUSPECT = re.compile(
    rf"{INVISIBLE.pattern}|{DEPENDENT.pattern}|{_LOOSE_MARK.pattern}|\A\s|\s\Z|\s\s|[^\S \u3000]|_x[0-9A-Fa-f]{{4}}_"
)
EXCEL_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")  # Excel reads _x0041_ as A unless its first _ is written _x005F_


class Change(NamedTuple):
    """One kind of change to one value."""

    reason: str  # 除去 · 置換 · 空白 · 合成 · 切詰
    code_point: str  # U+2460
    became: str
    times: int


def clean(text: str, name: bool = False) -> str:
    """The text as it may stand in a cell; `name` keeps characters that depend on the machine. Idempotent."""
    if _SUSPECT.search(text) is None and len(text) * 2 <= EXCEL_LIMIT:
        return text
    return _cut(_tidy(text, name)).strip()


def _tidy(text: str, name: bool) -> str:
    text = INVISIBLE.sub("", text)
    if not name:
        text = DEPENDENT.sub(lambda found: plain(found[0]), text)
    text = _LOOSE_MARK.sub(lambda found: unicodedata.normalize("NFC", found[0]), text)
    return _SPACES.sub(_one_space, text).strip()


@functools.cache
def plain(char: str) -> str:
    """How a character that depends on the machine is spelt without it."""
    if char in _LOOKALIKES:
        return _LOOKALIKES[char]
    number = unicodedata.numeric(char, None)
    if number is not None and re.search("CIRCLED", unicodedata.name(char, "")):
        return f"({number:.0f})"
    spelt = unicodedata.normalize("NFKC", char).replace("\u2044", "/").replace("\u2215", "/")
    return spelt if not DEPENDENT.search(spelt) else GETA


def _one_space(found: re.Match[str]) -> str:
    return found[0] if found[0] in {" ", "\u3000"} else "\u3000" if set(found[0]) == {"\u3000"} else " "


def excel_length(text: str) -> int:
    """How much of a cell's limit the text takes up, its escapes counted."""
    return len(text.encode("utf-16-le")) // 2 + 6 * len(EXCEL_ESCAPE.findall(text))


def _cut(text: str) -> str:
    if excel_length(text) <= EXCEL_LIMIT:
        return text
    low, high = 0, min(len(text), EXCEL_LIMIT)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if excel_length(text[:middle]) <= EXCEL_LIMIT else (low, middle - 1)
    return text[:low]


def changes(text: str, name: bool = False) -> list[Change]:
    """What `clean` does to the text, by code point; empty when nothing."""
    after = clean(text, name)
    if after == text:
        return []
    found = [("除去", c, "") for c in INVISIBLE.findall(text)]
    if not name:
        found += [("置換", c, plain(c)) for c in DEPENDENT.findall(text)]
    visible = INVISIBLE.sub("", text)
    found += [("合成", c[1], unicodedata.normalize("NFC", c)) for c in _LOOSE_MARK.findall(visible)]
    found += [("空白", c, "") for c in _lost_spaces(visible)]
    listed = [Change(reason, f"U+{ord(c):04X}", became, n) for (reason, c, became), n in Counter(found).items()]
    cut = len(_tidy(text, name)) - len(after)
    return [*listed, Change("切詰", "", "", cut)] if cut else listed


def _lost_spaces(text: str) -> list[str]:
    """The spaces of every run that does not stay as it is."""
    runs = (found for found in _SPACES.finditer(text))
    return [
        char
        for found in runs
        if found.start() == 0 or found.end() == len(text) or _one_space(found) != found[0]
        for char in found[0]
    ]


class Cleaner:
    """Cleans the texts of one export and keeps what it changed until it is collected."""

    def __init__(self) -> None:
        self.kept = 0  # names in which a character that depends on the machine stayed
        self._changed: dict[tuple[str, str], list[Change]] = {}

    def text(self, text: str, item: str, name: bool = False) -> str | None:
        """The clean text of `item`, None when nothing is left of it."""
        if _SUSPECT.search(text) is None and len(text) * 2 <= EXCEL_LIMIT:
            return text or None
        if name and DEPENDENT.search(text):
            self.kept += 1
        cleaned = clean(text, name)
        if cleaned != text:
            self._changed[item, text] = changes(text, name)
        return cleaned or None

    def lost(self, item: str, reason: str, value: object) -> None:
        """Note a value that its column cannot hold; it is named by its type only, it may be personal."""
        self._changed[item, reason] = [Change(reason, "", type(value).__name__, 1)]

    def collect(self) -> list[tuple[str, Change]]:
        """What was changed since the last call: item and change."""
        found = [(item, change) for (item, _), listed in self._changed.items() for change in listed]
        self._changed.clear()
        return found
