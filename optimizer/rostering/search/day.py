"""The day: what is under way is frozen, the rest of the day bends: meals, overtime against time given back, shifts not begun.

Everyone chooses again and again against all others, at a price per paid minute that is raised until the hours allowed suffice;
then the room that is left is used up. Only the slots that some choice can reach are looked at. Hard rules are looked at only for
what was chosen: a choice that breaks one is struck out, and the day is chosen on from there.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from time import perf_counter

import numpy as np

from data.model.base import FloatArray, IntArray
from data.model.errors import VerificationFailed
from data.model.roster import AgentLine, Breach, Roster, Verdict, night_minutes
from data.model.rulebook import RuleSpec
from optimizer.rostering.bound import Dual, climb
from optimizer.rostering.coverage import Flow, add_many, cover_cost, new_flow, slopes, smoothed
from optimizer.rostering.curves import Curves
from optimizer.rostering.frame import charges_of, curves_of, presence
from optimizer.rostering.pauses import most_breaks
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.ruling import line_breaches
from optimizer.rostering.search.options import Options, Variant, answer_day, least_costs, options_of, put_all
from optimizer.rostering.search.params import TweakParams
from optimizer.rostering.solution import Solution, Status, Unplaced, keep_going
from optimizer.rostering.verify import agent_lines, verify

WIDTHS = (1.5, 0.7, 0.0)
"""Half-widths of the smoothing in the first sweeps, agents."""
HALVINGS = 8
"""Prices of a paid minute that are tried, each from the choice at the one before (house choice)."""
AGAIN = 2
"""Sweeps after some choices were struck out (house choice)."""
ROUNDS = 12
"""Rounds in which choices that break a rule are struck out; in the last one only choices known to be legal are left."""
BOUND_WIDTH = 1.0


def tweak(problem: RosterProblem, day: int, now: datetime, params: TweakParams | None = None) -> Solution:
    """Adjust one day that is under way.

    Parameters
    ----------
    problem : RosterProblem
        `base` is the roster that stands; the goal ``change`` prices what is done to it.
    day : int
        An open day.
    now : datetime
        Aware instant; what begins or ends before `now` and the notice stays as it is.
    params : TweakParams, optional

    Raises
    ------
    ValueError
        If the problem has no base, or the day is not open.
    VerificationFailed
        If the roster is none; rules that are broken already are reported as `Unplaced`.
    """
    began, params = perf_counter(), params or TweakParams()
    base = problem.base
    if base is None or not problem.first_open <= day < problem.end_open:
        raise ValueError(f"day {day} cannot be tweaked: the problem needs a base, and the day must be open")
    problem = replace(problem, rhythm="day", max_line_minutes=None)
    before = _on_leave(problem, base, day)
    room = params.max_extra_paid_minutes + int((base.paid_minutes[:, day] - before.paid_minutes[:, day]).sum())
    options = options_of(problem, before, day, now, params)
    search = _Search(problem, before, day, options, room, params)
    chosen, minute_price = _legal_choice(search)
    roster = search.roster(chosen)
    verdict = verify(problem, roster)
    if verdict.faults:
        raise VerificationFailed("\n".join(verdict.faults))
    bound = search.bound(chosen, minute_price, verdict)
    unplaced = tuple(Unplaced(agent, "the line breaks a rule already") for agent in sorted({b.agent for b in verdict.breaches}))
    seconds = perf_counter() - began
    return Solution(Status.FEASIBLE, roster, verdict.costs, bound, seconds, params.sweeps, unplaced, verdict)


def _on_leave(problem: RosterProblem, base: Roster, day: int) -> Roster:
    """The base roster in the symbols of the problem, with those off duty who are on leave on the day."""
    symbol = np.array([problem.alphabet.codes.index(code) for code in base.codes])[base.symbol]
    away = np.zeros(symbol.shape, dtype=bool)
    away[:, day] = problem.leave[:, day] >= 0
    parts = {name: np.where(away, none, getattr(base, name)) for name, none in _IDLE.items()}
    symbol = np.where(away, problem.leave, symbol)
    parts["breaks"] = np.where(away[:, :, None], -1, base.break_starts(most_breaks(problem)))
    origin = problem.origin | {"day": base.horizon.dates[day].isoformat()}
    return replace(base, codes=problem.alphabet.codes, symbol=symbol, **parts, parent=base.version, rhythm="day", origin=origin)


_IDLE = {"start": -1, "minutes": 0, "meal": -1, "meal_minutes": 0}


@dataclass(frozen=True, eq=False)
class _Search:
    """A day, its options, and the paid minutes that it may gain."""

    problem: RosterProblem
    before: Roster
    day: int
    whole: Options
    room: int
    params: TweakParams

    @cached_property
    def slots(self) -> slice:
        """Priced slots that some option can reach."""
        options = self.whole
        return slice(int(options.begin.min()), int(options.end.max())) if len(options.row) else slice(0, 1)

    @cached_property
    def options(self) -> Options:
        """All options, their slots counted from the first one within reach."""
        edges = {name: getattr(self.whole, name) - self.slots.start for name in ("begin", "away", "back", "end")}
        return self.whole._replace(**edges)

    @cached_property
    def curves(self) -> Curves:
        """Cost of coverage in the slots within reach."""
        goals = tuple(goal for goal in self.problem.rulebook.goals if goal.kind == COVERAGE)
        priced = replace(self.problem, rulebook=self.problem.rulebook.model_copy(update={"goals": goals}))
        first = int(self.problem.grid.day_slot[self.problem.first_open])
        return curves_of(priced, charges_of(priced)).of(slice(first + self.slots.start, first + self.slots.stop))

    @cached_property
    def others(self) -> IntArray:
        """Agents present who have no options; shape (groups, slots)."""
        which = np.zeros(self.before.symbol.shape, dtype=bool)
        which[:, max(self.day - 1, 0) : self.day + 3] = True
        which[self.options.row, self.day] = False
        return presence(self.problem, self.before, which)[:, self.slots]

    @cached_property
    def free(self) -> IntArray:
        """Shifts with more than one option."""
        return np.flatnonzero(np.diff(self.options.first) > 1)

    def lines(self, shifts: IntArray) -> tuple[AgentLine, ...]:
        """Lines of the agents of some shifts as they stand."""
        rows, before = self.options.row[shifts], self.before
        agents = tuple(self.problem.agents[a] for a in rows)
        parts = {name: getattr(before, name)[rows] for name in (*_IDLE, "symbol", "breaks")}
        one = replace(before, agents=tuple(agent.id for agent in agents), **parts)
        return agent_lines(replace(self.problem, agents=agents, base=one), one)

    def flow(self, chosen: IntArray) -> Flow:
        """Everyone at work as chosen."""
        flow = new_flow(self.curves, self.problem.group_mask)
        add_many(flow, self.others)
        put_all(flow, self.options, chosen)
        return flow

    def choose(self, options: Options) -> tuple[IntArray, float]:
        """Best choice found within the room, and the price of a paid minute at which the room suffices."""
        found = self._descend(options, options.first[:-1].copy(), 0.0, self.params.sweeps)
        low, high = 0.0, float((self.curves.last - self.curves.first).max(initial=1.0)) / self.problem.grid.minutes
        if options.extra[found].sum() <= self.room:
            return found, 0.0
        best = (np.inf, options.first[:-1].copy(), high)
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            found = self._descend(options, found, middle, 1)
            if options.extra[found].sum() <= self.room:
                filled = self._fill(options, found.copy())
                best, high = min(best, (self.cost(options, filled), filled, middle), key=lambda entry: entry[0]), middle
            else:
                low = middle
        return best[1], best[2]

    def amend(self, options: Options, chosen: IntArray, minute_price: float) -> tuple[IntArray, float]:
        """A choice without those of its options that are struck out; chosen anew if it no longer suffices."""
        chosen = np.where(np.isinf(options.cost[chosen]), options.first[:-1], chosen)
        if options.extra[chosen].sum() > self.room:
            return self.choose(options)
        flow = self.flow(chosen)
        for _ in range(AGAIN):
            answer_day(flow, options, chosen, self.free, 0.0, float(self.room))
        return chosen, minute_price

    def cost(self, options: Options, chosen: IntArray) -> float:
        """Coverage and what the options cost."""
        return cover_cost(self.flow(chosen)) + float(options.cost[chosen].sum())

    def _descend(self, options: Options, chosen: IntArray, minute_price: float, sweeps: int) -> IntArray:
        """Everyone's choice at a price per paid minute, from some choice on; the last of the sweeps are the sharpest."""
        chosen, rng = chosen.copy(), np.random.default_rng(self.params.seed)
        flow = self.flow(chosen)
        for width in (*WIDTHS, *[0.0] * sweeps)[:sweeps] if sweeps > 1 else (0.0,):
            answer_day(self._smooth(flow, width), options, chosen, rng.permutation(self.free), minute_price, np.inf)
        return chosen

    def _smooth(self, flow: Flow, width: float) -> Flow:
        """The flow under curves smoothed by a half-width that grows with the square root of the requirement."""
        required = self.curves.required
        return smoothed(flow, self.curves, width * np.sqrt(required / max(float(required.max(initial=0.0)), 1.0)))

    def _fill(self, options: Options, chosen: IntArray) -> IntArray:
        """Use up the room that a choice leaves, if it leaves any."""
        if options.extra[chosen].sum() <= self.room:
            flow = self.flow(chosen)
            answer_day(flow, options, chosen, self.free, 0.0, float(self.room))
        return chosen

    def roster(self, chosen: IntArray) -> Roster:
        """The roster with everyone as chosen."""
        parts = {name: getattr(self.before, name).copy() for name in ("start", "minutes", "meal", "breaks")}
        options = self.options
        for name, values in zip(parts, (options.start, options.length, options.meal, options.breaks), strict=True):
            parts[name][options.row, self.day] = values[chosen]
        return replace(self.before, **parts)

    def altered(self, line: AgentLine, o: int) -> AgentLine:
        """A line with option o on the day."""
        options = self.options
        duty, minutes = line.duties[self.day], int(options.length[o])
        start = self.before.instant(self.day, int(options.start[o]))
        paid = duty.paid_minutes + int(options.extra[o])
        template = self.problem.alphabet.shifts[self.problem.alphabet.codes.index(duty.code) - self.problem.alphabet.first_shift]
        meal = int(options.meal[o])
        changed = replace(
            duty,
            start=start,
            end=(start.astimezone(UTC) + timedelta(minutes=minutes)).astimezone(start.tzinfo),
            meal_start=None if meal < 0 else (start.astimezone(UTC) + timedelta(minutes=meal)).astimezone(start.tzinfo),
            paid_minutes=paid,
            night_minutes=night_minutes(int(options.start[o]), minutes),
            overtime_minutes=max(0, paid - template.paid_minutes),
        )
        return replace(line, duties=(*line.duties[: self.day], changed, *line.duties[self.day + 1 :]))

    def rule_costs(self, shifts: IntArray, chosen: IntArray) -> list[float]:
        """What the rules charge for the options chosen beyond staying; inf if one breaks a hard rule more than staying does."""
        return [self._rule_cost(line, int(o)) for line, o in zip(self.lines(shifts), chosen[shifts], strict=True)]

    def _rule_cost(self, line: AgentLine, o: int) -> float:
        specs = self.problem.binding(line.agent)
        after, stay = (_amounts(line_breaches(specs, one)) for one in (self.altered(line, o), line))
        return sum(_charge(spec, after.get(spec.id, 0.0) - stay.get(spec.id, 0.0)) for spec in specs)

    def bound(self, chosen: IntArray, minute_price: float, verdict: Verdict) -> float:
        """Bound on the cost of every tweak of this day; 0 without steps. Rules cost nothing for those who have a choice."""
        if self.params.bound_steps == 0:
            return 0.0
        options, agents = self.options, self.problem.agents
        free = {agents[a].id for a in options.row[self.free]}
        weight = {spec.id: spec.weight or 0.0 for spec in self.problem.rulebook.rules}
        certain = sum(cost for name, cost in verdict.costs.items() if name.startswith("goal.") and name not in _PRICED)
        certain += sum(weight[breach.rule] * breach.amount for breach in verdict.priced if breach.agent not in free)
        certain += verdict.costs.get(f"goal.{COVERAGE}", 0.0) - cover_cost(self.flow(chosen))

        def answer(total: FloatArray, _: IntArray | None) -> tuple[float, IntArray]:
            steps = np.zeros(total.shape, dtype=np.int64)
            value = least_costs(options, total, minute_price, steps)
            return value - minute_price * self.room + certain, steps.cumsum(axis=1)[:, :-1]

        dual = Dual(self.curves, self.problem.group_mask, self.others, 0, answer)
        start = slopes(self._smooth(self.flow(chosen), BOUND_WIDTH))
        cost = sum(verdict.costs.values())
        return max(0.0, climb(dual, start, self.params.bound_steps, np.inf, self.params.seed, keep_going, cost).bound)


COVERAGE = "coverage"
"""The goal that the day is searched for, beside what changes cost."""
_PRICED = (f"goal.{COVERAGE}", "goal.change")


def _charge(spec: RuleSpec, amount: float) -> float:
    """Price of some more breach of a rule."""
    return amount * spec.weight if spec.weight is not None else np.inf if amount > 0 else 0.0


def _amounts(breaches: list[Breach]) -> dict[str, float]:
    """Amount of breach of each rule."""
    amounts: dict[str, float] = {}
    for breach in breaches:
        amounts[breach.rule] = amounts.get(breach.rule, 0.0) + breach.amount
    return amounts


def _legal_choice(search: _Search) -> tuple[IntArray, float]:
    """Choose, strike out or price what breaks a rule, choose on, until nothing chosen is unknown."""
    options = search.options._replace(cost=search.options.cost.copy())
    known: dict[tuple[int, Variant], float] = {(i, _variant(options, int(o))): 0.0 for i, o in enumerate(options.first[:-1])}
    chosen, minute_price = search.choose(options)
    for left in reversed(range(ROUNDS)):
        news = [int(i) for i in search.free if (int(i), _variant(options, int(chosen[i]))) not in known]
        for i, price in zip(news, search.rule_costs(np.array(news, dtype=np.int64), chosen), strict=True):
            known[i, _variant(options, int(chosen[i]))] = price
            _surcharge(options, i, _variant(options, int(chosen[i])), price)
        if not any(known[i, _variant(options, int(chosen[i]))] for i in news):
            break
        if left == 0:
            _keep_only(options, known)
        chosen, minute_price = search.amend(options, chosen, minute_price)
    return chosen, minute_price


def _variant(options: Options, o: int) -> Variant:
    return int(options.start[o]), int(options.length[o])


def _surcharge(options: Options, i: int, variant: Variant, price: float) -> None:
    """Add a price to all options of a shift with the same times."""
    of = slice(options.first[i], options.first[i + 1])
    same = (options.start[of] == variant[0]) & (options.length[of] == variant[1])
    options.cost[of][same] += price


def _keep_only(options: Options, known: dict[tuple[int, Variant], float]) -> None:
    """Strike out every option whose times are not known to be legal."""
    for i in range(len(options.row)):
        for o in range(options.first[i], options.first[i + 1]):
            if (i, _variant(options, o)) not in known:
                options.cost[o] = np.inf
