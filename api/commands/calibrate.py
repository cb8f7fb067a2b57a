"""``echelon calibrate``: what call records say about callers and agents, and how near the simulator comes to real days."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, cast

import numpy as np
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from api.commands.screen import wide_console
from api.commands.sources import Columns, Zone, columns_of, zone_of
from data.exchange.call_records import ANONYMOUS_BANK_HEAD_STARTS, read_anonymous_bank, read_call_records
from data.model.call_record import CallRecords, together
from data.model.errors import Finding, InvalidData
from optimizer.staffing.calibration import Calibration, Fits, QueueFit, Tally, fit
from optimizer.staffing.calibration import calibrate as replay_days

Layout = Literal["columns", "anonymous_bank"]
Language = Literal["en", "zh"]

WORDS = {
    "left_out": ("Rows left out", "未采用的行"),
    "calls": ("{calls} calls of {days} days, from {first} to {last}", "{first}至{last}，共{days}天、{calls}通来电"),
    "patience": ("Patience (s)", "耐心（秒）"),
    "handle": ("Handle time (s)", "处理时长（秒）"),
    "noise": ("Noise of arrivals beyond Poisson (coefficients of variation)", "来电波动（超出泊松部分的变异系数）"),
    "queue": ("queue", "队列"),
    "waited": ("waited", "排队数"),
    "abandoned": ("abandoned", "放弃数"),
    "law": ("law", "分布"),
    "mean": ("mean", "均值"),
    "error": ("±", "±"),
    "near zero": ("near zero", "起始处"),
    "mix": ("mix", "混合"),
    "none": ("too few abandoned calls", "放弃数过少"),
    "exponential": ("exponential", "指数"),
    "hyperexponential": ("hyperexponential", "超指数"),
    "count": ("calls", "来电数"),
    "short": ("short", "过短"),
    "long": ("long", "过长"),
    "cv": ("cv", "变异系数"),
    "worst": ("worst quantile", "分位数最大误差"),
    "hours": ("between hours", "小时间差异"),
    "day": ("day", "日"),
    "slot": ("slot", "时段"),
    "dispersion": ("variance / mean of days", "日方差/均值"),
    "available": (
        "Of idle seats {ready} are ready. Agents are away {share} of the time, {away} s on average, and pick up after {pick_up} s. "
        "While callers wait, {load} of the seated time goes on calls.",
        "空闲坐席中{ready}可立即接听；坐席有{share}的时间离开，每次平均{away}秒，接起用时{pick_up}秒。有来电排队时，{load}的在席时间用于通话。",
    ),
    "no agents": (
        "No call names its agent: nothing can be replayed. Add the column agent.",
        "来电未注明坐席，无法回放：请补充agent列。",
    ),
    "replay": ("Simulated against real: {first} to {last}", "仿真与实际对比：{first}至{last}"),
    "in sample": (
        "The same days served for the fits: give --fit-until to judge on days not seen.",
        "回放所用日期即拟合所用日期：请用--fit-until在未见过的日期上检验。",
    ),
    "hour": ("hour", "小时"),
    "all": ("all", "合计"),
    "offered": ("offered", "呼入量"),
    "service_level": ("service level", "服务水平"),
    "abandon_rate": ("abandonment rate", "放弃率"),
    "mean_wait_s": ("mean wait (s)", "平均等待（秒）"),
    "real": ("real", "实际"),
    "simulated": ("simulated", "仿真"),
    "health": ("Health of the model: {health}", "模型健康度：{health}"),
    "measure": ("measure, by slot of the day", "指标（按日内时段）"),
    "bias": ("bias", "偏差"),
    "mae": ("mean absolute error", "平均绝对误差"),
    "good": ("good", "良好"),
    "fair": ("fair", "一般"),
    "poor": ("poor", "较差"),
}
"""Every text of the command, English and Chinese."""

STYLES = {"good": "green", "fair": "yellow", "poor": "red"}
FORMATS = {"service_level": "{:.1%}", "abandon_rate": "{:.1%}", "mean_wait_s": "{:.1f}"}


def calibrate(
    records: Annotated[list[Path], typer.Argument(help="Call records: queue, arrival, wait_s, outcome, handle_s[, agent, ...].")],
    column: Columns = None,
    zone: Zone = "UTC",
    layout: Annotated[Layout, typer.Option(help="Our columns, or the layout of the Anonymous Bank.")] = "columns",
    within: Annotated[float, typer.Option(min=0, help="Answer-time threshold, seconds.")] = 20.0,
    head_start: Annotated[list[str] | None, typer.Option(help="Head start of a priority, seconds: 2=90; may be repeated.")] = None,
    fit_until: Annotated[
        str, typer.Option(help="Last day of the fits; later days are replayed. All days serve both if left out.")
    ] = "",
    minutes: Annotated[int, typer.Option(min=5, max=60, help="Minutes of a slot.")] = 30,
    replications: Annotated[int, typer.Option(min=1, max=100, help="Replays of each day.")] = 5,
    seed: Annotated[int, typer.Option(help="Same seed, same result.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    lang: Annotated[Language, typer.Option(help="Language.")] = "en",
) -> None:
    """Calibrate 校准: fit patience, handle time and availability to call records, and replay real days in the simulator."""
    if 60 % minutes:
        raise InvalidData([Finding("command line", None, "--minutes", str(minutes), "a divisor of 60")])
    held = _read(records, layout, zone, columns_of(column or []))
    starts = _head_starts(head_start or []) or (ANONYMOUS_BANK_HEAD_STARTS if layout == "anonymous_bank" else {})
    past, later = _parted(held, fit_until)
    fits = fit(past, threshold_s=within, minutes=minutes, head_starts=starts, seed=seed)
    made = replay_days(later, fits, minutes=minutes, replications=replications, seed=seed) if later.agents else None
    if as_json:
        typer.echo(json.dumps(_record(held, fits, made), ensure_ascii=False, indent=2))
        return
    tell = Teller(wide_console(), lang)
    tell.records(held)
    tell.fits(fits)
    if made is None:
        tell.say("no agents", style="yellow")
    else:
        tell.availability(fits)
        tell.calibration(made, in_sample=past is later)


def _read(paths: Sequence[Path], layout: Layout, zone: str, columns: Mapping[str, str]) -> CallRecords:
    if layout == "anonymous_bank":
        return together(tuple(read_anonymous_bank(path) for path in paths))
    return together(tuple(read_call_records(path, zone_of(zone), columns=columns) for path in paths))


def _head_starts(pairs: Sequence[str]) -> dict[int, float]:
    """``2=90`` -> callers of priority 2 count as having waited 90 s longer."""
    starts: dict[int, float] = {}
    wrong: list[Finding] = []
    for pair in pairs:
        priority, _, seconds = pair.partition("=")
        try:
            starts[int(priority)] = float(seconds)
        except ValueError:
            wrong.append(Finding("command line", None, "--head-start", repr(pair), "priority=seconds, e.g. 2=90"))
    if wrong:
        raise InvalidData(wrong)
    return starts


def _parted(held: CallRecords, fit_until: str) -> tuple[CallRecords, CallRecords]:
    """Records to fit and records to replay; the same if no day parts them."""
    if not fit_until:
        return held, held
    first, last = held.horizon.first, held.horizon.last
    try:
        until = date.fromisoformat(fit_until)
    except ValueError as error:
        raise InvalidData(
            [Finding("command line", None, "--fit-until", repr(fit_until), "an ISO date such as 1999-01-31")]
        ) from error
    if not first <= until < last:
        expected = f"a day from {first} to {last - timedelta(days=1)}"
        raise InvalidData([Finding("command line", None, "--fit-until", fit_until, expected)])
    return held.between(first, until), held.between(until + timedelta(days=1), last)


def _record(held: CallRecords, fits: Fits, made: Calibration | None) -> dict[str, Any]:
    """All figures, for machines."""
    replayed = None if made is None else {
        "first": made.grid.horizon.first.isoformat(),
        "last": made.grid.horizon.last.isoformat(),
        "health": made.health,
        "errors": [asdict(error) for error in made.errors],
        "queues": _figures("queue", made.queues, *made.by_queue()),
        "slots_of_day": _figures("minute", _slot_minutes(made), *made.by_slot_of_day()),
        "days": _figures("date", [day.isoformat() for day in made.grid.horizon.dates], *made.by_day()),
    }  # fmt: skip
    told = {"left_out": [asdict(entry) for entry in held.left_out], "fits": asdict(fits), "calibration": replayed}
    return cast(dict[str, Any], _plain(told))


def _slot_minutes(made: Calibration) -> list[int]:
    """Minute of the day at which each slot of the day begins."""
    return [made.grid.minutes * slot for slot in range(int(made.grid.wall_minute.max()) // made.grid.minutes + 1)]


def _figures(key: str, names: Iterable[object], real: Tally, simulated: Tally) -> list[dict[str, Any]]:
    pairs = {"offered": real.offered} | {
        f"{measure}_{side}": getattr(tally, measure)
        for measure in FORMATS
        for side, tally in (("real", real), ("simulated", simulated))
    }
    rows = ({key: name} | {column: values[k] for column, values in pairs.items()} for k, name in enumerate(names))
    return [row for row in rows if row["offered"]]


def _plain(value: Any) -> Any:
    """The same tree as JSON has it: lists for arrays, null for what is not known."""
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in cast(Mapping[Any, Any], value).items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [_plain(part) for part in cast(Iterable[Any], value)]
    if isinstance(value, np.generic):
        return _plain(value.item())
    return None if isinstance(value, float) and not np.isfinite(value) else value


class Teller:
    """Prints what was found, in one language."""

    def __init__(self, console: Console, lang: Language):
        self.console, self.tongue = console, ("en", "zh").index(lang)

    def word(self, key: str, **numbers: object) -> str:
        """A text with its numbers."""
        return WORDS[key][self.tongue].format(**numbers)

    def say(self, key: str, style: str = "", **numbers: object) -> None:
        """Print a sentence."""
        self.console.print(self.word(key, **numbers), style=style, markup=False, highlight=False)

    def table(self, title: str, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Print a table; the first column to the left."""
        table = Table(title=title, title_justify="left")
        for k, heading in enumerate(headings):
            table.add_column(heading, justify="right" if k else "left", overflow="fold")
        for row in rows:
            table.add_row(*map(escape, row))
        self.console.print(table)

    def records(self, held: CallRecords) -> None:
        """What was read, and what was left out."""
        horizon = held.horizon
        self.say("calls", calls=f"{held.size:,}", days=horizon.days, first=horizon.first, last=horizon.last)
        for entry in held.left_out:
            self.console.print(
                f"{self.word('left_out')}: {(entry.reason, entry.reason_zh)[self.tongue]}: {entry.rows:,}", highlight=False
            )

    def fits(self, fits: Fits) -> None:
        """Patience, handle time and noise of each queue."""
        words = ("queue", "waited", "abandoned", "law", "mean", "error", "near zero", "error", "mix")
        self.table(self.word("patience"), [self.word(word) for word in words], map(self._patience, fits.queues))
        words = ("queue", "count", "short", "long", "mean", "error", "cv", "worst", "hours")
        self.table(self.word("handle"), [self.word(word) for word in words], map(self._handle, fits.queues))
        words = ("queue", "day", "slot", "dispersion")
        rows = (
            (q.queue, *(_number(x, "{:.2f}") for x in (q.noise.day_cv, q.noise.slot_cv, q.noise.dispersion))) for q in fits.queues
        )
        self.table(self.word("noise"), [self.word(word) for word in words], rows)

    def _patience(self, queue: QueueFit) -> tuple[str, ...]:
        found = queue.patience
        seconds = (found.mean_s, found.mean_error_s, found.hazard_patience_s, found.hazard_error_s)
        mix = " + ".join(f"{share:.0%} × {mean:.0f}" for share, mean in found.mix)
        counts = f"{found.waited:,}", f"{found.abandoned:,}"
        return (queue.queue, *counts, self.word(found.method), *(_number(x, "{:.0f}") for x in seconds), mix)

    def _handle(self, queue: QueueFit) -> tuple[str, ...]:
        found = queue.handle
        counts = f"{found.calls:,}", f"{found.short:,}", f"{found.long:,}"
        hours = _number(found.hour_cv, "{:.1%}") + (" *" if found.hour_matters else "")
        seconds = _number(found.mean_s, "{:.0f}"), _number(found.mean_error_s, "{:.1f}")
        return (queue.queue, *counts, *seconds, _number(found.cv, "{:.2f}"), _number(found.worst_quantile_error, "{:.0%}"), hours)

    def availability(self, fits: Fits) -> None:
        """How ready idle agents are."""
        found = fits.availability
        shares = {"ready": found.idle_share, "share": found.away_share, "load": found.load_share}
        seconds = {"away": found.away_s, "pick_up": found.pick_up_s}
        numbers = {key: _number(x, "{:.0%}") for key, x in shares.items()} | {
            key: _number(x, "{:.0f}") for key, x in seconds.items()
        }
        self.say("available", **numbers)

    def calibration(self, made: Calibration, *, in_sample: bool) -> None:
        """Simulated against real, and the health of the model."""
        if in_sample:
            self.say("in sample", style="yellow")
        title = self.word("replay", first=made.grid.horizon.first, last=made.grid.horizon.last)
        queues = (each.joined(all_of) for each, all_of in zip(made.by_queue(), made.total(), strict=True))
        self._compared(title, "queue", (*made.queues, self.word("all")), *queues)
        hours = made.grid.wall_minute // 60
        names = [f"{hour:02d}:00" for hour in range(int(hours.max()) + 1)]
        self._compared(title, "hour", names, made.real.of_groups(hours), made.simulated.of_groups(hours))
        rows = [
            (self.word(e.measure), *(FORMATS[e.measure].format(x) for x in (e.real, e.bias, e.mae)), self.word(e.health))
            for e in made.errors
        ]
        self.table("", [self.word(word) for word in ("measure", "real", "bias", "mae")] + [""], rows)
        self.say("health", style=STYLES[made.health], health=self.word(made.health))

    def _compared(self, title: str, key: str, names: Sequence[str], real: Tally, simulated: Tally) -> None:
        sides = [f"{self.word(measure)} · {self.word(side)}" for measure in FORMATS for side in ("real", "simulated")]
        rows = (
            (name, f"{real.offered[k]:,.0f}", *(FORMATS[m].format(getattr(t, m)[k]) for m in FORMATS for t in (real, simulated)))
            for k, name in enumerate(names)
            if real.offered[k]
        )
        self.table(title, [self.word(key), self.word("offered"), *sides], rows)


def _number(value: float, form: str) -> str:
    return "-" if np.isnan(value) else form.format(value)
