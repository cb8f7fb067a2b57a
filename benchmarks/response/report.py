"""The sections of the speeds and of the drill, between marks of a page."""

import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from benchmarks.markdown import table
from benchmarks.response.speed import REPEATS, Speed

SPEEDS = ("step", "size", "CPU s", "wall s", "asked for, s")
FIGURES = ("measure", "queue", "without echelons", "with", "difference, 95 %")
MUSTERS = ("echelon", "wanted", "asked", "accepted", "came", "in time %")
MEASURES = {
    "service_level": "service level, %",
    "lost_calls": "lost calls",
    "wait_s": "mean wait, s",
    "cost_hours": "cost, hours of normal pay",
}


def speed_section(rows: Sequence[Speed]) -> str:
    """Times of each step."""
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    head = f"Python {platform.python_version()}, {os.cpu_count()} cores, load average {load}; warm, best of {REPEATS}.\n"
    return "\n".join([head, table(SPEEDS, (_speed(row) for row in rows), words=2)])


def _speed(row: Speed) -> list[str]:
    asked = "" if row.target_s is None else f"{row.target_s:g}"
    return [row.step, row.size, f"{row.cpu_s:.3f}", f"{row.wall_s:.3f}", asked]


def drill_section(found: Mapping[str, Any]) -> str:
    """What the drill showed."""
    parts = [
        f"{found['customers']:,.0f} customers without supply from {_minute(found['start'])}, known {_minute(found['known'])}",
        f"{found['replications']} paired replications, {found['cpu_s']:.0f} s of CPU time, score {found['score']:.0f}.\n",
    ]
    figures = table(FIGURES, (_figure(one) for one in found["figures"]), words=2)
    return "\n".join(["; ".join(parts), figures, table(MUSTERS, _musters(found["musters"])), *_lessons(found["lessons"])])


def _minute(stamp: str) -> str:
    return stamp[:16].replace("T", " ")


def _figure(one: Mapping[str, Any]) -> list[str]:
    share = one["measure"] == "service_level"
    unit, digits = (100, 1) if share else (1, int(one["measure"] == "wait_s"))
    without, helped, apart, half = (unit * one[name] for name in ("without", "with_echelons", "difference", "half_width"))
    queue = (one["queue"] or "all") + (f" (target {one['target']:.0%})" if share else "")
    told = f"{apart:+,.{digits}f} ± {half:,.{digits}f}"
    return [MEASURES[one["measure"]], queue, f"{without:,.{digits}f}", f"{helped:,.{digits}f}", told]


def _musters(musters: Sequence[Mapping[str, Any]]) -> Iterator[list[str]]:
    for one in musters:
        people = (f"{one[name]:.1f}" for name in ("asked", "accepted", "came"))
        yield [one["tier"], f"{one['wanted']:.0f}", *people, f"{100 * one['in_time']:.0f}"]


def _lessons(lessons: Sequence[str]) -> Iterator[str]:
    yield "Lessons that the drill tells:\n"
    yield "".join(f"- {lesson}\n" for lesson in lessons)
