"""Burdens counted by hand, carried from month to month, compared and explained. 2026-06-01 is a Monday."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from roster_case import FIRST, SHIFTS, problem_of

from data.exchange.fairness import CARRIED_FILE, FAIRNESS_FILE, read_fairness, write_fairness
from data.model.calendar import Calendar, DayType, SpecialDay
from data.model.errors import Finding, InvalidData
from data.model.fairness import BURDENS, FairnessBalance, Standing
from data.model.ledger import Balance
from data.model.people import Absence, Protection, Wish
from data.model.response import Activation, Standby
from data.model.roster import Roster
from data.model.rulebook import GoalSpec
from data.model.time import Horizon
from optimizer.rostering.carried import MEMORY_DAYS, carried
from optimizer.rostering.fairness_balances import NAMES, WORDS, Shares, explained, running, standings
from optimizer.rostering.problem import RosterProblem

CODES = ("-", "AL", "E", "L", "N")
LINE = "E N N - - E - - E - - - - E"
"""Two weeks: two nights, the first Saturday, the second Sunday."""


def case(lines: Iterable[str], **changes: Any) -> tuple[RosterProblem, Roster]:
    symbol = np.array([[CODES.index(code) for code in line.split()] for line in lines])
    heads = np.zeros((2, 24 * symbol.shape[1]), dtype=np.int64)
    problem = problem_of(heads, (("a",),) * len(symbol), 3, ())
    book = problem.rulebook.model_copy(update={"goals": (GoalSpec(kind="fairness"),)})
    held = [None if code in ("-", "AL") else next(s for s in SHIFTS if s.code == code) for code in CODES]
    start = np.array([-1 if s is None else s.start_minute for s in held])[symbol]
    minutes = np.array([0 if s is None else s.minutes for s in held])[symbol]
    nothing = np.full(symbol.shape, -1)
    horizon = Horizon(zone="Asia/Shanghai", first=FIRST, days=symbol.shape[1])
    roster = Roster(tuple(a.id for a in problem.agents), horizon, CODES, symbol, start, minutes, nothing, np.zeros_like(symbol))
    leave = (Absence(agent="nobody", first=FIRST, last=FIRST),)
    return replace(problem, rulebook=book, absences=leave, **changes), roster


def holidays(*days: int) -> Calendar:
    return Calendar(table={FIRST + timedelta(days=d): SpecialDay(type=DayType.HOLIDAY) for d in days})


def counted(balance: FairnessBalance) -> dict[str, float]:
    return {name: value for name, value in balance.model_dump(include=set(BURDENS) - {"points"}).items() if value}


# -- what a roster adds


def test_nights_and_weekends() -> None:
    (found,) = running(*case([LINE]))
    assert (found.agent, found.until) == ("g0", date(2026, 6, 14))
    assert counted(found) == {"nights": 2, "weekends": 2}


def test_a_weekend_with_both_days_is_one() -> None:
    (found,) = running(*case(["- - - - - E E"]))
    assert found.weekends == 1


@pytest.mark.parametrize(("days", "festivals"), [((0, 1, 2), 1), ((0, 8), 2), ((0, 2), 2), ((3, 4), 0), ((4, 5, 6), 1), ((), 0)])
def test_holidays_in_a_row_are_one_festival(days: tuple[int, ...], festivals: int) -> None:
    (found,) = running(*case([LINE], calendar=holidays(*days)))
    assert found.festivals == festivals


@pytest.mark.parametrize(
    ("wish", "refused"),
    [
        (Wish(agent="g0", day=FIRST), 1),
        (Wish(agent="g0", day=FIRST + timedelta(days=3)), 0),
        (Wish(agent="g0", day=FIRST, kind="avoid", shift="E"), 1),
        (Wish(agent="g0", day=FIRST, kind="avoid", shift="N"), 0),
        (Wish(agent="g0", day=FIRST, kind="on", shift="N"), 1),
        (Wish(agent="g0", day=FIRST, kind="on", shift="E"), 0),
        (Wish(agent="g0", day=FIRST + timedelta(days=3), kind="on", shift="E"), 1),
        (Wish(agent="g0", day=FIRST + timedelta(days=99)), 0),
        (Wish(agent="stranger", day=FIRST), 0),
    ],
)
def test_refused_wishes(wish: Wish, refused: int) -> None:
    (found,) = running(*case([LINE], wishes=(wish,)))
    assert found.refused_wishes == refused


def test_leave_refuses_no_wish() -> None:
    wish = Wish(agent="g0", day=FIRST, kind="on", shift="N")
    (found,) = running(*case(["AL E E"], wishes=(wish,)))
    assert found.refused_wishes == 0


def test_call_outs_and_notices_count_by_the_day() -> None:
    def at(day: int, hour: int) -> datetime:
        return datetime(2026, 6, day, hour, tzinfo=UTC)

    def call(day: int, hour: int, *members: str) -> Activation:
        return Activation(
            "1", "a", at(day, hour), at(day, hour), at(day, hour) + timedelta(hours=2), members, at(day, hour), 0.9, 0.1
        )

    # 20:00 in UTC is 04:00 of the next day in Shanghai
    called = [call(2, 1, "g0", "g1"), call(2, 9, "g0"), call(2, 20, "g0"), call(29, 1, "g0"), call(3, 1, "stranger")]
    noticed = [Standby("1", "a", at(5, 1), at(5, 1), at(5, 3), ("g1",))]
    one, other = running(*case([LINE, LINE]), called=called, noticed=noticed)
    assert (one.call_outs, one.standby) == (2, 0)
    assert (other.call_outs, other.standby) == (1, 1)


# -- what is carried


def test_what_was_before_fades_over_a_year() -> None:
    held = FairnessBalance(agent="g0", until=date(2026, 5, 31), nights=10, call_outs=4)
    (found,) = running(*case([LINE]), [held])
    left = 1 - 14 / MEMORY_DAYS
    assert found.nights == pytest.approx(2 + 10 * left, abs=1e-3)
    assert found.call_outs == pytest.approx(4 * left, abs=1e-3)
    ancient = held.model_copy(update={"until": date(2025, 5, 31)})
    assert running(*case([LINE]), [ancient])[0].nights == 2


def test_days_that_the_balance_holds_are_not_counted_again() -> None:
    held = FairnessBalance(agent="g0", until=date(2026, 6, 2), nights=1)
    (found,) = running(*case([LINE], wishes=(Wish(agent="g0", day=FIRST),)), [held])
    assert found.nights == pytest.approx(1 + 1 - 12 / MEMORY_DAYS, abs=1e-3)
    assert found.refused_wishes == 0


def test_two_halves_carry_what_the_whole_does_but_for_the_fading() -> None:
    problem, roster = case([LINE])
    half, before = case(["E N N - - E -"])
    (between,) = running(half, before)
    (whole,), (again,) = running(problem, roster), running(problem, roster, [between])
    assert again.weekends == pytest.approx(whole.weekends, abs=0.03)
    assert again.nights == pytest.approx(2 * (1 - 7 / MEMORY_DAYS), abs=1e-3)


def test_who_has_no_balance_begins_with_the_mean_of_comparable_agents() -> None:
    held = [
        FairnessBalance(agent="g0", until=date(2026, 5, 31), nights=10),
        FairnessBalance(agent="g1", until=date(2026, 5, 31), nights=4),
    ]
    idle = " ".join("-" * 7)
    found = running(*case([idle, idle, idle]), held)
    assert found[2].nights == pytest.approx(7 * (1 - 7 / MEMORY_DAYS), abs=1e-3)
    assert [balance.nights for balance in running(*case([idle, idle]))] == [0, 0]


def test_points_are_those_of_the_balance_carried() -> None:
    balances = (Balance(agent="g0", until=date(2026, 5, 31), points=3.5), Balance(agent="g1", until=date(2026, 5, 31), points=-3.5))
    problem, roster = case([LINE, " ".join("-" * 14)], balances=balances)
    points = [balance.points for balance in running(problem, roster)]
    assert points == [balance.points for balance in carried(problem, roster)]
    assert points[0] > 3.5


# -- how agents stand


def standing_of(values: Iterable[float], **changes: Any) -> tuple[Standing, ...]:
    values = list(values)
    problem, _ = case([LINE] * len(values))
    if "agents" in changes:
        problem = replace(problem, agents=changes.pop("agents")(problem.agents))
    held = [FairnessBalance(agent=f"g{k}", until=date(2026, 6, 14), nights=n) for k, n in enumerate(values)]
    return standings(problem, held, **changes)


def test_the_spread_and_the_places() -> None:
    found = standing_of([4, 0, 2, 2])
    nights = [standing.places[0] for standing in found]
    assert [place.place for place in nights] == [1, 4, 2, 2]
    assert [place.value for place in nights] == [4, 0, 2, 2]
    spread = nights[0].spread
    assert (spread.burden, spread.agents, spread.mean, spread.deviation) == ("nights", 4, 2.0, pytest.approx(2**0.5, abs=1e-3))
    assert spread.quantiles == (0.0, 0.6, 1.5, 2.0, 2.5, 3.4, 4.0)
    assert [place.spread.burden for place in found[0].places] == list(BURDENS)


def test_the_weight_spares_who_bore_the_most() -> None:
    only = Shares(weekends=0, festivals=0, standby=0, call_outs=0, refused_wishes=0)
    found = standing_of([4, 0, 2, 2], shares=only)
    assert [standing.weight for standing in found] == [2.0, 0.5, 1.0, 1.0]
    sixth = standing_of([4, 0, 2, 2])  # nights are one burden of six
    assert sixth[0].weight == pytest.approx(2 ** (2**0.5 / 6), abs=1e-3)
    assert {standing.weight for standing in standing_of([3, 3, 3])} == {1.0}
    assert {standing.weight for standing in standing_of([4, 0], shares=only.model_copy(update={"nights": 0.0}))} == {1.0}


def test_only_agents_alike_are_compared() -> None:
    def apart(agents: Any) -> Any:
        banned, lapsed = Protection(no_night=True), Protection(no_night=True, until=date(2026, 6, 13))
        guards = (None, banned, lapsed, Protection(no_overtime=True))
        held = [agent.model_copy(update={"protection": guard}) for agent, guard in zip(agents, guards, strict=True)]
        return tuple(held)

    found = standing_of([4, 0, 2, 0], agents=apart)
    assert [s.places[0].spread.agents for s in found] == [3, 1, 3, 3]
    assert [s.places[0].spread.no_night for s in found] == [False, True, False, False]
    assert (found[1].places[0].place, found[1].weight) == (1, 1.0)


def test_strangers_are_refused() -> None:
    problem, _ = case([LINE])
    with pytest.raises(InvalidData) as caught:
        standings(problem, [FairnessBalance(agent=name, until=FIRST) for name in ("x", "g0", "y")])
    assert [finding.read for finding in caught.value.findings] == ["x", "y"]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 5), min_size=1, max_size=12))
def test_places_and_weights_follow_the_values(values: list[int]) -> None:
    found = standing_of(values)
    for one in found:
        assert one.places[0].place == 1 + sum(value > one.places[0].value for value in values)
        assert 0.5 <= one.weight <= 2
    order = sorted(range(len(values)), key=values.__getitem__)
    assert [found[k].weight for k in order] == sorted(standing.weight for standing in found)


# -- what agents are told


def test_the_agent_is_told_in_one_sentence() -> None:
    most, least, _, _ = standing_of([4, 0, 2, 2])
    assert explained(most, "en") == (
        "Up to 2026-06-14 you bore 4 nights (mean 2, place 1 of 4), so in the unpopular duty of the next month "
        f"you are spared (weight {most.weight:g})."
    )
    assert explained(most, "zh") == (
        f"截至 2026-06-14，您承担了夜班 4（均值 2，第 1 位，共 4 人）；下月不受欢迎班次将优先照顾您（权重 {most.weight:g}）。"
    )
    assert "you are among the next in turn" in explained(least, "en")
    assert "您将靠前轮到" in explained(least, "zh")


def test_who_compares_with_nobody_or_bore_nothing_is_told_so() -> None:
    (alone,) = standing_of([3])
    assert "you bore 3 nights, so" in explained(alone, "en")
    assert "equal share" in explained(alone, "en")
    assert "nothing that anybody comparable did not" in explained(standing_of([0, 0])[0], "en")
    assert "与可比同事相同的份额" in explained(standing_of([0, 0])[0], "zh")


def test_both_languages_name_the_same() -> None:
    assert NAMES["en"].keys() == NAMES["zh"].keys() == set(BURDENS)
    assert WORDS["en"].keys() == WORDS["zh"].keys()


# -- the file


def test_balances_come_back_as_they_were(tmp_path: Path) -> None:
    held = running(*case([LINE, "N " * 13 + "N"]))
    write_fairness(held, tmp_path / CARRIED_FILE)
    (tmp_path / CARRIED_FILE).rename(tmp_path / FAIRNESS_FILE)
    findings: list[Finding] = []
    assert [balance for _, balance in read_fairness(tmp_path / FAIRNESS_FILE, findings)] == list(held)
    assert findings == []


def test_every_finding_at_once(tmp_path: Path) -> None:
    path, findings = tmp_path / FAIRNESS_FILE, list[Finding]()
    path.write_text("agent,until,nights,points\nA1,2026-05-31,-1,-2\nA2,yesterday,1,1\n", encoding="utf-8")
    assert read_fairness(path, findings) == []
    assert [(f.row, f.column) for f in findings] == [(2, "nights"), (3, "until")]
    findings.clear()
    path.write_text("agent,until,points\nA1,2026-05-31,-2\nA1,2026-05-31,3\n", encoding="utf-8")
    assert read_fairness(path, findings) == []
    assert [(f.row, f.column) for f in findings] == [(3, "agent")]
