"""The clerk's desk in a real browser: every flow walked, axe and the policy listening."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from pipeline import align, geometry, model, run, showing
from pipeline.store import NewScan, batches
from review_ui.app import create_app
from tests import processes
from tests.browser.conftest import SCREEN, ZOOMED, Running, Watched, axe, watched
from tests.browser.serving import serving
from tests.run import papers
from tests.run.papers import back, front, note
from tests.ui import clerk
from tests.ui import office as drawn


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    """An office whose stations believe what files say; its pages look like drawn ones."""
    picture = drawn.page_png(drawn.form())
    jpeg = run.review.pictures.page  # type: ignore[attr-defined]  # a module behind the story
    with clerk.opened(tmp_path / "office", monkeypatch) as made:
        monkeypatch.setattr(align, "told", _unknown)
        image = _decoded(picture)
        for place in (run, showing):
            monkeypatch.setattr(place, "page_picture", lambda *_: jpeg(image, 0, 800))
        size = (image.shape[1], image.shape[0])
        monkeypatch.setattr(
            run,
            "page_layout",
            lambda *_: run.review.pictures.layout(size, 0, 800, {}),  # type: ignore[attr-defined]  # as above
        )
        with serving(create_app(made.settings, made.store, made.forms)) as base:
            yield Running(base, made.store)


def _unknown(page: model.Page, _forms: object, said: model.Told) -> tuple[model.Sheet, ...]:
    return (model.Sheet(page, None, None, None, (), said.turn, None, status="unidentified", reason="no-form"),)


def _decoded(png: bytes) -> geometry.Grey:
    import cv2
    import numpy as np

    return np.asarray(cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE), dtype=np.uint8)


def _files(folder: Path, **named: object) -> list[str]:
    paths = []
    for name, pages in named.items():
        path = folder / f"{name}.pdf"
        path.write_text(json.dumps(pages) if isinstance(pages, list) else str(pages))
        paths.append(str(path))
    return paths


def _sound(page: Page) -> None:
    """Nothing for axe to find, and no wider than its window."""
    assert axe(page) == [], page.url
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url


def _batch(page: Page, base: str, counted: str = "") -> None:
    page.goto(f"{base}/batches")
    _sound(page)
    page.fill("#name", "窓口の束")
    page.fill("#counted", counted)
    page.click("main button.main")
    page.wait_for_selector("[data-drop]")


def test_files_dropped_on_a_batch(desk: Watched, running: Running, tmp_path: Path) -> None:
    """Dropped files go up in the order of the paper, progress comes by itself, and the batch says when it is done."""
    page = desk.page()
    _batch(page, desk.base, counted="3")
    _drop(page, {"scan 10.pdf": json.dumps([[note("10")]]), "scan 2.pdf": json.dumps([[note("2")], [note("3")]])})
    page.wait_for_selector("[data-list] li:nth-child(2)", state="attached")
    expect(page.locator("[data-done]")).to_be_visible()
    expect(page.locator("[data-read-text]")).to_have_text("3ページのうち3ページ")
    _sound(page)
    page.reload()
    rows = page.locator("table").first.locator("tbody tr th")
    assert rows.all_inner_texts() == ["1枚目", "2枚目", "3枚目"]
    assert [one.name for one in running.store.scans()] == ["scan 2.pdf", "scan 10.pdf"]
    _sound(page)


def _drop(page: Page, files: dict[str, str]) -> None:
    """What a browser does when files are let go over the page."""
    given = page.evaluate_handle(
        """files => {
            const data = new DataTransfer();
            for (const [name, text] of Object.entries(files)) data.items.add(new File([text], name));
            return data;
        }""",
        files,
    )
    for name in ("dragenter", "dragover", "drop"):
        page.dispatch_event("[data-drop]", name, {"dataTransfer": given})


def test_many_small_files_at_once(desk: Watched, running: Running) -> None:
    """Thirty files dropped together are all sent, counted honestly and read; none is held in the page."""
    page = desk.page()
    _batch(page, desk.base)
    _drop(page, {f"{n}.pdf": json.dumps([[note(str(n))]]) for n in range(30)})
    expect(page.locator("[data-sent-text]")).to_have_text("30件のうち30件")
    expect(page.locator("[data-read-text]")).to_have_text("30ページのうち30ページ")
    found = batches.newest(running.store)[0]
    assert (found.files, found.sheets, found.waiting) == (30, 30, 0)


def test_what_cannot_be_opened_and_its_way_back(desk: Watched, running: Running, tmp_path: Path) -> None:
    """A file that cannot be opened is named at once, waits with its reason, and a new scan takes its place."""
    desk.expected = ("422 (Unprocessable",)
    page = desk.page()
    _batch(page, desk.base)
    page.set_input_files("#files", _files(tmp_path, broken="no scan"))
    expect(page.locator("[data-trouble-list] li")).to_contain_text("broken.pdf")
    _sound(page)
    page.goto(f"{desk.base}/quarantine")
    _sound(page)
    page.click("main td form button")
    page.wait_for_selector(".note.bad")
    page.click("main a[href$='#rescan']")
    _sound(page)
    page.set_input_files("#file", _files(tmp_path, better=[[note("1")]]))
    page.click("form[action$=rescan] button")
    page.wait_for_selector("[role=status]")
    page.goto(f"{desk.base}/quarantine")
    expect(page.locator(".note.good")).to_be_visible()
    assert batches.newest(running.store)[0].open == 0


def _read(running: Running, folder: Path, *pages: object) -> list[str]:
    batches.create(running.store, "4月の束", "tanaka")
    papers.ingest(running.store, papers.scan(folder, "a.json", pages), batch="4月の束")
    return [filed.record.id for filed in running.store.records()]


def test_joined_swapped_parted(desk: Watched, running: Running, tmp_path: Path) -> None:
    """Halves are joined, their order is swapped, and they are parted again, with buttons alone."""
    one, other = _read(running, tmp_path, [front()], [back()])
    page = desk.page()
    page.goto(f"{desk.base}/records/{one}")
    page.click("details.aside summary")
    page.click("a[href$='/sheet']")
    _sound(page)
    page.check(f"input[value='{other}']")
    page.click("button[value=join]")
    page.wait_for_selector("#m-part")
    assert len(running.store.record(other).pages) == 2
    _sound(page)
    before = running.store.record(one).own_ids
    page.click("form:has(input[value=swap]) button")
    processes.until(lambda: running.store.record(one).own_ids == before[::-1])
    page.wait_for_selector("#m-part")
    page.locator("form:has(input[name=action][value=part]) input[type=radio]").first.check()
    page.click("form:has(input[name=action][value=part]) button")
    expect(page.locator("#m-part")).to_have_count(0)
    assert len(list(running.store.records())) == 2


def test_turned_and_taken_back(desk: Watched, running: Running, tmp_path: Path) -> None:
    """A page is turned with two clicks, what was said stands on the page, and one more click takes it back."""
    (record,) = _read(running, tmp_path, [])
    page = desk.page()
    page.goto(f"{desk.base}/records/{record}/sheet")
    page.check("section[aria-labelledby=m-turn] label:has-text('180度') input")
    page.click("section[aria-labelledby=m-turn] button")
    page.wait_for_selector("#m-said")
    _sound(page)
    assert running.store.record(record).pages[0].rotation == 180
    page.click("section[aria-labelledby=m-said] button")
    expect(page.locator("#m-said")).to_have_count(0)
    assert running.store.record(record).pages[0].rotation is None


@pytest.mark.parametrize("action", ["blank", "duplicate", "foreign"])
def test_set_aside_and_taken_back(desk: Watched, running: Running, tmp_path: Path, action: str) -> None:
    """A page that is no form is set aside with one click, stops being counted, and comes back with another."""
    (record, *_) = _read(running, tmp_path, [], [note("2")])
    page = desk.page()
    page.goto(f"{desk.base}/records/{record}/sheet")
    page.click(f"section[aria-labelledby=m-aside] form:has(input[value={action}]) button")
    processes.until(lambda: model.aside(running.store.record(record)) == action)
    assert batches.newest(running.store)[0].open == 0
    page.goto(f"{desk.base}/records/{record}/sheet")
    _sound(page)
    page.click("section[aria-labelledby=m-said] button")
    processes.until(lambda: model.aside(running.store.record(record)) is None)


def test_replaced_by_the_sheet_scanned_again(desk: Watched, running: Running, tmp_path: Path) -> None:
    """A sheet that was scanned twice is replaced by its better picture, chosen among its neighbours."""
    first, better = _read(running, tmp_path, [note("2", sure=False)], [note("2", only=4)])
    page = desk.page()
    page.goto(f"{desk.base}/records/{first}/sheet")
    page.check(f"input[value='{better}']")
    page.click("button[value=duplicate]")
    page.wait_for_selector("#m-part")
    _sound(page)
    assert batches.newest(running.store)[0].sheets == 1
    assert running.store.record(first).answers()["only"].value == 4


def test_what_the_watched_folder_took_in(desk: Watched, running: Running, tmp_path: Path) -> None:
    """What the scanner dropped into the folder stands among what came in, and can be looked at alone."""
    _read(running, tmp_path, [note("1")])
    path = papers.scan(tmp_path, "scanner.json", [[note("9")]])
    run.take(path, running.store, NewScan("", path.name, 0, 0, None, batches.WATCHED))
    page = desk.page()
    page.goto(f"{desk.base}/arrivals")
    expect(page.locator("main tbody tr")).to_have_count(2)
    page.click("a[href='/arrivals?watched=1']")
    expect(page.locator("main tbody tr")).to_have_count(1)
    expect(page.locator("main tbody tr")).to_contain_text("scanner.json")
    _sound(page)


def test_where_the_paper_lies(desk: Watched, running: Running, tmp_path: Path) -> None:
    """A record's page says which batch and which sheet of it to pull."""
    *_, last = _read(running, tmp_path, [note("1")], [note("2")], [note("3", sure=False)])
    page = desk.page()
    page.goto(f"{desk.base}/records/{last}")
    expect(page.locator("header.head")).to_contain_text("4月の束")
    expect(page.locator("header.head")).to_contain_text("3枚目")


def test_a_form_is_named_and_keyed_in(desk: Watched, running: Running, tmp_path: Path) -> None:
    """A page that nothing recognises gets its form from a person and is keyed in beside its picture: 手入力."""
    (record,) = _read(running, tmp_path, [])
    page = desk.page()
    page.goto(f"{desk.base}/records/{record}")
    _sound(page)
    page.click("a[href$='/sheet']")
    page.select_option("#form", "note/1")
    page.click("form:has(input[value=form]) button")
    page.wait_for_selector("[role=status]")
    page.goto(f"{desk.base}/records/{record}")
    page.wait_for_selector("[data-open=keys]:not([hidden])")
    page.keyboard.press("3")
    page.keyboard.press("Enter")
    processes.until(lambda: running.store.record(record).answers()["only"].counts)
    answer = running.store.record(record).answers()["only"]
    assert (answer.value, answer.origin) == (3, model.KEYED)


def test_a_panel_is_dragged_into_place(desk: Watched, running: Running, tmp_path: Path) -> None:
    """Corners move by mouse and by arrow keys, the numbers follow, and what is sent is where they stand."""
    (record,) = _read(running, tmp_path, [])
    page = desk.page()
    page.goto(f"{desk.base}/records/{record}/sheet")
    page.select_option("#form", "note/1")
    page.click("form:has(input[value=form]) button")
    page.wait_for_selector("a[href*='/place']")
    page.click("a[href*='/place']")
    _sound(page)
    corner = page.locator("[data-corner='0']")
    box = corner.bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 43.5  # for a finger or a shaky hand
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 90, box["y"] + 60, steps=4)
    page.mouse.up()
    moved = [page.input_value("#x0"), page.input_value("#y0")]
    assert all(int(one) > 30 for one in moved)
    page.locator("[data-corner='2']").focus()
    before = int(page.input_value("#x2"))
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("ArrowUp")
    assert int(page.input_value("#x2")) == before - 20
    page.click("form:has(input[name=panel][type=hidden]) button.main")
    page.wait_for_selector("#m-said")
    task = running.store.pages(running.store.record(record).pages[0].sha256)[0]
    said = run.again(running.store, task.page_id).told
    assert said is not None
    assert said.corners[0][1][0][0] > 30


def test_a_private_letter_is_taken_out(chromium: Browser, running: Running, tmp_path: Path) -> None:
    """Whoever scanned a letter by mistake takes it out of their own batch with two clicks."""
    made = batches.create(running.store, "自分の束", "op")
    papers.ingest(running.store, papers.scan(tmp_path, "letter.json", [[]]), batch="自分の束")
    own = watched(chromium, running, "op")
    page = own.page()
    page.goto(f"{running.base}/batches/{made}")
    page.click("details.inline summary")
    _sound(page)
    page.check("details.inline input[type=checkbox]")
    page.click("button.grave")
    expect(page.locator("h1")).to_have_text("消しました")
    _sound(page)
    assert list(running.store.records()) == []
    own.context.close()
    own.check()


PAGES = ("/batches", "/arrivals", "/quarantine", "/again", "/search", "/figures", "/guide")


@pytest.mark.parametrize("look", ["normal.normal.on", "largest.high.on"])
@pytest.mark.parametrize("size", [SCREEN, ZOOMED], ids=["1366x768", "200%"])
def test_pages_have_no_violations(
    desk: Watched, running: Running, tmp_path: Path, size: dict[str, int], look: str
) -> None:
    """Axe finds nothing on any page of the desk, in any size or contrast, and no page is wider than its window."""
    first, *_ = _read(running, tmp_path, [front("1", sure=False)], [note("2")], [], "refused")
    desk.context.add_cookies([{"name": "yomitori-look", "value": look, "url": desk.base}])
    page = desk.page()
    page.set_viewport_size({"width": size["width"], "height": size["height"]})
    for path in (*PAGES, "/batches/1", f"/records/{first}/sheet", f"/records/{first}/sheet/place"):
        page.goto(desk.base + path)
        _sound(page)


def test_charts_are_drawn_and_described(desk: Watched, running: Running, tmp_path: Path) -> None:
    """Every chart is an SVG with a description, and the same numbers stand in a table."""
    _read(running, tmp_path, [front("1", sure=False)], [note("2")])
    page = desk.page()
    page.goto(f"{desk.base}/figures")
    page.wait_for_selector("html[data-drawn]")
    assert page.locator("[data-chart] svg").count() == page.locator("[data-chart]").count() >= 3
    labels = page.eval_on_selector_all("[data-chart]", "all => all.map(one => one.getAttribute('aria-label'))")
    assert all(":" in label for label in labels)
    for summary in page.locator("details > summary", has_text="数で見る").all():
        summary.click()
    _sound(page)


def test_search_leaves_nothing_in_the_address(desk: Watched, running: Running, tmp_path: Path) -> None:
    """A name is looked for and found without standing in an address or title."""
    _read(running, tmp_path, [front("1")], [back("1", who="釜石 花子")], [note("2")])
    page = desk.page()
    page.goto(f"{desk.base}/search")
    page.fill("#name", "花子")
    page.click("main button.main")
    expect(page.locator("main tbody tr")).to_have_count(1)
    assert page.url == f"{desk.base}/search"
    assert "花" not in page.title()
    _sound(page)


def test_read_again_in_the_browser(desk: Watched, running: Running, tmp_path: Path) -> None:
    """The list of what would change comes by itself and nothing changes until it is wanted."""
    _read(running, tmp_path, [note("2", sure=False)])
    page = desk.page()
    page.goto(f"{desk.base}/again")
    page.select_option("#form", "note/1")
    page.click("main button.main")
    expect(page.locator(".note.good")).to_be_visible()
    _sound(page)
    page.click("form[action$=drop] button")
    expect(page.locator("#form")).to_be_visible()


def test_without_a_script(chromium: Browser, running: Running, tmp_path: Path) -> None:
    """Files go up, and the page says what became of them, with plain forms alone."""
    made = watched(chromium, running, "tanaka", java_script_enabled=False)
    page = made.page()
    _plain_batch(page, running.base)
    page.set_input_files("#files", _files(tmp_path, one=[[note("1")]], two="no scan"))
    page.click("form[enctype] button")
    expect(page.locator("main .note li")).to_have_count(2)
    made.context.close()
    made.check()


def _plain_batch(page: Page, base: str) -> None:
    page.goto(f"{base}/batches")
    page.fill("#name", "窓口の束")
    page.click("main button.main")
