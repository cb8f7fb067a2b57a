"""Lending orders: the gap is filled by who has the skill and is there; terms, reply time and room hold."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from lending_case import case_of
from response_case import at

from data.model.centre import LendingTerms
from data.model.loan import LendPolicy
from data.model.offphone import Placement
from optimizer.response.lending.orders import Standing, at_home, gaps, lend_orders, lent_already, room_at

POWER, CARS, SPARE = ("power",), ("cars",), ("cars", "power")


def test_agents_at_home_answer_their_first_project_alone() -> None:
    case = case_of([SPARE, ("power", "bills"), CARS], (10, 5, 5))
    assert [agent.skills for agent in at_home(case.problem).agents] == [("cars",), ("power",), ("cars",)]


def test_the_surplus_of_one_project_fills_the_gap_of_another() -> None:
    case = case_of([POWER] * 6 + [SPARE] * 10, (40, 10, 5))
    assert gaps(case, Standing(case))[0].row == 0
    orders = lend_orders(case)
    assert orders
    for loan in orders:
        assert (loan.lender, loan.borrower, loan.queue) == ("cars", "power", "power")
        assert loan.efficiency == pytest.approx(0.9)
        assert loan.chance_after < loan.chance_before
        assert loan.lender_chance < case.policy.keep_chance
    assert min(loan.start for loan in orders) == at(1, 8)


def test_who_lends_to_nobody_lends_nobody() -> None:
    for terms in (LendingTerms(consent="never"), LendingTerms(to=("bills",)), LendingTerms(most_share=0.05)):
        assert lend_orders(case_of([POWER] * 6 + [SPARE] * 10, (40, 10, 5), terms={"cars": terms})) == ()


def test_the_share_of_a_lender_is_kept() -> None:
    orders = lend_orders(case_of([POWER] * 6 + [SPARE] * 10, (60, 5, 5), terms={"cars": LendingTerms(most_share=0.2)}))
    assert len({agent for loan in orders for agent in loan.agents}) == 2


def test_who_must_be_asked_has_time_to_reply() -> None:
    terms = {"cars": LendingTerms(consent="asked", reply_minutes=75)}
    orders = lend_orders(case_of([POWER] * 6 + [SPARE] * 10, (40, 10, 5), terms=terms, now=at(1, 8)))
    assert {loan.consent for loan in orders} == {"asked"}
    assert min(loan.start for loan in orders) == at(1, 9.5)
    assert all(loan.reply_by <= loan.start for loan in orders)
    assert all(loan.reply_by == at(1, 8) + timedelta(minutes=75) for loan in orders)


def test_who_need_not_be_asked_may_come_at_once() -> None:
    terms = {"cars": LendingTerms(consent="standing", reply_minutes=600)}
    orders = lend_orders(case_of([POWER] * 6 + [SPARE] * 10, (40, 10, 5), terms=terms, now=at(1, 8)))
    assert min(loan.start for loan in orders) == at(1, 8.5), "the next interval"
    assert all(loan.reply_by <= loan.start for loan in orders)


def test_a_loan_shorter_than_the_least_is_not_made() -> None:
    short = [(8.0, 8.0)] * 6 + [(15.5, 8.0)] * 10
    assert lend_orders(case_of([POWER] * 6 + [SPARE] * 10, (40, 1, 5), hours=short)) == ()
    orders = lend_orders(case_of([POWER] * 6 + [SPARE] * 10, (40, 1, 5), hours=short, policy=LendPolicy(least_minutes=30)))
    assert {loan.start for loan in orders} == {at(1, 15.5)}


def test_agents_lent_already_are_not_lent_again_and_their_help_counts() -> None:
    case = case_of([POWER] * 6 + [SPARE] * 10, (40, 10, 5))
    orders = lend_orders(case)
    again = replace(case, taken=orders)
    assert {*lend_orders(again)} == set()
    before = Standing(again)
    whole = Standing(case)
    gap = gaps(case, whole)[0]
    slots = np.arange(gap.first, gap.end)
    assert (before.capacity(gap.row, slots) > whole.capacity(gap.row, slots)).all()
    lent = sum(len(loan.agents) for loan in orders if loan.start <= at(1, 10) < loan.end)
    ten, cars = np.array([20]), 1
    assert lent > 0
    assert before.capacity(gap.row, ten) - whole.capacity(gap.row, ten) == pytest.approx(0.9 * lent), "by their efficiency"
    assert whole.capacity(cars, ten) - before.capacity(cars, ten) == pytest.approx(lent), "and they are missing at home"
    assert Standing(replace(case, staying=case.staying / 2)).capacity(cars, ten) == whole.capacity(cars, ten) / 2
    whole.safe(10, ten)
    assert whole.capacity(cars, ten) == 10.0, "to ask takes nobody away"


def test_who_works_off_the_phones_is_not_lent() -> None:
    case = case_of([POWER] * 6 + [SPARE] * 10, (40, 10, 5))
    busy = Placement(task="t", agents=tuple(agent.id for agent in case.problem.agents[6:]), start=at(1, 8), minutes=480)
    assert lend_orders(replace(case, off=(busy,))) == ()


def test_help_is_looked_for_from_the_next_interval_on() -> None:
    late = case_of([POWER] * 6 + [SPARE] * 10, (40, 10, 5), now=at(1, 10.25))
    assert min(gap.first for gap in gaps(late, Standing(late))) == 21


def test_the_room_is_what_can_be_taken_before_the_lender_breaks() -> None:
    case, slot = case_of([POWER] * 6 + [SPARE] * 12, (60, 20, 5), terms={"cars": LendingTerms(most_share=1.0)}), 20
    room = room_at(case, 0, slot)["cars"]
    chances = [case.chance(1, np.array([slot]), np.array([12.0 - gone]))[0] for gone in range(13)]
    assert room == max(gone for gone in range(13) if all(chance < case.policy.keep_chance for chance in chances[1 : gone + 1]))
    assert 0 < room < 12
    assert 3 < room < 12
    shared = case_of([POWER] * 6 + [SPARE] * 12, (60, 20, 5), terms={"cars": LendingTerms(most_share=0.25)})
    assert room_at(shared, 0, slot)["cars"] == 3, "a quarter of twelve"


def test_a_scenario_that_hits_both_leaves_less_room() -> None:
    terms = {"cars": LendingTerms(most_share=1.0)}
    calm, hit = (case_of([POWER] * 6 + [SPARE] * 12, (60, calls, 5), terms=terms) for calls in (20.0, 35.0))
    assert room_at(hit, 0, 20)["cars"] < room_at(calm, 0, 20)["cars"]


def test_hours_lent_already_are_those_beyond_the_home_project() -> None:
    case = case_of([POWER] * 4 + [SPARE] * 4, (60, 0, 0))
    assert lent_already(case.problem, case.roster)[("cars", "power")] == pytest.approx(4 * 8)
    assert lent_already(at_home(case.problem), case.roster) == {}
