"""``echelon off-phone`` and ``echelon take-back``: knowledge, quality and training work in the troughs 知质培一体化."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from api import planning
from api.ahead import rest_foreseen
from api.commands.options import At
from api.commands.screen import figures_table, wide_console
from api.commands.sources import origin_of
from api.off_phone import OffPhone
from api.planned import Planned, whole_plan
from api.workspace import Workspace
from data.exchange.offphone import DEBTS_FILE, PLACEMENTS_FILE, TASKS_FILE, write_debts, write_placements
from data.model.errors import Finding, InvalidData
from data.model.offphone import Placement
from optimizer.response.trough import Placed, TakenBack, owed, place, take_back

Folder = Annotated[Path, typer.Argument(help="The centre's folder, with tasks.csv.")]


@dataclass(frozen=True)
class _Desk:
    """The roster in force and the work off the phones as it stands."""

    workspace: Workspace
    planned: Planned
    now: datetime
    work: OffPhone

    @classmethod
    def at(cls, folder: Path, at: str) -> "_Desk":
        workspace = Workspace.at(folder)
        now = origin_of(at, planning.learn(workspace.centre))
        if not (folder / TASKS_FILE).is_file():
            raise InvalidData([Finding(TASKS_FILE, None, None, "no file", "work off the phones, one task a row", COLUMNS)])
        return cls(workspace, workspace.newest(now.date()), now, OffPhone.of(workspace))

    def placed(self, planned: Planned) -> Placed:
        """All that stands, and what is new or owed put into the troughs of a plan."""
        problem = whole_plan(planned).problem
        kept, params = self.work.placements, self.workspace.policies.off_phone
        return place(problem, planned.roster, self.work.tasks, debts=self.work.debts, kept=kept, now=self.now, params=params)

    def keep(self, placements: Iterable[Placement], placed: Placed, taken: TakenBack | None = None) -> None:
        """Write what stands, and what is owed."""
        write_placements(placements, self.workspace.out / PLACEMENTS_FILE)
        # what is done is counted anew, over all placements that were ever made
        before = [debt.model_copy(update={"done_minutes": 0}) for debt in self.work.debts]
        book = owed(self.work.tasks, placed, taken, now=self.now, debts=before)
        write_debts(book.debts, self.workspace.out / DEBTS_FILE)


COLUMNS = "columns id, kind, minutes, earliest, deadline, and if need be skills, agents, teams, each, priority, group_least ..."


def off_phone(folder: Folder, at: At) -> None:
    """Place off-phone work where it costs least service, debts first 在低谷安排知质培任务: placements.csv, debts.csv."""
    desk = _Desk.at(folder, at)
    placed = desk.placed(desk.planned)
    desk.keep(placed.placements, placed)
    new = [one for one in placed.placements if one not in desk.work.placements]
    console = wide_console()
    _figures(
        console,
        f"off-phone work 离线任务 · {desk.planned.roster.version}",
        {
            "pieces placed 已安排": str(len(new)),
            "agent-hours 人时": f"{sum(one.minutes * len(one.agents) for one in new) / 60:,.1f}",
            "cost in service 服务代价": f"{placed.cost:,.1f}",
            "bound of cost and delay 下界": f"{placed.bound:,.1f}",
            "service level 服务水平": f"{placed.service_before:.2%} → {placed.service:.2%}",
        },
    )
    for one in placed.unplaced:
        console.print(f"{one.task}: {one.reason}\n{one.reason_zh}", style="yellow", markup=False)


def take_back_work(folder: Folder, at: At) -> None:
    """Take off-phone work back where traffic has turned 话务升高时收回离线任务; what is taken back is owed."""
    desk = _Desk.at(folder, at)
    known = rest_foreseen(desk.workspace, desk.planned, planning.learn(desk.workspace.centre), desk.now)
    placed, problem = desk.placed(desk.planned), known.problem
    taken = take_back(placed, known.forecast.on(problem.grid), problem.requirement, desk.now, desk.workspace.policies.take_back)
    desk.keep(taken.placements, placed, taken)
    console = wide_console()
    levels = f"{taken.service_before:.2%} → {taken.service:.2%}"
    _figures(console, "taken back 收回", {"pieces 件": str(len(taken.returned)), "service in the alarms 预警时段服务": levels})
    for alarm in taken.alarms:
        span, risk = f"{alarm.start:%m-%d %H:%M}-{alarm.end:%H:%M}", f"{alarm.risk_before:.0%} → {alarm.risk:.0%}"
        console.print(f"{alarm.queue} {span}: chance to miss the target 不达标概率 {risk}", markup=False)
    for one in taken.returned:
        who, back = ", ".join(one.placement.everyone), f"{one.back:%m-%d %H:%M}"
        console.print(
            f"{one.placement.task}: {who} back on the phones 回到话务 {back}; owed 欠 {one.lost_minutes} min", markup=False
        )


def _figures(console: Console, title: str, figures: dict[str, str]) -> None:
    table = figures_table(title, *figures)
    table.add_row(*figures.values())
    console.print(table)
