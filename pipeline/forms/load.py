"""Form files from folders; each blank is rendered once, when it is first needed, and kept as a file."""

from __future__ import annotations

import contextlib
import copy
import functools
import hashlib
import logging
import os
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import cv2
import numpy as np
import pydantic

from pipeline import geometry
from pipeline.errors import FormProblem
from pipeline.forms import lists, meaning, mistakes, reports, schema
from pipeline.forms import print as paper
from pipeline.forms.own_lists import OwnLists
from pipeline.programs import poppler
from pipeline.settings import Settings

log = logging.getLogger(__name__)

SHIPPED = Path(__file__).resolve().parents[2] / "form_templates"
LOOK_AGAIN_S = 1.0  # folders are looked at no more often than this
MAPPED = 8  # blanks mapped at once by a process
ByKey: TypeAlias = dict[tuple[str, str], schema.Form]
Stamp: TypeAlias = tuple[tuple[int, int], ...]  # time and size of a form file and its blank


class Forms(Mapping[tuple[str, str], schema.Form]):
    """All forms at hand, by id and version, and the lists beside them."""

    def __init__(
        self,
        forms: Mapping[tuple[str, str], schema.Form],
        list_folders: tuple[Path, ...] = (),
        shelf: Shelf | None = None,
    ) -> None:
        self._forms = dict(forms)
        self.list_folders = list_folders
        self._shelf = shelf

    def refreshed(self, at_once: bool = False) -> Forms:
        """The same object, after taking up form files that changed since: what was saved is used from now on.

        A file that is broken now leaves the form as it was, with a line in the log.

        Args:
            at_once: even if the folders were looked at a moment ago.
        """
        changed = self._shelf.changed(at_once) if self._shelf else None
        if changed is not None:
            self._forms = changed
        return self

    def having(self, keys: Iterable[tuple[str, str] | None]) -> Forms:
        """The same object, refreshed at once if one of the forms is not known: it was saved a moment ago."""
        return self.refreshed(at_once=not {key for key in keys if key} <= set(self._forms))

    def __getitem__(self, key: tuple[str, str]) -> schema.Form:
        """The form of that id and version; KeyError when it is not loaded."""
        return self._forms[key]

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Keys, in the order of the folders."""
        return iter(self._forms)

    def __len__(self) -> int:
        """How many forms."""
        return len(self._forms)

    def file(self, key: tuple[str, str]) -> Path | None:
        """Where the form file lies; None when there is no such form, or it came from no file."""
        form = self._forms.get(key)
        return self._shelf.file(form) if self._shelf and form is not None else None

    def sides(self) -> Iterator[tuple[schema.Form, schema.Side]]:
        """Every side of every form."""
        return ((form, side) for form in self.values() for side in form.sides)

    def listing(self, name: str) -> lists.Listing:
        """The list of that name; an empty one when no folder has it."""
        return lists.load(name, self.list_folders)

    def lists_seen(self) -> tuple[tuple[str, int, int], ...]:
        """Something that is another whenever a list is."""
        return tuple(_seen(self.list_folders))

    @functools.cached_property
    def reports(self) -> reports.Reports:
        """The tables of the report: the office's own file, else the shipped one; raises FormProblem."""
        return reports.load((SHIPPED, *self._shelf.folders) if self._shelf else (SHIPPED,))


def load(folders: list[Path], blanks: Path, list_folders: tuple[Path, ...] = ()) -> Forms:
    """Read every `*/form.yaml` (or `form.yaml`) in `folders`; a later folder's form of the same id and version wins.

    Args:
        folders: form folders; one that does not exist yet may come later.
        blanks: where rendered blanks are kept.
        list_folders: where `<name>.csv` lists lie, besides `lists/` of each folder.

    Raises:
        FormProblem: naming file, line and key.
    """
    shelf = Shelf(folders, blanks, tuple(folder / "lists" for folder in folders) + list_folders)
    return Forms(shelf.read(), shelf.list_folders, shelf)


class Shelf:
    """Form folders, and what was read from them: files that did not change are not read again."""

    def __init__(self, folders: list[Path], blanks: Path, list_folders: tuple[Path, ...]) -> None:
        self.list_folders = list_folders
        self.folders, self._blanks = tuple(folders), blanks
        self._known: dict[Path, tuple[Stamp, schema.Form]] = {}
        self._seen: dict[Path, Stamp] = {}
        self._looked = 0.0

    def read(self) -> ByKey:
        """Every form; raises FormProblem for the first mistake."""
        self._seen = self._stamps()
        return {form.key: form for form in [self._form(path, stamp) for path, stamp in self._seen.items()]}

    def changed(self, at_once: bool) -> ByKey | None:
        """Every form, if any file is new, changed or gone; what cannot be read is left as it was."""
        now = time.monotonic()
        if not at_once and now - self._looked < LOOK_AGAIN_S:
            return None
        self._looked, stamps = now, self._stamps()
        if stamps == self._seen:
            return None
        self._seen = stamps
        forms = [self._kept(path, stamp) for path, stamp in stamps.items()]
        return {form.key: form for form in forms if form is not None}

    def file(self, form: schema.Form) -> Path | None:
        """Where a form was read from."""
        return next((path for path, (_, known) in self._known.items() if known is form), None)

    def _stamps(self) -> dict[Path, Stamp]:
        return {path: _stamp(path) for folder in self.folders for path in form_files(folder)}

    def _form(self, path: Path, stamp: Stamp) -> schema.Form:
        known = self._known.get(path)
        if known is None or known[0] != stamp:
            form = read_file(path)
            attach_blanks(form, path.with_name("blank.pdf"), self._blanks, self.list_folders)
            attach_lists(form, self.list_folders)
            self._known[path] = known = (stamp, form)
        return known[1]

    def _kept(self, path: Path, stamp: Stamp) -> schema.Form | None:
        try:
            return self._form(path, stamp)
        except (FormProblem, OSError) as problem:
            log.warning("form file %s not taken up: %s", path, problem)
            known = self._known.get(path)
            return known[1] if known else None


def _stamp(path: Path) -> Stamp:
    both = [one.stat() for one in (path, path.with_name("blank.pdf")) if one.is_file()]
    return tuple((found.st_mtime_ns, found.st_size) for found in both)


def _seen(folders: Iterable[Path]) -> Iterator[tuple[str, int, int]]:
    for path in (path for folder in folders for path in sorted(folder.glob("*.csv"))):
        with contextlib.suppress(FileNotFoundError):  # taken back at this moment
            found = path.stat()
            yield str(path), found.st_mtime_ns, found.st_ino


def at_hand(own: Settings) -> Forms:
    """The forms of an installation: shipped and the office's own, or only those of the folder that is set."""
    return load(folders(own), own.blanks, (own.own_lists,))


def own_lists(own: Settings) -> OwnLists:
    """The lists of an installation."""
    return OwnLists([folder / "lists" for folder in folders(own)], own.own_lists)


def folders(own: Settings) -> list[Path]:
    """Where the forms of an installation lie; a later folder's form wins."""
    return [own.forms] if own.forms else [SHIPPED, own.own_forms]


def form_files(folder: Path) -> list[Path]:
    """The form files of a folder, sorted."""
    own = folder / "form.yaml"
    return [own] if own.is_file() else sorted(folder.glob("*/form.yaml"))


def read_file(path: Path) -> schema.Form:
    """One form file as a model; unknown keys are passed over with a warning.

    Raises:
        FormProblem: naming file, line and key.
    """
    return _sound(mistakes.read(path))


def of_values(values: dict[str, Any], name: str) -> schema.Form:
    """A form that is no file yet, as `read_file` gives it; raises FormProblem with `name` in the place of the file."""
    return _sound(mistakes.Source(Path(name), None, values))


def _sound(source: mistakes.Source) -> schema.Form:
    path = source.path
    try:
        form = _validated(source)
    except pydantic.ValidationError as error:
        raise _refusal(path, mistakes.of_validation(source, error)) from error
    # Whoever reads with the form relies on every field that it refers to.
    wrong = [mistake for mistake in meaning.form(source, form) if mistake.level == "error"]
    if wrong:
        raise _refusal(path, wrong)
    return form


def _refusal(path: Path, found: list[mistakes.Mistake]) -> FormProblem:
    said = "\n".join(str(mistake) for mistake in found[:5])
    return FormProblem("form-invalid", f"{said}\n", f"yomitori forms check {path} ですべての誤りを見られます。")


def _validated(source: mistakes.Source) -> schema.Form:
    try:
        return schema.Form.model_validate(source.values)
    except pydantic.ValidationError as error:
        unknown = mistakes.unknown_keys(source, error)
        if not unknown:
            raise
    for keys in unknown:
        where = ".".join(str(key) for key in keys)
        log.warning("%s %d 行目 %s: 知らない項目なので読み飛ばします。", source.path, source.line(keys), where)
    return schema.Form.model_validate(_without(source.values, unknown))


def _without(values: Any, unknown: list[mistakes.Keys]) -> Any:
    rest = copy.deepcopy(values)
    for *way, last in unknown:
        block = rest
        for key in way:
            block = block[key]
        del block[last]
    return rest


def attach_lists(form: schema.Form, folders: tuple[Path, ...]) -> None:
    """Tell every field that takes its values from a list where that list is."""
    for field in form.fields.values():
        if isinstance(field, schema.Text) and field.list_:
            field.attach(functools.partial(lists.load, field.list_, folders))


def attach_blanks(form: schema.Form, pdf: Path, cache: Path, list_folders: tuple[Path, ...] = ()) -> None:
    """Tell every side where its blank is; `pdf` is drawn only when `cache` has no picture of it yet.

    A form that says itself what is printed needs no `pdf`: its blank is printed into the cache.
    """
    if not pdf.is_file():
        pdf = _printed(form, cache, list_folders)
    sha256 = hashlib.sha256(pdf.read_bytes()).hexdigest()
    for number, side in enumerate(form.sides, 1):
        fetch = functools.partial(_blank, pdf, number, side.paper, cache / sha256)
        side.attach(fetch, f"{sha256}/{number}", kept=False)


def _printed(form: schema.Form, cache: Path, list_folders: tuple[Path, ...]) -> Path:
    if not any(side.print_ for side in form.sides):
        raise FormProblem(
            "blank-missing",
            f"様式 {form.id} {form.version} の白紙 blank.pdf がありません。",
            "form.yaml と同じフォルダーに、白紙のスキャンを blank.pdf として置いてください。",
        )
    written = form.model_dump_json(by_alias=True).encode()
    path = cache / f"{form.id}-{hashlib.sha256(written).hexdigest()}.pdf"
    if not path.is_file():
        cache.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = path.with_suffix(f".{os.getpid()}.part")
        paper.blank(form, part, paper.tables(form, list_folders))
        part.replace(path)
    return path


def _blank(pdf: Path, number: int, paper: schema.Paper, folder: Path) -> geometry.Grey:
    """The side as drawn before, mapped from its file: every process shares it, and memory does not grow with forms."""
    size = (round(paper.width * geometry.BLANK_PX_PER_MM), round(paper.height * geometry.BLANK_PX_PER_MM))
    kept = folder / f"side-{number}-{size[0]}x{size[1]}.npy"
    with contextlib.suppress(OSError, ValueError):
        status = kept.stat()
        known = _mapped(kept, status.st_ino, status.st_size)
        if known.dtype == np.uint8 and known.shape == size[::-1]:
            return known
    image: geometry.Grey = poppler.page(pdf, number, dpi=geometry.BLANK_DPI)
    if image.shape != size[::-1]:
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
    _keep(kept, image)
    return image


@functools.lru_cache(maxsize=MAPPED)
def _mapped(path: Path, _inode: int, _size: int) -> geometry.Grey:
    return np.asarray(np.load(path, mmap_mode="r"))


def _keep(path: Path, image: geometry.Grey) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_name(f"{path.name}.{np.random.default_rng().integers(1 << 40):x}.part")
    with part.open("wb") as file:
        np.save(file, image)
    part.replace(path)
