"""Laws of lending: no lender breaks, who is lent has the skill and is there, once; the settlement sums to nothing."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lending_case import NAMES, case_of
from response_case import GRID

from data.model.centre import LendingTerms
from data.model.loan import LendPolicy, Loan, LoanBook, LoanStep, settlement
from optimizer.response.lending.orders import LendCase, lend_orders
from optimizer.response.warning.warn import capacity_chances
from optimizer.rostering.explain.changes import allotted

skills = st.permutations(NAMES).flatmap(lambda order: st.integers(1, 3).map(lambda count: tuple(order[:count])))
terms = st.builds(
    LendingTerms,
    consent=st.sampled_from(["standing", "asked", "never"]),
    most_share=st.sampled_from([0.2, 0.5, 1.0]),
    reply_minutes=st.sampled_from([0, 45]),
)
cases = st.builds(
    lambda held, calls, said, hours, least: case_of(
        held,
        calls,
        hours=[hours[k % len(hours)] for k in range(len(held))],
        terms=dict(zip(NAMES, said, strict=True)),
        policy=LendPolicy(least_minutes=least),
    ),
    st.lists(skills, min_size=8, max_size=30),
    st.tuples(*[st.floats(3, 60)] * 3),
    st.tuples(terms, terms, terms),
    st.lists(st.tuples(st.sampled_from([8.0, 9.5, 12.0]), st.sampled_from([4.0, 8.0])), min_size=1, max_size=4),
    st.sampled_from([30, 60, 120]),
)


def left_at_home(case: LendCase, orders: tuple[Loan, ...]) -> np.ndarray:
    """Chances of all queues with the agents who are lent simply not there, slot by slot, nobody helping; shape (queues, slots)."""
    chances = np.zeros((len(NAMES), GRID.size))
    for slot in range(GRID.size):
        at = GRID.index[slot].to_pydatetime()
        gone = {agent for loan in orders if loan.start <= at < loan.end for agent in loan.agents}
        heads = np.zeros((len(NAMES), GRID.size))
        for row, name in enumerate(NAMES):
            mine = (a for a, agent in enumerate(case.problem.agents) if agent.skills[0] == name and agent.id not in gone)
            heads[row, slot] = sum(case.phones[a, slot] for a in mine)
        chances[:, slot] = capacity_chances(case.made, case.problem.requirement, heads, case.queues)[:, slot]
    return chances


@settings(max_examples=20, deadline=None)
@given(cases)
def test_no_lender_breaks_and_who_is_lent_is_able_and_there(case: LendCase) -> None:
    orders = lend_orders(case)
    chances = left_at_home(case, orders) if orders else np.zeros((3, GRID.size))
    known, busy = {agent.id: a for a, agent in enumerate(case.problem.agents)}, set[tuple[str, int]]()
    for loan in orders:
        slots = range(GRID.slot(loan.start), GRID.slot(loan.end))
        lender = next(one for one in case.problem.centre.projects if one.id == loan.lender)
        assert lender.lends_to(loan.borrower)
        assert len(slots) * GRID.minutes >= case.policy.least_minutes
        wait = lender.lending.reply_minutes if loan.consent == "asked" else 0
        assert loan.start >= case.now + timedelta(minutes=wait)
        assert chances[NAMES.index(loan.lender), list(slots)].max() < case.policy.keep_chance
        for name in loan.agents:
            agent = case.problem.agents[known[name]]
            assert loan.queue in agent.skills
            assert agent.skills[0] == loan.lender != loan.borrower
            assert case.phones[known[name], list(slots)].all()
            assert not busy & {(name, slot) for slot in slots}
            busy |= {(name, slot) for slot in slots}
    for slot in range(GRID.size):
        for project in case.problem.centre.projects:
            mine = [a for name, a in known.items() if case.problem.agents[a].skills[0] == project.id]
            away = sum((case.problem.agents[a].id, slot) in busy for a in mine)
            assert away <= project.lending.most_share * case.phones[mine, slot].sum() if away else True


@settings(max_examples=10, deadline=None)
@given(cases)
def test_agents_at_home_are_those_of_the_allotment(case: LendCase) -> None:
    heads = allotted(case.home, case.roster)
    for row, name in enumerate(NAMES):
        mine = [a for a, agent in enumerate(case.problem.agents) if agent.skills[0] == name]
        assert heads[row] == pytest.approx(case.phones[mine].sum(axis=0))


START = datetime(2026, 6, 1, 8, tzinfo=UTC)
pairs = st.permutations(NAMES).map(lambda order: order[:2])
returned = st.lists(
    st.tuples(pairs, st.integers(0, 90), st.integers(1, 480), st.integers(1, 5), st.none() | st.integers(0, 3000), st.floats(0, 3)),
    max_size=12,
)


@given(returned)
def test_the_settlement_sums_to_nothing(told: list[tuple[list[str], int, int, int, int | None, float]]) -> None:
    book, due = LoanBook(), dict.fromkeys(NAMES, 0.0)
    for k, ((lender, borrower), day, minutes, count, worked, price) in enumerate(told):
        start = START + timedelta(days=day)
        loan = Loan(
            id=f"l{k}", lender=lender, borrower=borrower, queue=borrower, agents=tuple(f"{k}-{n}" for n in range(count)),
            start=start,
            end=start + timedelta(minutes=minutes), efficiency=0.9, consent="standing", reply_by=start, made_at=START,
            hour_price=price,
            chance_before=0.9, chance_after=0.4, lender_chance=0.3,
        )  # fmt: skip
        book = book.take(
            LoanStep(loan=loan.id, deed="proposed", by="li", at=START, asked=loan),
            LoanStep(loan=loan.id, deed="started", by="li", at=start),
            LoanStep(loan=loan.id, deed="returned", by="li", at=loan.end, minutes=worked),
        )
        amount = (minutes * count if worked is None else worked) / 60 * price
        due[lender] += amount
        due[borrower] -= amount
    rows = settlement(book, "Asia/Shanghai")
    mirror = {(row.month, row.counterpart, row.project): (-row.hours, -row.amount) for row in rows}
    for row in rows:
        assert mirror[row.month, row.project, row.counterpart] == (row.hours, row.amount)
    for name in NAMES:
        assert sum(row.amount for row in rows if row.project == name) == pytest.approx(due[name], abs=1e-6)
