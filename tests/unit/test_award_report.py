"""Who can earn points and who holds how many; protected agents as a count alone."""

from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pytest
from roster_case import problem_of

from data.model.people import Absence, Agent, Protection
from data.model.points import Entry, PointsPolicy, Reason, budget_account
from data.model.points_ledger import Ledger
from data.model.rulebook import RuleSpec
from optimizer.response.award.report import PointsReport, gini, points_report
from optimizer.rostering.problem import RosterProblem

AT = datetime(2026, 6, 30, tzinfo=UTC)
DAYS = 5
RULES = (RuleSpec(id="protection", kind="protection"),)
PRICES = np.tile(np.where(np.arange(24 * DAYS) % 24 < 8, 20.0, 1.0), (2, 1))


def changed(**updates: dict[str, object]) -> RosterProblem:
    """Five days from Monday: nights are dear and the only unpopular duty; agents by id with other fields."""
    problem = problem_of(np.ones((2, 24 * DAYS), dtype=np.int64), (("a",), ("a",), ("b",), ("b",)), 3, RULES)
    agents = tuple(agent.model_copy(update={"team": "t"} | updates.get(agent.id, {})) for agent in problem.agents)
    return replace(problem, agents=agents)


def report(problem: RosterProblem, ledger: Ledger | None = None, prices: np.ndarray = PRICES) -> PointsReport:
    return points_report(problem, prices, ledger or Ledger(PointsPolicy(month_budget=100)), AT)


def shares(found: PointsReport, kind: str, name: str) -> tuple[int, list[float], float]:
    (group,) = (group for group in found.chances if (group.kind, group.name) == (kind, name))
    return group.agents, [group.shares[r] for r in (Reason.CALL_IN, Reason.OVERTIME, Reason.UNPOPULAR)], group.any_share


def test_chances_are_told_by_contract_team_and_night_ban() -> None:
    ban = {"protection": Protection(no_night=True)}
    found = report(
        changed(g0={"echelon": "e1", "team": "u"}, g1=ban, g2={"protection": Protection(no_night=True, no_overtime=True)})
    )
    assert shares(found, "contract", "c") == (4, [0.25, 0.75, 0.5], 0.75)
    assert shares(found, "team", "u") == (1, [1, 1, 1], 1)
    assert shares(found, "night_ban", "yes") == (2, [0, 0.5, 0], 0.5)
    assert shares(found, "night_ban", "no") == (2, [0.5, 1, 1], 1)
    assert (found.protected, found.protected_earning) == (2, 1)


def test_nobody_can_earn_where_nothing_is_worth_anything_or_all_are_away() -> None:
    assert shares(report(changed(), prices=np.zeros_like(PRICES)), "contract", "c") == (4, [0, 0, 0], 0)
    problem = changed(g0={"echelon": "e1"})
    days = {"first": date(2026, 6, 1), "last": date(2026, 6, 5)}
    away = replace(problem, absences=tuple(Absence(agent=agent.id, **days) for agent in problem.agents))
    assert shares(report(away), "contract", "c") == (4, [0, 0, 0], 0)


def test_a_protection_that_has_ended_bars_nothing() -> None:
    ended = {"protection": Protection(no_night=True, no_overtime=True, until=date(2026, 5, 31))}
    found = report(changed(g0=ended))
    assert (found.protected, shares(found, "night_ban", "no")[0]) == (0, 4)


def test_holdings_are_told_by_quantiles_and_gini() -> None:
    account = budget_account("2026-06")
    entries = [Entry.moved(f"e{k}", AT, Reason.OVERTIME, f"g{k}", 10 * k, account) for k in (1, 2, 3)]
    found = report(changed(), Ledger.of(PointsPolicy(month_budget=100), entries))
    assert found.total == 60
    assert (found.quantiles[0.0], found.quantiles[0.5], found.quantiles[1.0]) == (0, 15, 30)
    pairs = np.abs(np.subtract.outer([0, 10, 20, 30], [0, 10, 20, 30])).mean()
    assert found.gini == pytest.approx(pairs / (2 * 15))


def test_gini_is_nothing_where_all_hold_the_same() -> None:
    assert gini(np.array([5, 5, 5])) == 0
    assert gini(np.array([0, 0])) == 0
    assert gini(np.array([0, 0, 0, 8])) == pytest.approx(0.75)


def test_agents_are_told_from_the_problem() -> None:
    assert all(isinstance(agent, Agent) for agent in changed().agents)
