"""How one number of a requirement came about: inputs, results and the steps in words, for a planner to check by hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from data.model.base import FloatArray
from data.model.centre import Queue, ShrinkageCause
from data.model.demand import Forecast, Requirement
from data.model.errors import Finding, InvalidData, NotFound
from optimizer.staffing.curves import LIKELY
from optimizer.staffing.expected import NODES, WEIGHTS
from optimizer.staffing.explain.pool_wording import DEFINITION_WORDS
from optimizer.staffing.explain.requirement_wording import CAPS, LINES, TARGET_WORDS, WORDS
from optimizer.staffing.pool import TARGETS, Model, Pool, patience_of
from optimizer.staffing.requirement import call_rates, due_slots, possible_calls
from optimizer.staffing.shrinkage import days_ahead, unknown_share
from optimizer.staffing.transient import transient

MODELS: dict[str, Model] = {"erlang_a": "erlang_a", "erlang_c": "erlang_c"}
METRICS = ("service_level", "abandon_rate", "mean_wait_s", "asa_s", "occupancy", "blocked_rate", "answer_rate")
"""What is told of the agents and of one less."""


@dataclass(frozen=True, eq=False)
class Explanation:
    """How the requirement of one queue in one slot came about, for a planner to check by hand.

    Parameters
    ----------
    queue : str
    start : datetime
    inputs : dict
        What it was computed from: calls, slot length, handle time, patience, targets, least staff, shrinkage.
    results : dict
        Arrival rate, load in Erlang, agents, heads, and the metrics at the agents and (``_one_less``) at one less.
    binding : str
        One of `TARGETS`.
    lines, lines_zh : tuple of str
        The steps in words, with the numbers.
    """

    queue: str
    start: datetime
    inputs: dict[str, float | str]
    results: dict[str, float]
    binding: str
    lines: tuple[str, ...]
    lines_zh: tuple[str, ...]


def explain(
    requirement: Requirement,
    queue: Queue,
    slot: int,
    *,
    forecast: Forecast | None = None,
    causes: Sequence[ShrinkageCause] = (),
) -> Explanation:
    """How the requirement of one queue in one slot came about.

    Parameters
    ----------
    requirement : Requirement
        As made by `optimizer.staffing.requirement.require`.
    queue : Queue
        The queue as it was described to `require`.
    slot : int
        Slot of the grid.
    forecast : Forecast or None
        What it was made from; needed when it was staffed to expected service.
    causes : sequence of ShrinkageCause
        As given to `require`; each is told with its part.

    Raises
    ------
    NotFound
        When the requirement does not hold the queue or the slot.
    InvalidData
        When it was staffed to expected service under another forecast.
    """
    if queue.id not in requirement.queues or not 0 <= slot < requirement.grid.size:
        raise NotFound(f"no requirement of queue {queue.id!r} in slot {slot}")
    case = _Case(requirement, queue, requirement.queues.index(queue.id), slot)
    inputs = case.inputs()
    results = case.work() if queue.channel == "deferred" else case.service(_pool(case, forecast))
    told = [_told(case, inputs | results, causes, tongue) for tongue in (0, 1)]
    return Explanation(
        queue=queue.id,
        start=requirement.grid.index[slot].to_pydatetime(),
        inputs=inputs,
        results=results,
        binding=case.binding,
        lines=told[0],
        lines_zh=told[1],
    )


@dataclass(frozen=True, eq=False)
class _Case:
    """The place of one number in its requirement."""

    requirement: Requirement
    queue: Queue
    q: int
    slot: int

    @property
    def slot_s(self) -> float:
        return self.requirement.grid.minutes * 60.0

    @property
    def binding(self) -> str:
        return TARGETS[int(self.requirement.binding[self.q, self.slot])]

    def how(self, key: str) -> str:
        """What the requirement says of how it was made: model, load or load_model."""
        if key in self.requirement.origin:
            return self.requirement.origin[key]
        fix = "run `echelon require` again"
        raise InvalidData([Finding("requirement", None, key, "nothing", "how the requirement was made", fix)])

    def at(self, name: str) -> float:
        """A number of the requirement in this place."""
        return float(getattr(self.requirement, name)[self.q, self.slot])

    def inputs(self) -> dict[str, float | str]:
        """What the number was computed from."""
        queue, target = self.queue, self.queue.target
        further = {name: getattr(target, name) for name in CAPS} | {"room": queue.room, "due_minutes": queue.due_minutes}
        load = self.how("load")
        return {
            "calls": self.at("calls"),
            "slot_minutes": float(self.requirement.grid.minutes),
            "slot_s": self.slot_s,
            "handle_time_s": self.at("handle_time_s"),
            "patience_s": patience_of(queue, self.how("model")),
            "mean_patience_s": queue.patience_s,
            "concurrency": float(queue.concurrency),
            "model": self.how("model"),
            "load": load if load in WORDS else "quantile",
            "load_model": self.how("load_model"),
            "target_service_level": target.service_level,
            "threshold_s": target.threshold_s,
            "definition": target.definition,
            "min_staff": float(queue.min_staff),
            "shrinkage": self.at("shrinkage"),
            "own_shrinkage": queue.shrinkage,
            **({} if load in WORDS else {"level": float(load)}),
            **{name: float(value) for name, value in further.items() if value is not None},
        }

    def common(self) -> dict[str, float]:
        """Results that every channel has."""
        return {
            "calls_per_hour": self.at("calls") * 3600 / self.slot_s,
            "load_erlang": self.at("calls") * self.at("handle_time_s") / self.slot_s,
            "on_phone": self.at("on_phone"),
            "heads": self.at("heads"),
        }

    def work(self) -> dict[str, float]:
        """Results of deferred work."""
        made, q, end = self.requirement, self.q, self.slot + 1
        share = self.queue.target.max_occupancy or 1.0
        come = float((made.calls[q, :end] * made.handle_time_s[q, :end]).sum()) / self.slot_s / share
        total = float(made.on_phone[:, self.slot].sum())
        common = self.common()
        return common | {
            "busy_share": share,
            "planned_load_erlang": common["load_erlang"] / share,
            "due_slots": float(due_slots(self.queue, made.grid.minutes)),
            "come": come,
            "done": float(made.on_phone[q, :end].sum()),
            "others": total - self.at("on_phone"),
            "total": total,
        }

    def service(self, pool: Pool) -> dict[str, float]:
        """Results of calls and chats."""
        n = int(self.at("on_phone"))
        carried = self.how("load_model") == "carried"
        here = pool.at(np.array([self.slot]))
        metrics, more = _carried(self, pool, here) if carried else (vars(here.metrics(np.array([[n, max(n - 1, 0)]]))), {})
        return (
            self.common()
            | {
                "planned_load_erlang": float(here.mean_rate[0]) * self.at("handle_time_s"),
                "places": n * float(pool.queue.concurrency),
            }
            | {name: float(metrics[name][0, 0]) for name in METRICS}
            | {f"{name}_one_less": float(metrics[name][0, 1]) for name in METRICS}
            | _spread(here, self.slot_s)
            | more
        )


def _pool(case: _Case, forecast: Forecast | None) -> Pool:
    """The queue with the rates it was planned for, over all slots."""
    made, q = case.requirement, case.q
    calls, weights = made.calls[q][:, None], np.ones(1)
    if case.how("load") == "expected":
        calls, weights = _possible(case, forecast)
    rates = call_rates(calls[None], made.handle_time_s[[q]], case.slot_s, case.how("load_model"))[0]
    return Pool(case.queue, MODELS[case.how("model")], rates, made.handle_time_s[q], weights)


def _possible(case: _Case, forecast: Forecast | None) -> tuple[FloatArray, FloatArray]:
    """Calls that the forecast holds possible, shape (slots, nodes), after a check that it is the one of the requirement."""
    made, q = case.requirement, case.q
    if forecast is not None and (forecast.queues, forecast.grid) == (made.queues, made.grid):
        calls, weights = possible_calls(forecast, "expected")
        here = np.where(forecast.open[q][:, None], calls[q], 0.0)
        if np.allclose(here @ weights, made.calls[q], rtol=1e-3, atol=1e-3):
            return here, weights
    read = "none" if forecast is None else "another one"
    expected, fix = "the forecast that the requirement was made from", "run `echelon require` again"
    raise InvalidData([Finding("forecast", None, None, read, expected, fix)])


def _spread(here: Pool, slot_s: float) -> dict[str, float]:
    """How unsure the rate is that the slot is planned for."""
    if len(here.weights) == 1:
        return {}
    calls, mean = here.rate[0] * slot_s, float(here.mean_rate[0]) * slot_s
    likely = calls[WEIGHTS >= LIKELY]
    variance = float((calls - mean) ** 2 @ here.weights)
    return {
        "rate_spread": variance**0.5 / mean if mean > 0 else 0.0,
        "low_calls": float(likely[0]),
        "high_calls": float(likely[-1]),
        "nodes": float(NODES),
    }


def _carried(case: _Case, pool: Pool, here: Pool) -> tuple[dict[str, FloatArray], dict[str, float]]:
    """Metrics of the whole staffing until the slot and of one agent less in it, and what earlier slots leave; shapes (1, 2)."""
    end, queue, places = case.slot + 1, case.queue, case.queue.concurrency
    staff = np.tile(case.requirement.on_phone[case.q, :end] * places, (2, 1))
    staff[1, -1] = max(int(staff[1, -1]) - places, 0)
    rates, handle, target = np.tile(pool.mean_rate[:end], (2, 1)), pool.handle_time_s[:end], queue.target
    seen = transient(
        rates,
        handle,
        patience_of(queue, pool.model),
        staff,
        case.slot_s,
        target.threshold_s,
        definition=target.definition,
        room=queue.room,
    )
    stationary = here.least()[0]
    settled = here.sure().metrics(staff[0, -1:] // places)
    in_system = float(settled.mean_queue[0]) + float(settled.occupancy[0]) * int(staff[0, -1])
    quiet = {"service_level": 1.0, "answer_rate": 1.0}
    metrics = {name: np.nan_to_num(getattr(seen, name)[:, [-1]].T, nan=quiet.get(name, 0.0)) for name in METRICS}
    more = {
        "stationary_agents": float(stationary[0]),
        "moved": case.at("on_phone") - float(stationary[0]),
        "left": float(seen.end_in_system[0, -2]) if end > 1 else in_system,
        "settled": in_system,
    }
    return metrics, more


def _told(case: _Case, numbers: dict[str, float | str], causes: Sequence[ShrinkageCause], tongue: int) -> tuple[str, ...]:
    """The steps in one language."""
    deferred, carried = case.queue.channel == "deferred", case.how("load_model") == "carried"
    steps = ("work", "due", "levelled") if deferred else ("rate", "load", "service", "metrics")
    steps += ("binding", *(("carried",) if carried and not deferred else ()), "heads")
    words = _words(case.queue, numbers, tongue) | {"binding": TARGET_WORDS[case.binding][tongue]}
    lines = [LINES[step][tongue].format(**(numbers | words)) for step in steps]
    return (*lines, *_told_causes(case, causes, tongue))


def _words(queue: Queue, numbers: dict[str, float | str], tongue: int) -> dict[str, str]:
    """The parts of lines that depend on how the requirement was made."""
    chosen = {name: str(numbers[name]) for name in ("model", "load", "load_model")}
    if queue.channel == "deferred" and chosen["load"] == "expected":
        chosen["load"] = "mean"
    used = {
        "patience": "patience_mix" if queue.patience_mix and numbers["model"] == "erlang_a" else None,
        "room": "room" if queue.room is not None else None,
        "places": "places" if queue.concurrency > 1 else None,
        "blocked": "blocked" if queue.room is not None and queue.channel != "deferred" else None,
    }
    chosen |= {name: word or "mean" for name, word in used.items()}
    caps = [text[tongue].format(**numbers) for name, text in CAPS.items() if name in numbers]
    told = {f"{name}_words": WORDS[word][tongue].format(**numbers) for name, word in chosen.items()}
    told["definition_words"] = DEFINITION_WORDS[queue.target.definition][tongue]
    return told | {"caps_words": "".join(f"{', ' if tongue == 0 else '，'}{cap}" for cap in caps)}


def _told_causes(case: _Case, causes: Sequence[ShrinkageCause], tongue: int) -> tuple[str, ...]:
    """Shrinkage of the queue and of every cause; nothing if there is no cause."""
    if not causes:
        return ()
    ahead = days_ahead(case.requirement.grid, datetime.fromisoformat(case.how("known_at")))[[case.slot]]
    numbers = {"ahead_days": float(ahead[0]), "own_shrinkage": case.queue.shrinkage}
    lines = [LINES["own_shrinkage"][tongue].format(**numbers)]
    for cause in causes:
        name = (cause.name_zh if tongue else cause.name) or cause.id
        part = float(unknown_share(cause, ahead)[0])
        given = cause.model_dump(exclude={"name"}) | numbers
        lines.append(LINES[_kind(cause, part)][tongue].format(**given, name=name, part=part))
    return tuple(lines)


def _kind(cause: ShrinkageCause, part: float) -> str:
    """Which line tells a cause."""
    if cause.known_days is None:
        return "never_known"
    if part == 0:
        return "known"
    return "fading" if cause.fade_days > 0 else "whole"
