"""The first quarter of an hour: the sample centre, a month, a file with a fault, another person, the audit trail."""

from collections.abc import Generator
from pathlib import Path

import pytest
from run_case import working
from screens_case import browsing, needs_screens, person, picture, playwright
from service_case import Service

pytestmark = needs_screens
expect = playwright.expect


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Generator[Service]:
    with working(tmp_path_factory.mktemp("start") / "data") as made:
        person(made, "ada", "administrator")
        yield made


def test_the_first_run_leads_to_a_month_in_force(service: Service) -> None:
    with browsing(service, "ada", "zh") as page:
        expect(page.get_by_role("heading", name="快速上手")).to_be_visible()
        page.get_by_role("button", name="建立示例中心").click()
        page.get_by_role("button", name="开始排班").click()
        expect(page.get_by_text("已完成")).to_be_visible(timeout=240_000)
        picture(page, "start-planned-zh")
        page.get_by_role("button", name="看班表").click()
        page.get_by_role("button", name="打开班表").click()
        page.get_by_role("link", name="v001-month").click()
        expect(page.get_by_text("没有违反硬性规则")).to_be_visible(timeout=60_000)


def test_a_file_is_judged_before_it_is_taken_in(service: Service, template: Path, tmp_path: Path) -> None:
    service.client().post("/centres", json={"id": "north", "sample": True})
    wrong = tmp_path / "staff.csv"
    wrong.write_text("agent,name,site,team,contract,skills\nB1,Li,main,T01,none,service\n", encoding="utf-8")
    right = tmp_path / "right" / "staff.csv"
    right.parent.mkdir()
    right.write_text("agent,name,site,team,contract,skills\nB1,Li,main,T01,FT,service\n", encoding="utf-8")
    with browsing(service, "ada") as page:
        page.goto(f"{service.address}/c/north/data/staff")
        page.get_by_role("button", name="Import a file").click()
        page.locator("input[type=file]").set_input_files(str(wrong))
        expect(page.get_by_role("alert")).to_contain_text("contract")
        picture(page, "upload-refused-en")
        page.locator("input[type=file]").set_input_files(str(right))
        page.get_by_role("button", name="Take it in").click()
        expect(page.get_by_text("Taken in")).to_be_visible()
        expect(page.get_by_text("13 rows")).to_be_visible()


def test_somebody_is_added_with_a_one_time_password_and_the_audit_trail_tells_it(service: Service) -> None:
    with browsing(service, "ada") as page:
        page.goto(f"{service.address}/settings")
        page.get_by_role("button", name="Add a user").click()
        page.get_by_label("Name", exact=True).fill("bo")
        page.get_by_label("Roles").click()
        page.get_by_title("planner").click()
        page.get_by_role("button", name="Add a user").last.click()
        expect(page.get_by_text("bo: One-time password")).to_be_visible()
        page.goto(f"{service.address}/audit")
        expect(page.get_by_text("user.added").first).to_be_visible()
        picture(page, "audit-en")
