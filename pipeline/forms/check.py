"""`check`: everything that is wrong with a form file, each with its line and what to write instead."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pikepdf
import pydantic

from pipeline.errors import FormProblem
from pipeline.forms import lists, meaning, mistakes, places, schema
from pipeline.forms.mistakes import Mistake, Source

POINTS_PER_MM = 72 / 25.4
PAGE_SLACK_MM = 3.0


def check(path: Path, list_folders: Sequence[Path] = ()) -> list[Mistake]:
    """All mistakes of a form file, or of every form file in a folder, by file and line; empty when it is sound.

    Args:
        path: a `form.yaml`, its folder, or a folder of such folders.
        list_folders: where lists lie, besides `lists/` beside the forms.

    Raises:
        FormProblem: there is no form file at all.
    """
    files = [path] if path.is_file() else sorted({*path.glob("form.yaml"), *path.glob("*/form.yaml")})
    if not files:
        raise FormProblem(
            "form-missing", f"{path} に様式ファイルがありません。", "form.yaml のある場所を指定してください。"
        )
    found = [mistake for file in files for mistake in _file(file, list_folders)]
    return sorted(found, key=lambda mistake: (mistake.file, mistake.line, mistake.key))


def _file(path: Path, list_folders: Sequence[Path]) -> Iterator[Mistake]:
    try:
        source = mistakes.read(path)
    except FormProblem as problem:
        line = problem.line if isinstance(problem, mistakes.NoYaml) else 1
        yield Mistake(path, line, "全体", f"{problem.what}{problem.todo}", problem.code)
        return
    yield from mistakes.doubled(source)
    try:
        form = schema.Form.model_validate(source.values)
    except pydantic.ValidationError as error:
        yield from mistakes.of_validation(source, error)
        return
    yield from meaning.form(source, form)
    for n, side in enumerate(form.sides):
        yield from places.side(source, n, side)
    yield from _lists(source, form, [path.parent / "lists", path.parent.parent / "lists", *list_folders])
    yield from _blank(source, form)


def _lists(source: Source, form: schema.Form, folders: Sequence[Path]) -> Iterator[Mistake]:
    for n, side in enumerate(form.sides):
        for m, field in enumerate(side.fields):
            name = field.list_ if isinstance(field, schema.Text) else None
            if name and lists.find(name, folders) is None:
                message = f"リスト「{name}」がまだありません。画面の「リスト」か yomitori lists import で取り込みます。"
                yield source.mistake(("sides", n, "fields", m, "list"), message, "list-missing", "warning")


def _blank(source: Source, form: schema.Form) -> Iterator[Mistake]:
    path = source.path.with_name("blank.pdf")
    sizes = _page_sizes(path)
    if sizes is None and not path.exists() and any(side.print_ for side in form.sides):
        return  # printed from the form file when it is loaded
    if sizes is None:
        message = f"白紙 {path.name} がないか、開けません。form.yaml と同じフォルダーに、白紙のスキャンを置きます。"
        yield source.mistake((), message, "blank-missing")
        return
    if len(sizes) < len(form.sides):
        message = f"白紙が {len(sizes)} ページしかありません。{len(form.sides)} 面あるので、同じ数のページにします。"
        yield source.mistake(("sides",), message, "blank-pages")
    for n, (side, (width, height)) in enumerate(zip(form.sides, sizes, strict=False)):
        if abs(side.paper.width - width) > PAGE_SLACK_MM or abs(side.paper.height - height) > PAGE_SLACK_MM:
            message = f"白紙の {n + 1} ページ目は {width:.0f}×{height:.0f} mm です。用紙の大きさをそろえます。"
            yield source.mistake(("sides", n, "paper"), message, "blank-size")


def _page_sizes(path: Path) -> list[tuple[float, float]] | None:
    """Width and height of each page in mm."""
    try:
        with pikepdf.open(path) as pdf:
            return [_size(page) for page in pdf.pages]
    except (OSError, pikepdf.PdfError, ValueError):
        return None


def _size(page: pikepdf.Page) -> tuple[float, float]:
    left, low, right, top = (float(n) for n in page.cropbox.as_list())
    width, height = abs(right - left) / POINTS_PER_MM, abs(top - low) / POINTS_PER_MM
    return (height, width) if int(page.obj.get("/Rotate", 0)) % 180 else (width, height)
