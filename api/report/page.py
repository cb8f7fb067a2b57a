"""The report page: charts and tables put into the template; everything inline, nothing fetched."""

from math import isnan
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from api.report import charts
from api.report.content import ReportContent
from data.exchange.atomic import write_text
from optimizer.response.warning.wording import CHANCES, COLOURS


def _bilingual(english: str, chinese: str) -> Markup:
    """Both languages; the page shows one of them."""
    return Markup('<span class="en">{}</span><span class="zh">{}</span>').format(english, chinese or english)


def _percent(share: float) -> str:
    return "–" if isnan(share) else f"{100 * share:.1f} %"


def _number(value: float, digits: int = 0) -> str:
    return "–" if isnan(value) else f"{value:,.{digits}f}"


def _environment() -> Environment:
    escaping = select_autoescape(["html", "j2"])
    environment = Environment(
        loader=PackageLoader("api.report", "."), autoescape=escaping, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters.update({"pct": _percent, "num": _number})
    return environment


def _pictures(content: ReportContent) -> dict[str, object]:
    target = content.centre.queues[0].target.service_level
    return {
        "fan": {queue: charts.fan(frame, f"fan-{queue}") for queue, frame in content.fan.items()},
        "staffing": {queue: charts.staffing(frame, f"staffing-{queue}") for queue, frame in content.coverage.items()},
        "heat": {queue: charts.heat_map(frame, f"heat-{queue}") for queue, frame in content.coverage.items()},
        "changes": charts.changes(content.changes, "chart-changes") if len(content.changes) else "",
        "service": charts.service({r.key: (f"{r.name} {r.name_zh}", r.days) for r in content.realised}, target, "chart-service")
        if content.realised
        else "",
        "warnings": charts.warning_timeline(content.warnings, "warning-timeline") if content.warnings else "",
    }


def render_page(template: str, **shown: object) -> str:
    """A page of a template of this room, in both languages."""
    return _environment().get_template(template).render(shown, t=_bilingual)


def render(content: ReportContent) -> str:
    """The page as text."""
    shown = {"content": content, "centre": content.centre, "picture": _pictures(content)}
    return render_page("page.html.j2", **shown, colours=COLOURS, chances=CHANCES, plotly=Markup(get_plotlyjs()))


def write_report(content: ReportContent, path: Path) -> None:
    """Write the page; nothing half-written."""
    write_text(path, render(content))
