"""The smallest set of rules that cannot be kept together."""

from dataclasses import replace
from itertools import combinations

import pytest
from explain_case import FIRST, plain_problem
from hypothesis import given, settings
from hypothesis import strategies as st

from data.model.errors import SolverFailure
from data.model.people import Absence
from data.model.rulebook import Rulebook, RuleSpec
from optimizer.rostering.explain.law import LEAVE, Law, smallest_conflict
from optimizer.rostering.product import TableStore

NAMES = tuple("abcdef")
SETS = st.lists(st.frozensets(st.sampled_from(NAMES), min_size=1, max_size=4), min_size=1, max_size=5)


@settings(max_examples=200, deadline=None)
@given(SETS)
def test_no_smaller_set_is_in_conflict_and_every_correction_is_enough_with_none_to_spare(wrong: list[frozenset[str]]) -> None:
    def obeyed(kept: frozenset[str]) -> bool:
        return not any(one <= kept for one in wrong)

    conflict, corrections = smallest_conflict(NAMES, obeyed)
    assert not obeyed(conflict)
    assert len(conflict) == min(len(one) for one in wrong)
    for left_out in corrections:
        kept = frozenset(NAMES) - left_out
        assert obeyed(kept)
        assert not any(obeyed(kept | {name}) for name in left_out)


def test_a_conflict_without_any_rule_is_empty() -> None:
    assert smallest_conflict(NAMES, lambda _: False) == (frozenset(), [])


def law(*rules: RuleSpec, absences: tuple[Absence, ...] = ()) -> Law:
    """Five days of agent g0 under some rules."""
    problem = replace(plain_problem(0), rulebook=Rulebook(id="r", rules=rules), absences=absences, wishes=())
    return Law(problem, 0, TableStore())


LEAST = RuleSpec(id="least", kind="hours", numbers={"period": "plan", "min_minutes": 4 * 480})
RUN = RuleSpec(id="run", kind="run_length", numbers={"max_days": 1})
IDLE = RuleSpec(id="idle", kind="rest_between_shifts", numbers={"rest_minutes": 60})


def test_rules_that_say_nothing_here_stay_out_of_the_conflict() -> None:
    assert law(IDLE, RUN, LEAST).conflict()[0] == {"run", "least"}
    assert law(IDLE, RUN).obeyed({"idle", "run"})
    with pytest.raises(SolverFailure, match="g0: the rules can be kept together"):
        law(IDLE, RUN).conflict()


@pytest.mark.parametrize("told", [(), (RuleSpec(id="own.leave", kind="leave"),)], ids=["no rule", "a rule"])
def test_leave_is_a_rule_whether_the_rulebook_says_so_or_not(told: tuple[RuleSpec, ...]) -> None:
    absences = (Absence(agent="g0", first=FIRST, last=FIRST.replace(day=3), code="UL", paid=False),)
    made = law(LEAST, *told, absences=absences)
    name = told[0].id if told else LEAVE
    assert made.conflict()[0] == {"least", name}
    assert made.obeyed({"least"})
    assert made.obeyed({name})


def test_every_conflict_is_one_by_brute_force() -> None:
    made = law(IDLE, RUN, LEAST, RuleSpec(id="free", kind="days_off", numbers={"period": "plan", "min_days": 3}))
    names = tuple(made.hard)
    wrong = [set(c) for n in range(len(names) + 1) for c in combinations(names, n) if not made.obeyed(c)]
    assert len(made.conflict()[0]) == min(len(c) for c in wrong)
    assert set(made.conflict()[0]) in wrong
