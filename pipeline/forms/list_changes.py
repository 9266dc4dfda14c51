"""What a new list says other than the one that holds, and what is odd about it, in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.forms import lists
from pipeline.forms.lists import Listing

SHOWN = 10  # entries named in a line
SAMPLE = "架空"  # what the made-up entries of shipped lists say in their names


@dataclass(frozen=True)
class Some:
    """Entries of which one thing is to be said."""

    title: str
    entries: tuple[str, ...]

    def line(self) -> str:
        """The first of them in a line, the others counted."""
        rest = f" ほか {len(self.entries) - SHOWN} 件" if len(self.entries) > SHOWN else ""
        return f"{self.title}: {'、'.join(self.entries[:SHOWN])}{rest}"


@dataclass(frozen=True)
class Changes:
    """What a new list says other than the old one, by value."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]  # other aliases or columns

    def kinds(self) -> list[Some]:
        """The kinds of change that there are."""
        every = (("追加", self.added), ("削除", self.removed), ("変更", self.changed))
        return [Some(word, some) for word, some in every if some]

    def summary(self) -> str:
        """The figures in a sentence."""
        if not (self.added or self.removed or self.changed):
            return "前と同じ内容です。"
        return f"追加 {len(self.added)}、削除 {len(self.removed)}、変更 {len(self.changed)}。"


@dataclass(frozen=True)
class Difference:
    """What stands beside a value in one column, before and now."""

    value: str
    column: str
    was: str
    now: str


@dataclass(frozen=True)
class Comparison:
    """A new list beside the one whose place it takes."""

    before: Listing
    after: Listing
    first: bool  # `before` is not the office's own: its samples are no loss

    @property
    def changes(self) -> Changes:
        """What changed, in the order of the files."""
        return compared(self.before, self.after)

    @property
    def samples(self) -> tuple[str, ...]:
        """The made-up entries that give way."""
        return samples(self.before) if self.first else ()

    @property
    def removed(self) -> tuple[str, ...]:
        """The entries that are lost."""
        return tuple(value for value in self.changes.removed if value not in self.samples)

    def summary(self) -> str:
        """What happens, in a sentence."""
        if not self.first:
            return self.changes.summary()
        what = f"見本（{SAMPLE}）{len(self.samples)} 件" if self.samples else f"リスト（{len(self.before.values)} 件）"
        return f"同梱の{what}に代わり、これからはこのリストを使います。"

    def kinds(self) -> list[Some]:
        """The entries that change, a kind after the other."""
        found = self.changes
        if not self.first:
            return found.kinds()
        only = [Some("同梱のリストにだけあるもの", self.removed)] if self.removed else []
        return [*Changes(found.added, (), found.changed).kinds(), *only]

    def lines(self) -> list[str]:
        """All of it for the terminal; what takes the place of samples is not told entry by entry."""
        kinds = [one for one in self.kinds() if not (self.samples and one.title in {"追加", "変更"})]
        return [self.summary(), *(one.line() for one in [*kinds, *doubts(self.after)])]


def compared(before: Listing, after: Listing) -> Changes:
    """What changed, in the order of the files."""
    old, new = _rows(before), _rows(after)
    return Changes(
        tuple(value for value in new if value not in old),
        tuple(value for value in old if value not in new),
        tuple(value for value in new if value in old and old[value] != new[value]),
    )


def _rows(listing: Listing) -> dict[str, list[dict[str, str]]]:
    """What stands beside each value; empty cells are as good as none."""
    found: dict[str, list[dict[str, str]]] = {value: [] for value in listing.values}
    for row in listing.rows:
        found[row["value"]].append({head: cell for head, cell in row.items() if cell})
    return found


def differences(before: Listing, after: Listing) -> Iterator[Difference]:
    """What is other about the values that changed, a column after the other."""
    old, new = _rows(before), _rows(after)
    for value in compared(before, after).changed:
        for column in dict.fromkeys(head for row in [*new[value], *old[value]] for head in row):
            was, now = ("／".join(row.get(column, "") for row in rows[value]) for rows in (old, new))
            if was != now:
                yield Difference(value, column, was, now)


def samples(listing: Listing) -> tuple[str, ...]:
    """The made-up entries, which say so in their names."""
    return tuple(value for value in listing.values if SAMPLE in value)


def doubts(listing: Listing) -> list[Some]:
    """What somebody should look at before the list is used."""
    every = (
        ("見本のまま残っているもの（要らなければ消して、もう一度取り込んでください）", samples(listing)),
        ("一つの書き方が二つ以上の名前を指しているもの（別名を直してください）", tuple(_clashes(listing))),
        ("同じ名前の行が二つ以上あるもの（行はそのまま残ります）", _repeated(listing)),
    )
    return [Some(title, some) for title, some in every if some]


def _clashes(listing: Listing) -> Iterator[str]:
    meant: dict[str, dict[str, str]] = {}  # how a spelling is compared → the values that it means → as it is written
    for row in listing.rows:
        for written in [row["value"], *(row.get("aliases") or "").split("|")]:
            meant.setdefault(lists.normal(written), {}).setdefault(row["value"], written)
    meant.pop("", None)
    for values in meant.values():
        if len(values) > 1:
            written = next(iter(values.values()))
            yield f"{written} → {'・'.join(values)}（いまは {listing.find(written)} と読みます）"


def _repeated(listing: Listing) -> tuple[str, ...]:
    found = _rows(listing)
    return tuple(value for value, rows in found.items() if len(rows) > 1)
