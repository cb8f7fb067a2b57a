"""The page of the API in a real browser: whoever has no session logs in there, and nothing is asked of another host."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from service_case import serving

from data.store.users import first_administrator

pytest.importorskip("playwright", reason="playwright is not installed")
from playwright.sync_api import expect, sync_playwright

CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on the path")


def test_the_first_administrator_logs_in_and_reads_the_api(tmp_path: Path) -> None:
    asked: list[str] = []
    with serving(tmp_path / "data") as service, sync_playwright() as playwright:
        one_time = first_administrator(service.settings.database, datetime.now(UTC)) or ""
        service.client().get("/openapi.json", timeout=300)  # made once, while nobody waits for it
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        )
        page = browser.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{service.address}/api/docs")
        page.get_by_label("Name 用户名").fill("administrator")
        page.get_by_label("Password 密码", exact=True).fill("a guess")
        page.get_by_role("button").click()
        expect(page.get_by_role("alert")).to_have_text("the name or the password is wrong")
        page.get_by_label("Password 密码", exact=True).fill(one_time)
        page.get_by_role("button").click()
        expect(page.get_by_role("alert")).to_contain_text("请先填写新密码")
        page.get_by_label("New password 新密码").fill("four words nobody says")
        page.get_by_role("button").click()
        page.wait_for_selector("#operations-tag-centres, .opblock-tag", timeout=120_000)
        browser.close()
    assert {url.split("/api/")[0] for url in asked if url.startswith("http")} == {service.address}
