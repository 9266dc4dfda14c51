"""A form file as text: blocks for what is long, one line for what is short, as a person would write it."""

from __future__ import annotations

import io
from typing import Any

import yaml

LINE = 110  # characters that an entry may have on one line


def text(values: dict[str, Any]) -> str:
    """The YAML of a form file; reading it gives `values` again."""
    node = yaml.SafeDumper(io.StringIO(), sort_keys=False).represent_data(_plain(values))
    _flow(node, top=True)
    return str(yaml.serialize(node, Dumper=yaml.SafeDumper, allow_unicode=True, width=10_000))


def _plain(value: Any) -> Any:
    """Copies throughout, since YAML would name what stands in two places; lengths to a hundredth of a millimetre."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return int(value) if value.is_integer() else round(value, 2)
    return value


def _flow(node: Any, top: bool = False) -> int:
    """Decide for a node and all within it whether it stands on one line; how long that line would be."""
    if isinstance(node, yaml.ScalarNode):
        return len(node.value) + 2
    if isinstance(node, yaml.MappingNode):
        length = sum(_flow(key) + _flow(value) for key, value in node.value) + 2
    else:
        length = sum(_flow(item) for item in node.value) + 2
        if any(isinstance(item, yaml.MappingNode) for item in node.value):
            length = LINE + 1  # an entry a line
    node.flow_style = not top and length <= LINE
    return length
