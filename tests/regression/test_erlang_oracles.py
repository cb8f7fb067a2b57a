"""Published and exactly computed numbers of the Erlang B, C and A models (40-digit arithmetic, eight digits printed)."""

import csv
import json
import os
from pathlib import Path

import numpy as np
import pytest

from data.model.centre import ServiceTarget
from optimizer.staffing.queueing import (
    erlang_b,
    erlang_c,
    evaluate,
    largest_load,
    largest_rate,
    least_agents,
    least_lines,
    wait_percentile,
)

INF = np.inf
DATA = Path(os.environ.get("ECHELON_BENCH_DATA", Path(__file__).parents[3] / "shared" / "data"))


def near(value, expected, digits=8):
    """Whether a value agrees to the digits printed."""
    assert float(value) == pytest.approx(expected, rel=10.0 ** (1 - digits), abs=1e-12)


# name: agents, Erlang, handle time, threshold, P(wait), service level, ASA
ERLANG_C = {
    "C1": (14, 10, 180, 20, 0.17413193, 0.88835002, 7.8359370),
    "C2": (14, 10, 180, 19.8, 0.17413193, 0.88785269, None),
    "C3": (15, 10, 180, 19.8, 0.10204237, 0.94112668, None),
    "C4": (40, 100 / 3, 120, 20, 0.19073729, 0.93721062, 3.4332712),
    "C5": (35, 100 / 3, 120, 20, 0.69651293, 0.47241574, 50.148931),
    "C6": (27, 25 * 752 / 900, 752, 20, None, 0.87760214, None),
    "C6b": (28, 25 * 752 / 900, 752, 20, None, 0.91949636, None),
    "C7": (37, 35 * 752 / 900, 752, 20, 0.11772565, 0.90421634, 11.415003),
    "C8": (55, 48, 240, 15, 0.23870094, 0.84588309, 8.1840321),
    "C9": (5, 2.5, 300, 20, 0.13037130, None, None),
    "C9b": (6, 2.5, 300, 20, 0.04744481, None, None),
    "C10": (50, 48, 60, 20, 0.69445561, 0.64345460, 20.833668),
    "C13": (20100, 20000, 300, 20, 0.36722316, 0.99953266, 1.1016695),
}


@pytest.mark.parametrize("case", ERLANG_C.values(), ids=ERLANG_C)
def test_erlang_c(case):
    n, load, handle, threshold, wait, level, asa = case
    at = evaluate(n, load / handle, handle, INF, threshold)
    for value, expected in ((at.wait_probability, wait), (at.service_level, level), (at.asa_s, asa)):
        if expected is not None:
            near(value, expected)
    near(at.occupancy, load / n)


def test_erlang_c_wait_probability():
    near(erlang_c(25, 20), 0.20910283)
    near(erlang_c(1010, 1000), 0.66052115)
    near(evaluate(14, 10 / 180, 180, INF, 0).service_level, 0.8258681, 7)


# agents, Erlang, blocked
@pytest.mark.parametrize(
    ("n", "load", "blocked"),
    [
        (15, 8.108, 0.0099996319),
        (45, 100 / 3, 0.0096540169),
        (44, 100 / 3, 0.013159969),
        (30, 25, 0.052603172),
        (10, 10, 0.21458234),
        (17, 10, 0.012948875),
        (200, 180, 0.010324995),
    ],
)
def test_erlang_b(n, load, blocked):
    near(erlang_b(n, load), blocked)


def test_inverse_of_erlang_b():
    near(largest_load(15, 0.01), 8.1080428)
    assert int(least_lines(100 / 3, 0.01)) == 45


# calls per second, handle time, target, agents
SEARCHES_C = {
    "C2": (10 / 180, 180, ServiceTarget(threshold_s=19.8, max_occupancy=0.85), 14),
    "C3": (10 / 180, 180, ServiceTarget(threshold_s=19.8, max_occupancy=0.70), 15),
    "C4": (1000 / 3600, 120, ServiceTarget(max_occupancy=0.85), 40),
    "C6": (25 / 900, 752, ServiceTarget(service_level=0.9), 28),
    "C11 67": (66.666667 / 300, 300, ServiceTarget(), 74),
    "C11 100": (100 / 300, 300, ServiceTarget(), 108),
    "C11 1000": (1000 / 300, 300, ServiceTarget(), 1015),
    "C9": (2.5 / 300, 300, ServiceTarget(service_level=0.9, threshold_s=0), 6),
    "C12": (5000 / 400, 400, ServiceTarget(service_level=0.9, threshold_s=30), 5025),
}


@pytest.mark.parametrize("case", SEARCHES_C.values(), ids=SEARCHES_C)
def test_least_agents_of_erlang_c(case):
    rate, handle, target, agents = case
    assert int(least_agents(rate, handle, INF, target)[0]) == agents


# name: agents, Erlang, handle time, patience, P(wait), P(abandon), mean wait, then service level as offered, answered,
# offered less short, answered or short; occupancy. Threshold 20 s.
ERLANG_A = {
    "A1": (50, 48, 60, 120, 0.46777407, 0.030912249, 3.7094699, 0.94301895, 0.97309965, 0.97202960, 0.97286439, 0.93032424),
    "A2": (14, 10, 180, 300, 0.14526011, 0.013983744, 4.1951232, 0.91679209, 0.92979409, 0.92340732, 0.92395603, 0.70429733),
    "A3": (14, 10, 180, 180, 0.13553558, 0.018693715, 3.3648687, 0.92555979, 0.94319155, 0.93552816, 0.93621513, 0.70093306),
    "A4": (10, 10, 180, 60, 0.42341767, 0.15752687, 9.4516123, 0.71801019, 0.85226479, 0.79533260, 0.81523041, 0.84247313),
    "A5": (100, 100, 300, 150, 0.42999877, 0.046683298, 7.0024947, 0.82561808, 0.86604806, 0.85638097, 0.86154005, 0.95331670),
    "A6": (200, 205, 300, 150, 0.54191935, 0.046680238, 7.0020357, 0.84239091, 0.88363941, 0.87802349, 0.88297363, 0.97715276),
    "A8": (1000, 1040, 300, 150, 0.78964447, 0.041622399, 6.2433598, 0.94183587, 0.98273986, 0.98245101, 0.98317650, 0.99671271),
    "A9": (20000, 19950, 300, 200, 0.32707376, 0.0019847561, 0.39695122, 0.99801524, 1, 1, 1, 0.99552021),
}


@pytest.mark.parametrize("case", ERLANG_A.values(), ids=ERLANG_A)
def test_erlang_a(case):
    n, load, handle, patience, wait, abandon, mean_wait, *levels, occupancy = case
    names = ("offered", "answered", "offered_less_short", "answered_or_short")
    for name, level in zip(names, levels, strict=True):
        at = evaluate(n, load / handle, handle, patience, 20, name)
        near(at.service_level, level)
    near(at.wait_probability, wait)
    near(at.abandon_rate, abandon)
    near(at.mean_wait_s, mean_wait)
    near(at.occupancy, occupancy)


def test_mean_wait_of_the_answered_is_not_the_mean_wait_of_all():
    near(evaluate(50, 0.8, 60, 120, 20).asa_s, 3.6159002)
    near(evaluate(100, 1 / 3, 300, 150, 20).asa_s, 6.6956073)
    near(0.8 * evaluate(50, 0.8, 60, 120, 20).mean_wait_s, 2.9675759)


def test_ninetieth_percentile_of_waits():
    near(wait_percentile(50, 0.8, 60, INF), 58.138742)
    near(wait_percentile(50, 0.8, 60, 120), 12.444648)
    near(evaluate(50, 0.8, 60, 120, 12.444648, "answered_or_short").service_level, 0.9, 7)
    near(evaluate(50, 0.8, 60, INF, 58.138742).service_level, 0.9, 7)


# name: agents, room, Erlang, handle time, patience, threshold; blocked, P(abandon), service level, mean queue, occupancy
LIMITED = {
    "K1": (30, 6, 33, 120, 100, 15, 0.072032275, 0.063867946, 0.70925919, 1.7563685, 0.95050976),
    "K2": (50, 10, 48, 60, 120, 20, 0.020882812, 0.017632157, 0.96062457, 1.6926871, None),
    "K3": (10, 15, 12, 60, 300, 12, 0.054979416, 0.12589260, 0.14835115, 7.5535557, None),
    "K4": (10, 5, 9, 180, INF, 20, 0.061258762, 0.0, 0.62293009, None, None),
    "K5": (10, 5, 12, 180, INF, 20, 0.20326090, 0.0, 0.29024895, None, None),
}


@pytest.mark.parametrize("case", LIMITED.values(), ids=LIMITED)
def test_limited_room(case):
    n, room, load, handle, patience, threshold, *expected = case
    at = evaluate(n, load / handle, handle, patience, threshold, room=room)
    found = at.blocked_rate, at.abandon_rate, at.service_level, at.mean_queue, at.occupancy
    for value, printed in zip(found, expected, strict=True):
        if printed is not None:
            near(value, printed)
    near(at.answer_rate, 1 - expected[0] - expected[1], 7)


@pytest.mark.parametrize(("load", "level", "asa"), [(9, 0.66358019, 22.729794), (12, 0.36429610, 46.136431)])
def test_limited_room_of_those_let_in(load, level, asa):
    at = evaluate(10, load / 180, 180, INF, 20, "answered", room=5)
    near(at.service_level, level)
    near(at.asa_s, asa)


# Erlang, handle time, patience, agents, service level there and at one less
@pytest.mark.parametrize(
    ("load", "handle", "patience", "agents", "level", "less"),
    [
        (10, 180, 180, 12, 0.80230387, 0.70537101),
        (66.666667, 300, 150, 68, 0.82157241, 0.79371712),
        (100, 300, 150, 99, 0.80384106, 0.78058929),
        (100, 300, 60, 92, 0.80699730, 0.79129920),
    ],
)
def test_least_agents_of_erlang_a(load, handle, patience, agents, level, less):
    found, binding = least_agents(load / handle, handle, patience, ServiceTarget())
    assert (int(found), int(binding)) == (agents, 1)
    reached = evaluate([agents, agents - 1], load / handle, handle, patience, 20).service_level
    near(reached[0], level)
    near(reached[1], less)


@pytest.mark.parametrize(
    ("definition", "level", "agents"),
    [
        ("offered", 0.7027, 99),
        ("answered", 0.7610, 97),
        ("offered_less_short", 0.7434, 98),
        ("answered_or_short", 0.7574, 97),
        ("virtual_wait", 0.7228, 99),
    ],
)
def test_the_definition_of_service_level_changes_the_agents(definition, level, agents):
    near(evaluate(95, 1 / 3, 300, 150, 20, definition).service_level, level, 4)
    assert int(least_agents(1 / 3, 300, 150, ServiceTarget(definition=definition))[0]) == agents


def test_fewer_agents_than_erlang_are_enough_when_callers_hang_up():
    """A search that starts at the load and looks upward only answers 258; 40-digit sums give .80875571 and .79427874."""
    assert int(least_agents(257.6 / 300, 300, 189, ServiceTarget())[0]) == 250
    near(evaluate(250, 257.6 / 300, 300, 189, 20).service_level, 0.8087557073725955, 12)
    near(evaluate(249, 257.6 / 300, 300, 189, 20).service_level, 0.7942787360223004, 12)
    assert 257.6 < float(largest_rate(250, 300, 189, ServiceTarget())) * 300 < 258.6


def test_pooling_two_queues_of_thirty_erlang():
    """One agent may not count in full for two queues: 61 are needed, not 32."""
    pooled = evaluate([60, 61], 60 / 300, 300, 150, 20).service_level
    assert int(least_agents(60 / 300, 300, 150, ServiceTarget())[0]) == 61
    np.testing.assert_allclose(pooled, [0.7734, 0.8045], atol=5e-5)


PUBLISHED = DATA / "queueing" / "erlang_published.csv"
MODELS = DATA / "queueing" / "models.json"


@pytest.mark.skipif(not PUBLISHED.exists(), reason=f"public data not found: {PUBLISHED}")
def test_published_numbers():
    with PUBLISHED.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 18
    for row in rows:
        assert abs(_published(row) - float(row["published_value"])) <= max(float(row["tolerance"]), 1e-9), row


@pytest.mark.skipif(not MODELS.exists(), reason=f"public data not found: {MODELS}")
def test_steady_state_of_public_models():
    models = json.loads(MODELS.read_text(encoding="utf-8"))
    model, impatient = models["MMC"], models["MMCAb"]
    pool = model["agents"], model["arrival_rate"], 1 / model["service_rate"]
    at = evaluate(*pool, INF, model["T"], "answered")
    exact = model["exact_steady_state"]
    for value, name in ((at.service_level, "SL"), (at.asa_s, "ASA"), (at.occupancy, "occupancy")):
        assert float(value) == pytest.approx(exact[name], abs=1e-10)
    left = evaluate(*pool, impatient["patience_mean"], model["T"], "answered")
    exact = impatient["exact_steady_state"]
    assert float(left.abandon_rate) == pytest.approx(exact["p_abandon"], abs=1e-10)
    assert float(left.occupancy) == pytest.approx(exact["occupancy"], abs=1e-10)
    lost = left.abandon_rate * model["arrival_rate"] * model["day_minutes"]
    assert float(lost) == pytest.approx(exact["abandoned_per_480min"], abs=1e-4)


def _number(text):
    top, _, bottom = text.partition("/")
    return float(top) / float(bottom or 1)


def _published(row):
    """The quantity of a row, in the unit of time of the row."""
    if row["agents"] == "?":
        target = ServiceTarget(service_level=0.8, threshold_s=float(row["threshold_T"]), max_occupancy=0.85)
        agents = int(least_agents(_number(row["arrival_rate"]), 1 / _number(row["service_rate"]), INF, target)[0])
        return agents if "minimum" in row["quantity"] else np.ceil(agents / 0.7)
    # the file counts in minutes or seconds; the engine only needs one unit throughout, except that 1e-9 per unit is "never"
    rate, service = _number(row["arrival_rate"]), _number(row["service_rate"])
    patience = 1 / _number(row["abandon_rate"]) if row["abandon_rate"] else INF
    at = evaluate(int(row["agents"]), rate, 1 / service, patience, float(row["threshold_T"] or 0))
    busy = rate * (1 - at.abandon_rate) / service
    # two callers waiting: by the flow between neighbouring states from all agents busy and nobody waiting
    climb = np.prod([rate / (int(row["agents"]) * service + j / patience) for j in (1, 2)])
    two_wait = climb * (1 - at.wait_probability) / (1 / erlang_b(int(row["agents"]), rate / service) - 1)
    in_seconds = 60.0 if row["rate_unit"] == "per min" else 1.0
    return float(
        {
            "P(wait)": at.wait_probability,
            "service level within T": at.service_level,
            "occupancy": at.occupancy,
            "P(N=30)": two_wait,
            "mean queue length": at.mean_queue,
            "mean time in system (min)": at.mean_wait_s + 1 / service,
            "mean number in system": at.mean_queue + busy,
            "mean wait over all arrivals (s)": at.mean_wait_s * in_seconds,
            "mean wait (s)": at.mean_wait_s * in_seconds,
            "P(abandon)": at.abandon_rate,
        }[row["quantity"]]
    )
