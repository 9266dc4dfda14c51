"""The JSON Schema of `form.yaml`, for editors that help while writing; committed as `form.schema.json`."""

from __future__ import annotations

import json
from pathlib import Path

from pipeline.forms import schema

PATH = Path(__file__).with_name("form.schema.json")


def text() -> str:
    """The schema as the models define it now."""
    drawn = schema.Form.model_json_schema(by_alias=True)
    whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", **drawn, "title": "Yomitori form.yaml"}
    return json.dumps(whole, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def write() -> None:
    """Write the committed file anew, after the models changed."""
    PATH.write_text(text(), "utf-8")
