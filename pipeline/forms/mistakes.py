"""Mistakes in a form file: where they stand and what to write instead, in Japanese."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeAlias

import pydantic
import yaml

from pipeline.errors import FormProblem
from pipeline.forms import schema, spelling

Keys: TypeAlias = tuple[str | int, ...]
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same rules, ten times faster where libyaml is there
MAX_DEPTH = 40


@dataclass(frozen=True)
class Mistake:
    """One thing to mend in a form file."""

    file: Path
    line: int  # from 1
    key: str  # dotted, e.g. sides.0.fields.3.box
    message: str  # Japanese: what is wrong and what to write instead
    code: str  # stable English name
    level: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        """One line for a person."""
        word = "誤り" if self.level == "error" else "注意"
        return f"{self.file} {self.line} 行目 {self.key}: {word}: {self.message} [{self.code}]"


@dataclass(frozen=True)
class Source:
    """A form file as written: its values, and where each stands."""

    path: Path
    node: yaml.Node | None
    values: Any

    def line(self, keys: Keys) -> int:
        """The line (from 1) of the value at that place."""
        return line_of(self.node, keys)

    def mistake(self, keys: Keys, message: str, code: str, level: Literal["error", "warning"] = "error") -> Mistake:
        """A mistake at that place."""
        where = ".".join(str(key) for key in keys) or "全体"
        return Mistake(self.path, self.line(keys), where, message, code, level)


class NoYaml(FormProblem):
    """A form file that cannot be read at all."""

    @property
    def line(self) -> int:
        """The line (from 1) that the sentence names."""
        named = re.search(r" (\d+) 行目の", self.what)
        return int(named[1]) if named else 1


def read(path: Path) -> Source:
    """The file as YAML; raises FormProblem when it cannot be opened or is no YAML."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FormProblem(
            "form-unreadable",
            f"様式ファイル {path} を開けません。",
            "場所と文字コード（UTF-8）を確かめてください。",
        ) from error
    try:
        _guard(text)
        return Source(path, yaml.compose(text, Loader=LOADER), yaml.load(text, Loader=LOADER))  # noqa: S506 -- LOADER is safe
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        found = spelling.slip(text, mark.line + 1 if mark else 1)
        raise NoYaml(
            "form-yaml", f"様式ファイル {path} の {found.line} 行目の書き方が YAML として読めません。", found.todo
        ) from error


def _guard(text: str) -> None:
    """Raises ValueError where blocks nest deeper than any form: libyaml would overflow its stack."""
    depth = 0
    for event in yaml.parse(text, Loader=LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise ValueError("nested too deeply")


def line_of(node: yaml.Node | None, keys: Sequence[str | int]) -> int:
    """The line (from 1) on which the value of a path of keys stands, as near as the file goes."""
    line = 1
    for key in keys:
        node, line = _step(node, key, line)
    return line


def _step(node: yaml.Node | None, key: str | int, line: int) -> tuple[yaml.Node | None, int]:
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if name.value == str(key):
                return value, name.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
        return node.value[key], node.value[key].start_mark.line + 1
    return None, line


def doubled(source: Source) -> Iterator[Mistake]:
    """Keys that stand twice in one block; YAML would silently keep the last."""
    for keys, node in _blocks(source.node):
        names = [name.value for name, _ in node.value]
        for n, name in enumerate(names):
            if name in names[:n]:
                line = node.value[n][0].start_mark.line + 1
                where = ".".join(str(key) for key in (*keys, name))
                yield Mistake(source.path, line, where, f"「{name}」が二度書かれています。一つにします。", "key-twice")


def _blocks(root: yaml.Node | None) -> Iterator[tuple[Keys, yaml.MappingNode]]:
    """Every block once, however often an alias names it."""
    waiting: list[tuple[Keys, yaml.Node | None]] = [((), root)]
    seen: set[int] = set()
    while waiting:
        keys, node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            yield keys, node
            waiting += [((*keys, name.value), value) for name, value in node.value]
        elif isinstance(node, yaml.SequenceNode):
            waiting += [((*keys, n), value) for n, value in enumerate(node.value)]


# ── what pydantic found, said to a clerk


def of_validation(source: Source, error: pydantic.ValidationError) -> list[Mistake]:
    """Every mistake that the models found, one for each place."""
    found: dict[Keys, Mistake] = {}
    for item in error.errors():
        keys = _keys(source, item["loc"])
        say = WORDS.get(item["type"], _as_it_is)
        mistake = source.mistake(keys, say(item, source, keys), CODES.get(item["type"], "value-wrong"))
        found.setdefault(keys, mistake)
    return list(found.values())


def unknown_keys(source: Source, error: pydantic.ValidationError) -> list[Keys]:
    """The places of keys that nobody knows, in the order of the file."""
    found = [_keys(source, item["loc"]) for item in error.errors() if item["type"] == "extra_forbidden"]
    return sorted(found, key=source.line)


def _keys(source: Source, loc: Sequence[str | int]) -> Keys:
    """The place in the file, without the names of kinds and types that pydantic puts between."""
    keys: list[str | int] = []
    block = source.values
    for key in (key for n, key in enumerate(loc) if not _is_tag(loc, n)):
        if not isinstance(block, (dict, list)):
            break
        keys.append(key)
        block = block.get(key) if isinstance(block, dict) else _nth(block, key)
    return tuple(keys)


def _nth(block: list[Any], key: str | int) -> object:
    return block[key] if isinstance(key, int) and key < len(block) else None


def _is_tag(loc: Sequence[str | int], n: int) -> bool:
    return n >= 2 and loc[n - 2] in ("fields", "print") and isinstance(loc[n - 1], int)


def _as_it_is(item: Mapping[str, Any], source: Source, keys: Keys) -> str:
    return f"書き方が違います（{item['msg']}）。"


def _own(item: Mapping[str, Any], source: Source, keys: Keys) -> str:
    return f"{item['ctx']['error']}"


def _missing(item: Mapping[str, Any], source: Source, keys: Keys) -> str:
    return f"「{keys[-1]}」が要ります。書き足してください。"


def _unknown(item: Mapping[str, Any], source: Source, keys: Keys) -> str:
    known = [key for key in _known_keys() if key != keys[-1]]  # known elsewhere, but not here
    near = difflib.get_close_matches(str(keys[-1]), known, 1, 0.6)
    hint = f"「{near[0]}」の書き間違いではありませんか。" if near else "消してください。"
    return f"「{keys[-1]}」という項目はありません。{hint}"


def _one_of(item: Mapping[str, Any], source: Source, keys: Keys) -> str:
    return f"「{item['input']}」は使えません。次のどれかを書きます: {item['ctx']['expected'].replace(' or ', ', ')}。"


def _kind(item: Mapping[str, Any], source: Source, keys: Keys) -> str:
    ctx = item.get("ctx", {})
    if "tag" in ctx:
        return f"「{ctx['tag']}」という種類はありません。次のどれかを書きます: {ctx['expected_tags']}。"
    if "fields" in keys:
        return "kind（種類）が要ります。例: kind: choice"
    return "何を刷るのかがありません。text・column・line・rect・table のどれかを書きます。"


def _pattern(item: Mapping[str, Any], source: Source, keys: Keys) -> str:
    rules = {
        1: "英小文字・数字・ハイフン（例: kenshin-2026）" if keys == ("id",) else "空白と / を除く 20 字まで",
        3: "空白と / を除く 40 字まで",
    }
    return f"「{item['input']}」は使えません。{rules.get(len(keys), '英字で始まる英数字と _（例: toi1、seen_on）')}で書きます。"


def _text(item: Mapping[str, Any], source: Source, keys: Keys) -> str:
    return f'文字で書きます。数のように見えるものは引用符で囲みます。例: "{item["input"]}"'


def _number(item: Mapping[str, Any], source: Source, keys: Keys) -> str:
    return f"「{item['input']}」ではなく、数を書きます。例: 7"


def _yes_no(item: Mapping[str, Any], source: Source, keys: Keys) -> str:
    return f"「{item['input']}」ではなく、true（はい）か false（いいえ）を書きます。例: {keys[-1]}: true"


def _list(item: Mapping[str, Any], source: Source, keys: Keys) -> str:
    return "並びで書きます。例: [1, 2, 3]（一つずつ「- 」で始めても同じです）"


def _block(item: Mapping[str, Any], source: Source, keys: Keys) -> str:
    return "項目の集まりで書きます。例: {id: left, box: [0, 0, 210, 297]}"


def _few(item: Mapping[str, Any], source: Source, keys: Keys) -> str:
    return f"少なくとも {item['ctx']['min_length']} つ要ります。"


def _limit(item: Mapping[str, Any], source: Source, keys: Keys) -> str:
    ctx = item["ctx"]
    words = {"gt": "より大きい数", "ge": "以上の数", "lt": "より小さい数", "le": "以下の数"}
    return "、".join(f"{ctx[name]} {word}" for name, word in words.items() if name in ctx) + "を書きます。"


WORDS: dict[str, Callable[[Mapping[str, Any], Source, Keys], str]] = {
    "value_error": _own,
    "missing": _missing,
    "extra_forbidden": _unknown,
    "literal_error": _one_of,
    "union_tag_invalid": _kind,
    "union_tag_not_found": _kind,
    "string_pattern_mismatch": _pattern,
    "string_type": _text,
    "int_type": _number,
    "int_parsing": _number,
    "int_from_float": _number,
    "float_type": _number,
    "float_parsing": _number,
    "bool_type": _yes_no,
    "bool_parsing": _yes_no,
    "list_type": _list,
    "tuple_type": _list,
    "model_type": _block,
    "dict_type": _block,
    "model_attributes_type": _block,
    "too_short": _few,
    "greater_than": _limit,
    "greater_than_equal": _limit,
    "less_than": _limit,
    "less_than_equal": _limit,
}
CODES = {"missing": "key-missing", "extra_forbidden": "key-unknown", "union_tag_invalid": "kind-unknown"}


@cache
def _known_keys() -> tuple[str, ...]:
    drawn = schema.Form.model_json_schema()
    parts = [drawn, *drawn["$defs"].values()]
    return tuple(sorted({key for part in parts for key in part.get("properties", {})}))
