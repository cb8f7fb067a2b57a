"""Coming in: log in, the one-time password, languages, themes, links to anything, and what is not there."""

from collections.abc import Generator
from datetime import UTC, datetime

import pytest
from screens_case import browsing, needs_screens, person, picture, playwright
from service_case import Service, serving

from data.store.users import first_administrator

pytestmark = needs_screens
expect = playwright.expect


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Generator[Service]:
    with serving(tmp_path_factory.mktemp("screens") / "data") as one:
        person(one, "pia", "administrator")
        assert one.client().post("/centres", json={"id": "grid"}).status_code == 201
        yield one


def test_the_first_administrator_chooses_a_password_and_comes_in(tmp_path_factory: pytest.TempPathFactory) -> None:
    with serving(tmp_path_factory.mktemp("first") / "data") as service:
        one_time = first_administrator(service.settings.database, datetime.now(UTC)) or ""
        with browsing(service, "", "zh") as page:
            page.get_by_label("用户名").fill("administrator")
            page.get_by_label("密码").fill("a guess")
            page.get_by_role("button", name="登录").click()
            expect(page.get_by_role("alert")).to_contain_text("the name or the password is wrong")
            page.get_by_label("密码").fill(one_time)
            page.get_by_role("button", name="登录").click()
            page.get_by_label("一次性密码").fill(one_time)
            page.get_by_label("新密码").fill("rain over the old town")
            page.get_by_label("再输入一次").fill("rain over the old town")
            picture(page, "first-login")
            page.get_by_role("button", name="修改密码").click()
            expect(page.get_by_text("administrator")).to_be_visible()


def test_language_and_theme_are_switched_and_kept(service: Service) -> None:
    with browsing(service, "pia", "en") as page:
        expect(page.get_by_role("button", name="中文")).to_be_visible()
        page.get_by_role("button", name="中文").click()
        expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
        page.get_by_role("button", name="深色").click()
        page.reload()
        expect(page.get_by_role("button", name="English")).to_be_visible()
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_the_page_may_do_nothing_but_what_it_must(service: Service) -> None:
    answer = service.client().get(f"{service.address}/any/where")
    policy = answer.headers["Content-Security-Policy"]
    assert answer.status_code == 200
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none'; script-src 'self'; ")
    again = service.client().get(f"{service.address}/").headers["Content-Security-Policy"]
    assert policy != again
    nonce = policy.split("'nonce-")[1].split("'")[0]
    assert f'nonce="{nonce}"' in answer.text


def test_paths_of_the_api_stay_its_own(service: Service) -> None:
    for path in ("/api/v1/nothing", "/api/nothing", "/scim/nothing"):
        answer = service.client().get(service.address + path)
        assert answer.status_code == 404
        assert answer.json()["type"] == "no-such-path"


def test_assets_are_kept_for_a_year_and_the_page_is_asked_for_anew(service: Service) -> None:
    page = service.client().get(service.address)
    script = page.text.split('src="')[1].split('"')[0]
    assert page.headers["Cache-Control"] == "no-cache"
    assert "immutable" in service.client().get(service.address + script).headers["Cache-Control"]
    assert service.client().get(f"{service.address}/licences.txt").text.count("MIT") > 10
