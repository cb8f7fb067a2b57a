"""Proposals of a day: each keeps the rules alone and with the others, in any order, or is refused with a reason."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from roster_case import otherwise, requirement_of

from data.model.base import FloatArray, IntArray
from data.model.book import numbered
from data.model.centre import EchelonTier
from data.model.offphone import Debt, Placement, Task
from data.model.proposal import COSTLY, Proposal, ProposalBook, ProposalPolicy
from data.model.response import Activation
from data.model.roster import Roster
from data.model.rulebook import RuleSpec
from data.model.splice import with_shift
from optimizer.response.tweak.acts import (
    Act,
    Look,
    activity_acts,
    call_in_acts,
    compatible,
    kept,
    proposal_of,
    roster_acts,
    together,
)
from optimizer.response.tweak.apply import Applied, apply_all, debts_after
from optimizer.response.tweak.effect import saved
from optimizer.response.tweak.offers import duties, early_acts
from optimizer.response.tweak.queues import queue_acts
from optimizer.response.tweak.signal import Signal
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.requests import Chance, desk_of
from optimizer.rostering.search import TweakParams, tweak
from optimizer.rostering.verify import verify

RULES = (
    RuleSpec(id="rest", kind="rest_between_shifts", numbers={"rest_minutes": 660}),
    RuleSpec(id="hours", kind="hours", numbers={"min_minutes": 480 * 2, "max_minutes": 480 * 3 + 120}),
    RuleSpec(id="overtime", kind="overtime", numbers={"max_day_minutes": 120}),
    RuleSpec(id="leave", kind="leave"),
)
SKILLS = (("a",), ("a", "b"), ("b",), ("a",), ("a", "b"), ("b",), ("a",), ("a", "b"))
CHEAP = {"change_cost": 0.1, "move_cost": 0.05, "overtime_cost": 0.2, "early_cost": 0.1}
POLICY = ProposalPolicy(notice_minutes=60, step_minutes=60, expiry_minutes=90, calm_threshold=0.3)
PARAMS = TweakParams(
    notice_minutes=60, step_minutes=60, max_early_minutes=0, max_shift_minutes=0, max_extra_paid_minutes=600, bound_steps=0
)
MORE, LESS = {"more": True, "less": False}, {"more": False, "less": True}


def signals(more: bool, less: bool) -> tuple[Signal, ...]:
    return tuple(Signal(name, (0, 0), 0.5 * more, 0.05, more, less) for name in ("a", "b"))


def chance_of(problem: RosterProblem) -> Chance:
    """The share of the heads that is missing."""
    heads = problem.requirement.heads

    def chance(row: int, slots: IntArray, available: FloatArray) -> FloatArray:
        return np.clip(1 - available / np.maximum(heads[row, slots], 1e-9), 0.0, 1.0)

    return chance


@cache
def planned(seed: int) -> tuple[RosterProblem, Roster, datetime]:
    """Four planned days; on the second, at ten, the calls are others than planned."""
    changed, at = otherwise(seed, 4, SKILLS, RULES, CHEAP)
    assert changed.base is not None
    return changed, replace(changed.base, version="v001-month"), at


def look_at(
    seed: int, more: bool = True, less: bool = False, held: frozenset[str] = frozenset(), at: datetime | None = None
) -> Look:
    problem, base, now = planned(seed)
    desk = desk_of(replace(problem, end_open=4), base, at or now, chance_of(problem))
    return Look(desk, POLICY, signals(more, less), held)


def acts_of(look: Look, seed: int, extend: int = 120) -> tuple[Act, ...]:
    problem, _, now = planned(seed)
    better = tweak(problem, 1, now, replace(PARAMS, max_extend_minutes=extend)).roster
    assert better is not None
    found = kept(look, roster_acts(look, better))
    busy = {agent for act in found for agent in act.agents}
    return (*found, *kept(look, early_acts(look, busy)))


def proposals_of(look: Look, acts: tuple[Act, ...]) -> tuple[Proposal, ...]:
    return numbered(ProposalBook(), [proposal_of(look, act, "v001-month") for act in acts])


@cache
def proposed(seed: int, more: bool, less: bool) -> tuple[Proposal, ...]:
    look = look_at(seed, more, less)
    return proposals_of(look, acts_of(look, seed, 120 if more else 0))


def legal(seed: int, roster: Roster, rules: tuple[RuleSpec, ...] = RULES) -> bool:
    """Whether the verifier finds nothing that the roster in force does not have."""
    problem, base, _ = planned(seed)
    whole = replace(problem, first_open=0, end_open=4, rulebook=problem.rulebook.model_copy(update={"rules": rules}))
    before, after = (verify(whole, replace(one, rhythm="day")) for one in (base, roster))
    known = {(breach.rule, breach.agent) for breach in before.breaches}
    return {(b.rule, b.agent) for b in after.breaches} <= known and set(after.faults) <= set(before.faults)


def same(one: Roster, other: Roster) -> bool:
    names = ("symbol", "start", "minutes", "meal", "meal_minutes", "breaks")
    return one.codes == other.codes and all(np.array_equal(getattr(one, name), getattr(other, name)) for name in names)


def test_there_is_something_of_every_kind_to_propose() -> None:
    kinds = {one.kind for seed in range(8) for signal in (MORE, LESS) for one in proposed(seed, **signal)}
    assert kinds >= {"pause", "overtime", "early_leave"}


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 7), st.booleans(), st.randoms(use_true_random=False))
def test_accepting_all_is_accepting_one_by_one_in_any_order(seed: int, more: bool, rng: "np.random.Generator") -> None:
    made = list(proposed(seed, more, not more))
    look = look_at(seed)
    at_once = apply_all(look.desk, (), made)
    assert not at_once.refused
    rng.shuffle(made)
    desk = look.desk
    for one in made:
        applied = apply_all(desk, (), [one])
        assert not applied.refused
        assert legal(seed, applied.desk.roster)
        desk = applied.desk
    assert same(desk.roster, at_once.desk.roster)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("signal", [MORE, LESS])
def test_each_proposal_is_timely_and_says_what_it_does(seed: int, signal: dict[str, bool]) -> None:
    look = look_at(seed, signal["more"], signal["less"])
    for one in proposed(seed, **signal):
        assert one.start >= look.desk.now + timedelta(minutes=POLICY.notice_minutes)
        assert look.desk.now <= one.expires_at <= one.start - timedelta(minutes=POLICY.notice_minutes)
        assert one.expires_at <= look.desk.now + timedelta(minutes=POLICY.expiry_minutes)
        assert (one.paid_minutes > 0) == (one.kind == "overtime")
        assert (one.paid_minutes < 0) == (one.kind == "early_leave")
        assert one.rules == len(RULES)
        assert all(agent in one.reason and agent in one.reason_zh for agent in one.agents[:4])
        if one.kind != "early_leave":
            assert one.effect is not None
            assert one.effect.added_chance <= 0.005
        elif one.effect is not None:
            assert one.effect.chance_after <= POLICY.calm_threshold


@pytest.mark.parametrize("seed", range(8))
def test_without_a_signal_nobody_is_asked_for_anything(seed: int) -> None:
    look = look_at(seed, more=False, less=False)
    assert not {act.kind for act in acts_of(look, seed)} & set(COSTLY)


@pytest.mark.parametrize("seed", range(8))
def test_who_declined_is_left_alone(seed: int) -> None:
    agents = {agent for one in proposed(seed, **MORE) for agent in one.agents}
    look = look_at(seed, held=frozenset(agents))
    assert not agents & {agent for act in acts_of(look, seed) for agent in act.agents}


@pytest.mark.parametrize("seed", range(4))
def test_early_leave_keeps_all_calm_if_everybody_goes(seed: int) -> None:
    look = look_at(seed, less=True, more=False)
    acts = kept(look, early_acts(look, ()))
    rest = together(replace(look, policy=POLICY.model_copy(update={"risk_threshold": POLICY.calm_threshold + 1e-9})), acts)
    assert rest.risky_after <= rest.risky_before
    given_back = -sum(proposal_of(look, act, "v").paid_minutes for act in acts)
    assert given_back <= POLICY.most_given_minutes


@pytest.mark.parametrize("seed", range(8))
def test_what_is_compatible_gains_together(seed: int) -> None:
    look = look_at(seed)
    acts = [act for act in acts_of(look, seed) if act.kind != "early_leave"]
    found, grown = compatible(look, acts), np.zeros_like(look.desk.present)
    for act in found:
        grown[:, act.slots] += act.grown
    assert set(map(id, found)) <= set(map(id, acts))
    assert not found or saved(look.desk, look.desk.present, np.arange(grown.shape[1]), grown) > 0


@pytest.mark.parametrize("longer", [60, 180])
def test_what_breaks_a_rule_is_not_proposed(longer: int) -> None:
    """Beyond the two hours of overtime that a day may have."""
    look = look_at(3)
    minutes = look.desk.roster.minutes.copy()
    minutes[look.desk.roster.start[:, 1] >= 0, 1] += longer
    acts = list(roster_acts(look, replace(look.desk.roster, minutes=minutes)))
    found = kept(look, acts)
    assert acts
    assert bool(found) == (longer <= 120)


def some(kind: str) -> tuple[int, Proposal]:
    signal = LESS if kind == "early_leave" else MORE
    return next((seed, one) for seed in range(8) for one in proposed(seed, **signal) if one.kind == kind)


def causes(applied: Applied) -> set[str]:
    return {reason.cause for _, reasons in applied.refused for reason in reasons}


def test_what_has_expired_or_is_past_is_refused() -> None:
    seed, one = some("overtime")
    late = look_at(seed, at=one.expires_at + timedelta(minutes=1))
    assert causes(apply_all(late.desk, (), [one])) == {"expired"}
    assert not apply_all(look_at(seed, at=one.expires_at).desk, (), [one]).refused
    past = one.model_copy(update={"expires_at": one.end + timedelta(hours=9)})
    assert causes(apply_all(look_at(seed, at=one.end).desk, (), [past])) == {"past"}
    assert "too_early" in causes(apply_all(look_at(seed, at=one.made_at - timedelta(minutes=1)).desk, (), [one]))


def test_who_has_changed_since_is_refused_and_the_others_are_carried_out() -> None:
    seed, one = some("overtime")
    desk = look_at(seed).desk
    row = desk.problem.index[one.agents[0]]
    moved = desk_of(desk.problem, with_shift(desk.roster, row, 1, None), desk.now, desk.chance)
    others = [other for other in proposed(seed, **MORE) if other.id != one.id]
    applied = apply_all(moved, (), [one, *others])
    assert causes(applied) == {"changed"}
    assert [other.id for other in applied.done] == [other.id for other in others]
    assert causes(apply_all(desk, (), [one, one])) == {"changed"}


def test_a_rule_that_would_break_by_now_is_the_reason() -> None:
    """Since it was proposed, the next day's shift was moved so that rest is too short."""
    for seed in range(8):
        for one in (each for each in proposed(seed, **MORE) if each.kind == "overtime"):
            desk = look_at(seed).desk
            row = desk.problem.index[one.agents[0]]
            start = desk.roster.start.copy()
            after = one.changes[0].after
            start[row, 2] = max(0, after.start + after.minutes - 1440 + 600)
            shape = replace(with_shift(desk.roster, row, 2, desk.templates["E"]))
            tight = desk_of(desk.problem, replace(shape, start=np.where(start >= 0, start, shape.start)), desk.now, desk.chance)
            refused = apply_all(tight, (), [one]).refused
            if refused:
                assert {reason.cause for reason in refused[0][1]} & {"rest_too_short", "hours_bound"}
                return
    raise AssertionError("no overtime was refused")


def test_locked_days_are_refused() -> None:
    seed, one = some("pause")
    desk = look_at(seed).desk
    locked = np.zeros(desk.roster.symbol.shape, dtype=np.bool_)
    locked[desk.problem.index[one.agents[0]], 1] = True
    assert causes(apply_all(replace(desk, locked=locked), (), [one])) == {"locked"}


TASK = Task(
    id="t", kind="training", minutes=120, earliest=datetime(2026, 6, 1, tzinfo=UTC), deadline=datetime(2026, 6, 9, tzinfo=UTC)
)  # fmt: skip


def test_work_taken_back_ends_there_and_is_owed_once() -> None:
    seed = 3
    look = look_at(seed)
    row = int(np.flatnonzero(look.desk.roster.start[:, 1] == 14 * 60)[0])
    agent = look.desk.agent(row).id
    piece = Placement(task="t", agents=(agent,), start=look.desk.roster.instant(1, 15 * 60), minutes=120)
    acts = list(activity_acts(look, [(piece, look.desk.roster.instant(1, 16 * 60), 60)]))
    (one,) = proposals_of(look, tuple(acts))
    assert (one.kind, one.agents, one.needs_consent) == ("activity", (agent,), False)
    applied = apply_all(look.desk, (piece,), [one])
    assert [each.minutes for each in applied.placements] == [60]
    assert same(applied.desk.roster, look.desk.roster)
    old = Debt(agent=agent, task="t", kind="training", deadline=TASK.deadline, owed_minutes=30, done_minutes=15)
    (debt,) = debts_after([old], applied.done, [TASK])
    assert (debt.owed_minutes, debt.done_minutes, debt.taken_back_minutes) == (90, 15, 60)
    assert causes(apply_all(look.desk, applied.placements, [one])) == {"piece_gone"}


def test_nobody_is_moved_around_other_work() -> None:
    seed, one = some("pause")
    problem, _, now = planned(seed)
    work = tuple(Placement(task="t", agents=(agent,), start=one.start, minutes=30) for agent in one.agents)
    look = replace(look_at(seed), work=work)
    better = tweak(problem, 1, now, PARAMS).roster
    assert better is not None
    assert not any(set(act.agents) & set(one.agents) for act in kept(look, roster_acts(look, better)) if act.kind == "pause")
    assert causes(apply_all(look.desk, work, [one])) == {"work_there"}


TIER = EchelonTier(id="e1", name="first", tier=1, notice_minutes=90, max_minutes=360, efficiency=0.5)


def test_members_called_in_get_the_nearest_shift_that_the_rules_allow() -> None:
    found, rules = list[Proposal](), tuple(rule for rule in RULES if rule.id != "hours")
    for seed in range(8):
        look = look_at(seed)
        loose = look.desk.problem.rulebook.model_copy(update={"rules": rules})
        look = replace(look, desk=replace(look.desk, problem=replace(look.desk.problem, rulebook=loose)))
        roster = look.desk.roster
        off = tuple(agent.id for row, agent in enumerate(look.desk.problem.agents) if roster.start[row, 1] < 0)
        start, end = roster.instant(1, 13 * 60), roster.instant(1, 18 * 60)
        call = Activation("e1", "a", start - timedelta(hours=1), start, end, off, start, 0.9, 0.5)
        cells = duties(look, call, TIER)
        assert all((cell.code, cell.start, cell.minutes) == ("L", 13 * 60, 360) for _, cell in cells)
        assert not duties(look, call, TIER.model_copy(update={"max_minutes": 300}))
        made = proposals_of(look, kept(look, call_in_acts(look, call, TIER, cells)))
        applied = apply_all(look.desk, (), made)
        assert not applied.refused
        assert legal(seed, applied.desk.roster, rules)
        assert all(one.needs_consent and one.expires_at <= start - timedelta(minutes=90) and one.paid_minutes > 0 for one in made)
        found += made
    assert found


def test_another_queue_first_is_told_where_the_plan_would_cost() -> None:
    hour = np.arange(96) % 24
    day = (hour >= 8) & (hour < 22)
    usual, now = np.stack([2 * day, 0 * day]), np.stack([0 * day, 2 * day])
    problem, base, at = planned(3)
    desks = [
        desk_of(replace(problem, end_open=4, requirement=requirement_of(heads, problem.grid)), base, at, chance_of(problem))
        for heads in (usual, now)
    ]
    look = Look(desks[1], POLICY, signals(False, False))
    found = proposals_of(look, kept(look, queue_acts(look, desks[0])))
    assert {one.queue for one in found} == {"b"}
    assert all(one.effect is None and not one.changes and not one.needs_consent for one in found)
    assert {agent for one in found for agent in one.agents} <= {"g1", "g4", "g7"}
    assert "all figures count on it" in found[0].reason
    same_plan = Look(desks[0], POLICY, signals(False, False))
    assert not list(queue_acts(same_plan, desks[0]))
