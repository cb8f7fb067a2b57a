"""Decisions on echelons out: ``call_decisions.csv``, one row for each threatened stretch and tier."""

from collections.abc import Iterable
from math import isfinite
from pathlib import Path
from typing import Any

from data.cells import AWARE, IDS, TEXT, number, whole
from data.columns import Column, Table, alike, optional
from data.exchange.files import write_table
from data.model.call_decision import CallDecision, TierDecision

DECISIONS_FILE = "call_decisions.csv"
COST = "in the unit of under_cost"

DECISIONS = Table(
    "call_decisions",
    (
        Column("queue", TEXT),
        *alike("at start end", AWARE),
        Column("echelon", TEXT),
        *alike("asked able", whole(0)),
        optional("members", IDS),
        Column("arrival", AWARE),
        *(optional(name, AWARE) for name in ("decide_by", "watch_until")),
        optional("watch_calls", number(0), "calls from `at` on: call if more come"),
        Column("missing_hours", number(0), "agent-hours if nobody is called"),
        Column("cost_never", number(0), COST),
        *(optional(name, number(0), COST) for name in ("cost_now", "cost_wait", "tier_cost_now", "tier_cost_wait")),
        *alike("reason reason_zh", TEXT),
    ),
)


def write_call_decisions(decisions: Iterable[CallDecision], path: Path) -> None:
    """Write decisions; what cannot be done has no cost."""
    write_table(DECISIONS.frame(_row(decision, tier) for decision in decisions for tier in decision.tiers), path)


def _row(decision: CallDecision, tier: TierDecision) -> dict[str, Any]:
    costs = {
        "missing_hours": decision.missing_hours,
        "cost_never": decision.cost_never,
        "cost_now": decision.cost_now,
        "cost_wait": decision.cost_wait,
        "tier_cost_now": tier.cost_now,
        "tier_cost_wait": tier.cost_wait,
    }
    row = {name: getattr(decision, name) for name in ("queue", "at", "start", "end")}
    names = ("echelon", "asked", "able", "members", "arrival", "decide_by", "reason", "reason_zh")
    row |= {name: getattr(tier, name) for name in names}
    if tier.thresholds:
        row |= {"watch_until": tier.thresholds[0].at, "watch_calls": round(tier.thresholds[0].calls, 1)}
    return row | {name: round(cost, 2) for name, cost in costs.items() if isfinite(cost)}
