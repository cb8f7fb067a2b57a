"""Off-phone work against plain loops over minutes: nobody is pulled out of a pause, no minute is lost, the cost is the loss."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from roster_case import ALWAYS, requirement_of

from data.model.centre import Centre, Queue
from data.model.demand import Requirement
from data.model.offphone import Debt, Placement, Task
from data.model.pauses import Break
from data.model.people import Absence, Agent, Contract
from data.model.roster import Roster, ShiftTemplate
from data.model.rulebook import GoalSpec, Rulebook
from data.model.time import Horizon, TimeGrid
from optimizer.response.trough.ledger import owed
from optimizer.response.trough.placement import Placed, TroughParams, place
from optimizer.rostering.goals.coverage import CALL_COST
from optimizer.rostering.problem import RosterProblem

DAYS, SLOT, POINTS = 2, 30, 13
MIDNIGHT = datetime(2026, 6, 1, tzinfo=ZoneInfo("Asia/Shanghai"))
SKILLS = (("a",), ("b",), ("a", "b"))
DAY = ShiftTemplate(
    code="D", start=time(8), minutes=480, meal_minutes=60, meal_earliest=150, meal_latest=270, meal_step=15,
    breaks=(Break(minutes=15, earliest=60, latest=120, step=15), Break(minutes=30, earliest=360, latest=420, step=15)),
)  # fmt: skip
NIGHT = ShiftTemplate(code="N", start=time(22), minutes=480)


def curves(rng: np.random.Generator, grid: TimeGrid) -> Requirement:
    """A concave staffing curve for each of two queues and slots, and calls; no heads required, no shrinkage."""
    need = requirement_of(np.zeros((2, grid.size), dtype=np.int64), grid)
    reach = rng.uniform(0.5, 4.0, (2, grid.size))
    curve = 1 - np.exp(-np.arange(POINTS) / reach[:, :, None])
    return replace(need, calls=rng.integers(0, 30, (2, grid.size)).astype(np.float64), curve=curve)


def random_case(seed: int) -> tuple[RosterProblem, Roster]:
    rng = np.random.default_rng(seed)
    grid = TimeGrid(horizon=Horizon(zone="Asia/Shanghai", first=date(2026, 6, 1), days=DAYS), minutes=SLOT)
    queues = tuple(Queue(id=q, name=q, project="p", opening=ALWAYS, handle_time_s=240, patience_s=60) for q in "ab")
    contract = Contract(id="c", name="C", shifts=("D", "N"))
    centre = Centre(id="c", name="C", zone="Asia/Shanghai", queues=queues, contracts=(contract,), shifts=(DAY, NIGHT))
    agents = tuple(
        Agent(id=f"g{k}", contract="c", team=f"T{k % 2}", skills=SKILLS[int(rng.integers(3))])
        for k in range(int(rng.integers(2, 9)))
    )
    away = (Absence(agent="g0", first=date(2026, 6, 2), last=date(2026, 6, 2)),) if rng.random() < 0.5 else ()
    rules = Rulebook(id="r", rules=(), goals=(GoalSpec(kind="coverage"),))
    problem = RosterProblem(centre, agents, grid, curves(rng, grid), rules, int(rng.integers(0, 2)), DAYS, absences=away)
    symbol = rng.choice(3, size=(len(agents), DAYS), p=[0.2, 0.6, 0.2])
    day = symbol == 1
    starts = rng.integers(0, 5, (3, *symbol.shape))
    breaks = np.where(day[:, :, None], np.stack([60 + 15 * starts[1], 360 + 15 * starts[2]], axis=2), -1)
    fields = np.array([-1, 480, 1320])[symbol], np.array([0, 480, 480])[symbol]
    meals = np.where(day, 150 + 15 * rng.integers(0, 9, symbol.shape), -1), np.where(day, 60, 0)
    roster = Roster(tuple(a.id for a in agents), grid.horizon, ("-", "D", "N"), symbol, *fields, *meals, breaks=breaks)
    return problem, roster


def random_tasks(seed: int, problem: RosterProblem) -> tuple[Task, ...]:
    rng = np.random.default_rng([seed, 1])
    return tuple(_task(rng, k, problem) for k in range(int(rng.integers(1, 8))))


def _task(rng: np.random.Generator, k: int, problem: RosterProblem) -> Task:
    first = int(rng.integers(0, 40))
    fields: dict[str, object] = {"id": f"t{k}", "kind": "training", "minutes": int(rng.choice([20, 30, 45, 60, 90, 150]))}
    fields |= {
        "earliest": MIDNIGHT + timedelta(hours=first),
        "deadline": MIDNIGHT + timedelta(hours=first + int(rng.integers(1, 48))),
    }
    fields |= [{}, {"teams": ("T0",)}, {"skills": ("a",)}, {"agents": ("g1", "g0")}][int(rng.integers(4))]
    fields |= {"each": bool(rng.random() < 0.4), "delay_cost": float(rng.choice([0, 0.5])), "priority": int(rng.integers(1, 6))}
    kind = rng.random()
    if kind < 0.3:
        fields |= {"group_least": 2, "group_most": int(rng.integers(2, 4)), "place": str(rng.choice(["", "room"]))}
        fields |= {"facilitator": "g1"} if rng.random() < 0.4 else {}
    elif kind < 0.6:
        fields |= {"least_piece_minutes": int(rng.choice([20, 30, 45]))}
    return Task.model_validate(fields)


# -- the checker: minutes after midnight of the first day, nothing shared with the engine


def minute(at: datetime) -> int:
    return int((at - MIDNIGHT).total_seconds() // 60)


def at_work(problem: RosterProblem, roster: Roster, a: int) -> set[int]:
    """Minutes in which an agent is on shift and at no pause."""
    held: set[int] = set()
    for d in range(DAYS):
        on = date(2026, 6, 1) + timedelta(days=d)
        gone = any(one.agent == roster.agents[a] and one.first <= on <= one.last for one in problem.absences)
        if roster.start[a, d] < 0 or gone:
            continue
        begin = d * 1440 + int(roster.start[a, d])
        held |= set(range(begin, begin + int(roster.minutes[a, d])))
        pauses = [(int(roster.meal[a, d]), int(roster.meal_minutes[a, d]))]
        pauses += [(int(start), rest.minutes) for start, rest in zip(roster.breaks[a, d], DAY.breaks, strict=True)]
        for start, length in pauses:
            held -= set(range(begin + start, begin + start + length)) if start >= 0 else set()
    return held


def may(problem: RosterProblem, task: Task) -> set[str]:
    limits = task.skills or task.agents or task.teams
    return {
        agent.id
        for agent in problem.agents
        if agent.id != task.facilitator
        and (not limits or agent.id in task.agents or agent.team in task.teams or set(agent.skills) & set(task.skills))
    }


def asked(problem: RosterProblem, tasks: tuple[Task, ...]) -> int:
    total = 0
    for task in tasks:
        together = task.group_most > 1 or task.facilitator
        least = task.group_least if together else 1
        total += task.minutes * (
            len(may(problem, task)) if task.each and may(problem, task) else 0 if task.each and not together else least
        )
    return total


def slots_of(one: Placement) -> range:
    return range(minute(one.start) // SLOT, -(-minute(one.end) // SLOT))


def best_split(problem: RosterProblem, t: int, counts: dict[tuple[str, ...], int]) -> float:
    """Least cost of calls over all ways to split those with both skills."""
    need, both, told = problem.requirement, counts.get(("a", "b"), 0), []
    for k in range(both + 1):
        heads = counts.get(("a",), 0) + k, counts.get(("b",), 0) + both - k
        served = [need.curve[q, t, min(n, POINTS - 1)] for q, n in enumerate(heads)]
        told.append(sum(CALL_COST * need.calls[q, t] * (1 - served[q]) for q in range(2)))
    return float(min(told))


def loss(problem: RosterProblem, roster: Roster, placements: tuple[Placement, ...]) -> float:
    """What the calls lose because of some placements, slot by slot; presence by the middle of the slots, halves as the engine."""
    first, total = problem.first_open * 1440 // SLOT, 0.0
    off = [(roster.agents.index(a), t) for one in placements for a in one.everyone for t in slots_of(one)]
    present = phones(problem, roster)
    for t in range(first, problem.grid.size):
        counts = [dict.fromkeys(SKILLS, 0), dict.fromkeys(SKILLS, 0)]
        for a, agent in enumerate(problem.agents):
            counts[0][agent.skills] += present[a, t]
            counts[1][agent.skills] += present[a, t] - ((a, t) in off)
        total += best_split(problem, t, counts[1]) - best_split(problem, t, counts[0])
    return total


def phones(problem: RosterProblem, roster: Roster) -> np.ndarray:
    """Who is on the phones in each slot as the centre counts: meals to the nearest slots, halves up, breaks by whole slots."""
    present = np.zeros((len(problem.agents), problem.grid.size), dtype=np.int64)
    for a, _ in enumerate(problem.agents):
        plain = replace(roster, meal=np.full_like(roster.meal, -1), breaks=np.full_like(roster.breaks, -1))
        for t in {m // SLOT for m in at_work(problem, plain, a)} & set(range(problem.grid.size)):
            present[a, t] = 1
        for d in range(DAYS):
            begin, meal = (d * 1440 + int(roster.start[a, d])) // SLOT, int(roster.meal[a, d])
            if roster.start[a, d] < 0 or meal < 0:
                continue
            back = (meal + 15) // SLOT + 2
            present[a, begin + (meal + 15) // SLOT : begin + back] = 0
            rest = (int(roster.breaks[a, d, 1]) + 15) // SLOT
            present[a, begin + rest : begin + rest + 1] = 0
    return present


def check(problem: RosterProblem, roster: Roster, tasks: tuple[Task, ...], made: Placed, share: float) -> None:
    known, taken = {task.id: task for task in tasks}, {}
    sessions: list[tuple[str, int, int]] = []
    off = np.zeros(problem.grid.size, dtype=np.int64)
    for one in made.placements:
        task = known[one.task]
        assert task.earliest <= one.start
        assert one.end <= task.deadline
        assert set(one.agents) <= may(problem, task)
        assert len(one.agents) <= task.group_most
        assert len(one.agents) >= task.group_least
        assert minute(one.start) >= problem.first_open * 1440
        for agent in one.everyone:
            span = set(range(minute(one.start), minute(one.end)))
            assert span <= at_work(problem, roster, roster.agents.index(agent)), (one, agent)
            assert not span & taken.setdefault(agent, set()), (one, agent)
            taken[agent] |= span
            off[list(slots_of(one))] += 1
        if task.place and (task.group_most > 1 or task.facilitator):
            sessions.append((task.place, minute(one.start), minute(one.end)))
    assert all(end <= begin for (_, _, end), (_, begin, _) in pairwise(sorted(sessions)))
    assert (off <= np.floor(share * phones(problem, roster).sum(axis=0) + 1e-9)).all()
    for task in tasks:
        pieces = [one for one in made.placements if one.task == task.id]
        if task.each:
            for agent in may(problem, task):
                assert sum(one.minutes for one in pieces if agent in one.agents) <= task.minutes
        if task.least_piece_minutes and task.minutes >= task.least_piece_minutes:
            assert all(one.minutes >= task.least_piece_minutes for one in pieces)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([0.0, 0.5, 1.0]))
def test_placements_keep_every_rule_and_cost_what_the_calls_lose(seed: int, share: float) -> None:
    problem, roster = random_case(seed)
    tasks = random_tasks(seed, problem)
    made = place(problem, roster, tasks, params=TroughParams(most_share=share))
    check(problem, roster, tasks, made, share)
    placed = sum(one.minutes * len(one.agents) for one in made.placements)
    assert placed + sum(one.minutes for one in made.unplaced) == made.asked_minutes == asked(problem, tasks)
    assert abs(made.cost - loss(problem, roster, made.placements)) < 1e-6
    assert made.bound <= made.cost + made.delay_cost + 1e-6
    assert all(one.reason and one.reason_zh for one in made.unplaced)
    first = place(problem, roster, tasks, params=TroughParams(most_share=share, sweeps=0, ejections=0, bound_steps=0))
    if len(first.placements) == len(made.placements):
        assert made.cost + made.delay_cost <= first.cost + first.delay_cost + 1e-6


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6))
def test_what_is_owed_is_asked_again_and_nothing_else(seed: int) -> None:
    problem, roster = random_case(seed)
    tasks = random_tasks(seed, problem)
    made = place(problem, roster, tasks, params=TroughParams(most_share=0.5))
    book = owed(tasks, made, now=MIDNIGHT)
    assert sum(debt.owed_minutes for debt in book.debts) == sum(one.minutes for one in made.unplaced)
    again = place(problem, roster, tasks, debts=book.debts, kept=made.placements, params=TroughParams(most_share=1.0))
    total = sum(one.minutes * len(one.agents) for one in again.placements) + sum(one.minutes for one in again.unplaced)
    assert total == asked(problem, tasks)
    assert set(made.placements) <= set(again.placements)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6))
def test_one_piece_alone_is_where_no_other_start_is_cheaper(seed: int) -> None:
    problem, roster = random_case(seed)
    task = Task(id="t", kind="quality", minutes=60, earliest=MIDNIGHT, deadline=MIDNIGHT + timedelta(days=2))
    made = place(problem, roster, (task,), params=TroughParams(most_share=1.0))
    found = [
        loss(problem, roster, (one,))
        for a, agent in enumerate(roster.agents)
        for t in range(problem.first_open * 48, 95)
        if set(range(t * SLOT, t * SLOT + 60)) <= at_work(problem, roster, a)
        for one in [Placement(task="t", agents=(agent,), start=MIDNIGHT + timedelta(minutes=t * SLOT), minutes=60)]
    ]
    assert bool(made.placements) == bool(found)
    assert abs(made.cost - min(found, default=0.0)) < 1e-6
    assert abs(made.cost - made.bound) < 1e-6


def test_a_debt_of_somebody_who_has_left_stays_a_debt() -> None:
    problem, roster = random_case(1)
    task = Task(id="t", kind="quality", minutes=60, earliest=MIDNIGHT, deadline=MIDNIGHT + timedelta(days=2))
    debt = Debt(agent="gone", task="t", kind="quality", deadline=task.deadline, owed_minutes=60)
    (left,) = place(problem, roster, (task,), debts=(debt,)).unplaced
    assert (left.agents, left.minutes, left.code) == (("gone",), 60, "nobody")
