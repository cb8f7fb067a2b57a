"""The two-stage programme of the sizes as a linear model (OR-Tools MathOpt, HiGHS).

First stage: members of each tier on standby. Second stage, in every gap of every scenario: who comes of each tier and what stays
missing. Members who come are at most the share of the tier that answers, on a day and, with a cap, in a month. The worst days are
bounded by their conditional value at risk.

References
----------
Birge, Louveaux, Introduction to Stochastic Programming (2nd ed. 2011), ch. 2; Rockafellar, Uryasev, Optimization of conditional
value-at-risk (2000), doi:10.21314/JOR.2000.038.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from ortools.math_opt.python import mathopt

from data.model.base import FloatArray
from data.model.centre import EchelonTier
from data.model.echelon_size import SizingPolicy
from data.model.errors import SolverFailure
from optimizer.response.sizing.gaps import Gaps

SOLVED = (mathopt.TerminationReason.OPTIMAL, mathopt.TerminationReason.FEASIBLE)
INFINITY = float("inf")


@dataclass(frozen=True, eq=False)
class Plan:
    """A solution of the programme; costs are a day.

    Parameters
    ----------
    sizes : array of float, shape (tiers,)
    standby, called, missing : float
    hours : array of float, shape (days of all scenarios,)
        Agent-hours missing.
    each : array of float, shape (scenarios,)
        Cost of a day of each scenario, standby and all.
    objective : float
        Value of the programme.
    tail_price : float
        What an hour less on the worst days costs at the margin: the price of the bound, 0 where it does not bind.
    """

    sizes: FloatArray
    standby: float
    called: float
    missing: float
    hours: FloatArray
    each: FloatArray
    objective: float
    tail_price: float

    def tail_hours(self, share: float) -> float:
        """Agent-hours missing on a mean day of the worst share of the days."""
        worst, many = np.sort(self.hours)[::-1], share * self.hours.size
        whole = int(many)
        rest = (many - whole) * worst[whole] if whole < worst.size else 0.0
        return float((worst[:whole].sum() + rest) / many)


class Programme:
    """The programme of some gaps, built once and solved for many bounds and sizes."""

    def __init__(self, gaps: Gaps, tiers: Sequence[EchelonTier], policy: SizingPolicy, pay_hour: float, most: int):
        self.gaps, self.tiers, self.policy, self.most = gaps, tiers, policy, most
        self.model = mathopt.Model(name="echelons")
        self.standby = np.array([tier.standby_cost * policy.standby_hours * pay_hour for tier in tiers])
        paid = np.maximum(gaps.reach, np.array([tier.least_paid_minutes / 60 for tier in tiers]))
        self.pay = paid * np.array([tier.hour_cost for tier in tiers]) * pay_hour
        self.sizes = [self.model.add_variable(lb=0, ub=most) for _ in tiers]
        self.missing = [self.model.add_variable(lb=0) for _ in gaps.hours]
        self.calls = [[self._call(float(hours)) for hours in row] for row in gaps.reach]
        self._cover()
        self._limits()
        self.bound = self._tail()
        self._prices()

    def _call(self, reach: float) -> mathopt.Variable | None:
        return self.model.add_variable(lb=0) if reach > 0 else None

    def _cover(self) -> None:
        """What is missing and what those who come do are the gap."""
        helps = self.gaps.reach * np.array([tier.efficiency for tier in self.tiers])
        for g, hours in enumerate(self.gaps.hours.tolist()):
            row = self.model.add_linear_constraint(lb=hours)
            row.set_coefficient(self.missing[g], 1.0)
            for i, call in enumerate(self.calls[g]):
                if call is not None:
                    row.set_coefficient(call, float(helps[g, i]))

    def _limits(self) -> None:
        """Duties of a tier on a day, and in a month where there is a cap."""
        gaps, days = self.gaps, len(self.gaps.month)
        by_day = gaps.scenario * days + gaps.day
        by_month = gaps.scenario * 10**6 + gaps.month[gaps.day]
        for i, tier in enumerate(self.tiers):
            self._limit(i, by_day.tolist(), 1)
            if tier.month_cap is not None:
                self._limit(i, by_month.tolist(), tier.month_cap)

    def _limit(self, tier: int, group: list[int], duties: int) -> None:
        rows: dict[int, mathopt.LinearConstraint] = {}
        come = self.tiers[tier].answer_share * duties
        for g, key in enumerate(group):
            call = self.calls[g][tier]
            if call is None:
                continue
            if key not in rows:
                rows[key] = self.model.add_linear_constraint(ub=0.0)
                rows[key].set_coefficient(self.sizes[tier], -come)
            rows[key].set_coefficient(call, 1.0)

    def _tail(self) -> mathopt.LinearConstraint:
        """Conditional value at risk of the agent-hours missing on a day, at most the bound of the row that is given back."""
        gaps, days = self.gaps, len(self.gaps.month)
        self.level = self.model.add_variable(lb=0)
        self.beyond: dict[int, mathopt.Variable] = {}
        rows: dict[int, mathopt.LinearConstraint] = {}
        for g, key in enumerate((gaps.scenario * days + gaps.day).tolist()):
            if key not in rows:
                self.beyond[key] = self.model.add_variable(lb=0)
                rows[key] = self.model.add_linear_constraint(lb=0.0)
                rows[key].set_coefficient(self.beyond[key], 1.0)
                rows[key].set_coefficient(self.level, 1.0)
            rows[key].set_coefficient(self.missing[g], -1.0)
        bound = self.model.add_linear_constraint(ub=INFINITY)
        bound.set_coefficient(self.level, 1.0)
        for beyond in self.beyond.values():
            bound.set_coefficient(beyond, 1 / (self.policy.tail * gaps.days))
        return bound

    def _prices(self) -> None:
        goal, gaps = self.model.objective, self.gaps
        for size, cost in zip(self.sizes, self.standby.tolist(), strict=True):
            goal.set_linear_coefficient(size, cost)
        for g, price in enumerate((gaps.price / gaps.days).tolist()):
            goal.set_linear_coefficient(self.missing[g], price)
            for call, pay in zip(self.calls[g], (self.pay[g] / gaps.days).tolist(), strict=True):
                if call is not None:
                    goal.set_linear_coefficient(call, pay)

    def solve(self, bound: float = INFINITY, sizes: Sequence[int] | None = None, tail_price: float = 0.0) -> Plan | None:
        """The cheapest plan, in which members come in fractions; None if the bound cannot be kept.

        Parameters
        ----------
        bound : float
            Most agent-hours missing on a mean day of the worst ones.
        sizes : sequence of int or None
            Members of each tier; None = those that cost least, fractions too.
        tail_price : float
            An hour on the worst days costs so much more.

        Raises
        ------
        SolverFailure
            The solver refuses the model.
        """
        self._set(bound, sizes, tail_price)
        found = mathopt.solve(self.model, mathopt.SolverType.HIGHS)
        reason = found.termination.reason
        if reason in (mathopt.TerminationReason.INFEASIBLE, mathopt.TerminationReason.INFEASIBLE_OR_UNBOUNDED):
            return None
        if reason not in SOLVED:
            raise SolverFailure(f"MathOpt answers {reason.name}: {found.termination.detail}")
        return self._plan(found)

    def _set(self, bound: float, sizes: Sequence[int] | None, tail_price: float) -> None:
        self.bound.upper_bound = bound
        for i, variable in enumerate(self.sizes):
            variable.lower_bound, variable.upper_bound = (0, self.most) if sizes is None else (sizes[i], sizes[i])
        self.model.objective.set_linear_coefficient(self.level, tail_price)
        for beyond in self.beyond.values():
            self.model.objective.set_linear_coefficient(beyond, tail_price / (self.policy.tail * self.gaps.days))

    def _plan(self, found: mathopt.SolveResult) -> Plan:
        gaps, each_day = self.gaps, len(self.gaps.month)
        sizes, hours = (np.array(found.variable_values(many)) for many in (self.sizes, self.missing))
        missing, called = gaps.price * hours, (self.pay * self._values(found)).sum(axis=1)
        standby = float(sizes @ self.standby)
        by_scenario = np.bincount(gaps.scenario, missing + called, minlength=gaps.scenarios)
        by_day = np.bincount(gaps.scenario * each_day + gaps.day, hours, minlength=gaps.days).astype(np.float64)
        return Plan(
            sizes,
            standby,
            float(called.sum()) / gaps.days,
            float(missing.sum()) / gaps.days,
            by_day,
            standby + by_scenario / each_day,
            found.objective_value(),
            max(0.0, -found.dual_values(self.bound)),
        )

    def _values(self, found: mathopt.SolveResult) -> FloatArray:
        """Members who come in each gap; shape (gaps, tiers)."""
        known = [call for row in self.calls for call in row if call is not None]
        values = np.zeros(self.gaps.reach.shape)
        values[self.gaps.reach > 0] = found.variable_values(known)
        return values
