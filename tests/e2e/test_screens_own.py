"""An agent on a telephone: the next shift, a swap that is asked for, the decision that is read, the calendar link."""

from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx2
import pytest
from planner import fortnight
from run_case import ended, submit, working
from screens_case import browsing, needs_screens, person, picture, playwright
from service_case import Service

pytestmark = needs_screens
expect = playwright.expect
SITE = ZoneInfo("Asia/Shanghai")
FIRST = datetime.now(UTC).date() + timedelta(days=14 - datetime.now(UTC).weekday())


@pytest.fixture(scope="module")
def service(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Generator[Service]:
    """A centre with a fortnight ahead in force."""
    folder = tmp_path_factory.mktemp("own-screen")
    centre = fortnight(template, folder / "centre", FIRST)
    with working(folder / "data") as served:
        served.add("grid", centre)
        person(served, "li.wei", "agent", agent="A0001")
        yield served


def test_an_agent_asks_for_a_swap_and_reads_the_decision(service: Service) -> None:
    with browsing(service, "li.wei", "zh", width=390, height=844) as page:
        expect(page.get_by_role("heading", name="我的班表")).to_be_visible()
        expect(page.get_by_label("下一个班次")).to_contain_text("–")
        picture(page, "own-shifts-zh")
        page.get_by_role("tab", name="申请").click()
        page.get_by_label("申请什么").click()
        page.get_by_title("换班").click()
        page.get_by_label("和谁换").fill("A0002")
        page.get_by_label("哪几天").click()
        page.locator(".ant-select-item-option").filter(has_text="–").first.click()
        page.keyboard.press("Escape")
        page.get_by_role("button", name="提交").click()
        expect(page.get_by_text("待裁定")).to_be_visible()
        picture(page, "own-request-zh")
        decide(service)
        page.reload()
        card = page.locator(".ant-card", has_text="换班").last
        expect(card).to_contain_text(r"已批准" if decided(service) == "granted" else "未批准")
        picture(page, "own-decided-zh")


def decide(service: Service) -> None:
    planner = service.client("planner")
    (asked,) = planner.get("/centres/grid/requests").json()["items"]
    run = ended(planner, submit(planner, "grid", "request", file=asked["file"], at=datetime.now(SITE).strftime("%Y-%m-%dT%H:%M")))
    assert run["problem"] is None, run


def decided(service: Service) -> str:
    (asked,) = service.client("planner").get("/centres/grid/requests").json()["items"]
    assert asked["decision"]["sentence_zh"]
    return str(asked["status"])


def test_a_calendar_link_is_made_and_revoked_and_nothing_else_is_shown(service: Service) -> None:
    with browsing(service, "li.wei", "en", width=390, height=844) as page:
        page.goto(f"{service.address}/c/grid/me/calendar")
        page.get_by_role("button", name="Make a link").click()
        link = page.get_by_text("/calendars/").inner_text()
        assert "BEGIN:VCALENDAR" in httpx2.get(link).text
        page.get_by_role("button", name="Revoke").click()
        expect(page.get_by_role("button", name="Revoke")).to_be_hidden()
        assert httpx2.get(link).status_code == 404
        page.goto(f"{service.address}/c/grid/rosters")
        expect(page.get_by_text("There is no such page")).to_be_visible()
