"""Every screen by axe: names of controls, contrast of text, roles, in both themes."""

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from planner import Told
from run_case import working
from screens_case import browsing, needs_screens, person
from service_case import Service

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ("wcag2a", "wcag2aa")
pytestmark = [needs_screens, pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not installed: make screens")]


@pytest.fixture(scope="module")
def service(month: tuple[Path, Told], tmp_path_factory: pytest.TempPathFactory) -> Generator[Service]:
    with working(tmp_path_factory.mktemp("access") / "data") as one:
        one.add("grid", month[0])
        person(one, "ada", "administrator", "planner")
        yield one


def violations(page: Any) -> list[str]:
    """What axe finds, a line each; looked at from outside the page, so that its policy stays as it is."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("rules => axe.run({ runOnly: rules })", RULES)["violations"]
    return [f"{page.url}: {one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"][:3]]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_screen_shuts_anybody_out(service: Service, theme: str) -> None:
    wrong: list[str] = []
    with browsing(service, "ada", "zh") as page:
        if theme == "dark":
            page.get_by_role("button", name="深色").click()
        links = page.get_by_role("navigation", name="菜单").get_by_role("link")
        links.first.wait_for()
        addresses = [link.get_attribute("href") for link in links.all()]
        assert len(addresses) > 12
        for address in addresses:
            page.goto(f"{service.address}{address}")
            page.get_by_role("heading", level=1).wait_for()
            page.wait_for_load_state("networkidle")
            wrong += violations(page)
    assert wrong == []
