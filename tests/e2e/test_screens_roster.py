"""A planner's month on the screen: it is read, edited, checked, saved as a proposal, approved and published."""

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from planner import Told
from run_case import working
from screens_case import browsing, needs_screens, person, picture, playwright
from service_case import Service

pytestmark = needs_screens
expect = playwright.expect


@pytest.fixture(scope="module")
def service(month: tuple[Path, Told], tmp_path_factory: pytest.TempPathFactory) -> Generator[Service]:
    with working(tmp_path_factory.mktemp("roster-screen") / "data") as made:
        made.add("grid", month[0])
        person(made, "pia", "planner")
        yield made


def cell(page: Any, row: int, day: int) -> Any:
    """A cell of the grid as it is shown; the columns of names have a twin of each row."""
    return page.locator(f"revogr-data[type=rgRow] [data-rgrow='{row}'][data-rgcol='{day}']").last


def open_roster(page: Any, service: Service, version: str = "v001-month") -> None:
    page.goto(f"{service.address}/c/grid/rosters/{version}")
    expect(cell(page, 0, 0)).to_be_visible()


def paste(page: Any, text: str) -> None:
    page.evaluate(
        """text => { const data = new DataTransfer(); data.setData('text/plain', text);
        document.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true})); }""",
        text,
    )


def edits(page: Any) -> Any:
    return page.get_by_role("button", name="edits")


def test_cells_are_typed_pasted_deleted_and_undone(service: Service) -> None:
    with browsing(service, "pia") as page:
        open_roster(page, service)
        was = cell(page, 0, 3).inner_text()
        cell(page, 0, 3).click()
        page.keyboard.press("Delete")
        other = "-" if was != "-" else "D"
        if was == "-":
            paste(page, other)
        expect(edits(page)).to_contain_text("1")
        cell(page, 1, 3).click()
        paste(page, "-\tD\r\n-\tD\r\n")
        many = int(edits(page).inner_text().split()[0])
        assert 2 <= many <= 5
        page.keyboard.press("Control+z")
        expect(edits(page)).to_contain_text("1")
        page.keyboard.press("Control+z")
        expect(edits(page)).to_be_hidden()
        expect(cell(page, 0, 3)).to_have_text(was)
        page.keyboard.press("Control+y")
        expect(edits(page)).to_contain_text("1")
        cell(page, 0, 3).click()
        paste(page, "no such code")
        expect(page.get_by_text("There is no such shift code")).to_be_visible()
        expect(edits(page)).to_contain_text("1")


def save_another_shift(page: Any) -> None:
    """Give somebody another shift that the verifier accepts; what it refuses is shown with its rule, and undone."""
    for row, day in ((row, day) for day in (9, 10, 11) for row in range(10)):
        if cell(page, row, day).inner_text() not in ("E", "L"):
            continue
        cell(page, row, day).click()
        paste(page, "D")
        expect(cell(page, row, day)).to_contain_text("D")
        picture(page, "roster-edited-en")
        page.get_by_role("button", name="Save as a proposal").click()
        page.get_by_label("Why it is changed").fill("asked for")
        page.get_by_role("button", name="OK").click()
        page.locator(".problem").or_(page.get_by_text("proposal", exact=True)).first.wait_for()
        if "v002" in page.url:
            return
        expect(page.get_by_role("alert").first).to_contain_text("rule")
        page.keyboard.press("Control+z")
    raise AssertionError("no other shift breaks no rule")


def test_what_breaks_a_rule_is_refused_with_the_rule_and_kept_on_the_screen(service: Service) -> None:
    with browsing(service, "pia") as page:
        open_roster(page, service)
        row = next(row for row in range(10) if cell(page, row, 9).inner_text() in ("E", "L", "D"))
        cell(page, row, 9).click()
        page.keyboard.press("Delete")
        page.get_by_role("button", name="Save as a proposal").click()
        page.get_by_role("button", name="OK").click()
        expect(page.get_by_role("alert").first).to_contain_text("cn.week.normal_max")
        expect(edits(page)).to_contain_text("1")
        picture(page, "roster-refused-en")


def test_an_edit_becomes_a_proposal_is_approved_and_published(service: Service) -> None:
    with browsing(service, "pia") as page:
        open_roster(page, service)
        expect(page.get_by_text("No hard rule is broken")).to_be_visible()
        save_another_shift(page)
        expect(page.get_by_text("proposal", exact=True)).to_be_visible()
        page.get_by_role("button", name="Approve").click()
        page.get_by_role("button", name="OK").click()
        page.get_by_role("button", name="Publish").click(timeout=60_000)
        page.get_by_role("button", name="OK").click()
        expect(page.get_by_text("in force", exact=True)).to_be_visible(timeout=120_000)
        picture(page, "roster-published-en")
    current = service.client("planner").get("/centres/grid/rosters/current").json()
    assert current["version"].startswith("v002")


def test_the_table_says_what_the_grid_says_in_chinese(service: Service) -> None:
    with browsing(service, "pia", "zh") as page:
        open_roster(page, service)
        picture(page, "roster-zh")
        shown = [cell(page, 0, day).inner_text() for day in range(5)]
        page.get_by_text("只读表").click()
        row = page.locator(".table-view tbody tr").first
        assert [row.locator("td").nth(2 + day).inner_text() for day in range(5)] == shown
        with page.expect_download() as download:
            page.get_by_role("button", name="导出 Excel").click()
        assert download.value.suggested_filename == "v001-month.xlsx"
