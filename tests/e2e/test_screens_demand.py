"""Forecast and requirement in a browser: the fan with an override, versions, accuracy, heat maps, the formula, other targets."""

import re
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from planner import Told
from run_case import ended, submit, working
from screens_case import browsing, needs_screens, person, picture, playwright
from service_case import Service

pytestmark = needs_screens
expect = playwright.expect


@pytest.fixture(scope="module")
def service(month: tuple[Path, Told], tmp_path_factory: pytest.TempPathFactory) -> Generator[Service]:
    with working(tmp_path_factory.mktemp("demand") / "data") as one:
        one.add("grid", month[0])
        person(one, "pia", "planner")
        client = one.client()
        for reason in ("first", "second"):
            run = ended(client, submit(client, "grid", "forecast", days=28, reason=reason))
            assert run["state"] == "succeeded", run
        yield one


def to(page: Any, service: Service, path: str) -> None:
    page.goto(f"{service.address}/c/grid/{path}")


def charts(page: Any) -> Any:
    """The drawn charts; icons are images too."""
    return page.locator(".chart [role=img]:has(canvas)")


def test_an_override_is_seen_on_the_fan_before_it_is_saved(service: Service) -> None:
    with browsing(service, "pia", "en") as page:
        to(page, service, "forecast")
        expect(charts(page)).to_be_visible()
        page.get_by_role("button", name="Add an override").click()
        page.get_by_role("spinbutton", name="Value").fill("30")
        expect(page.get_by_text("With the override (not saved)").first).to_be_visible()
        picture(page, "forecast-override-en")
        page.get_by_role("textbox", name="Reason").fill("billing day")
        page.get_by_role("button", name="Save the override").click()
        row = page.get_by_role("row").filter(has_text="billing day")
        expect(row).to_contain_text("Change by per cent")
        expect(row).to_contain_text("pia")
        page.get_by_role("button", name="Table").click()
        expect(page.get_by_role("columnheader", name="Calls foreseen")).to_be_visible()


def test_versions_events_and_accuracy_are_told_in_chinese(service: Service) -> None:
    with browsing(service, "pia", "zh") as page:
        to(page, service, "forecast")
        expect(page.get_by_role("heading", name="话务预测", level=1)).to_be_visible()
        expect(charts(page)).to_be_visible()
        picture(page, "forecast-zh")
        page.get_by_role("tab", name="版本比较").click()
        expect(page.get_by_role("cell", name="second", exact=True)).to_be_visible()
        expect(page.get_by_text("共同天数内合计（通）")).to_be_visible()
        picture(page, "forecast-versions-zh")
        page.get_by_role("tab", name="事件日历").click()
        expect(page.get_by_role("button", name="新增")).to_be_visible()
        picture(page, "forecast-events-zh")
        page.get_by_role("tab", name="准确率与校准").click()
        expect(charts(page).first.or_(page.get_by_text("还没有回测").first)).to_be_visible()
        picture(page, "forecast-accuracy-zh")


def test_the_formula_behind_a_number_opens_from_its_address(service: Service) -> None:
    rows = service.client().get("/centres/grid/series/requirement", params={"limit": 5000}).json()["items"]
    row = max(rows, key=lambda one: one["heads"])
    with browsing(service, "pia", "zh") as page:
        to(page, service, f"requirement?formula={row['queue']}@{row['timestamp']}")
        panel = page.get_by_role("dialog")
        expect(panel).to_contain_text("计算步骤")
        expect(panel).to_contain_text("向上取整")
        picture(page, "requirement-formula-zh")


def test_a_cell_of_the_heat_map_leads_to_its_day_and_a_bar_to_its_formula(service: Service) -> None:
    with browsing(service, "pia", "en", height=1200) as page:
        to(page, service, "requirement/heat")
        heat = charts(page).first
        expect(charts(page)).to_have_count(2)
        box = heat.bounding_box()
        heat.click(position={"x": box["width"] / 2, "y": box["height"] / 2})
        expect(page).to_have_url(re.compile("day="))
        picture(page, "requirement-heat-en")
        page.get_by_role("tab", name="Coverage of the roster").click()
        expect(page.get_by_text("Short, agent-hours")).to_be_visible()
        expect(charts(page).first).to_be_visible()
        picture(page, "requirement-coverage-en")


def test_other_targets_are_shown_beside_those_that_stand(service: Service) -> None:
    with browsing(service, "pia", "en") as page:
        to(page, service, "requirement/whatif")
        page.get_by_role("spinbutton", name="Service level asked for").fill("98")
        page.get_by_role("button", name="See what it asks for").click()
        expect(page.get_by_text("Agent-hours rostered · Otherwise")).to_be_visible()
        picture(page, "requirement-what-if-en")
