"""A look far ahead and beside it: outline capacity, levels that last, thresholds on the last intervals, signals, remedies."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from response_case import GRID, ZONE, agent, at, forecast_of, queue, requirement_of, roster_of, tier

from data.exchange.folder import TEMPLATE, read_folder
from data.exchange.live import read_live
from data.model.centre import Region
from data.model.demand import CallHistory
from data.model.errors import InvalidData
from data.model.live import LiveInterval
from data.model.people import Absence, Protection
from data.model.response import Reason, WarningLadder, WarningLevel
from data.model.signal import Signal
from data.model.time import Horizon, TimeGrid
from data.model.warning_policy import HOUSE_LEADS, WarningPolicy
from optimizer.response.echelon.limits import Limits
from optimizer.response.echelon.reserve import reserve
from optimizer.response.warning.live import last_intervals, live_reasons, signal_reasons
from optimizer.response.warning.outline import outline_capacity
from optimizer.response.warning.remedies import remedies
from optimizer.response.warning.rollup import warned_days
from optimizer.response.warning.warn import outlook, slot_levels, warnings, worst_slot

POWER, EV = queue("power"), queue("ev")
CALLS = np.full((2, GRID.size), 120.0)
FORECAST = forecast_of(CALLS, [POWER, EV])
REQUIREMENT = requirement_of(FORECAST, [POWER, EV])
POLICY = WarningPolicy()
NONE, BLUE, YELLOW, ORANGE, RED = WarningLevel


def heads(*short: tuple[int, float, float, float]) -> np.ndarray:
    """Ample agents but for stretches (queue, first hour, last hour, agents) of 1 June."""
    available = np.full((2, GRID.size), 40.0)
    for row, first, end, few in short:
        available[row, GRID.slot(at(1, first)) : GRID.slot(at(1, end))] = few
    return available


def found(available: np.ndarray, now: float = 8, **more: object):
    return warnings(FORECAST, REQUIREMENT, available, [POWER, EV], now=at(1, now), **more)


def test_far_ahead_a_level_must_last() -> None:
    ladder = WarningLadder(far_hours=24, far_intervals=6)
    short = heads((0, 33, 35.5, 10.0), (1, 33, 36, 10.0))
    assert [one.queue for one in found(short, ladder=ladder)] == ["ev"]
    assert {one.queue for one in found(short, now=30, ladder=ladder)} == {"power", "ev"}


def test_a_level_that_stands_stays_until_it_is_below_its_rung_by_the_margin() -> None:
    ladder, view = WarningLadder(), outlook(FORECAST, REQUIREMENT, heads(), [POWER, EV])
    near = replace(view, chance=np.full(view.chance.shape, 0.62), need=np.zeros(view.need.shape))
    calm = replace(near, chance=np.full(view.chance.shape, 0.59))
    held = np.full(near.chance.shape, RED)
    levels = [slot_levels(one, GRID, at(1, 0), ladder, held=state) for one, state in ((near, None), (near, held), (calm, held))]
    assert [set(np.unique(one)) for one in levels] == [{NONE}, {BLUE}, {NONE}]
    np.testing.assert_array_equal(slot_levels(near, GRID, at(1, 0), ladder, held=np.zeros_like(held)), levels[0])
    (one, *_) = found(heads((0, 10, 12, 16.0)), held=np.where(np.arange(GRID.size) < 48, BLUE, NONE) * np.ones((2, 1), dtype=int))
    assert one.start == at(1, 10)


def test_a_warning_names_its_thresholds_with_what_was_measured() -> None:
    (one,) = found(heads((0, 10, 12, 13.0)))
    assert {(r.threshold, r.level, r.limit) for r in one.reasons} == {("chance", RED, 0.97), ("need", ORANGE, 1.2)}
    assert {r.measured for r in one.reasons} == {one.chance, one.need_over_capacity}
    assert "need over capacity" in one.message
    assert "触发" in one.message_zh
    assert one.missing_hours == pytest.approx(one.missing_heads * 2)
    assert one.project == "p"


def test_what_was_heard_raises_its_level_in_its_stretch_alone() -> None:
    typhoon = Reason("s1", "weather", "ev", ORANGE, 1.0, 0.1, at(1, 12), at(1, 15))
    (one,) = found(heads(), reasons=[typhoon])
    assert (one.queue, one.level, one.start, one.end) == ("ev", ORANGE, at(1, 12), at(1, 15))
    assert one.reasons == (typhoon,)
    assert one.chance < 0.01
    assert found(heads(), now=15, reasons=[typhoon]) == ()
    spike = replace(typhoon, end=at(1, 12.5))
    assert [one.end for one in found(heads(), reasons=[spike])] == [at(1, 13)], "as long as a warning is at least"
    (busy,) = found(heads((0, 12, 14, 13.0)), reasons=[replace(typhoon, level=NONE)])
    assert typhoon.threshold not in {reason.threshold for reason in busy.reasons}, "another queue's"
    shut = replace(FORECAST, open=FORECAST.open & (np.arange(GRID.size) < GRID.slot(at(1, 13))))
    told = warnings(shut, REQUIREMENT, heads(), [POWER, EV], now=at(1, 8), reasons=[typhoon])
    assert [(one.start, one.end) for one in told] == [(at(1, 12), at(1, 13))], "nobody is warned of a closed queue"


def test_ample_agents_lose_no_call_and_of_equal_chances_the_most_missing_is_worst() -> None:
    assert not outlook(FORECAST, REQUIREMENT, heads(), [POWER, EV]).lost.any()
    assert worst_slot(np.array([0.5, 0.9, 0.9]), np.array([9.0, 1.0, 3.0]), np.arange(3)) == 2


def test_where_there_is_no_roster_it_is_said() -> None:
    outlined = np.arange(GRID.size) >= 48
    near, far = found(heads((0, 10, 12, 12.0), (1, 34, 38, 12.0)), outlined=outlined, now=9)
    assert (near.stands_on, far.stands_on) == ("roster", "outline")
    assert "No roster yet" in far.message
    assert "尚无排班" in far.message_zh
    assert "No roster" not in near.message


def interval(minutes: int, **told: float) -> LiveInterval:
    return LiveInterval(queue="power", timestamp=at(1, 9) + timedelta(minutes=minutes), **({"offered": 50.0} | told))


def raised(rows: list[LiveInterval], hour: float = 10, history: CallHistory | None = None) -> dict[str, Reason]:
    unknown = np.full((2, GRID.size), np.nan)
    known = history or CallHistory(("power", "ev"), GRID, unknown, unknown)
    seen = last_intervals(rows, known, [POWER, EV], at(1, hour))
    return {reason.threshold: reason for reason in live_reasons(seen, at(1, hour), POLICY)}


def test_the_last_intervals_raise_the_thresholds_that_stand_long_enough() -> None:
    rates = (48, 48, 48, 48, 48, 48, 48, 48, 48, 44, 44, 44)
    rows = [interval(5 * k, answered=rate, waiting=4, longest_wait_s=30) for k, rate in enumerate(rates)]
    found = raised(rows)
    assert set(found) == {"answer_rate_low", "answer_rate_poor"}
    assert found["answer_rate_poor"].measured == pytest.approx(0.88)
    assert (found["answer_rate_poor"].start, found["answer_rate_poor"].end) == (at(1, 10), at(1, 11))
    assert raised(rows[:-1], 10 - 1 / 12) == {}  # ten minutes are not fifteen
    assert raised(rows, 10.25) == {}  # what is told is too old


def test_queue_wait_and_service_level_have_their_thresholds() -> None:
    rows = [interval(5 * k, answered=50, waiting=4, longest_wait_s=30, in_target=45) for k in range(10)]
    rows += [interval(50, waiting=7, longest_wait_s=61, in_target=30), interval(55, waiting=9, longest_wait_s=70, in_target=30)]
    found = raised(rows)
    assert {name: reason.level for name, reason in found.items()} == {"queue_long": YELLOW, "wait_long": ORANGE}
    assert found["queue_long"].measured == pytest.approx((7 + 9) / 2 / 4)
    worse = [row.model_copy(update={"in_target": 30.0}) if k >= 6 else row for k, row in enumerate(rows)]
    assert raised(worse)["service_below_target"].measured == pytest.approx(0.6 / 0.8)


def test_one_bad_interval_is_a_spike_and_one_that_runs_is_not_over() -> None:
    assert raised([interval(0, answered=50.0), interval(30, answered=30.0)]) == {}
    unknown = np.full((2, GRID.size), np.nan)
    running = last_intervals(
        [interval(5 * k, answered=40.0) for k in range(12)],
        CallHistory(("power", "ev"), GRID, unknown, unknown),
        [POWER],
        at(1, 9.95),
    )
    assert [one.ends_at for one in running] == [at(1, 9) + timedelta(minutes=55)]


def test_few_calls_say_nothing_of_rates() -> None:
    rows = [interval(5 * k, offered=8, answered=2) for k in range(12)]
    assert raised(rows) == {}


def test_without_the_switch_the_history_speaks() -> None:
    offered = np.where(np.arange(GRID.size) < GRID.slot(at(1, 10)), 100.0, np.nan) * np.ones((2, 1))
    lost = np.where(np.arange(GRID.size) >= GRID.slot(at(1, 9)), 25.0, 1.0) * np.array([[1.0], [0.0]])
    history = CallHistory(("power", "ev"), GRID, offered, offered, abandoned=lost)
    found = raised([], 10, history)
    assert set(found) == {"answer_rate_low", "answer_rate_poor", "answer_rate_bad"}
    assert {reason.queue for reason in found.values()} == {"power"}


def test_live_rows_that_do_not_fit_are_told_at_once(tmp_path) -> None:
    path = tmp_path / "live.csv"
    assert read_live(path, ("power",)) == ()
    lines = ["queue,timestamp,offered,waiting", "gas,2026-06-01T09:00+08:00,5,1", "power,2026-06-01T09:00,-1,1"]
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(InvalidData) as caught:
        read_live(path, ("power",))
    assert sorted((one.row, one.column) for one in caught.value.findings) == [(2, "queue"), (3, "offered"), (3, "timestamp")]


def test_a_signal_touches_the_queues_of_its_region_once_it_is_heard() -> None:
    regions = [Region(id="coast", name="Coast", shares={"power": 0.3, "ev": 0.05})]
    storm = Signal(id="s1", source="weather", at=at(1, 12), until=at(1, 20), heard_at=at(1, 9), region="coast", level=ORANGE)
    (one,) = signal_reasons([storm], [POWER, EV], regions, at(1, 10), POLICY)
    assert (one.queue, one.level, one.measured, one.start, one.end) == ("power", ORANGE, 0.3, at(1, 12), at(1, 20))
    everywhere = storm.model_copy(update={"region": "", "level": BLUE})
    assert [(r.queue, r.level) for r in signal_reasons([everywhere], [POWER, EV], regions, at(1, 10), POLICY)] == [
        ("power", YELLOW),
        ("ev", YELLOW),
    ]
    for silent in ({"weight": 0.4}, {"source": "forum"}, {"level": NONE}, {"until": at(1, 10), "at": at(1, 9)}):
        assert list(signal_reasons([storm.model_copy(update=silent)], [POWER, EV], regions, at(1, 10), POLICY)) == []
    assert list(signal_reasons([storm], [POWER, EV], regions, at(1, 8.9), POLICY)) == []
    named = everywhere.model_copy(update={"queues": ("ev",)})
    assert [r.queue for r in signal_reasons([named], [POWER, EV], regions, at(1, 10), POLICY)] == ["ev"]


def test_outline_is_a_mean_week_less_the_leave_that_is_known() -> None:
    plan = TimeGrid(horizon=Horizon(zone=ZONE, first=date(2026, 6, 1), days=14), minutes=60)
    ahead = TimeGrid(horizon=Horizon(zone=ZONE, first=date(2026, 6, 15), days=2), minutes=60)
    agents = [agent(f"a{k}") for k in range(10)]
    weekly = np.repeat(np.arange(14.0) % 7 + 10, 24) + np.repeat([0.0, 2.0], 24 * 7)
    capacity = outline_capacity(weekly[None], plan, ahead, agents, [], ["power"])
    np.testing.assert_allclose(capacity[0], np.repeat([11.0, 12.0], 24))
    away = [Absence(agent=f"a{k}", first=date(2026, 6, 16), last=date(2026, 6, 30)) for k in range(3)]
    away += [Absence(agent="a9", first=date(2026, 6, 2), last=date(2026, 6, 2))]  # away on one Tuesday of the plan
    capacity = outline_capacity(weekly[None], plan, ahead, agents, away, ["power"])
    np.testing.assert_allclose(capacity[0], np.repeat([11.0, 12.0 * 7 / 9.5], 24))
    others = [*agents, *(agent(f"x{k}", skills=("ev",)) for k in range(5))]
    gone = [Absence(agent=f"x{k}", first=date(2026, 6, 15), last=date(2026, 6, 16)) for k in range(5)]
    again = Absence(agent="a0", first=date(2026, 6, 20), last=date(2026, 6, 20))
    np.testing.assert_allclose(outline_capacity(weekly[None], plan, ahead, others, [*away, *gone, again], ["power"]), capacity)
    short = TimeGrid(horizon=Horizon(zone=ZONE, first=date(2026, 6, 1), days=1), minutes=60)
    np.testing.assert_allclose(outline_capacity(np.full((1, 24), 5.0), short, ahead, agents, [], ["power"]), 5.0)


def test_remedies_are_told_with_their_last_moments_and_lawful_members() -> None:
    (one,) = found(heads((0, 10, 12, 10.0)), now=8)
    people = [agent("a"), agent("b"), agent("c", protection=Protection(no_overtime=True)), agent("d", echelon="e2")]
    members = reserve(people, roster_of(people, {("b", 1): (11, 4)}))
    tiers = [tier("e1", notice=60), tier("e2", notice=300)]
    told = remedies(
        one, now=at(1, 8), minutes=30, leads=HOUSE_LEADS, tiers=tiers, members=members, limits=Limits(rest_minutes=600)
    )  # fmt: skip
    by_name = {remedy.name: remedy for remedy in told}
    assert (by_name["overtime"].whole_by, by_name["overtime"].until) == (at(1, 8), at(1, 9.5))
    assert by_name["e1"].heads == 1  # one works, one is protected
    assert (by_name["e2"].heads, by_name["e2"].late) == (0, True)
    assert by_name["week_adjustment"].late
    assert not by_name["breaks"].late
    long = tuple(replace(one, start=at(2, 10), end=at(2, end)) for end in (13, 14))
    limits = Limits(month_minutes=120)
    terms = {"now": at(1, 8), "minutes": 30, "leads": {}, "tiers": tiers[:1], "members": members, "limits": limits}
    heads_of = [remedies(stretch, overtime_day_minutes=180, **terms)[0].heads for stretch in long]
    assert heads_of == [0, 2], "beyond three hours somebody approves, who lifts the limits of overtime"
    stretch = replace(one, start=at(2, 10), end=at(2, 20))
    terms |= {"limits": Limits(day_minutes=240), "overtime_day_minutes": 600}
    assert remedies(stretch, **terms)[0].heads == 2, "a duty is no longer than the tier allows"
    late = remedies(one, now=at(1, 8.5), minutes=30, leads=HOUSE_LEADS)
    assert {remedy.name: remedy.late for remedy in late}["overtime"] is False, "there is time for its last interval"
    assert [remedy.until for remedy in told] == sorted(remedy.until for remedy in told)


def test_members_who_may_come_only_late_in_a_stretch_are_counted() -> None:
    (one,) = found(heads((0, 10, 20, 12.0)), now=8)
    people = [agent("night"), agent("day")]
    # the one has had her rest by five in the afternoon, the other works until nine
    roster = roster_of(people, {("night", 1): (0, 6), ("day", 1): (11, 10)})
    told = remedies(
        one, now=at(1, 8), minutes=30, leads={}, tiers=[tier("e1", longest=120)], members=reserve(people, roster),
        limits=Limits(rest_minutes=660),
    )  # fmt: skip
    assert [remedy.heads for remedy in told] == [1]


def test_days_add_up_over_queues_and_regions_have_their_share() -> None:
    centre = read_folder(TEMPLATE).centre
    queues = tuple(q.model_copy(update={"project": project}) for q, project in ((POWER, "grid"), (EV, "cars")))
    regions = (Region(id="north", name="North", shares={"power": 0.25, "ev": 0.5}), Region(id="south", name="South"))
    centre = centre.model_construct(**(dict(centre) | {"queues": queues, "regions": regions}))
    available = heads((0, 10, 12, 12.0), (1, 23, 25, 10.0))
    told = found(available, now=8)
    rows = {(row.id, row.day.day): row for row in warned_days(told, FORECAST, REQUIREMENT, available, centre)}
    hours = {one.queue: one.missing_hours for one in told}
    assert set(rows) == {("grid", 1), ("cars", 1), ("cars", 2), ("north", 1), ("north", 2)}
    assert rows["grid", 1].missing_hours == pytest.approx(hours["power"])
    assert rows["cars", 1].missing_hours + rows["cars", 2].missing_hours == pytest.approx(hours["ev"])
    assert rows["north", 1].missing_hours == pytest.approx(0.25 * hours["power"] + 0.5 * hours["ev"] / 2)
    assert rows["north", 1].lost_calls == pytest.approx(0.25 * rows["grid", 1].lost_calls + 0.5 * rows["cars", 1].lost_calls)
    assert rows["north", 1].level == max(one.level for one in told)
    assert rows["north", 1].warnings == 2
