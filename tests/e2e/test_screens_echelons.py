"""A duty manager rides a typhoon in a browser: who is ready, what breaks, a drill with its score and lessons."""

import re
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
AT = "2026-06-10T12:00"
LONG = 90_000
"""Milliseconds that a run may take."""


@pytest.fixture(scope="module")
def service(month: tuple[Path, Told], tmp_path_factory: pytest.TempPathFactory) -> Generator[Service]:
    with working(tmp_path_factory.mktemp("echelons") / "data") as one:
        one.add("grid", month[0])
        person(one, "dora", "planner")
        yield one


def ask(page: Any, button: str, start: str, done: str, **filled: str) -> None:
    """Ask for a run in its drawer, wait for its end, and close the drawer."""
    page.get_by_role("button", name=button).click()
    drawer = page.get_by_role("dialog")
    for label, value in filled.items():
        drawer.get_by_role("textbox", name=re.compile(rf"\b{label}\b", re.IGNORECASE)).first.fill(value)
    drawer.get_by_role("button", name=start).click()
    expect(drawer.get_by_text(done, exact=True)).to_be_visible(timeout=LONG)
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()


def test_a_typhoon_is_ridden_from_readiness_to_lessons(service: Service) -> None:
    with browsing(service, "dora", "en") as page:
        page.goto(f"{service.address}/c/grid/echelons")
        expect(page.get_by_text("Nobody has been counted yet")).to_be_visible()
        ask(page, "Count who is ready", "Start", "Done", At=AT)
        expect(page.get_by_role("row").filter(has_text="E1").first).to_be_visible()
        picture(page, "echelons-readiness-en")
        page.get_by_role("tab", name="Scenarios").click()
        ask(page, "Play a scenario", "Start", "Done", Scenario="typhoon", At=AT)
        expect(page.locator(".chart [role=img]:has(canvas)").first).to_be_visible()
        picture(page, "echelons-scenario-en")
        page.get_by_role("tab", name="Drills").click()
        expect(page.get_by_text("There has been no drill yet")).to_be_visible()
        ask(page, "Hold a drill", "Start", "Done", Scenario="typhoon", At=AT)
        row = page.get_by_role("row").filter(has_text="typhoon")
        row.get_by_role("button").click()
        expect(page.get_by_text("Lessons")).to_be_visible()
        expect(page.get_by_role("row").filter(has_text="Service level")).to_contain_text("±")
        picture(page, "echelons-drill-en")


def test_an_address_opens_a_tab_in_chinese(service: Service) -> None:
    with browsing(service, "dora", "zh") as page:
        page.goto(f"{service.address}/c/grid/echelons/calls?ask=call-out-start")
        expect(page.get_by_role("dialog").get_by_role("button", name="开始")).to_be_visible()
        picture(page, "echelons-call-out-zh")
        page.keyboard.press("Escape")
        page.get_by_role("tab", name="可召集力量").click()
        expect(page).to_have_url(f"{service.address}/c/grid/echelons")
        expect(page.get_by_role("heading", name="应急梯队与演练")).to_be_visible()
