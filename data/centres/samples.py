"""The sample centres, written as folders that are read by the same path as anyone's own."""

from datetime import date, time
from pathlib import Path

from pydantic import AwareDatetime, Field

from data.centres.bank_calls import bank_calls
from data.centres.staff import StaffPlan, make_absences, make_agents, make_wishes
from data.centres.synthetic_calls import read_call_plan, synthetic_calls
from data.exchange import people
from data.exchange.atomic import write_text
from data.exchange.calls import write_calls
from data.exchange.documents import load_toml
from data.model.base import Frozen
from data.model.centre import Centre
from data.model.demand import CallHistory
from data.model.errors import NotFound

CENTRES = Path(__file__).parent
TABLES = ("shifts", "staff", "leave", "wishes", "events", "history")
COPIED = ("centre.toml", "rulebook.toml", "demo.toml", *(f"{name}.csv" for name in TABLES))
NAMES = tuple(sorted(path.parent.name for path in CENTRES.glob("*/demo.toml")))
"""The sample centres: the folders here that hold a ``demo.toml``."""


class Demo(Frozen):
    """What a demonstration of a centre plans, and when.

    Parameters
    ----------
    origin : datetime
        What the month is planned from: calls before it are known.
    first, days
        Days of the month plan.
    size_staff : bool
        Whether the made-up staff is sized by the requirement.
    compare : bool
        Whether the rosters are judged by the calls that came, beside a plan by hand.
    adjust : tuple of date
        First days of the weeks that are adjusted, from the midnight `adjust_lead_days` before.
    tweak_days, tweak_every_day, tweak_times
        Days that are tweaked, and at which local times.
    warn_at : datetime or None
        Moment of a tweak after which warnings are raised.
    """

    origin: AwareDatetime
    first: date
    days: int = Field(default=28, ge=1)
    size_staff: bool = False
    compare: bool = False
    adjust: tuple[date, ...] = ()
    adjust_lead_days: int = Field(default=2, ge=0)
    tweak_days: tuple[date, ...] = ()
    tweak_every_day: bool = False
    tweak_times: tuple[time, ...] = ()
    warn_at: AwareDatetime | None = None


def read_demo(folder: Path) -> Demo:
    """Read the ``demo.toml`` of a sample centre's folder."""
    return Demo.model_validate(load_toml(folder / "demo.toml"))


def write_sample(name: str, folder: Path, agents: int | None = None) -> None:
    """Write a sample centre as a folder.

    Parameters
    ----------
    name : str
        One of `NAMES`.
    agents : int or None
        Size of the staff of a centre whose staff is made; None = as configured. Calls stay as they are.

    Raises
    ------
    NotFound
        No such sample.
    """
    if name not in NAMES:
        raise NotFound(f"no sample centre {name!r}; there are {', '.join(NAMES)}")
    source = CENTRES / name
    for part in COPIED:
        if (source / part).is_file():
            write_text(folder / part, (source / part).read_text(encoding="utf-8"))
    centre = _centre(source)
    if (source / "staff.toml").is_file():
        plan = StaffPlan.model_validate(load_toml(source / "staff.toml"))
        _write_staff(plan if agents is None else plan.model_copy(update={"agents": agents}), centre, folder)
    write_calls(_calls(source, centre), folder / "calls.csv")


def _centre(source: Path) -> Centre:
    shifts = tuple(shift for _, shift in people.read_shifts(source / "shifts.csv", []))
    return Centre.model_validate(load_toml(source / "centre.toml") | {"shifts": shifts})


def _write_staff(plan: StaffPlan, centre: Centre, folder: Path) -> None:
    agents = make_agents(plan)
    absences = make_absences(plan, centre, agents)
    people.write_staff(agents, folder / "staff.csv")
    people.write_leave(absences, folder / "leave.csv")
    people.write_wishes(make_wishes(plan, centre, agents, absences), folder / "wishes.csv")


def _calls(source: Path, centre: Centre) -> CallHistory:
    plan = source / "calls.toml"
    return synthetic_calls(centre, read_call_plan(plan)) if plan.is_file() else bank_calls(centre.queues[0].id, centre.zone)
