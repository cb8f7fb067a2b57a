"""The tables of the back-tests, between marks of a page."""

import importlib.metadata
import os
import platform
from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks.markdown import table

PACKAGES = ("numpy", "scipy", "numba")

CHANCES = (
    *("ahead", "chance of", "slots", "days", "stated %", "missed %", "Brier", "skill"),
    *("off by, points", "sharpness", "p", "recalibrated"),
)
FORECASTS = ("forecasts ahead", "WAPE %", "bias %", "inside 80 %", "inside 95 %")
BINS = ("stated %", "slots", "missed %", "95 % interval")
LEVELS = (
    *("missed", "level", "warnings", "false alarms %", "slots", "in vain %"),
    *("misses", "foreseen %", "hours ahead, median (quartiles)"),
)
COLLAPSES = ("chance of", "first day", "last day", "days", "target %", "worst %", "first warning, days ahead")
LOOKS = ("look", "calls still expected", "mean chance", "need over capacity", "level", "from")

TITLES = {
    "bank": "Bank 2003, half hours",
    "daily": "KPI centre, days",
    "anonymous": "Anonymous Bank, half hours of February 1999",
    "surge": "The surge of 23 May 1999",
}
KINDS = {
    "expected": "expected service",
    "count": "count, like with like",
    "realised": "the slot itself",
    "spread": "the slot, staff uncertain",
}
COLOURS = ("none", "blue", "yellow", "orange", "red")


def page(found: Mapping[str, Any]) -> str:
    """Every back-test that was run; one of a file of one's own stands under its name."""
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in PACKAGES)
    head = f"Measured with Python {platform.python_version()}, {versions}, on {os.cpu_count()} cores.\n"
    return "\n".join([head, *(part for name in _order(found) for part in _section(name, found[name]))])


def _order(found: Mapping[str, Any]) -> list[str]:
    return [*(name for name in TITLES if name in found), *(name for name in found if name not in TITLES)]


def _section(name: str, found: Mapping[str, Any]) -> Iterator[str]:
    yield f"### {TITLES.get(name, name)}\n"
    cpu = f"forecasts: {found['forecast_cpu_s']:,.0f} s of CPU time"
    if name == "surge":
        yield f"{found['came']:,.0f} calls came, {found['usual']:,.0f} are usual; {cpu}.\n"
        yield table(LOOKS, (_look(one) for one in found["looks"]))
        return
    target = f"; target {found['target']:.0%}" if "target" in found else ""
    yield f"{found['looks']} looks, days from {found['days'][0]} to {found['days'][1]}{target}; {cpu}.\n"
    yield table(CHANCES, _chances(found["chances"]), words=2)
    lead = "1 day"
    for kind, scores in found["chances"][lead].items():
        yield f"Reliability {lead} ahead, {KINDS[kind]}:\n"
        yield table(BINS, (_bin(each) for each in scores["bins"]), words=0)
    if "forecasts" in found:
        yield table(FORECASTS, ([lead, *(f"{100 * one[key]:.1f}" for key in one)] for lead, one in found["forecasts"].items()))
    if "levels" in found:
        yield table(LEVELS, _levels(found["levels"]), words=2)
    if "collapses" in found:
        yield "Collapses: days with service far under the target, and from how many days before each level stood.\n"
        yield table(COLLAPSES, _collapses(found["collapses"]), words=3)


def _chances(chances: Mapping[str, Any]) -> Iterator[list[str]]:
    for lead, kinds in chances.items():
        for kind, one in kinds.items():
            again = one.get("recalibrated")
            told = f"{again['raw']:.4f} -> {again['brier']:.4f} ({again['count']:,})" if again else ""
            shares = [f"{100 * one[key]:.1f}" for key in ("chance", "rate")]
            quality = [f"{one['brier']:.4f}", f"{one['skill']:+.2f}", f"{100 * one['reliability'] ** 0.5:.1f}"]
            counts = [f"{one['count']:,}", str(one["days"])]
            yield [lead, KINDS[kind], *counts, *shares, *quality, f"{one['sharpness']:.2f}", f"{one['calibrated']:.2g}", told]


def _bin(one: Mapping[str, Any]) -> list[str]:
    rate = one["misses"] / one["count"]
    return [
        f"{100 * one['chance']:.0f}",
        f"{one['count']:,}",
        f"{100 * rate:.0f}",
        f"{100 * one['low']:.0f}-{100 * one['high']:.0f}",
    ]


def _levels(levels: Mapping[str, Any]) -> Iterator[list[str]]:
    for kind, scores in levels.items():
        for one in scores:
            low, middle, high = one["lead_hours"]
            lead = f"{middle:.0f} ({low:.0f}-{high:.0f})" if one["warnings"] > one["false_alarms"] else ""
            false, hit = _percent(one["false_alarms"], one["warnings"]), _percent(one["foreseen"], one["misses"])
            vain = _percent(one["slots"] - one["foreseen"], one["slots"])
            counts = [str(one["warnings"]), false, f"{one['slots']:,}", vain, f"{one['misses']:,}", hit]
            yield [KINDS[kind], one["level"], *counts, lead]


def _collapses(collapses: Mapping[str, Any]) -> Iterator[list[str]]:
    for kind, runs in collapses.items():
        for one in runs:
            told = [f"{level} {days}" for level, days in one["ahead"].items() if days is not None]
            shares = [f"{100 * one[key]:.0f}" for key in ("target", "worst")]
            yield [KINDS[kind], one["first"], one["last"], str(one["days"]), *shares, ", ".join(told) or "none"]


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f}" if whole else ""


def _look(one: Mapping[str, Any]) -> list[str]:
    figures = [f"{one['calls_ahead']:,.0f}", f"{one['chance']:.2f}", f"{one['need']:.2f}"]
    return [one["at"][:16].replace("T", " "), *figures, COLOURS[one["level"]], one["from"]]
