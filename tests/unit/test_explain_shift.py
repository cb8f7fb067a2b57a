"""Why this shift: every answer against all lines that there are."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from explain_case import DAYS, FIRST, every_line, plain_problem, planned

from data.model.errors import NotFound
from data.model.people import Absence, Wish
from optimizer.rostering.explain import stage_of, why_refused, why_shift
from optimizer.rostering.explain.stage import difference
from optimizer.rostering.verify import verify

SEEDS = (1, 4, 9)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("day", [0, 3])
def test_the_price_of_every_alternative_is_that_of_the_best_of_all_lines(seed: int, day: int) -> None:
    problem = plain_problem(seed)
    roster = planned(problem)
    stage, a = stage_of(problem, roster), 1
    lines = list(every_line(problem, stage.roster, a))
    reason = why_shift(stage, "g1", FIRST + timedelta(days=day))
    before = sum(verify(problem, roster).costs.values())
    assert len(reason.alternatives) == 2
    for other in reason.alternatives:
        symbol = problem.alphabet.codes.index(other.code)
        legal = [sum(v.costs.values()) - before for line, v in lines if line[day] == symbol and v.legal]
        assert other.legal == bool(legal)
        assert other.cost == pytest.approx(min(legal, default=np.inf))
    assert [other.cost for other in reason.alternatives] == sorted(other.cost for other in reason.alternatives)


@pytest.mark.parametrize("agent", ["g0", "g3"])
def test_costs_are_split_as_the_verifier_splits_them_and_other_days_are_told(agent: str) -> None:
    problem = plain_problem(1)
    stage, row, codes = stage_of(problem, planned(problem)), problem.index[agent], problem.alphabet.codes
    before, own = verify(problem, stage.roster).costs, [codes[s] for s in stage.roster.symbol[row]]
    verdicts = {tuple(codes[s] for s in line): verdict for line, verdict in every_line(problem, stage.roster, row)}
    for d in range(DAYS):
        reason = why_shift(stage, agent, FIRST + timedelta(days=d))
        bare = verdicts[*own[:d], "-", *own[d + 1 :]]
        assert reason.without == pytest.approx(difference(before, bare.costs) if own[d] != "-" else {})
        for other in (other for other in reason.alternatives if other.legal):
            changed = {(day - FIRST).days: (was, now) for day, was, now in other.changes}
            assert d not in changed
            assert all(own[k] == was for k, (was, _) in changed.items())
            line = tuple(other.code if k == d else changed.get(k, (code, code))[1] for k, code in enumerate(own))
            assert verdicts[line].legal
            assert other.costs == pytest.approx(difference(before, verdicts[line].costs))


def test_a_question_leaves_the_stage_as_it_was() -> None:
    problem = plain_problem(4)
    stage = stage_of(problem, planned(problem))
    asked = [("g0", 1), ("g2", 3), ("g1", 0)]
    first = [why_shift(stage, agent, FIRST + timedelta(days=d)) for agent, d in asked]
    assert [why_shift(stage, agent, FIRST + timedelta(days=d)) for agent, d in reversed(asked)] == first[::-1]


def test_a_forbidden_alternative_names_the_rules_that_forbid() -> None:
    problem = plain_problem(1)
    leave = Absence(agent="g1", first=FIRST, last=FIRST)
    from_leave = replace(problem, absences=(leave,))
    stage = stage_of(from_leave, planned(from_leave))
    reason = why_shift(stage, "g1", FIRST)
    assert reason.code == "AL"
    assert reason.without == {}
    assert {other.code: other.forbidden for other in reason.alternatives} == {"-": ("leave",), "E": ("leave",), "L": ("leave",)}
    assert reason.best


def test_wishes_are_granted_or_priced() -> None:
    problem = plain_problem(4)
    stage = stage_of(problem, planned(problem))
    codes = [problem.alphabet.codes[s] for s in stage.roster.symbol[2]]
    d = next(k for k, code in enumerate(codes) if code != "-")
    day = FIRST + timedelta(days=d)
    granted = why_refused(stage, Wish(agent="g2", day=day, kind="on", shift=codes[d]))
    assert (granted.granted, granted.granting) == (True, None)
    for kind, shift in (("off", ""), ("avoid", codes[d])):
        told = why_refused(stage, Wish(agent="g2", day=day, kind=kind, shift=shift))
        assert not told.granted
        allowed = [k for k, code in enumerate(problem.alphabet.codes) if (code == "-" if kind == "off" else code != codes[d])]
        before = sum(verify(problem, stage.roster).costs.values())
        legal = [
            sum(v.costs.values()) - before for line, v in every_line(problem, stage.roster, 2) if line[d] in allowed and v.legal
        ]
        assert told.granting is not None
        assert told.granting.cost == pytest.approx(min(legal, default=np.inf))


def test_days_that_stand_and_strangers() -> None:
    problem = plain_problem(1)
    roster = planned(problem)
    week = replace(problem, base=roster, first_open=2, end_open=4)
    stage = stage_of(week, roster)
    for d, frozen in ((1, True), (2, False), (4, True)):
        reason = why_shift(stage, "g0", FIRST + timedelta(days=d))
        assert (reason.frozen, bool(reason.alternatives)) == (frozen, not frozen)
    for other in why_shift(stage, "g0", FIRST + timedelta(days=2)).alternatives:
        assert {day.day for day, _, _ in other.changes} <= {4}
    with pytest.raises(NotFound, match="nobody"):
        why_shift(stage, "nobody", FIRST)
    with pytest.raises(NotFound):
        why_shift(stage, "g0", FIRST + timedelta(days=DAYS))
