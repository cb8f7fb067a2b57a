"""Repeats, SERVQUAL and effects: brute force, simulation and closed forms as oracles."""

from datetime import date, datetime, timedelta
from math import sqrt
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from control_case import queue, served_of
from hypothesis import given
from hypothesis import strategies as st

from data.exchange.quality import ORDERS_FILE, SERVQUAL_FILE, read_orders, read_servqual
from data.model.call_record import CallRecords
from data.model.centre import Redials
from data.model.control import ControlPolicy
from data.model.errors import InvalidData
from data.model.quality import RepeatOrder, ServqualScore
from data.model.time import Horizon
from optimizer.response.control import daily_index, delivered, effect, gap_of, league, redial_load, repeat_load, split
from optimizer.response.control.repeats import heads_saved, repeated, wilson
from optimizer.staffing.queueing import evaluate

NOW = datetime(2026, 6, 10, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
THIRDS = np.full((3, 2, 48), 1 / 3)


def records_of(caller: list[int], at_s: list[float], answered: list[bool], queues: list[int]) -> CallRecords:
    size, horizon = len(caller), Horizon(zone="Asia/Shanghai", first=date(2026, 6, 1), days=2)
    zero, handle = np.zeros(size), np.where(answered, 300.0, np.nan)
    lost, callers = np.array(answered), np.array(caller)
    return CallRecords(
        ("a", "b"), (), horizon, np.array(queues), np.array(at_s), zero, lost, handle, zero - 1, callers, zero
    )  # fmt: skip


calls = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 170_000), st.booleans(), st.integers(0, 1)), min_size=1, max_size=40)


@given(calls)
def test_repeats_are_those_that_a_search_over_all_pairs_finds(told: list[tuple[int, int, bool, int]]) -> None:
    told = sorted({(at, caller, answered, queue) for caller, at, answered, queue in told})
    records = records_of(
        [c for _, c, _, _ in told], [float(a) for a, *_ in told], [x for _, _, x, _ in told], [q for *_, q in told]
    )
    repeat, lost = repeated(records, 3600.0)
    for k in range(records.size):
        before = [
            j
            for j in range(k)
            if records.caller[k] > 0 and records.caller[j] == records.caller[k] and records.queue[j] == records.queue[k]
        ]
        near = [j for j in before if records.arrival_s[k] - records.arrival_s[j] <= 3600.0]
        assert repeat[k] == bool(near)
        assert not lost[k] or repeat[k]
        if near and records.arrival_s[near[-1]] > max((records.arrival_s[j] for j in near[:-1]), default=-1.0):
            assert lost[k] == (not records.answered[near[-1]])


def test_the_load_of_a_queue_is_its_share_of_its_work() -> None:
    records = records_of([1, 1, 1, 2, 0], [0.0, 600.0, 1200.0, 700.0, 800.0], [False, True, True, True, True], [0] * 5)
    load = repeat_load(records, queue("a", "p"), 3600.0)
    assert (load.calls, load.after_lost, load.after_answered, load.share) == (4, 1, 1, 0.5)
    assert load.hours == pytest.approx(5 / 2 * 0.5 * 300 / 3600)
    assert load.busy_hour == 0
    empty = repeat_load(records, queue("b", "r"), 3600.0)
    assert (empty.calls, empty.share, empty.low, empty.high, empty.heads) == (0, 0.0, 0.0, 1.0, 0)


@given(st.floats(0, 600), st.floats(0, 0.9))
def test_heads_saved_are_those_by_which_both_loads_meet_the_target(rate: float, share: float) -> None:
    one = queue("a", "p")
    saved = heads_saved(one, rate, share, 240.0)
    assert saved >= 0

    def least(calls_an_hour: float) -> int:
        level = evaluate(np.arange(100), calls_an_hour / 3600, 240.0, one.patience_s, one.target.threshold_s).service_level
        return int(np.argmax(level >= one.target.service_level)) if calls_an_hour else 0

    assert saved == least(rate) - least(rate * (1 - share))


def test_the_interval_of_a_share_holds_the_truth_as_often_as_it_says() -> None:
    rng, held = np.random.default_rng(1), 0
    for _ in range(2000):
        _, low, high = wilson(int(rng.binomial(60, 0.07)), 60)
        held += low <= 0.07 <= high
    assert held / 2000 == pytest.approx(0.95, abs=0.025)


def test_where_callers_are_not_known_redials_speak() -> None:
    level = np.where(np.arange(48) % 2, 0.5, 0.9)[None].repeat(2, axis=0)
    served = served_of(level, THIRDS)
    load = redial_load(served, Redials(probability=0.5, expected_abandonment=0.1))[0]
    assert (load.calls, load.after_lost) == (4800, 120)
    assert load.share == pytest.approx(0.5 * 0.1 / 2)
    assert load.hours == pytest.approx(120 / 2 * 240 / 3600)


@given(st.lists(st.tuples(st.integers(1, 7), st.integers(1, 7)), min_size=2, max_size=30))
def test_the_widest_interval_is_never_narrower_than_the_one_of_the_answers(answers: list[tuple[int, int]]) -> None:
    felt, wanted = np.array(answers, dtype=float).T
    told = {"period": "2026-06", "project": "p", "dimension": "empathy", "perception": felt.mean(), "expectation": wanted.mean()}
    widest = gap_of(ServqualScore.model_validate(told | {"n": len(felt)}))
    known = gap_of(ServqualScore.model_validate(told | {"n": len(felt), "gap_sd": float((felt - wanted).std())}))
    assert widest.low <= known.low + 1e-9
    assert known.high <= widest.high + 1e-9
    assert known.gap == pytest.approx(float((felt - wanted).mean()))


def test_service_on_target_without_variation_is_as_promised() -> None:
    even = delivered(served_of(np.full((2, 48), 0.8), THIRDS), "p")
    assert (even.responsiveness, even.reliability) == (pytest.approx(1.0), pytest.approx(1.0))
    uneven = delivered(served_of(np.tile([0.6, 1.0], (2, 24)), THIRDS), "p")
    assert (uneven.responsiveness, uneven.reliability) == (pytest.approx(1.0), pytest.approx(0.75))


def test_an_effect_is_found_as_often_as_its_interval_says() -> None:
    rng, held = np.random.default_rng(2), 0
    for _ in range(1000):
        found = effect(rng.normal(10, 3, 20), rng.normal(7, 1, 10))
        held += found.low <= -3 <= found.high
    assert held / 1000 == pytest.approx(0.95, abs=0.03)
    assert effect(np.ones(3), np.full(4, 2.0)).difference == 1.0


def test_the_index_of_the_days_averages_to_that_of_the_month() -> None:
    level = np.where(np.random.default_rng(3).random((2, 48)) < 0.4, 0.5, 0.9)
    served, policy = served_of(level, THIRDS), ControlPolicy()
    found = split(served, policy)
    own, others = daily_index(served, found, policy, "project:p")
    rows = {row.unit: row.index for row in league(served, found, policy)}
    assert own.mean() == pytest.approx(rows["project:p"])
    assert others.mean() == pytest.approx(rows["project:r"])


def order(**more: object) -> RepeatOrder:
    told = {"id": "o1", "queue": "a", "opened": NOW - timedelta(days=3), "promised": NOW - timedelta(days=1)}
    return RepeatOrder.model_validate(told | more)


def test_an_order_is_late_when_its_promise_is_past_and_final_when_filed() -> None:
    assert (order().state(NOW), order().state(NOW - timedelta(days=2))) == ("late", "open")
    assert order(answered=NOW).state(NOW) == "answered_late"
    assert order(answered=NOW - timedelta(days=2)).state(NOW) == "answered"
    assert order(answered=NOW, final=True).state(NOW) == "final"
    assert order(answered=NOW, final=True).state(NOW - timedelta(hours=1)) == "late"


def test_files_of_orders_and_scores_tell_every_finding(tmp_path: Path) -> None:
    (tmp_path / ORDERS_FILE).write_text(
        "id,queue,opened,promised,final\n"
        "o1,a,2026-06-01T09:00+08:00,2026-06-02T09:00+08:00,\n"
        "o2,x,2026-06-01T09:00+08:00,2026-06-02T09:00+08:00,no\n"
        "o3,a,2026-06-01T09:00+08:00,2026-05-02T09:00+08:00,\n",
        "utf-8",
    )
    with pytest.raises(InvalidData) as caught:
        read_orders(tmp_path, ["a"])
    assert [one.row for one in caught.value.findings] == [3, 4]
    header = "period,project,dimension,perception,expectation,n\n"
    (tmp_path / SERVQUAL_FILE).write_text(f"{header}2026-06,p,warmth,5,6,40\n2026-06,p,empathy,8,6,1\n", "utf-8")
    with pytest.raises(InvalidData) as caught:
        read_servqual(tmp_path, ["p"])
    assert [(one.row, one.column) for one in caught.value.findings] == [(2, "dimension"), (3, "n"), (3, "perception")]
    (tmp_path / SERVQUAL_FILE).write_text(f"{header}2026-06,p,empathy,5,6,40\n", "utf-8")
    (score,) = read_servqual(tmp_path, ["p"])
    assert gap_of(score).high == pytest.approx(-1 + 1.959964 * (sqrt(8) + sqrt(5)) / sqrt(40), abs=1e-5)
