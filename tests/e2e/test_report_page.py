"""The report in a browser: nothing is asked from outside, the pictures are drawn, the numbers are the run's own."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest
from planner import Told

from api import planning
from api.planned import Planned, available_agents
from api.realised import Candidate, realised
from api.report import gather
from api.report.content import ReportContent
from api.report.page import write_report
from api.workspace import Workspace
from data.model.response import WarningLevel
from data.model.time import Horizon, as_local
from optimizer.rostering.explain import changes_of

pytest.importorskip("playwright", reason="playwright is not installed")
from playwright.sync_api import Page, sync_playwright

CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on the path")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
NAME = '<script>window.robbed = 1</script> & "Sons"'
CHARTS = {"fan-service", "staffing-service", "heat-service", "chart-changes", "chart-service", "warning-timeline"}


@pytest.fixture(scope="module")
def content(chain: list[tuple[Path, Told, dict[str, str]]]) -> ReportContent:
    """What the small run of the template made, as a report shows it."""
    workspace = Workspace.at(chain[0][0])
    centre, zone = workspace.centre, workspace.centre.centre.zone
    history = planning.learn(centre)
    month, week, day = (workspace.load(path) for path in workspace.versions)
    begin = as_local(datetime(2026, 6, 1), zone)
    made = planning.forecast(centre, history, begin, Horizon(zone=zone, first=begin.date(), days=28))
    changes = [
        (version.roster.version, change) for version in (week, day) for change in changes_of(version.problem, version.roster)
    ]
    response = planning.respond(day, as_local(datetime(2026, 6, 15, 9, 30), zone))
    rows = []
    for key, planned in (("a", month), ("c", day)):
        candidate = Candidate(
            key,
            f"roster {key}",
            f"班表 {key}",
            available_agents(planned_month(month, planned)),
            gather.paid_hours(planned),
        )
        rows.append(realised(centre.centre.queues[0], history, made, candidate))
    return ReportContent(
        centre=centre.centre.model_copy(update={"name": NAME}),
        agents=len(centre.agents),
        first=made.grid.horizon.first,
        last=made.grid.horizon.last,
        fan=gather.fan_frames(made, history),
        scores=gather.score_rows([("month", made)], history),
        coverage=gather.coverage_frames(planned_month(month, day)),
        changes=gather.change_frame(changes),
        versions=tuple(gather.version_row(v, "06-01", len(changes)) for v in (month, week, day)),
        warnings=response.warnings,
        activations=response.call_outs.activations,
        realised=tuple(rows),
        tiles=(("12", "agents & <friends>", "名坐席"),),
    )


def planned_month(month: Planned, planned: Planned) -> Planned:
    """The roster of one version, looked at over the whole month."""
    return replace(month, solution=planned.solution)


@pytest.fixture(scope="module")
def report(content: ReportContent, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = tmp_path_factory.mktemp("report") / "report.html"
    write_report(content, path)
    return path


@pytest.fixture(scope="module")
def opened(report: Path) -> Iterator[tuple[Page, list[str], list[str]]]:
    """The page in Chromium, what it asked for and what went wrong."""
    asked: list[str] = []
    wrong: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        page = browser.new_page(viewport={"width": 1280, "height": 900}, color_scheme="light")
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
        page.goto(report.as_uri())
        page.wait_for_function(f"document.querySelectorAll('.plotly-graph-div .main-svg').length >= {len(CHARTS)}", timeout=60_000)
        yield page, asked, wrong
        browser.close()


def shown(page: Page, selector: str) -> list[list[str]]:
    """Cells of a table as a reader sees them."""
    script = "rows => rows.map(row => [...row.cells].map(cell => cell.innerText.trim()))"
    return page.eval_on_selector_all(f"{selector} tr", script)


def number(text: str) -> float:
    value = float(re.sub(r"[ ,%]", "", text))
    return value / 100 if text.endswith("%") else value


def test_the_page_is_one_file_and_asks_for_nothing(report: Path, opened: tuple[Page, list[str], list[str]]) -> None:
    _, asked, wrong = opened
    assert [url for url in asked if not url.startswith(("data:", "blob:"))] == [report.as_uri()]
    assert wrong == []
    assert [path.name for path in report.parent.iterdir()] == ["report.html"]


def test_every_chart_is_drawn(opened: tuple[Page, list[str], list[str]]) -> None:
    page, _, _ = opened
    charts = page.eval_on_selector_all(
        ".plotly-graph-div", "boxes => boxes.map(box => [box.id, box.querySelectorAll('svg.main-svg').length])"
    )
    assert {name for name, _ in charts} == CHARTS
    assert all(layers >= 1 for _, layers in charts)
    traces = "box => box.querySelectorAll('.trace, .hm, .bars .point, image').length"
    for name in sorted(CHARTS):
        assert page.eval_on_selector(f"#{name}", traces) > 0, name


def test_the_button_changes_the_language(opened: tuple[Page, list[str], list[str]]) -> None:
    page, _, _ = opened
    heading = page.locator("#realised h2")
    assert heading.inner_text() == "What the calls that came would have met"
    assert page.evaluate("document.documentElement.lang") == "en"
    page.click("header button")
    assert heading.inner_text() == "真实来电下的服务结果"
    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    assert "我的中心" in page.locator("h1").inner_text()
    assert page.locator("span.en:visible").count() == 0
    page.click("header button")
    assert heading.inner_text() == "What the calls that came would have met"
    assert page.locator("span.zh:visible").count() == 0


def test_the_comparison_shows_the_numbers_of_the_run(opened: tuple[Page, list[str], list[str]], content: ReportContent) -> None:
    page, _, _ = opened
    table = shown(page, "#realised > .scroll")[1:]
    assert len(table) == len(content.realised) == 2
    for cells, row in zip(table, content.realised, strict=True):
        assert cells[0] == f"({row.key}) {row.name}"
        assert number(cells[1]) == pytest.approx(row.service_level, abs=5.1e-4)
        assert number(cells[2]) == pytest.approx(row.service_level_error, abs=5.1e-4)
        assert cells[3] == f"{row.days_on_target} / {len(row.days)}"
        assert number(cells[4]) == pytest.approx(row.abandon_rate, abs=5.1e-4)
        assert number(cells[5]) == pytest.approx(row.asa_s, abs=0.051)
        assert number(cells[6]) == pytest.approx(row.occupancy, abs=5.1e-4)
        assert number(cells[7]) == pytest.approx(row.paid_hours, abs=0.51)


def test_each_day_shows_its_own_numbers(opened: tuple[Page, list[str], list[str]], content: ReportContent) -> None:
    page, _, _ = opened
    page.click("#realised summary")
    table = shown(page, "#realised details .scroll")[1:]
    days = content.realised[0].days
    assert [cells[0] for cells in table] == [str(day) for day in days["day"]]
    assert [number(cells[1]) for cells in table] == [round(calls) for calls in days["offered"]]
    for r, row in enumerate(content.realised):
        seen = [number(cells[2 + 4 * r]) for cells in table]
        assert seen == pytest.approx(row.days["service_level"].tolist(), abs=5.1e-4)


def test_versions_and_changes_are_all_there(opened: tuple[Page, list[str], list[str]], content: ReportContent) -> None:
    page, _, _ = opened
    versions = shown(page, "#proof .scroll")[1:]
    assert [cells[0] for cells in versions] == [row.version for row in content.versions]
    assert [number(cells[2]) for cells in versions] == [round(row.cost) for row in content.versions]
    assert {cells[7] for cells in versions} == {"0"}
    page.click("#changes summary")
    changes = shown(page, "#changes .scroll")[1:]
    assert [cells[:2] for cells in changes] == content.changes[["version", "agent"]].to_numpy().tolist()
    assert [cells[6] for cells in changes] == content.changes["reason"].tolist()


def test_warnings_are_told_as_they_are(opened: tuple[Page, list[str], list[str]], content: ReportContent) -> None:
    page, _, _ = opened
    table = [cells for cells in shown(page, "#warnings .scroll") if cells[0].upper() in WarningLevel.__members__]
    assert content.warnings
    assert [(cells[0].upper(), cells[7]) for cells in table] == [
        (warning.level.name, warning.message) for warning in content.warnings
    ]
    for column, name in ((4, "chance"), (5, "chance_realised")):
        told = [getattr(warning, name) for warning in content.warnings]
        assert [number(cells[column]) for cells in table] == pytest.approx(told, abs=5.1e-4)


def test_a_name_is_text_and_never_markup(report: Path, opened: tuple[Page, list[str], list[str]]) -> None:
    page, _, _ = opened
    assert page.evaluate("typeof window.robbed") == "undefined"
    assert NAME in page.locator("h1").inner_text()
    assert NAME in page.title()
    assert page.locator(".tile span.en").first.inner_text() == "agents & <friends>"
    assert "<script>window.robbed" not in report.read_text(encoding="utf-8")


def test_a_run_without_the_calls_that_came_leaves_the_parts_out(content: ReportContent, tmp_path: Path) -> None:
    bare = replace(content, realised=(), warnings=(), activations=(), changes=gather.change_frame([]), scores=pd.DataFrame())
    write_report(bare, tmp_path / "report.html")
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    sections = re.findall(r'<section id="(\w+)">', text)
    assert sections == ["forecast", "coverage", "proof"]


def test_the_same_run_gives_the_same_page(content: ReportContent, report: Path, tmp_path: Path) -> None:
    write_report(content, tmp_path / "again.html")
    assert (tmp_path / "again.html").read_bytes() == report.read_bytes()


def test_the_version_row_counts(content: ReportContent) -> None:
    for row in content.versions:
        values = asdict(row)
        assert values["bound"] <= values["cost"] + 1e-6
        assert values["gap"] == pytest.approx(1 - values["bound"] / values["cost"])
