"""The sample centre of the utility for a quarter: staff and calls in one proportion, wishes and work off the phones throughout."""

from datetime import date, datetime, time, timedelta
from pathlib import Path

import pandas as pd

from benchmarks.quarter.walk import Quarter
from data.centres.samples import CENTRES, write_sample
from data.centres.staff import StaffPlan, make_agents, make_wishes
from data.centres.synthetic_calls import CallPlan, read_call_plan, synthetic_calls
from data.exchange import people
from data.exchange.calls import write_calls
from data.exchange.documents import load_toml
from data.exchange.folder import read_folder
from data.model.demand import Event
from data.model.time import local

SAMPLE = "grid95598"
FULL = 780
"""Agents for whom the calls of the sample are made: summer asks for more than the month of its demonstration (house choice)."""
STORM_CALLS = 14_000
"""Calls that the storm brings to the fault line of `FULL` agents, from noon to evening."""
POLICIES = """\
[points]                    # an emergency duty is worth a right
month_budget = {points}
[awards]
points_per_cost = 0.3
unpopular = 0.2
"""
POINTS = 30
"""Points a month for each agent."""
TASKS = "id,kind,each,minutes,earliest,deadline,priority,least_piece_minutes"


def write_centre(folder: Path, agents: int, quarter: Quarter, history_days: int | None = None) -> None:
    """Write the folder: nobody has leave yet, and the storm is known to nobody.

    Parameters
    ----------
    agents : int
        Calls are in proportion.
    history_days : int or None
        Days of calls before the quarter; None = all of the sample's.
    """
    write_sample(SAMPLE, folder, agents)
    source, share = CENTRES / SAMPLE, agents / FULL
    events = pd.read_csv(folder / "events.csv", dtype={"known_from": str})
    events["extra_calls"] = (events["extra_calls"] * share).round()
    events.to_csv(folder / "events.csv", index=False, lineterminator="\n")
    staff = StaffPlan.model_validate(load_toml(source / "staff.toml"))
    plan = staff.model_copy(update={"agents": agents, "first": quarter.first, "days": quarter.periods * quarter.days})
    people.write_leave((), folder / people.LEAVE_FILE)
    centre = read_folder(folder).centre
    people.write_wishes(make_wishes(plan, centre, make_agents(plan), ()), folder / "wishes.csv")
    calls = _calls(_since(read_call_plan(source / "calls.toml"), quarter, history_days), share, quarter, centre.zone)
    write_calls(synthetic_calls(centre, calls), folder / "calls.csv")
    (folder / "policies.toml").write_text(POLICIES.format(points=POINTS * agents), encoding="utf-8")
    (folder / "tasks.csv").write_text("\n".join([TASKS, *_tasks(quarter)]) + "\n", encoding="utf-8")


def _since(plan: CallPlan, quarter: Quarter, days: int | None) -> CallPlan:
    """The calls from some days before the quarter to its end."""
    first = plan.first if days is None else quarter.first - timedelta(days=days)
    return plan.model_copy(update={"first": first, "days": (quarter.last - first).days + 1})


def _calls(plan: CallPlan, share: float, quarter: Quarter, zone: str) -> CallPlan:
    """The calls of the sample in proportion, with the storm."""
    noon, evening = (local(quarter.storm, time(hour), zone) for hour in (12, 20))
    storm = Event(queue="fault", name="storm", start=noon, end=evening, extra_calls=STORM_CALLS)
    events = (*plan.events, storm)
    scaled = tuple(event.model_copy(update={"extra_calls": event.extra_calls * share}) for event in events)
    loads = tuple(load.model_copy(update={"daily": load.daily * share}) for load in plan.loads)
    return plan.model_copy(update={"loads": loads, "events": scaled})


def _tasks(quarter: Quarter) -> list[str]:
    """An hour of training and half an hour of coaching for everyone in each period."""
    rows = list[str]()
    for first in quarter.starts():
        begin, end = (_stamp(first + timedelta(days=d), hour) for d, hour in ((0, 0), (quarter.days - 1, 22)))
        rows.append(f"training-{first},training,true,60,{begin},{end},2,30")
        rows.append(f"coaching-{first},coaching,true,30,{begin},{end},3,30")
    return rows


def _stamp(day: date, hour: int) -> str:
    return f"{datetime.combine(day, time(hour)).isoformat(timespec='minutes')}+08:00"
