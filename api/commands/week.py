"""``echelon adjust``: the week adjustment 周调整, and the price list of its changes: what 0, 10, 25 ... of them buy."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from math import isnan
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from api import forecasting, planning
from api.commands.call_out import say_without_rest
from api.commands.forecasts import keep_judged
from api.commands.options import Author, BoundSteps, Days, First, Folder, Propose, Reason, Sweeps, day_of, hand_of
from api.commands.progress import progress_bar
from api.commands.screen import figures_table, wide_console
from api.commands.sources import Origin, of_folder, origin_of
from api.commands.versions import propose_version
from api.echelons import Watch
from api.planned import Planned, rest_of
from api.workspace import Workspace
from data.exchange.files import write_table
from data.model.change_budget import ChangeBudget, Classed, Priced, Within
from data.model.errors import Finding, InvalidData
from optimizer.rostering.change_budget import COUNTS, classed, price_list, within
from optimizer.rostering.solution import Budget, Status
from optimizer.rostering.verify import verify

PRICE_LIST_FILE = "price_list.csv"
MOST_SHOWN = 10
"""Refused changes and asked agents that are printed."""
FIGURES = ("most", "people", "hours", "service_level", "intervals_below_target", "cost", "bound", "gain_per_change", "knee")
HEADINGS = (
    "changes 变动",
    "people 人数",
    "hours 工时",
    "service 服务水平",
    "below target 未达标时段",
    "cost 成本",
    "bound 下界",
    "each saves 每次节省",
    "",
)

Changes = Annotated[
    str,
    typer.Option(
        help="How much of the adjustment to take: all; knee, where further changes buy least; budget, that of policies.toml; "
        "or the most changed days of agents, a number. All but `all` print the price list."
    ),
]


@dataclass(frozen=True, eq=False)
class Week:
    """An adjustment whose changes have been priced.

    Parameters
    ----------
    told_at : datetime
        When agents hear of it.
    """

    planned: Planned
    priced: tuple[Priced, ...]
    budget: ChangeBudget
    told_at: datetime

    @property
    def steps(self) -> tuple[Priced, ...]:
        """Entries that change more than those before them."""
        return self.priced[:1] + tuple(one for before, one in pairwise(self.priced) if len(one.changes) > len(before.changes))

    def chosen(self, wanted: str) -> Planned:
        """The adjustment with the changes that are wanted: knee, budget, or a number of them."""
        if wanted == "budget":
            found = within(self.planned.problem, self.priced, self.budget, self.told_at)
            _say_limits(found)
            return self._with(found.priced)
        if wanted == "knee":
            return self._with(next((one for one in self.priced if one.knee), self.priced[0]))
        return self._with([one for one in self.priced if one.most <= int(wanted)][-1])

    def _with(self, priced: Priced) -> Planned:
        """The adjustment with the roster of an entry."""
        problem, solution = self.planned.problem, self.planned.solution
        _say_taken(priced, classed(priced.changes, self.told_at, self.budget.classes))
        verdict = verify(problem, priced.roster)
        found = replace(solution, status=Status.FEASIBLE, roster=priced.roster, costs=verdict.costs, verdict=verdict)
        return replace(self.planned, solution=found)


def adjust(
    folder: Folder,
    first: First,
    days: Days = 7,
    origin: Origin = "",
    sweeps: Sweeps = 6,
    bound_steps: BoundSteps = 60,
    changes: Changes = "all",
    prices_only: Annotated[
        bool, typer.Option("--price-list", help="Only print and write the price list 变动价目: no new roster.")
    ] = False,
    author: Author = "",
    reason: Reason = "",
    propose: Propose = False,
) -> None:
    """Week adjustment 周调整: a new forecast, few changes, no more paid hours."""
    _check(changes)
    workspace, start = Workspace.at(folder), day_of("--first", first)
    newest = workspace.newest(start)
    history = planning.learn(workspace.centre)
    at = origin_of(origin or first, history)
    version = forecasting.make_version(workspace.centre, history, at, rest_of(newest, at), reason="week adjustment")
    with progress_bar(wide_console(), "week adjustment 周调整") as on_progress:
        budget = Budget(sweeps=sweeps, bound_steps=bound_steps)
        requirement = planning.require(workspace.centre, version.forecast)
        planned = planning.adjust_week(
            newest, version.forecast, requirement, start, days=days, budget=budget, on_progress=on_progress
        )
    if prices_only or changes != "all":
        week = _priced(workspace, planned, at, [int(changes)] if changes.isdecimal() else [])
        show_prices(week, workspace.out)
        planned = planned if prices_only else week.chosen(changes)
    if not prices_only:
        keep_judged(folder, of_folder(workspace.centre, history, at, 1), version)
        propose_version(wide_console(), workspace, planned, hand_of(author, reason), propose=propose)
        say_without_rest(wide_console(), Watch.of(workspace, planned, at).without_rest())


def _check(changes: str) -> None:
    if changes not in ("all", "knee", "budget") and not changes.isdecimal():
        raise InvalidData([Finding("command line", None, "--changes", repr(changes), "all, knee, budget or a number such as 25")])


def _priced(workspace: Workspace, planned: Planned, at: datetime, counts: Sequence[int]) -> Week:
    """What each number of changes buys."""
    problem, solution = planned.problem, planned.solution
    priced = price_list(problem, planned.roster, (*COUNTS, *counts), prices=solution.prices)
    return Week(planned, priced, workspace.policies.changes, at.astimezone(problem.grid.horizon.start.tzinfo))


def show_prices(week: Week, out: Path) -> None:
    """Print the price list and write it to ``price_list.csv``."""
    caption = "knee 拐点: beyond it a change buys least 此后每次变动收益最小"
    table = figures_table("price list of changes 变动价目", *HEADINGS, caption=caption)
    for one in week.steps:
        figures = (
            f"{one.hours:,.1f}",
            f"{one.service_level:.2%}",
            str(one.intervals_below_target),
            f"{one.cost:,.0f}",
            "–" if isnan(one.bound) else f"{one.bound:,.0f}",
        )
        saved = f"{one.gain_per_change:,.1f}" if one.gain_per_change else "–"
        table.add_row(str(len(one.changes)), str(one.people), *figures, saved, "◀ knee 拐点" if one.knee else "")
    wide_console().print(table)
    if len(week.steps) == 1:
        wide_console().print(
            "No change is worth its price: the roster may stay as it is. 变动均不划算，可维持原排班。", markup=False
        )
    write_table(pd.DataFrame([{name: getattr(one, name) for name in FIGURES} for one in week.steps]), out / PRICE_LIST_FILE)


def _say_taken(priced: Priced, changes: Collection[Classed]) -> None:
    """How long before their agents hear of the changes, and who has to accept them."""
    counts = Counter(f"{one.notice.name} {one.notice.name_zh}" for one in changes)
    told = "; ".join(f"{name}: {number}" for name, number in counts.items()) or "none 无"
    wide_console().print(f"{len(priced.changes)} changes taken 采用变动, by notice 按通知期: {told}", markup=False)
    asked = sorted({f"{one.change.agent} {one.change.day}" for one in changes if one.consent})
    if asked:
        wide_console().print(f"to be accepted by 须本人同意: {_some(asked)}", style="yellow", markup=False)


def _say_limits(found: Within) -> None:
    """What the budget is used for, and whom it stops."""
    for one in found.used:
        if one.most is not None and one.used:
            wide_console().print(f"{one.name}: {one.used:,.0f} of {one.most:,.0f}", markup=False)
    refused = [f"{one.agent} ({one.days} days, saves {one.gain:,.1f}; {', '.join(one.reasons)})" for one in found.refused]
    if refused:
        wide_console().print(f"beyond the budget 超出预算: {_some(refused)}", markup=False)


def _some(texts: Sequence[str]) -> str:
    return "; ".join(texts[:MOST_SHOWN]) + (f" … {len(texts)} in all 共" if len(texts) > MOST_SHOWN else "")
