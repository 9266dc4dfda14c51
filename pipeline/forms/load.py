"""Form files from folders, each with its blank rendered once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pydantic
import yaml

from pipeline import geometry
from pipeline.errors import FormProblem
from pipeline.forms import schema
from pipeline.programs import poppler

SHIPPED = Path(__file__).resolve().parents[2] / "form_templates"


class Forms(Mapping[tuple[str, str], schema.Form]):
    """All forms at hand, by id and version, and the lists beside them."""

    def __init__(self, forms: Mapping[tuple[str, str], schema.Form], list_folders: tuple[Path, ...] = ()) -> None:
        self._forms = dict(forms)
        self.list_folders = list_folders

    def __getitem__(self, key: tuple[str, str]) -> schema.Form:
        """The form of that id and version; KeyError when it is not loaded."""
        return self._forms[key]

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Keys, in the order of the folders."""
        return iter(self._forms)

    def __len__(self) -> int:
        """How many forms."""
        return len(self._forms)

    def sides(self) -> Iterator[tuple[schema.Form, schema.Side]]:
        """Every side of every form."""
        return ((form, side) for form in self.values() for side in form.sides)


def load(folders: list[Path], blanks: Path, list_folders: tuple[Path, ...] = ()) -> Forms:
    """Read every `*/form.yaml` (or `form.yaml`) in `folders`; a later folder's form of the same id and version wins.

    Args:
        folders: form folders.
        blanks: where rendered blanks are kept.
        list_folders: where `<name>.csv` lists lie, besides `lists/` of each folder.

    Raises:
        FormProblem: naming file, line and key.
    """
    found: dict[tuple[str, str], schema.Form] = {}
    for path in (path for folder in folders for path in form_files(folder)):
        form = read_file(path)
        attach_blanks(form, path.with_name("blank.pdf"), blanks)
        found[form.key] = form
    return Forms(found, tuple(folder / "lists" for folder in folders) + list_folders)


def form_files(folder: Path) -> list[Path]:
    """The form files of a folder, sorted."""
    own = folder / "form.yaml"
    return [own] if own.is_file() else sorted(folder.glob("*/form.yaml"))


def read_file(path: Path) -> schema.Form:
    """One form file as a model; raises FormProblem naming file, line and key."""
    try:
        text = path.read_text("utf-8")
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        return schema.Form.model_validate(yaml.safe_load(text))
    except (OSError, UnicodeDecodeError) as error:
        raise FormProblem(
            "form-unreadable",
            f"様式ファイル {path} を開けません（{error}）。",
            "場所と文字コード（UTF-8）を確かめてください。",
        ) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f"{mark.line + 1} 行目" if mark else "どこか"
        raise FormProblem(
            "form-yaml",
            f"様式ファイル {path} の {line}の書き方が YAML として読めません。",
            "字下げと「:」の後の空白を確かめてください。",
        ) from error
    except pydantic.ValidationError as error:
        raise FormProblem(
            "form-invalid",
            "".join(_mistake(path, node, item) for item in error.errors()[:5]),
            "様式の書き方は docs/forms.md にあります。",
        ) from error


def _mistake(path: Path, node: yaml.Node | None, item: Any) -> str:
    keys = [key for key in item["loc"] if not (isinstance(key, str) and key in KINDS)]
    where = ".".join(str(key) for key in keys) or "全体"
    return f"様式ファイル {path} の {line_of(node, keys)} 行目、{where}: {item['msg']}。"


KINDS = frozenset({"choice", "score", "digits", "date", "text", "presence", "code"})


def line_of(node: yaml.Node | None, keys: list[str | int]) -> int:
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


def attach_blanks(form: schema.Form, pdf: Path, cache: Path) -> None:
    """Give every side its blank, rendering `pdf` only when `cache` has no picture of it yet."""
    if not pdf.is_file():
        raise FormProblem(
            "blank-missing",
            f"様式 {form.id} の白紙 {pdf} がありません。",
            "yomitori forms print で作るか、白紙のスキャンを置いてください。",
        )
    folder = cache / hashlib.sha256(pdf.read_bytes()).hexdigest()
    for number, side in enumerate(form.sides, 1):
        side.attach(_blank(pdf, number, side.paper, folder))


def _blank(pdf: Path, number: int, paper: schema.Paper, folder: Path) -> geometry.Grey:
    size = (round(paper.width * geometry.BLANK_PX_PER_MM), round(paper.height * geometry.BLANK_PX_PER_MM))
    kept = folder / f"side-{number}-{size[0]}x{size[1]}.png"
    if kept.is_file():
        known = cv2.imdecode(np.frombuffer(kept.read_bytes(), np.uint8), cv2.IMREAD_GRAYSCALE)
        if known is not None and known.shape == size[::-1]:
            return np.asarray(known, dtype=np.uint8)
    image: geometry.Grey = poppler.page(pdf, number, dpi=geometry.BLANK_DPI)
    if image.shape != size[::-1]:
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
    _keep(kept, image)
    return image


def _keep(path: Path, image: geometry.Grey) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_name(f"{path.name}.{np.random.default_rng().integers(1 << 40):x}.part")
    part.write_bytes(cv2.imencode(".png", image)[1].tobytes())
    part.replace(path)
