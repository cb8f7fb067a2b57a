"""The demonstration: the whole chain on the sample centres, by the same steps and files as anyone's own centre."""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from time import perf_counter

from rich.console import Console

from api import planning
from api.ahead import foreseen_by
from api.commands.progress import progress_bar
from api.planned import Planned, available_agents, paid_time_gap, rest_of, whole_plan
from api.planning import Response
from api.realised import Candidate, realised
from api.report import gather
from api.report.content import Realised, ReportContent, VersionRow
from api.report.page import write_report
from api.versions import settle
from api.workspace import Workspace
from data.centres.samples import Demo, read_demo, write_sample
from data.exchange.files import write_table
from data.exchange.folder import CentreFolder
from data.exchange.forecasts import write_forecast
from data.model.demand import CallHistory, Forecast, Requirement
from data.model.roster import Change, Roster
from data.model.time import Horizon, local
from data.model.version import Hand

FIT = 1.02
"""Paid hours over required hours that whole shifts cost at least (house choice); it sizes the made-up staff."""


@dataclass
class Run:
    """A chain being run: what it has made so far."""

    workspace: Workspace
    history: CallHistory
    demo: Demo
    console: Console
    began: float
    planned: Planned
    changes: list[tuple[str, Change]] = field(default_factory=list)
    versions: list[VersionRow] = field(default_factory=list)
    forecasts: list[tuple[str, Forecast]] = field(default_factory=list)
    after_week: dict[date, Roster] = field(default_factory=dict)
    response: Response | None = None

    def say(self, text: str) -> None:
        """Print a line with the time since the start."""
        self.console.print(f"[dim]{perf_counter() - self.began:6.1f} s[/dim]  {text}")

    def keep(self, planned: Planned, at: datetime) -> None:
        """Propose, approve and publish a version, all in one hand."""
        hand, made_at = Hand("demo", at), f"{at:%m-%d %H:%M}"
        self.planned = self.workspace.propose(planned, hand)
        found = settle(self.workspace, self.planned, hand, newest=False) or ()
        self.changes += [(self.planned.roster.version, change) for change in found]
        self.versions.append(gather.version_row(self.planned, made_at, len(found)))


def run_demo(names: Sequence[str], out: Path, console: Console) -> Iterator[Path]:
    """Run the chain on sample centres; gives the path of each report."""
    for name in names:
        yield run_centre(name, out / name, console)


def run_centre(name: str, folder: Path, console: Console) -> Path:
    """Write a sample centre, run the chain on it and write its report; an older run of the same sample is replaced."""
    began = perf_counter()
    console.rule(name)
    if (folder / "demo.toml").is_file():
        shutil.rmtree(folder)
    write_sample(name, folder)
    demo = read_demo(folder)
    workspace = Workspace.at(folder)
    history = planning.learn(workspace.centre)
    horizon = Horizon(zone=workspace.centre.centre.zone, first=demo.first, days=demo.days)
    made = planning.forecast(workspace.centre, history, demo.origin, horizon)
    write_forecast(made, folder / "forecast.csv")
    requirement = planning.require(workspace.centre, made)
    if demo.size_staff:
        write_sample(name, folder, agents=head_count(workspace.centre, requirement))
        workspace = Workspace.at(folder)
    with progress_bar(console, "month plan 月计划") as listen:
        planned = planning.plan_month(workspace.centre, made, requirement, history=workspace.centre.history, on_progress=listen)
    run = Run(workspace, history, demo, console, began, planned)
    run.keep(planned, demo.origin)
    run.forecasts.append((f"month, from {demo.origin:%m-%d}", made))
    run.say(f"month plan of {len(workspace.centre.agents)} agents: gap in paid time {paid_time_gap(run.planned):.2%}")
    month = run.planned
    baseline = _baseline(run, horizon) if demo.compare else None
    _rhythms(run)
    workspace.write_newest(run.planned)
    rows = _compare(run, made, month, baseline) if baseline is not None else ()
    report = folder / "report.html"
    write_report(content_of(run, month, made, rows), report)
    run.say("report written")
    return report


def head_count(centre: CentreFolder, requirement: Requirement) -> int:
    """Agents that the requirement needs, if people work and rest as the sample's staff does.

    Required agent-hours x `FIT`, over the contract hours of the sample's agents less their leave, per agent.
    """
    weeks = requirement.grid.horizon.days / 7
    need = requirement.heads.sum() * requirement.grid.minutes / 60 * FIT
    hours = sum(_weekly_minutes(centre, agent.id) for agent in centre.agents) / 60 * weeks
    days = requirement.grid.horizon.dates
    daily = {agent.id: centre.centre.contract(agent.contract).daily_minutes / 60 for agent in centre.agents}
    leave = sum(daily[a.agent] * sum(a.first <= day <= a.last and day.weekday() < 5 for day in days) for a in centre.absences)
    return round(len(centre.agents) * need / (hours - leave))


def _weekly_minutes(centre: CentreFolder, agent: str) -> float:
    """Most paid minutes a week that the hours rules of the rulebook allow an agent."""
    person = next(each for each in centre.agents if each.id == agent)
    scope = person, centre.centre.contract(person.contract)
    rules = [rule for rule in centre.rulebook.rules if rule.kind == "hours" and rule.scope.covers(*scope)]
    return min(float(rule.numbers["max_minutes"]) for rule in rules if rule.numbers["period"] == "week")


def _baseline(run: Run, horizon: Horizon) -> Planned:
    """What a planner would make by hand: same-weekday mean, Erlang C, the same people and rules, the month plan only."""
    centre = run.workspace.centre
    made = planning.forecast(centre, run.history, run.demo.origin, horizon, method="same_weekday")
    requirement = planning.require(centre, made, model="erlang_c")
    with progress_bar(run.console, "baseline by hand 手工基线") as listen:
        planned = planning.plan_month(centre, made, requirement, history=centre.history, on_progress=listen)
    run.say("baseline planned")
    return run.workspace.save_aside(planned, "baseline")


def _rhythms(run: Run) -> None:
    """Week by week and day by day, each step knowing only what had come by then."""
    zone = run.workspace.centre.centre.zone
    for first in _weeks(run.demo):
        if first in run.demo.adjust:
            _adjust(run, first, local(first - timedelta(days=run.demo.adjust_lead_days), time(0), zone))
        for day in (first + timedelta(days=d) for d in range(7)):
            run.after_week[day] = run.planned.roster
            if day in run.demo.tweak_days or run.demo.tweak_every_day:
                for at in run.demo.tweak_times:
                    _tweak(run, local(day, at, zone))
        run.say(f"week of {first}: {len(run.changes)} changes so far")


def _weeks(demo: Demo) -> list[date]:
    return [demo.first + timedelta(days=d) for d in range(0, demo.days, 7)]


def _adjust(run: Run, first: date, at: datetime) -> None:
    centre = run.workspace.centre
    made = planning.forecast(centre, run.history, at, rest_of(run.planned, local(first, time(0), centre.centre.zone)))
    run.forecasts.append((f"week, from {at:%m-%d}", _first_days(made, 7)))
    planned = planning.adjust_week(run.planned, made, planning.require(centre, made), first)
    run.keep(planned, at)


def _tweak(run: Run, now: datetime) -> None:
    centre = run.workspace.centre
    made = planning.forecast(centre, run.history, now, Horizon(zone=centre.centre.zone, first=now.date(), days=1))
    if not made.open.any():
        return
    run.forecasts.append((f"day, from {now:%H:%M}", made))
    run.keep(planning.tweak_day(run.planned, made, planning.require(centre, made), now), now)
    if run.demo.warn_at == now:
        _warn(run, now)


def _warn(run: Run, now: datetime) -> None:
    made = planning.forecast(run.workspace.centre, run.history, now, rest_of(run.planned, now))
    write_forecast(made, run.workspace.out / "forecast.csv")
    run.response = planning.respond(foreseen_by(run.workspace.centre, run.planned, made), now)
    run.workspace.add_response(run.response)
    run.say(f"{len(run.response.warnings)} warnings, {len(run.response.call_outs.activations)} call-outs")


def _first_days(made: Forecast, days: int) -> Forecast:
    """The first days of a forecast."""
    horizon = made.grid.horizon.model_copy(update={"days": min(days, made.grid.horizon.days)})
    grid = made.grid.model_copy(update={"horizon": horizon})
    arrays = {name: getattr(made, name)[:, : grid.size] for name in ("mean", "quantiles", "handle_time_s", "open")}
    return replace(made, grid=grid, **arrays)


def _compare(run: Run, made: Forecast, month: Planned, baseline: Planned) -> tuple[Realised, ...]:
    """The calls that really came, against the plan as it was, after each rhythm, and the plan by hand."""
    rosters = {
        "a": ("month plan as it was", "原月计划", month.roster),
        "b": ("after weekly adjustment", "周调整后", _as_each_week_began(run, month.roster)),
        "c": ("after daily tweaks", "日微调后", run.planned.roster),
        "d": ("baseline by hand: same-weekday mean, Erlang C", "手工基线：同星期均值 + Erlang C", baseline.roster),
    }
    queue = run.workspace.centre.centre.queues[0]
    rows: list[Realised] = []
    for key, (name, name_zh, roster) in rosters.items():
        seen = replace(month, solution=replace(month.solution, roster=roster))
        available = available_agents(seen)[:, -made.grid.size :]
        hours = gather.paid_hours(seen)[-made.grid.horizon.days :]
        rows.append(realised(queue, run.history, made, Candidate(key, name, name_zh, available, hours)))
        run.say(f"({key}) {name}: service level {rows[-1].service_level:.1%}, {rows[-1].paid_hours:,.0f} paid hours")
    write_table(gather.comparison_frame(rows), run.workspace.out / "comparison.csv")
    return tuple(rows)


def _as_each_week_began(run: Run, month: Roster) -> Roster:
    """Each day as it stood after the weekly adjustment and before any tweak of it."""
    names = ("symbol", "start", "minutes", "meal", "meal_minutes", "breaks")
    columns = {name: getattr(month, name).copy() for name in names}
    for d, day in enumerate(month.horizon.dates):
        if day in run.after_week:
            for name in names:
                columns[name][:, d] = getattr(run.after_week[day], name)[:, d]
    return replace(month, **columns)


def content_of(run: Run, month: Planned, made: Forecast, rows: tuple[Realised, ...]) -> ReportContent:
    """Everything the report shows."""
    centre, horizon = run.workspace.centre.centre, made.grid.horizon
    return ReportContent(
        centre=centre,
        agents=len(run.workspace.centre.agents),
        first=horizon.first,
        last=horizon.last,
        fan=gather.fan_frames(made, run.history),
        scores=gather.score_rows(run.forecasts, run.history),
        coverage=gather.coverage_frames(whole_plan(run.planned)),
        changes=gather.change_frame(run.changes),
        versions=tuple(run.versions),
        warnings=() if run.response is None else run.response.warnings,
        activations=() if run.response is None else run.response.call_outs.activations,
        realised=rows,
        tiles=_tiles(run, month, made, rows),
    )


def _tiles(run: Run, month: Planned, made: Forecast, rows: tuple[Realised, ...]) -> tuple[tuple[str, str, str], ...]:
    tiles = [
        (f"{made.mean.sum():,.0f}", "calls forecast for the month", "月度预测话务量"),
        (f"{len(run.workspace.centre.agents):,}", "agents rostered", "排班人数"),
        (
            f"{paid_time_gap(month):.2%}",
            "most that any month plan could save, of paid time",
            "月计划距最优上限（占付薪工时）",
        ),
        (f"{len(run.changes):,}", "changes in all rhythms, each with its reason", "全部变更数（均附原因）"),
        (f"{sum(v.breaches for v in run.versions)}", "rule breaches found by the verifier", "校验器发现的违规"),
    ]
    served = {row.key: row for row in rows}
    if served:
        tiles.append((f"{served['c'].service_level:.1%}", "service level on the calls that came", "真实来电服务水平"))
        tiles.append(
            (
                f"{served['c'].paid_hours / served['d'].paid_hours - 1:+.1%}",
                "paid hours against the plan by hand",
                "付薪工时较手工基线",
            )
        )
    if run.response is not None:
        tiles.append((str(len(run.response.warnings)), "capacity warnings", "产能预警"))
    return tuple(tiles)
