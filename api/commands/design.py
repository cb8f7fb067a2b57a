"""``echelon design-shifts``: which few shifts a centre should have for what it requires, beside those that it has."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from math import ceil, inf
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from api.commands.screen import wide_console
from api.workspace import Workspace
from data.exchange.files import stop
from data.exchange.people import write_shifts
from data.exchange.requirements import read_requirement
from data.exchange.shift_design import WINDOWS_FILE, read_shift_windows
from data.model.base import FloatArray
from data.model.demand import Requirement
from data.model.errors import Finding
from data.model.people import ShiftKind
from data.model.roster import ShiftTemplate
from data.model.shift_design import Shape, ShiftDesign, ShiftWindow
from data.model.time import DAY_MINUTES
from optimizer.rostering.shift_design import DesignedShifts, design_shifts
from optimizer.rostering.solution import Status

WEEK_DAYS, HOUR = 7, 60

STARTS: dict[ShiftKind, tuple[int, int]] = {"early": (5, 8), "day": (9, 10), "late": (11, 19), "night": (20, 28)}
"""First and last hour in which shifts of a kind start; 28 is four in the morning (house choice)."""

LOOK: dict[ShiftKind, tuple[str, str, str, str]] = {
    "early": ("E", "Early", "早班", "#fee391"),
    "day": ("D", "Day", "白班", "#a1d99b"),
    "late": ("L", "Late", "晚班", "#9ecae1"),
    "night": ("N", "Night", "夜班", "#bcbddc"),
    "split": ("S", "Split", "两头班", "#fdd0a2"),
}
"""First letter of the code, names and colour of a kind."""

WORDS = {
    "title": ("Shifts to have: agents who begin on each day", "建议班次：每日开始上班人数"),
    "code": ("code", "代码"),
    "kind": ("kind", "类型"),
    "start": ("start", "开始"),
    "end": ("end", "结束"),
    "minutes": ("minutes", "分钟"),
    "days": ("Mon Tue Wed Thu Fri Sat Sun", "周一 周二 周三 周四 周五 周六 周日"),
    "beside": ("Beside the shifts of today", "与现有班次比较"),
    "which": ("shifts", "班次"),
    "new": ("designed", "设计"),
    "present": ("present", "现有"),
    "number": ("number used", "使用数量"),
    "cost": ("cost", "成本"),
    "bound": ("bound", "下界"),
    "gap": ("gap", "差距"),
    "short": ("shortage, h a week", "缺员，小时/周"),
    "over": ("surplus, h a week", "富余，小时/周"),
    "proved": ("proved", "已证最优"),
    "yes": ("yes", "是"),
    "no": ("no", "否"),
    "none": ("no design within the budget: raise --effort or --seconds", "预算内未找到方案：请提高 --effort 或 --seconds"),
    "meals": (
        "Every minute of a shift counts as worked; add meals and breaks to the file, and let the shifts be that much longer.",
        "班次全程计为在岗；请在文件中补充用餐与小休，并相应延长班次。",
    ),
    "written": ("written: use it as shifts.csv", "已写入：可作为 shifts.csv 使用"),
}
"""What the command says, in English and Chinese."""

LANGUAGES = ("en", "zh")


def design(
    folder: Annotated[Path, typer.Argument(help="The centre's folder, with requirement.csv (see `echelon require`).")],
    shifts: Annotated[int, typer.Option(min=1, help="Most distinct shifts.")] = 8,
    queue: Annotated[list[str] | None, typer.Option(help="Only this queue; may be repeated.")] = None,
    week: Annotated[str, typer.Option(help="The seven days from this one; the mean week of the requirement if left out.")] = "",
    step: Annotated[int, typer.Option(min=1, max=DAY_MINUTES, help="Minutes between possible starts and lengths.")] = HOUR,
    shortest: Annotated[float, typer.Option(min=0.25, max=16, help="Hours of the shortest shift.")] = 4,
    longest: Annotated[float, typer.Option(min=0.25, max=16, help="Hours of the longest shift.")] = 10,
    under: Annotated[float, typer.Option(min=0, help="Cost of an agent missing for an hour.")] = 10,
    over: Annotated[float, typer.Option(min=0, help="Cost of an agent too many for an hour.")] = 1,
    weight: Annotated[float, typer.Option(min=0, help="Cost of each distinct shift.")] = 0,
    effort: Annotated[float, typer.Option(min=0, help="Effort of the model, two or three seconds a unit.")] = 10,
    seconds: Annotated[float | None, typer.Option(min=0, help="Time limit; the best design by then is kept.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, one worker and effort: same design.")] = 0,
    workers: Annotated[int, typer.Option(min=1, help="Threads.")] = 2,
    out: Annotated[Path | None, typer.Option(help="File to write; shifts_designed.csv in the folder if left out.")] = None,
    lang: Annotated[str, typer.Option(help="Language: en or zh.")] = "en",
) -> None:
    """Which few shifts to have 班次设计: for the folder's requirement, from shift_windows.csv or around the clock."""
    workspace = Workspace.at(folder)
    stop([] if lang in LANGUAGES else [_finding("--lang", repr(lang), " or ".join(LANGUAGES))])
    made = _requirement(folder, queue or [], week)
    windows = _windows(folder, made.grid.minutes, step, shortest, longest)
    asked = ShiftDesign(
        minutes=made.grid.minutes,
        days=WEEK_DAYS,
        demand=tuple(np.ceil(typical_week(made, queue or made.queues, week) - 1e-9).astype(int).tolist()),
        windows=windows,
        over_cost=over / HOUR,
        under_cost=under / HOUR,
        shift_cost=weight,
        most_shifts=shifts,
    )
    limits = {"seconds": inf if seconds is None else seconds, "effort": effort}
    present = asked.model_copy(update={"windows": windows_of(workspace.centre.centre.shifts, asked.minutes), "most_shifts": None})
    found, today = (design_shifts(one, **limits, workers=workers, seed=seed) for one in (asked, present))
    _Told(wide_console(), LANGUAGES.index(lang)).tell(asked, found, today, out or folder / "shifts_designed.csv")


def typical_week(made: Requirement, queues: Sequence[str], week: str = "") -> FloatArray:
    """Heads of some queues together in each interval of a week from Monday; shape (7 x intervals a day,).

    The mean over the days of each weekday, or the seven days from `week` on.
    """
    grid = made.grid
    heads = made.heads[[made.queues.index(queue) for queue in queues]].sum(axis=0)
    first = grid.horizon.first if not week else date.fromisoformat(week)
    day = grid.day_of_slot - grid.horizon.index(first)
    inside = (day >= 0) & (day < (WEEK_DAYS if week else grid.horizon.days))
    place = ((first.weekday() + day) % WEEK_DAYS * DAY_MINUTES + grid.wall_minute) // grid.minutes
    size = WEEK_DAYS * DAY_MINUTES // grid.minutes
    total, times = (np.bincount(place[inside], weights=values, minlength=size) for values in (heads[inside], inside[inside]))
    return total / np.maximum(times, 1)


def windows_of(shifts: Sequence[ShiftTemplate], minutes: int) -> tuple[ShiftWindow, ...]:
    """The shifts of a centre as windows of one start and one length each."""
    return tuple(
        ShiftWindow(
            kind=shift.kind,
            first_start=shift.start_minute // minutes,
            last_start=shift.start_minute // minutes,
            least_length=shift.minutes // minutes,
            most_length=shift.minutes // minutes,
        )
        for shift in shifts
    )


def templates_of(shapes: Sequence[Shape], kinds: Sequence[str], minutes: int) -> tuple[ShiftTemplate, ...]:
    """Shifts as a centre names them: the letter of the kind and a number."""
    counted: Counter[str] = Counter()
    made: list[ShiftTemplate] = []
    for shape, kind in zip(shapes, kinds, strict=True):
        letter, name, name_zh, colour = next(look for known, look in LOOK.items() if known == kind)
        counted[letter] += 1
        begin, length = shape.start * minutes, shape.length * minutes
        span = f"{_clock(begin)}-{_clock(begin + length)}"
        shift = {"code": f"{letter}{counted[letter]}", "name": f"{name} {span}", "name_zh": f"{name_zh} {span}", "kind": kind}
        made.append(ShiftTemplate.model_validate(shift | {"start": _clock(begin), "minutes": length, "colour": colour}))
    return tuple(made)


@dataclass(frozen=True)
class _Told:
    """What is printed, in one of the languages."""

    console: Console
    tongue: int

    def tell(self, asked: ShiftDesign, found: DesignedShifts, today: DesignedShifts, out: Path) -> None:
        """Print the shifts and the comparison, and write the file."""
        if not found.costs:
            self.console.print(self._word("none"), style="yellow", markup=False)
            raise typer.Exit(1)
        shifts = templates_of(found.shapes, found.kinds, asked.minutes)
        self.console.print(self._shifts(shifts, found))
        self.console.print(self._beside(found, today))
        self.console.print(self._word("meals"), markup=False)
        if shifts:
            write_shifts(shifts, out)
            self.console.print(f"{out}: {self._word('written')}", markup=False)

    def _word(self, name: str) -> str:
        return WORDS[name][self.tongue]

    def _shifts(self, shifts: Sequence[ShiftTemplate], found: DesignedShifts) -> Table:
        table = Table(*(self._word(name) for name in ("code", "kind", "start", "end", "minutes")), title=self._word("title"))
        for day in self._word("days").split():
            table.add_column(day, justify="right")
        for shift, heads in zip(shifts, found.workers.tolist(), strict=True):
            kind = LOOK[shift.kind][1 + self.tongue]
            span = _clock(shift.start_minute), _clock(shift.start_minute + shift.minutes), str(shift.minutes)
            table.add_row(shift.code, kind, *span, *map(str, heads))
        return table

    def _beside(self, found: DesignedShifts, today: DesignedShifts) -> Table:
        table = Table(title=self._word("beside"))
        for name in ("which", "number", "cost", "bound", "gap", "short", "over", "proved"):
            table.add_column(self._word(name), justify="left" if name == "which" else "right")
        for name, one in (("new", found), ("present", today)):
            hours = f"{one.under_minutes / HOUR:,.1f}", f"{one.over_minutes / HOUR:,.1f}"
            proved = self._word("yes" if one.status is Status.OPTIMAL else "no")
            figures = str(len(one.shapes)), f"{one.cost:,.1f}", f"{one.bound:,.1f}", f"{one.gap:.1%}"
            table.add_row(self._word(name), *figures, *hours, proved)
        return table


def _requirement(folder: Path, queues: Sequence[str], week: str) -> Requirement:
    """The folder's requirement, or everything that is wrong with what is asked of it."""
    path = folder / "requirement.csv"
    stop([] if path.is_file() else [Finding(path.name, None, None, "no file", "a requirement", "run `echelon require` first")])
    made = read_requirement(path)
    known, span = ", ".join(made.queues), made.grid.horizon
    findings = [_finding("--queue", repr(queue), f"one of {known}") for queue in queues if queue not in made.queues]
    if span.days < WEEK_DAYS:
        findings.append(Finding(path.name, None, None, f"{span.days} days", "a week at least", "forecast and require 7 days"))
    elif week:
        findings += _week_findings(week, made)
    if made.grid.minutes > 4 * HOUR:
        findings.append(Finding(path.name, None, None, f"intervals of {made.grid.minutes} minutes", "at most 240"))
    stop(findings)
    return made


def _week_findings(week: str, made: Requirement) -> list[Finding]:
    try:
        first = made.grid.horizon.index(date.fromisoformat(week))
    except ValueError:
        return [_finding("--week", repr(week), "a day such as 2026-10-05")]
    days = made.grid.horizon
    last = days.dates[days.days - WEEK_DAYS]
    return [] if 0 <= first <= days.index(last) else [_finding("--week", week, f"a day from {days.first} to {last}")]


def _windows(folder: Path, minutes: int, step: int, shortest: float, longest: float) -> tuple[ShiftWindow, ...]:
    """The windows of the folder, or the kinds of `STARTS` with the options' lengths."""
    if (folder / WINDOWS_FILE).is_file():
        return read_shift_windows(folder / WINDOWS_FILE, minutes)
    findings = [] if step % minutes == 0 else [_finding("--step", str(step), f"a multiple of the interval of {minutes} minutes")]
    findings += (
        [] if shortest <= longest else [_finding("--shortest", f"{shortest:g} h", f"at most the {longest:g} h of --longest")]
    )
    stop(findings)
    lengths = {"least_length": ceil(shortest * HOUR / minutes), "most_length": max(1, int(longest * HOUR // minutes))}
    lengths["least_length"] = min(lengths.values())
    steps = {"start_step": step // minutes, "length_step": step // minutes}
    return tuple(
        ShiftWindow(kind=kind, first_start=ceil(a * HOUR / minutes), last_start=((b + 1) * HOUR - 1) // minutes, **lengths, **steps)
        for kind, (a, b) in STARTS.items()
    )


def _clock(minute: int) -> str:
    return time(minute // HOUR % 24, minute % HOUR).isoformat("minutes")


def _finding(option: str, read: str, expected: str) -> Finding:
    return Finding("command line", None, option, read, expected)
