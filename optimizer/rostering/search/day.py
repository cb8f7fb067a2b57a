"""The day: what is under way is frozen, the rest of the day bends: meals, overtime against time given back, shifts not begun.

Everyone chooses again and again against all others, at a price per paid minute that is raised until the hours allowed suffice;
then the room that is left is used up. Hard rules are looked at only for what was chosen: a choice that breaks one is struck out
and the day is chosen anew.
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
from optimizer.rostering.coverage import Flow, add_many, balance, cover_cost, new_flow, slopes, smoothed
from optimizer.rostering.frame import presence
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.ruling import line_breaches
from optimizer.rostering.search.options import Options, Variant, answer_day, least_costs, options_of, put_all
from optimizer.rostering.search.params import TweakParams
from optimizer.rostering.solution import Solution, Status, Unplaced, keep_going
from optimizer.rostering.verify import agent_lines, verify

WIDTHS = (1.5, 0.7, 0.0)
"""Half-widths of the smoothing in the first sweeps, agents."""
HALVINGS = 12
"""Prices of a paid minute that are tried."""
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
    origin = problem.origin | {"day": base.horizon.dates[day].isoformat()}
    return replace(base, codes=problem.alphabet.codes, symbol=symbol, **parts, parent=base.version, rhythm="day", origin=origin)


_IDLE = {"start": -1, "minutes": 0, "meal": -1, "meal_minutes": 0}


@dataclass(frozen=True, eq=False)
class _Search:
    """A day, its options, and the paid minutes that it may gain."""

    problem: RosterProblem
    before: Roster
    day: int
    options: Options
    room: int
    params: TweakParams

    @cached_property
    def required(self) -> FloatArray:
        problem = self.problem
        return problem.requirement.heads[:, int(problem.grid.day_slot[problem.first_open]) :].T.astype(np.float64)

    @cached_property
    def prices(self) -> FloatArray:
        return self.problem.prices * any(goal.kind == "coverage" for goal in self.problem.rulebook.goals)

    @cached_property
    def others(self) -> IntArray:
        """Agents present who have no options; shape (groups, slots)."""
        which = np.ones(self.before.symbol.shape, dtype=bool)
        which[self.options.row, self.day] = False
        return presence(self.problem, self.before, which)

    def stands(self, i: int) -> AgentLine:
        """Line of shift i's agent as it stands."""
        a, roster = int(self.options.row[i]), self.before
        one = replace(self.problem, agents=(self.problem.agents[a],), base=None)
        row = slice(a, a + 1)
        shape = roster.symbol[row], roster.start[row], roster.minutes[row], roster.meal[row], roster.meal_minutes[row]
        return agent_lines(one, Roster((one.agents[0].id,), roster.horizon, roster.codes, *shape))[0]

    def flow(self, chosen: IntArray) -> Flow:
        """Everyone at work as chosen."""
        flow = new_flow(self.required, self.prices, self.problem.group_mask)
        add_many(flow, self.others)
        put_all(flow, self.options, chosen)
        return flow

    def choose(self, options: Options) -> tuple[IntArray, float]:
        """Best choice found within the room, and the price of a paid minute at which the room suffices."""
        found = self._descend(options, 0.0)
        low, high = 0.0, float(self.prices.sum(axis=0).max(initial=1.0)) / self.problem.grid.minutes
        if options.extra[found].sum() <= self.room:
            return found, 0.0
        best = (np.inf, options.first[:-1].copy(), high)
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            found = self._fill(options, self._descend(options, middle))
            if options.extra[found].sum() <= self.room:
                best, high = min(best, (self.cost(options, found), found, middle), key=lambda entry: entry[0]), middle
            else:
                low = middle
        return best[1], best[2]

    def cost(self, options: Options, chosen: IntArray) -> float:
        """Coverage and what the options cost."""
        return cover_cost(self.flow(chosen)) + float(options.cost[chosen].sum())

    def _descend(self, options: Options, minute_price: float) -> IntArray:
        """Everyone's choice at a price per paid minute."""
        chosen, rng = options.first[:-1].copy(), np.random.default_rng(self.params.seed)
        flow = self.flow(chosen)
        for sweep in range(self.params.sweeps):
            smooth = smoothed(flow, WIDTHS[min(sweep, len(WIDTHS) - 1)])
            balance(smooth)
            answer_day(smooth, options, chosen, rng.permutation(len(chosen)), minute_price, np.inf)
        return chosen

    def _fill(self, options: Options, chosen: IntArray) -> IntArray:
        """Use up the room that a choice leaves, if it leaves any."""
        if options.extra[chosen].sum() <= self.room:
            flow = self.flow(chosen)
            answer_day(flow, options, chosen, np.arange(len(chosen)), 0.0, float(self.room))
        return chosen

    def roster(self, chosen: IntArray) -> Roster:
        """The roster with everyone as chosen."""
        parts = {name: getattr(self.before, name).copy() for name in ("start", "minutes", "meal")}
        for name, values in (("start", self.options.start), ("minutes", self.options.length), ("meal", self.options.meal)):
            parts[name][self.options.row, self.day] = values[chosen]
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

    def rule_cost(self, i: int, o: int) -> float:
        """What the rules charge for option o beyond staying; inf if it breaks a hard rule more than staying does."""
        line = self.stands(i)
        specs = self.problem.binding(line.agent)
        after, stay = (_amounts(line_breaches(specs, one)) for one in (self.altered(line, o), line))
        return sum(_charge(spec, after.get(spec.id, 0.0) - stay.get(spec.id, 0.0)) for spec in specs)

    def bound(self, chosen: IntArray, minute_price: float, verdict: Verdict) -> float:
        """Bound on the cost of every tweak of this day; 0 without steps. Rules cost nothing for those who may choose."""
        if self.params.bound_steps == 0:
            return 0.0
        options, agents = self.options, self.problem.agents
        free = {agents[a].id for a in options.row}
        weight = {spec.id: spec.weight or 0.0 for spec in self.problem.rulebook.rules}
        certain = sum(cost for name, cost in verdict.costs.items() if name.startswith("goal.") and name not in _PRICED)
        certain += sum(weight[breach.rule] * breach.amount for breach in verdict.priced if breach.agent not in free)

        def answer(total: FloatArray, _: IntArray | None) -> tuple[float, IntArray]:
            steps = np.zeros(total.shape, dtype=np.int64)
            value = least_costs(options, total, minute_price, steps)
            return value - minute_price * self.room + certain, steps.cumsum(axis=1)[:, :-1]

        dual = Dual(self.required, self.prices, self.problem.group_mask, self.others, 0, answer)
        start = slopes(smoothed(self.flow(chosen), BOUND_WIDTH))
        cost = sum(verdict.costs.values())
        return max(0.0, climb(dual, start, self.params.bound_steps, np.inf, self.params.seed, keep_going, cost))


_PRICED = ("goal.coverage", "goal.change")


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
    """Choose, strike out or price what breaks a rule, choose again, until nothing chosen is unknown."""
    options = search.options._replace(cost=search.options.cost.copy())
    known: dict[tuple[int, Variant], float] = {(i, _variant(options, int(o))): 0.0 for i, o in enumerate(options.first[:-1])}
    chosen, minute_price = options.first[:-1], 0.0
    for last in [False] * ROUNDS + [True]:
        if last:
            _keep_only(options, known)
        chosen, minute_price = search.choose(options)
        news = [i for i, o in enumerate(chosen) if (i, _variant(options, int(o))) not in known]
        for i in news:
            variant = _variant(options, int(chosen[i]))
            known[i, variant] = search.rule_cost(i, int(chosen[i]))
            _surcharge(options, i, variant, known[i, variant])
        if not any(known[i, _variant(options, int(chosen[i]))] for i in news):
            break
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
