"""Small leave problems: two queues at hourly slots, agents of three skill groups, chances made up from the heads."""

from collections.abc import Sequence
from datetime import timedelta

import numpy as np
from small_team import FIRST, SHIFTS, problem_of

from data.model.base import FloatArray, IntArray
from data.model.leave_plan import LeavePolicy, LeaveWish
from data.model.rulebook import RuleSpec
from optimizer.rostering.leave import LeaveRoom, leave_room
from optimizer.rostering.problem import RosterProblem

WEEK = RuleSpec(id="free", kind="days_off", numbers={"period": "week", "min_days": 2})


def case(heads: Sequence[int] = (2, 1), agents: int = 12, days: int = 14) -> RosterProblem:
    """Heads of both queues from 8 to 16 o'clock; skills in turn a, b, both; two days off a week."""
    hour = np.arange(24 * days) % 24
    need = np.array([[n] for n in heads]) * ((hour >= 8) & (hour < 16))
    skills = [(("a",), ("b",), ("a", "b"))[k % 3] for k in range(agents)]
    return problem_of(need, tuple(skills), SHIFTS[:1], (WEEK,))


def steep(problem: RosterProblem, row: int, slots: IntArray, available: FloatArray) -> FloatArray:
    """A chance that falls from 1 with nobody to 0 with twice the heads."""
    return np.clip(1.0 - available / (2.0 * problem.requirement.heads[row, slots]), 0.0, 1.0)


def room_of(problem: RosterProblem, policy: LeavePolicy | None = None) -> LeaveRoom:
    """The room of a case."""
    return leave_room(problem, lambda row, slots, available: steep(problem, row, slots, available), policy or LeavePolicy())


def wish(number: int, agent: int, first: int, days: int = 1, **told: object) -> LeaveWish:
    """A wish of agent g<agent> for some days."""
    span = {"first": FIRST + timedelta(days=first), "last": FIRST + timedelta(days=first + days - 1)}
    return LeaveWish.model_validate({"id": f"w{number:03d}", "agent": f"g{agent}", **span, **told})
