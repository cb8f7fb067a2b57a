"""The rulebook on the screen: found by words, opened by its address, in both languages; strategies as documents."""

from collections.abc import Generator
from pathlib import Path

import pytest
from screens_case import browsing, needs_screens, person, picture, playwright
from service_case import Service, serving

pytestmark = needs_screens
expect = playwright.expect


@pytest.fixture(scope="module")
def service(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Generator[Service]:
    with serving(tmp_path_factory.mktemp("rulebook-screen") / "data") as one:
        one.add("grid", template)
        person(one, "pia", "planner")
        yield one


def test_a_rule_is_found_and_told_with_its_numbers_source_and_derogation(service: Service) -> None:
    with browsing(service, "pia", "zh") as page:
        page.goto(f"{service.address}/c/grid/rulebook")
        expect(page.get_by_role("heading", name="排班细则", level=1)).to_be_visible()
        picture(page, "rulebook-zh")
        page.get_by_label("搜索名称、内容、依据或编号").fill("cn.ot.max")
        row = page.get_by_role("row").filter(has_text="加班上限")
        for told in ("每月至多 36 小时", "硬性", "《劳动法》第41条", "可豁免"):
            expect(row).to_contain_text(told)
        expect(page.get_by_role("status")).to_have_text("1 条")
        page.get_by_role("button", name="加班上限").click()
        expect(page.get_by_role("dialog")).to_contain_text("每日上限")
        page.reload()
        expect(page.get_by_role("dialog")).to_contain_text("全体坐席")
        picture(page, "rulebook-rule-zh")


def test_strategies_are_documents_and_a_link_opens_one(service: Service) -> None:
    with browsing(service, "pia", "en") as page:
        page.goto(f"{service.address}/c/grid/rulebook?tab=strategies&strategy=rest")
        expect(page.get_by_role("heading", name="Weekly rest and consecutive days")).to_be_visible()
        expect(page.get_by_role("tabpanel").get_by_role("menuitem")).to_have_count(15)
        page.get_by_role("button", name="At least one day of rest a week").click()
        expect(page.get_by_role("dialog")).to_contain_text("Labour Law art. 38")
        expect(page.get_by_role("dialog")).to_contain_text("It is never lifted.")
        picture(page, "rulebook-strategies-en")


def test_what_is_not_there_is_told_in_chinese(service: Service) -> None:
    service.client().post("/centres", json={"id": "empty"}).raise_for_status()
    with browsing(service, "pia", "zh") as page:
        page.goto(f"{service.address}/c/empty/rulebook")
        expect(page.get_by_text("还没有排班细则")).to_be_visible()
        page.goto(f"{service.address}/c/nowhere/rosters")
        expect(page.get_by_role("alert")).to_contain_text("没有找到")
