"""``echelon size-echelons``: how large each echelon must be in a season, and what less risk costs."""

from math import isfinite
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from api import planning
from api.commands.options import Days, Folder, day_of
from api.commands.screen import figures_table, wide_console
from api.commands.sources import Origin, origin_of
from api.echelon_size import echelon_sizes
from api.report.size_chart import write_chart
from api.workspace import Workspace
from data.exchange.echelon_sizes import SIZES_FILE, write_sizes
from data.model.echelon_size import EchelonSizes, SizePoint
from data.model.time import Horizon
from optimizer.rostering.solution import gap_of

CHART_FILE = "echelon_sizes.html"


def size_echelons(
    folder: Folder,
    first: Annotated[str, typer.Option(help="First day of the season, e.g. 2026-07-01.")],
    days: Days = 28,
    scenarios: Annotated[int, typer.Option(min=2, max=5000, help="Seasons drawn, and as many fresh ones to try the sizes.")] = 200,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same sizes.")] = 1,
    origin: Origin = "",
) -> None:
    """Sizes of the echelons 梯队规模 over demand and outage scenarios, cost against risk (echelon_sizes.csv, .html)."""
    workspace = Workspace.at(folder)
    horizon = Horizon(zone=workspace.centre.centre.zone, first=day_of("--first", first), days=days)
    at = origin_of(origin, planning.learn(workspace.centre))
    console = wide_console()
    with console.status("sizes of the echelons 梯队规模"):
        sizes = echelon_sizes(workspace, horizon, at, scenarios=scenarios, seed=seed)
    write_sizes(sizes, workspace.out / SIZES_FILE)
    write_chart(sizes, workspace.out / CHART_FILE)
    console.print(_table(sizes, workspace.policies.sizing.tail))
    console.print(f"{_summary(sizes)}\nEvery number 明细: {SIZES_FILE}; picture 图: {CHART_FILE}", markup=False)


def _table(sizes: EchelonSizes, tail: float) -> Table:
    """A row for each point of the curve, nobody on standby first."""
    title = f"sizes of the echelons 梯队规模: {sizes.horizon.first} - {sizes.horizon.last}, {sizes.scenarios} scenarios 情景"
    gap = max(gap_of(point.cost, point.least) for point in sizes.points)
    caption = (
        f"costs a day, in the unit of under_cost 每日代价; worst days: mean of the worst {tail:.0%} (CVaR) 最差{tail:.0%}日均值; "
        f"fresh: scenarios that the sizes were not made for, 95 % interval 新情景检验; proved to {gap:.2%} 已证明差距"
    )
    headings = (
        "cost\n代价",
        "= standby + call-outs + missing\n待命 + 召集 + 缺员",
        "hours\n缺员人时",
        "worst days\n最差日",
        "fresh: cost\n新情景代价",
        "worst days\n最差日",
    )
    table = figures_table(title, "worst days at most\n最差日上限", *map(escape, sizes.tiers), *headings, caption=escape(caption))
    table.add_row("nobody 无待命", *_figures(sizes.without))
    for k, point in enumerate(sizes.points):
        name = "cheapest 最省" if k == 0 else f"{point.bound:,.1f} h"
        table.add_row(name, *_figures(point), style="bold" if k == 0 else "")
    return table


def _figures(point: SizePoint) -> list[str]:
    half = f" ± {point.fresh_half:,.0f}" if isfinite(point.fresh_half) else ""
    return [
        *(f"{size}" for size in point.sizes),
        f"{point.cost:,.0f}",
        " + ".join(f"{cost:,.0f}" for cost in (point.standby, point.called, point.missing)),
        f"{point.hours:,.1f}",
        f"{point.tail_hours:,.1f}",
        f"{point.fresh:,.0f}{half}",
        f"{point.fresh_tail_hours:,.1f}",
    ]


def _summary(sizes: EchelonSizes) -> str:
    best, saved = sizes.points[0], sizes.without.cost - sizes.points[0].cost
    members, members_zh = (
        mark.join(f"{tier} {size}{unit}" for tier, size in zip(sizes.tiers, best.sizes, strict=True))
        for mark, unit in ((", ", ""), ("、", "人"))
    )
    gap, half = f"{best.fresh - best.least:+,.0f}", f"{best.fresh_half:,.0f}"
    return (
        f"{members} on standby cost least: {saved:,.0f} a day less than nobody. On fresh scenarios they cost {gap} beside the "
        f"bound of those they were made for (± {half}). Outages in a season: {sizes.outages:.2f}.\n"
        f"待命{members_zh}代价最低，每日比无待命节省{saved:,.0f}；新情景代价与设定情景下界相差{gap}（± {half}）。"
        f"每季停电{sizes.outages:.2f}次。"
    )
