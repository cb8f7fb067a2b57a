"""How many agents one pool needs, and how that number comes about: inputs, results and the steps in words, to check by hand."""

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from pydantic import Field

from data.model.base import FloatArray, Frozen
from data.model.centre import ServiceTarget
from optimizer.staffing.explain.pool_wording import DEFINITION_WORDS, LINES, TARGET_LINES
from optimizer.staffing.explain.requirement_wording import TARGET_WORDS
from optimizer.staffing.pool import TARGETS
from optimizer.staffing.queueing import erlang_b, evaluate, least_by_target, wait_percentile

PERCENTILES: dict[str, tuple[float, Literal["all", "answered"]]] = {
    "wait_p50_s": (0.5, "all"),
    "wait_p90_s": (0.9, "all"),
    "wait_p95_s": (0.95, "all"),
    "answered_wait_p90_s": (0.9, "answered"),
}
"""Percentiles of the wait that are told, by the share and of whom (house choice)."""

AROUND = 2
"""Agents above and below the answer that `PoolAnswer.nearby` holds (house choice)."""

MOST_ROOM = 1_000_000
"""Most places to wait that are taken for a limit (house choice)."""


class PoolQuestion(Frozen):
    """One queue in one stretch of time.

    Parameters
    ----------
    calls, per_s : float
        Calls expected in so many seconds.
    handle_time_s, patience_s : float
        Mean handle time (wrap-up included) and mean patience, seconds; patience inf = nobody hangs up.
    room : int or None
        Callers who can wait at once; None = no limit.
    shrinkage : float
        Share of rostered time not on the phones, in [0, 1).
    min_staff : int
        Least agents on the phones.
    """

    calls: float = Field(ge=0, allow_inf_nan=False)
    per_s: float = Field(default=3600.0, gt=0, allow_inf_nan=False)
    handle_time_s: float = Field(gt=0, allow_inf_nan=False)
    patience_s: float = Field(default=math.inf, gt=0)
    target: ServiceTarget = ServiceTarget()
    room: int | None = Field(default=None, ge=0, le=MOST_ROOM)
    shrinkage: float = Field(default=0.0, ge=0, lt=1)
    min_staff: int = Field(default=0, ge=0)

    @property
    def calls_per_s(self) -> float:
        """Arrival rate."""
        return self.calls / self.per_s

    @property
    def model(self) -> str:
        """Key of the line that tells the queueing model."""
        if self.room == 0:
            return "erlang_b"
        patient = math.isinf(self.patience_s)
        return ("erlang_" if self.room is None else "limited_") + ("c" if patient else "a")


@dataclass(frozen=True, eq=False)
class PoolAnswer:
    """Agents for one pool, and how the number came about.

    Parameters
    ----------
    inputs : dict
        What was asked; None = not set.
    results : dict
        Arrival rate, load in Erlang, agents, heads, and the metrics at the agents, percentiles of the wait in seconds, and the
        metrics at one less (``_one_less``). NaN where nobody is answered, inf where the line grows without end.
    needed : dict
        Least agents of every target that is set, on its own.
    binding : str
        One of `TARGETS`.
    nearby : tuple of dict
        Metrics at the agents and up to two more or fewer.
    lines, lines_zh : tuple of str
        The steps in words, with the numbers.
    """

    inputs: dict[str, float | str | None]
    results: dict[str, float]
    needed: dict[str, int]
    binding: str
    nearby: tuple[dict[str, float], ...]
    lines: tuple[str, ...]
    lines_zh: tuple[str, ...]


def explain_pool(question: PoolQuestion) -> PoolAnswer:
    """Least agents that meet every target of a pool, not below the least staff, and the heads to roster, with the steps."""
    needed = _needed(question)
    agents = max(needed.values())
    binding = "none" if agents == 0 else max(needed, key=lambda name: needed[name])
    around = _around(question, agents)
    results = _results(question, agents, around)
    inputs = question.model_dump(exclude={"target"}) | question.target.model_dump()
    told = [_told(question, inputs | results, needed, binding, tongue) for tongue in (0, 1)]
    nearby = tuple(dict(zip(around, row, strict=True)) for row in zip(*around.values(), strict=True))
    return PoolAnswer(inputs, results, needed, binding, nearby, *told)


def heads(agents: int, shrinkage: float) -> int:
    """Agents to roster so that as many are on the phones, rounded up."""
    # 14 / (1 - 0.3) is 20 and must not become 21 by a rounding error
    return math.ceil(agents / (1 - shrinkage) - 1e-9)


def _needed(question: PoolQuestion) -> dict[str, int]:
    """Least agents of every target on its own, in the order of `TARGETS`; the least staff only where it is set."""
    asked = question.calls_per_s, question.handle_time_s, question.patience_s, question.target
    alone = {TARGETS[kind]: int(agents) for kind, agents in least_by_target(*asked, room=question.room).items()}
    if question.min_staff:
        alone["min_staff"] = question.min_staff
    return alone


def _around(question: PoolQuestion, agents: int) -> dict[str, list[float]]:
    """Metrics and percentiles at the agents and up to `AROUND` more or fewer."""
    n = np.arange(max(agents - AROUND, 0), agents + AROUND + 1)
    pool, room = (question.calls_per_s, question.handle_time_s, question.patience_s), question.room
    metrics = vars(evaluate(n, *pool, question.target.threshold_s, question.target.definition, room=room))
    waits = {name: wait_percentile(n, *pool, share, of=whose, room=room) for name, (share, whose) in PERCENTILES.items()}
    columns: dict[str, FloatArray] = {"agents": n.astype(np.float64), **metrics, **waits}
    return {name: values.tolist() for name, values in columns.items()}


def _results(question: PoolQuestion, agents: int, around: dict[str, list[float]]) -> dict[str, float]:
    at = around["agents"].index(agents)
    metrics = {name: column for name, column in around.items() if name != "agents"}
    load = question.calls_per_s * question.handle_time_s
    return {
        "calls_per_s": question.calls_per_s,
        "load_erlang": load,
        "agents": agents,
        "heads": heads(agents, question.shrinkage),
        "erlang_b": float(erlang_b(agents, load)),
        **{name: column[at] for name, column in metrics.items()},
        **{f"{name}_one_less": column[at - 1] for name, column in metrics.items() if at > 0},
    }


def _told(question: PoolQuestion, numbers: dict[str, Any], needed: dict[str, int], binding: str, tongue: int) -> tuple[str, ...]:
    """The steps in one language."""
    turns = question.patience_s / question.handle_time_s  # mean patience in handle times
    words = numbers | {
        "service_level_bound": question.target.service_level,
        "definition_words": DEFINITION_WORDS[question.target.definition][tongue],
        "binding_words": TARGET_WORDS[binding][tongue],
        "x": numbers["load_erlang"] * turns,
        "y": numbers["agents"] * turns,
        "capacity": numbers["agents"] + (question.room or 0),
        "fewer": numbers["agents"] - 1,
    }
    asked = [TARGET_LINES[name][tongue].format(**words, needed=agents) for name, agents in needed.items()]
    first, then = (
        [LINES[step][tongue].format(**words) for step in steps]
        for steps in (("rate", "load", *_model_steps(question)), _last_steps(numbers["agents"]))
    )
    return (*first, *asked, *then)


def _model_steps(question: PoolQuestion) -> tuple[str, ...]:
    """Lines that tell the queueing model at the answer."""
    if question.calls == 0:
        return ("idle",)
    if question.model == "erlang_b":
        return "erlang_b", "occupancy"
    if question.model == "erlang_c":
        return "erlang_c", "level_c", "asa_c", "occupancy", "percentiles"
    leaves = () if math.isinf(question.patience_s) else ("abandonment",)
    return question.model, "level", *leaves, "asa", "occupancy", "percentiles"


def _last_steps(agents: int) -> tuple[str, ...]:
    return ("binding", "one_less", "heads") if agents > 0 else ("binding", "heads")
