"""Whatever is granted leaves a roster in which the verifier finds no breach that was not there before, and nothing that is none."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from explain_case import DAYS, FIRST
from hypothesis import given, settings
from hypothesis import strategies as st
from roster_case import random_problem

from data.model.pauses import Break
from data.model.people import Protection
from data.model.request import Cover, EarlyLeave, GiveAway, Leave, Overtime, Request, RequestPolicy, Swap, Terms
from data.model.roster import Roster, ShiftTemplate
from data.model.rulebook import RuleSpec
from optimizer.rostering.frame import Lines, frame_of
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.requests import judge
from optimizer.rostering.requests.causes import OPEN
from optimizer.rostering.verify import verify

NOW = datetime(2026, 6, 1, 10, tzinfo=ZoneInfo("Asia/Shanghai"))
EASY = Terms(notice_hours=0, most_added_chance=1, most_service_lost=1, most_a_month=99)
POLICY = RequestPolicy(**dict.fromkeys(RequestPolicy.model_fields, EASY))
MORE_RULES = (
    RuleSpec(id="overtime", kind="overtime", numbers={"max_day_minutes": 120}),
    RuleSpec(id="protection", kind="protection"),
    RuleSpec(id="leave", kind="leave"),
)
AGENTS = 5
BUSY = ShiftTemplate(
    code="B", start=time(9), minutes=480, meal_minutes=60, meal_earliest=180, meal_latest=240, meal_step=30, max_phone_minutes=180,
    breaks=(Break(minutes=15, earliest=90, latest=120, step=15), Break(minutes=15, earliest=330, latest=405, step=15)),
)  # fmt: skip


def random_roster(seed: int) -> tuple[RosterProblem, Roster]:
    """Random lines, legal or not, with random plans of the pauses; one shift has breaks."""
    rng = np.random.default_rng(seed)
    problem = random_problem(rng, AGENTS, DAYS, 3)
    contract = problem.centre.contracts[0].model_copy(update={"shifts": ("E", "L", "N", "B")})
    centre = problem.centre.model_copy(update={"shifts": (*problem.centre.shifts, BUSY), "contracts": (contract,)})
    guard = Protection(no_night=bool(rng.integers(2)), no_overtime=bool(rng.integers(2)))
    agents = (*problem.agents[:-1], problem.agents[-1].model_copy(update={"protection": guard}))
    rulebook = problem.rulebook.model_copy(update={"rules": (*problem.rulebook.rules, *MORE_RULES)})
    problem = replace(problem, centre=centre, agents=agents, rulebook=rulebook)
    shape = AGENTS, DAYS
    symbol = np.where(rng.random(shape) < 0.4, 0, rng.integers(problem.alphabet.first_shift, len(problem.alphabet.codes), shape))
    symbol = np.where(problem.leave >= 0, problem.leave, symbol)
    frame = frame_of(problem)
    plans = frame.plans.count[symbol]
    return problem, frame.roster(Lines(symbol, np.where(plans > 0, rng.integers(0, 1000, shape) % np.maximum(plans, 1), -1)), {})


@st.composite
def requests(draw: st.DrawFn) -> Request:
    agent, other = (f"g{draw(st.integers(0, AGENTS - 1))}" for _ in range(2))
    days = [FIRST + timedelta(days=draw(st.integers(0, DAYS - 1))) for _ in range(2)]
    common = {"id": "r", "agent": agent, "made_at": NOW}
    minutes = draw(st.integers(1, 16)) * 15
    kind = draw(st.sampled_from(["swap", "cover", "give_away", "overtime", "early_leave", "leave"]))
    if kind == "swap":
        return Swap(**common, other=other, days=tuple(dict.fromkeys(days)))
    if kind == "cover":
        instead = days[1] if days[1] != days[0] and draw(st.booleans()) else None
        return Cover(**common, other=other, day=days[0], instead=instead)
    if kind == "give_away":
        return GiveAway(**common, day=days[0], takers=tuple(f"g{k}" for k in range(AGENTS)))
    if kind == "overtime":
        return Overtime(**common, day=days[0], minutes=minutes, before=draw(st.booleans()))
    if kind == "early_leave":
        return EarlyLeave(**common, day=days[0], minutes=minutes)
    return Leave(**common, first=min(days), last=max(days), code=draw(st.sampled_from(["AL", "SL"])))


def broken(problem: RosterProblem, roster: Roster) -> tuple[dict[tuple[str, str], float], set[str]]:
    """Amounts of breach of hard rules by agent and rule, and faults."""
    verdict, amounts = verify(problem, roster), dict[tuple[str, str], float]()
    for breach in verdict.breaches:
        amounts[breach.agent, breach.rule] = amounts.get((breach.agent, breach.rule), 0.0) + breach.amount
    return amounts, set(verdict.faults)


@settings(max_examples=120, deadline=None)
@given(st.integers(0, 40), st.lists(requests(), min_size=1, max_size=6))
def test_what_is_granted_breaks_nothing_that_was_kept(seed: int, asked: list[Request]) -> None:
    problem, roster = random_roster(seed)
    start = roster
    for request in asked:
        judged = judge(problem, roster, request, POLICY, NOW, most=0)
        assert (judged.roster is not None) == (judged.decision.outcome == "granted") == (not judged.decision.reasons)
        if judged.roster is None:
            continue
        known = replace(problem, absences=(*problem.absences, *judged.absences))
        before, faults = broken(replace(problem, base=roster, rhythm="day"), roster)
        after, more = broken(replace(known, base=roster, rhythm="day"), judged.roster)
        assert more <= faults
        assert all(amount <= before.get(key, 0.0) + 1e-9 for key, amount in after.items()), (request, before, after)
        problem, roster = known, judged.roster
    assert (start.symbol == random_roster(seed)[1].symbol).all()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 40), requests())
def test_what_a_leader_lets_pass_keeps_the_rules(seed: int, request: Request) -> None:
    problem, roster = random_roster(seed)
    strict = POLICY.model_copy(update={request.kind: Terms(answer="review", most_added_chance=0, most_service_lost=0)})
    found = judge(problem, roster, request, strict, NOW, most=0).decision
    again = judge(problem, roster, request, strict.overruled(request.kind), NOW, most=0).decision
    if found.outcome == "to_leader":
        assert again.outcome == "granted"
    assert (found.outcome == "refused") == any(reason.cause not in OPEN for reason in found.reasons)
    assert found.outcome != "granted"


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 40), requests())
def test_alternatives_would_be_granted(seed: int, request: Request) -> None:
    problem, roster = random_roster(seed)
    for alternative in judge(problem, roster, request, POLICY, NOW, most=3).decision.alternatives:
        if request.kind == "leave":
            other = request.model_copy(update={"first": alternative.days[0], "last": alternative.days[-1]})
        elif request.kind in ("overtime", "early_leave"):
            other = request.model_copy(update={"minutes": alternative.minutes})
        elif alternative.kind == "swap":
            other = Swap(id="r", agent=request.agent, other=alternative.agent, days=alternative.days, made_at=NOW)
        else:
            common = {"id": "r", "agent": request.agent, "made_at": NOW, "day": alternative.days[0]}
            other = Cover(**common, other=alternative.agent, instead=alternative.instead)
        assert judge(problem, roster, other, POLICY, NOW, most=0).decision.outcome == "granted"
