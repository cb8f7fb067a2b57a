"""Shift design: known optima by enumeration, the cycle, costs by an independent checker, and what the readers refuse."""

from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from benchmarks.shift_design import checked
from data.exchange.shift_design import read_shift_design, read_shift_windows
from data.model.errors import InvalidData
from data.model.shift_design import Shape, ShiftDesign, ShiftWindow
from optimizer.rostering.shift_design import design_shifts
from optimizer.rostering.solution import Status

TOY = """% two types
interval = 180;   % minutes
days = 1;
demand = [1,1,4,3,
          5,4,2,3];
shiftTypes = 2; minStart = [2, 4]; maxStart = [2, 7];
minLength = [2, 2];
maxLength = [4, 4];
minDuties = 0;
maxDuties = 3.4;
avgMinutes = 2400;
weightUnderCover = 1.0;
weightOverCover = 1;
weightDutiesPerWeek = 0;
weightShiftInstances = 179;
"""


def window(first: int, last: int, least: int, most: int, kind: str = "day") -> ShiftWindow:
    return ShiftWindow(kind=kind, first_start=first, last_start=last, least_length=least, most_length=most)


def enumerated(design: ShiftDesign) -> float:
    """Least cost over every number of workers of every shift of a design of one day; inf where full cover cannot be had."""
    shapes, demand = list(design.shapes), np.array(design.demand)
    covers = np.zeros((len(shapes), len(demand)), np.int64)
    for row, (start, length) in enumerate(shapes):
        for k in range(length):
            covers[row, (start + k) % len(demand)] += 1
    best = float("inf")
    for counts in product(range(int(demand.max()) + 1), repeat=len(shapes)):
        off = np.array(counts) @ covers - demand
        used = np.count_nonzero(counts)
        if (design.full_cover and off.min() < 0) or used > (design.most_shifts or used):
            continue
        over, under = off[off > 0].sum(), -off[off < 0].sum()
        best = min(best, design.minutes * (design.over_cost * over + design.under_cost * under) + design.shift_cost * used)
    return best


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    path = tmp_path / "toy.dzn"
    path.write_text(TOY, encoding="utf-8")
    return path


@pytest.mark.parametrize(("weight", "optimum", "shifts"), [(179, 716, 4), (181, 723, 3), (100, 400, 4)])
def test_full_cover_trades_a_shift_for_an_interval_of_surplus(toy: Path, weight: int, optimum: int, shifts: int) -> None:
    design = read_shift_design(toy).model_copy(update={"full_cover": True, "under_cost": 0.0, "shift_cost": float(weight)})
    found = design_shifts(design)
    assert found.status is Status.OPTIMAL
    assert found.cost == found.bound == checked(design, found) == optimum
    assert len(found.shapes) == shifts
    assert found.under_minutes == 0


def test_a_shortage_that_costs_nothing_needs_no_shift(toy: Path) -> None:
    found = design_shifts(read_shift_design(toy).model_copy(update={"under_cost": 0.0}))
    assert (found.status, found.cost, found.shapes) == (Status.OPTIMAL, 0.0, ())


@st.composite
def small_designs(draw: st.DrawFn) -> ShiftDesign:
    first = draw(st.integers(0, 5))
    least = draw(st.integers(1, 5))
    return ShiftDesign(
        minutes=240,
        days=1,
        demand=tuple(draw(st.lists(st.integers(0, 3), min_size=6, max_size=6))),
        windows=(
            window(first, first + draw(st.integers(0, 1)), least, min(6, least + draw(st.integers(0, 1)))),
            window(2, 2, 3, 3),
        ),
        over_cost=draw(st.sampled_from([0.0, 0.5, 1.0, 3.0])),
        under_cost=draw(st.sampled_from([0.0, 1.0, 2.5, 10.0])),
        shift_cost=draw(st.sampled_from([0.0, 60.0, 241.5])),
        most_shifts=draw(st.sampled_from([None, 1, 2])),
        full_cover=draw(st.booleans()),
    )


@given(small_designs())
@settings(max_examples=40, deadline=None)
def test_the_optimum_is_that_of_enumeration(design: ShiftDesign) -> None:
    found, best = design_shifts(design, workers=1), enumerated(design)
    assert found.cost == pytest.approx(best)
    if best < float("inf"):
        assert found.status is Status.OPTIMAL
        assert checked(design, found) == pytest.approx(found.cost)
    else:
        assert found.status is Status.INFEASIBLE
        assert "cover" in found.explanation


@given(st.lists(st.integers(0, 6), min_size=36, max_size=36), st.integers(0, 10**6))
@settings(max_examples=15, deadline=None)
def test_of_several_days_the_cost_is_the_checkers_and_the_bound_below(demand: list[int], seed: int) -> None:
    design = ShiftDesign(
        minutes=120, days=3, demand=tuple(demand), windows=(window(3, 5, 3, 5), window(10, 13, 4, 4)), shift_cost=100.0
    )
    found = design_shifts(design, effort=1, workers=1, seed=seed)
    assert found.bound <= found.cost + 1e-6
    assert checked(design, found) == pytest.approx(found.cost)


def test_the_week_is_a_cycle() -> None:
    demand = [0] * 14
    demand[13] = demand[0] = 2
    design = ShiftDesign(minutes=720, days=7, demand=tuple(demand), windows=(window(1, 1, 2, 2),), shift_cost=1.0)
    found = design_shifts(design)
    assert found.shapes == (Shape(1, 2),)
    assert found.workers.tolist() == [[0, 0, 0, 0, 0, 0, 2]]
    assert found.cost == 1.0


def test_a_start_beyond_midnight_is_that_of_the_next_day() -> None:
    design = ShiftDesign(minutes=60, days=1, demand=(0,) * 24, windows=(window(23, 25, 8, 8, "night"),))
    assert list(design.shapes) == [Shape(0, 8), Shape(1, 8), Shape(23, 8)]


def test_no_more_shifts_than_asked_for() -> None:
    design = ShiftDesign(minutes=60, days=1, demand=(0,) * 8 + (3, 4, 5, 6, 6, 5, 4, 3) + (0,) * 8, windows=(window(6, 12, 2, 8),))
    costs = [design_shifts(design.model_copy(update={"most_shifts": n})).cost for n in (1, 2, 3, 4)]
    assert costs == sorted(costs, reverse=True)
    assert costs[0] > costs[3] == 0


def test_full_cover_that_cannot_be_had_is_explained() -> None:
    design = ShiftDesign(minutes=720, days=1, demand=(1, 1), windows=(window(0, 0, 1, 1),), full_cover=True)
    found = design_shifts(design)
    assert found.status is Status.INFEASIBLE
    assert found.gap == 1.0
    assert found.explanation == "no shift may cover 1 intervals with demand, the first of them interval 1 of the cycle"


def test_comments_line_breaks_and_fractions_read(toy: Path) -> None:
    design = read_shift_design(toy)
    assert design.demand == (1, 1, 4, 3, 5, 4, 2, 3)
    assert (design.minutes, design.days, design.shift_cost) == (180, 1, 179.0)
    assert [(w.first_start, w.last_start, w.least_length, w.most_length) for w in design.windows] == [(2, 2, 2, 4), (4, 7, 2, 4)]


def test_every_finding_of_an_instance_is_told_at_once(toy: Path) -> None:
    text = TOY.replace("days = 1;", "days = one;").replace("5,4,2,3", "5,4,-2,3.5").replace("[2, 7]", "[2]")
    toy.write_text(text.replace("weightOverCover = 1;\n", "weightUnderCover = 2;\n"), encoding="utf-8")
    with pytest.raises(InvalidData) as caught:
        read_shift_design(toy)
    told = [(finding.row, finding.column) for finding in caught.value.findings]
    assert sorted(told, key=str) == sorted(
        [(3, "days"), (4, "demand"), (4, "demand"), (6, "maxStart"), (13, "weightUnderCover"), (None, "weightOverCover")], key=str
    )


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("interval = 180", "interval = 170", "do not divide a day"),
        ("days = 1", "days = 2", "8 intervals of demand"),
        ("minStart = [2, 4]", "minStart = [3, 4]", "ends before it begins"),
        ("maxLength = [4, 4]", "maxLength = [4, 9]", "longer than a day"),
        ("minLength = [2, 2]", "minLength = 2", "in brackets"),
        ("maxDuties = 3.4;", "maxDuties", "name = value"),
    ],
)
def test_what_does_not_fit_together_is_told(toy: Path, old: str, new: str, said: str) -> None:
    assert old in TOY
    toy.write_text(TOY.replace(old, new), encoding="utf-8")
    with pytest.raises(InvalidData, match=said):
        read_shift_design(toy)


def test_no_file_is_a_finding(tmp_path: Path) -> None:
    with pytest.raises(InvalidData, match="no file"):
        read_shift_design(tmp_path / "none.dzn")


def test_windows_read_over_midnight_and_refuse_times_off_the_interval(tmp_path: Path) -> None:
    path = tmp_path / "shift_windows.csv"
    head = "kind,first_start,last_start,least_minutes,most_minutes,step_minutes\n"
    path.write_text(f"{head}night,22:00,01:00,480,600,60\nday,09:00,10:00,480,480,\n", encoding="utf-8")
    night, day = read_shift_windows(path, 30)
    assert (night.first_start, night.last_start, night.least_length, night.most_length, night.start_step) == (44, 50, 16, 20, 2)
    assert (day.first_start, day.last_start, day.start_step) == (18, 20, 1)
    path.write_text(f"{head}night,22:10,01:00,480,600,60\nday,09:00,10:00,480,300,30\n", encoding="utf-8")
    with pytest.raises(InvalidData) as caught:
        read_shift_windows(path, 30)
    assert [finding.row for finding in caught.value.findings] == [2, 3]
    path.write_text(head, encoding="utf-8")
    with pytest.raises(InvalidData, match="at least one window"):
        read_shift_windows(path, 30)


def test_a_design_refuses_a_demand_below_zero() -> None:
    with pytest.raises(ValidationError, match="below 0"):
        ShiftDesign(minutes=720, days=1, demand=(0, -1), windows=(window(0, 0, 1, 1),))
