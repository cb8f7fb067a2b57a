"""Deeds that earn points: emergency call-ins, overtime, unpopular shifts, each with the minutes on the phones that it gave."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np

from data.model.points import Reason
from data.model.response import Activation
from data.model.roster import Roster
from data.model.time import epoch_minutes
from optimizer.rostering.goals import fairness
from optimizer.rostering.pauses import roster_pauses
from optimizer.rostering.problem import RosterProblem

Minutes = tuple[int, int]
"""A stretch in epoch minutes, half-open."""


@dataclass(frozen=True, slots=True)
class Deed:
    """What an agent did.

    Parameters
    ----------
    day : date
        Local day on which it began; its month's budget pays.
    queues : tuple of str
        Queues that it could serve.
    spans : tuple of (int, int)
        Stretches on the phones, epoch minutes; at least one.
    source : str
        Roster version or activation.
    share : float
        Share of the stretches that counts, in (0, 1].
    factor : float
        Points over those of the plain tariff: that of the echelon (`EchelonTier.points_factor`).
    """

    id: str
    agent: str
    reason: Reason
    day: date
    queues: tuple[str, ...]
    spans: tuple[Minutes, ...]
    source: str
    share: float = 1.0
    factor: float = 1.0

    @property
    def month(self) -> str:
        """Month whose budget pays, such as ``2026-06``."""
        return f"{self.day:%Y-%m}"

    @property
    def minutes(self) -> float:
        """Minutes on the phones that count."""
        return self.share * sum(end - start for start, end in self.spans)


def call_ins(problem: RosterProblem, activations: Iterable[Activation]) -> list[Deed]:
    """One deed for each member of each call-out; who is called twice for one queue and start is called once."""
    found: dict[str, Deed] = {}
    factors = {tier.id: tier.points_factor for tier in problem.centre.echelons}
    for call in activations:
        span = epoch_minutes(call.start), epoch_minutes(call.end)
        start = call.start.astimezone(ZoneInfo(problem.grid.horizon.zone))
        name = f"{call.queue}:{start.isoformat(timespec='minutes')}"
        for agent in call.members:
            deed = f"call_in:{agent}:{name}"
            told = (deed, agent, Reason.CALL_IN, start.date(), (call.queue,), (span,), f"{call.echelon}:{name}")
            found[deed] = Deed(*told, factor=factors.get(call.echelon, 1.0))
    return list(found.values())


def overtime(problem: RosterProblem, roster: Roster, called: Sequence[Deed] = ()) -> Iterator[Deed]:
    """Minutes before and after the shift template, where the day holds more paid minutes than the template.

    Parameters
    ----------
    called : sequence of Deed
        Call-ins, whose minutes are not counted again.
    """
    busy: dict[str, list[Minutes]] = {}
    for deed in called:
        busy.setdefault(deed.agent, []).extend(deed.spans)
    paid = roster.paid_minutes
    for a, d, code in _shifts(problem, roster):
        extra = int(paid[a, d]) - problem.alphabet.shifts[code].paid_minutes
        if extra > 0:
            (start, end), (first, last) = _worked(roster, a, d), _planned(problem, roster, d, code)
            beyond = [(start, min(end, first)), (max(start, last), end)]
            minutes = sum(max(0, b - a) for a, b in beyond)
            spans = [part for span in beyond for part in _without(span, busy.get(roster.agents[a], []))]
            if spans:
                yield _deed(problem, roster, Reason.OVERTIME, a, d, spans, min(1.0, extra / max(1, minutes)))


def unpopular(problem: RosterProblem, roster: Roster) -> Iterator[Deed]:
    """Shifts that the goal of fairness counts as unpopular, within their templates and without their pauses."""
    points = fairness.duty_points(fairness_numbers(problem), problem, roster)
    starts, lengths = roster_pauses(problem, roster)
    for a, d, code in _shifts(problem, roster):
        if points[a, d] > 0:
            (start, end), (first, last) = _worked(roster, a, d), _planned(problem, roster, d, code)
            pauses = [
                (start + s, start + s + m) for s, m in zip(starts[a, d].tolist(), lengths[a, d].tolist(), strict=True) if s >= 0
            ]
            spans = _without((max(start, first), min(end, last)), pauses)
            if spans:
                yield _deed(problem, roster, Reason.UNPOPULAR, a, d, spans)


def fairness_numbers(problem: RosterProblem) -> fairness.Params:
    """What the rulebook says is unpopular; the usual if it has no such goal."""
    told = [goal.numbers for goal in problem.rulebook.goals if goal.kind == "fairness"]
    return fairness.Params.model_validate(told[-1] if told else {})


def _shifts(problem: RosterProblem, roster: Roster) -> Iterator[tuple[int, int, int]]:
    """Agent, day and number of the template of each shift on an open day."""
    number = {shift.code: k for k, shift in enumerate(problem.alphabet.shifts)}
    codes = [number.get(code, -1) for code in roster.codes]
    for a, d in np.argwhere(roster.start >= 0).tolist():
        if problem.first_open <= d < problem.end_open and codes[roster.symbol[a, d]] >= 0:
            yield a, d, codes[roster.symbol[a, d]]


def _worked(roster: Roster, a: int, d: int) -> Minutes:
    """Epoch minutes of a shift as it was worked."""
    start = epoch_minutes(roster.instant(d, int(roster.start[a, d])))
    return start, start + int(roster.minutes[a, d])


def _planned(problem: RosterProblem, roster: Roster, d: int, code: int) -> Minutes:
    """Epoch minutes of a shift as its template has it."""
    template = problem.alphabet.shifts[code]
    start = epoch_minutes(roster.instant(d, template.start_minute))
    return start, start + template.minutes


def _deed(
    problem: RosterProblem, roster: Roster, reason: Reason, a: int, d: int, spans: Sequence[Minutes], share: float = 1.0
) -> Deed:
    """A deed of a day of the roster; another version of the same day tells of the same deed."""
    agent, day = problem.agents[problem.index[roster.agents[a]]], roster.horizon.dates[d]
    return Deed(
        f"{reason}:{agent.id}:{day}", agent.id, reason, day, tuple(sorted(agent.skills)), tuple(spans), roster.version, share
    )


def _without(span: Minutes, others: Iterable[Minutes]) -> list[Minutes]:
    """What is left of a stretch without others."""
    start, end = span
    left: list[Minutes] = []
    for first, last in sorted(others):
        if start < first:
            left.append((start, min(end, first)))
        start = max(start, last)
    return [part for part in (*left, (start, end)) if part[0] < part[1]]
