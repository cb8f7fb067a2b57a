from itertools import combinations

import mpmath as mp
import numpy as np
import pytest

from data.model.centre import ServiceTarget
from data.model.errors import InvalidData
from optimizer.staffing.kernels import search
from optimizer.staffing.pool import TARGETS
from optimizer.staffing.queueing import (
    DEFINITIONS,
    erlang_b,
    evaluate,
    largest_load,
    largest_rate,
    least_agents,
    least_agents_many,
    least_by_target,
    least_lines,
    wait_percentile,
)

METRICS = ("wait_probability", "abandon_rate", "blocked_rate", "answer_rate", "mean_wait_s", "asa_s")


def beyond(y, p, count):
    """P(negative binomial count <= j) for j = 0 .. count - 1 by its running sum; a Poisson law of mean y where p is None."""
    term = mp.exp(-y) if p is None else p**y
    total, shares = mp.mpf(0), []
    for j in range(count):
        total += term
        shares.append(total)
        term *= (y if p is None else (1 - p) * (y + j)) / (j + 1)
    return shares


def by_beta(y, p, count):
    """The same by the incomplete beta function."""
    return [mp.betainc(y, j + 1, 0, p, regularized=True) for j in range(count)]


def written_out(n, lam, handle, patience, threshold, room=None, law=beyond):
    """Every state written out with 40 digits: metrics, and the service level by each definition."""
    with mp.workdps(40):
        lam, mu, theta, limit = mp.mpf(lam), 1 / mp.mpf(handle), 1 / mp.mpf(patience), mp.mpf(threshold)
        capacity, weight, busy, line = n * mu, mp.mpf(1), mp.mpf(0), []
        for k in range(n):
            busy += weight
            weight *= lam / ((k + 1) * mu)
        while len(line) <= room if room is not None else not line or weight > mp.mpf(10) ** -32 * max(line):
            line.append(weight)
            weight *= lam / (capacity + len(line) * theta)
        total, seated = busy + sum(line), line[:room]
        served = [capacity / (capacity + (j + 1) * theta) for j in range(len(seated))]
        y, p = (capacity / theta, mp.exp(-theta * limit)) if theta else (capacity * limit, None)
        long = [law(y, p, len(seated)), law(y + 1 if theta else y, p, len(seated))] if seated else [[], []]
        steps = [1 / (capacity + (j + 1) * theta) for j in range(len(seated))]
        waits = [sum(steps[: j + 1]) for j in range(len(seated))] if len(seated) < 500 else list(np.cumsum(steps))

        def mean(*factors):
            return sum(mp.fprod(parts) for parts in zip(seated, *factors, strict=True)) / total

        blocked = line[-1] / total if room is not None else mp.mpf(0)
        answered, late, virtual = busy / total + mean(served), mean(served, long[1]), mean(long[0])
        abandoned = mean([1 - share for share in served])
        queue = sum(j * w for j, w in enumerate(line)) / total
        left = abandoned - (mp.exp(-theta * limit) * virtual - late)
        in_time = answered - late
        levels = [in_time, in_time / answered, in_time / (1 - left), in_time + left, 1 - blocked - virtual]
        asa = mean(served, waits) / answered
        metrics = [sum(line) / total, abandoned, blocked, answered, queue / lam / (1 - blocked), asa]
        return [float(x) for x in metrics], [float(x) for x in levels]


def assert_exact(n, lam, handle, patience, threshold, room=None, law=beyond):
    metrics, levels = written_out(n, lam, handle, patience, threshold, room, law)
    at = evaluate(n, lam, handle, patience, threshold, room=room)
    np.testing.assert_allclose([getattr(at, name) for name in METRICS[:4]], metrics[:4], rtol=0, atol=1e-12)
    np.testing.assert_allclose([getattr(at, name) for name in METRICS[4:]], metrics[4:], rtol=1e-10, atol=1e-12)
    found = [evaluate(n, lam, handle, patience, threshold, name, room=room).service_level for name in DEFINITIONS]
    np.testing.assert_allclose(found, levels, rtol=0, atol=1e-9)


@pytest.mark.parametrize("room", [None, 0, 1, 7, 60])
@pytest.mark.parametrize("seed", range(4))
def test_small_pools_against_every_state_written_out(seed, room):
    rng = np.random.default_rng(seed)
    n, handle = int(rng.integers(1, 40)), float(rng.uniform(60, 600))
    lam, patience = float(n * rng.uniform(0.5, 1.5) / handle), float(handle * rng.uniform(0.1, 3))
    assert_exact(n, lam, handle, patience, float(rng.choice([0, 5, 20, 60])), room, by_beta)


# agents, Erlang, handle time, patience, threshold, room: thousands of agents, deep overload, patience of seconds and of days
HARD = {
    "large": (20000, 19950, 300, 200, 20, None),
    "large, overloaded": (18000, 20000, 300, 200, 20, None),
    "large, patient": (3000, 2990, 600, 20000, 30, None),
    "overloaded": (40, 160, 300, 90, 60, None),
    "hasty": (900, 1000, 400, 2, 10, None),
    "lonely": (1, 0.001, 30, 3000, 20, None),
    "overloaded for long": (5, 50, 200, 4000, 300, None),
    "large with room": (20000, 20100, 300, 200, 20, 300),
    "large with room, patient": (5000, 5100, 300, np.inf, 5, 200),
    "much room, overloaded, patient": (30, 60, 120, np.inf, 100, 900),
    "much room, barely used": (30, 25, 120, 100, 10, 5000),
    "room and a long limit": (300, 310, 300, 1000, 900, 400),
}


@pytest.mark.parametrize("case", HARD.values(), ids=HARD)
def test_hard_pools_against_every_state_written_out(case):
    n, load, handle, patience, threshold, room = case
    assert_exact(n, load / handle, handle, patience, threshold, room)


@pytest.mark.parametrize(("n", "load"), [(3, 2.5), (60, 51.3), (700, 680.0), (5, 0.01)])
def test_erlang_b_and_c_against_their_definition(n, load):
    with mp.workdps(60):
        terms = [mp.mpf(load) ** k / mp.factorial(k) for k in range(n + 1)]
        blocked = terms[-1] / sum(terms)
        waits = blocked / (1 - mp.mpf(load) / n * (1 - blocked))
    assert float(erlang_b(n, load)) == pytest.approx(float(blocked), rel=1e-12)
    assert float(evaluate(n, load, 1, np.inf, 0).wait_probability) == pytest.approx(float(waits), rel=1e-12)


@pytest.mark.parametrize("patience", [np.inf, 1800.0, 150.0, 15.0])
@pytest.mark.parametrize("definition", DEFINITIONS)
def test_least_agents_meet_and_one_less_does_not(patience, definition):
    rng = np.random.default_rng(11)
    load = np.exp(rng.uniform(np.log(0.01), np.log(20000), 150))
    handle = rng.uniform(60, 900, 150)
    for level, threshold in ((0.8, 20.0), (0.95, 0.0), (0.5, 120.0), (0.999, 10.0)):
        target = ServiceTarget(service_level=level, threshold_s=threshold, definition=definition)
        n, binding = least_agents(load / handle, handle, patience, target)
        meets = evaluate(n, load / handle, handle, patience, threshold, definition).service_level
        less = evaluate(n - 1, load / handle, handle, patience, threshold, definition).service_level
        assert (binding == TARGETS.index("service_level")).all()
        assert (meets >= level - 1e-12).all()
        assert ((less < level + 1e-12) | (n == 1)).all()


@pytest.mark.parametrize("patience", [np.inf, 200.0])
def test_every_target_is_met_and_the_binding_one_is_named(patience):
    load = np.array([0.2, 2.0, 15.0, 120.0, 900.0])
    caps = {"max_abandon_rate": ("abandonment", 0.004), "max_asa_s": ("asa", 0.2), "max_occupancy": ("occupancy", 0.5)}
    for name, (binding, cap) in caps.items():
        if name == "max_abandon_rate" and patience == np.inf:
            continue
        n, which = least_agents(load / 300, 300, patience, ServiceTarget(service_level=0.3, **{name: cap}))
        measure = {"max_abandon_rate": "abandon_rate", "max_asa_s": "asa_s", "max_occupancy": "occupancy"}[name]
        assert (getattr(evaluate(n, load / 300, 300, patience, 20), measure) <= cap).all()
        bound = which == TARGETS.index(binding)
        assert bound[-2:].any()
        assert (getattr(evaluate(n - 1, load / 300, 300, patience, 20), measure) > cap)[bound].all()


CAPS = {"max_abandon_rate": 0.01, "max_asa_s": 1.0, "max_occupancy": 0.85, "min_answer_rate": 0.985}


@pytest.mark.parametrize("room", [None, 4])
@pytest.mark.parametrize("chosen", [names for k in range(5) for names in combinations(CAPS, k)], ids="+".join)
def test_targets_together_are_the_largest_of_each(chosen, room):
    load = np.array([0.0, 0.2, 3.0, 40.0, 400.0])
    target = ServiceTarget(**{name: CAPS[name] for name in chosen})
    alone = least_by_target(load / 300, 300, 100, target, room=room)
    assert len(alone) == 1 + len(chosen)
    agents, binding = least_agents(load / 300, 300, 100, target, room=room)
    np.testing.assert_array_equal(agents, np.max(list(alone.values()), axis=0))
    # the binding target is the first that needs the most on its own
    first = np.array(list(alone))[np.argmax(list(alone.values()), axis=0)]
    np.testing.assert_array_equal(binding, np.where(load > 0, first, 0))
    for kind, needed in alone.items():
        assert meets(TARGETS[kind], needed, load, target, room).all()
        assert not (meets(TARGETS[kind], needed - 1, load, target, room) & (needed > 1)).any()


def meets(name, agents, load, target, room):
    at = evaluate(np.maximum(agents, 0), load / 300, 300, 100, target.threshold_s, room=room)
    return {
        "service_level": lambda: at.service_level >= target.service_level,
        "abandonment": lambda: at.abandon_rate <= target.max_abandon_rate,
        "asa": lambda: at.asa_s <= target.max_asa_s,
        "occupancy": lambda: at.occupancy <= target.max_occupancy,
        "answer_rate": lambda: at.answer_rate >= target.min_answer_rate,
    }[name]()


def test_codes_of_the_kernel_are_the_names_of_the_targets():
    codes = (search.SERVICE_LEVEL, search.ABANDONMENT, search.ASA, search.OCCUPANCY, search.ANSWER_RATE)
    assert [TARGETS[code] for code in codes] == ["service_level", "abandonment", "asa", "occupancy", "answer_rate"]


@pytest.mark.parametrize("definition", DEFINITIONS)
@pytest.mark.parametrize("room", [None, 0, 30])
def test_thousands_of_searches_are_exact(definition, room):
    rng = np.random.default_rng(5)
    load = np.exp(rng.uniform(np.log(0.001), np.log(20000), 5000))
    handle, patience = rng.uniform(20, 1500, 5000), np.exp(rng.uniform(np.log(1), np.log(10000), 5000))
    level, limit = rng.choice([0.05, 0.7, 0.8, 0.9, 0.95, 0.9999], 5000), rng.choice([0, 10, 20, 30, 60, 300], 5000)
    n = least_agents_many(load / handle, handle, patience, level, limit, definition, room=room)
    reached, less = (evaluate(k, load / handle, handle, patience, limit, definition, room=room) for k in (n, n - 1))
    assert (reached.service_level >= level - 1e-13).all()
    assert ((less.service_level < level + 1e-13) | (n == 1)).all()


def test_searches_of_erlang_c_against_forty_digits():
    rng = np.random.default_rng(6)
    load = np.exp(rng.uniform(0, np.log(1500), 60))
    handle, level, limit = rng.uniform(120, 600, 60), rng.choice([0.7, 0.8, 0.9, 0.95], 60), rng.choice([10, 20, 30, 60], 60)
    found = least_agents_many(load / handle, handle, np.inf, level, limit)
    for n, *case in zip(found.tolist(), load, handle, level, limit, strict=True):
        assert tail_c(n, *case) <= 1 - case[2] < tail_c(n - 1, *case)


def tail_c(n, load, handle, _level, limit):
    """Share of calls answered late by Erlang C, every state written out."""
    with mp.workdps(40):
        if n <= load:
            return mp.mpf(1)
        inverse, a = mp.mpf(1), mp.mpf(load)
        for k in range(1, n + 1):
            inverse = 1 + inverse * k / a
        return mp.exp(-(n - a) * mp.mpf(float(limit)) / mp.mpf(handle)) / (1 + (inverse - 1) * (1 - a / n))


def test_a_pool_without_room_is_erlang_b_and_its_inverses_meet():
    lines, load = np.array([1, 15, 200, 5000]), largest_load([1, 15, 200, 5000], 0.01)
    blocked = erlang_b(lines, load)
    np.testing.assert_allclose(blocked, 0.01, rtol=1e-9)
    assert (blocked <= 0.01 + 1e-15).all()
    np.testing.assert_array_equal(least_lines(load, 0.01), lines)
    np.testing.assert_array_equal(least_lines(load * (1 + 1e-8), 0.01), lines + 1)
    assert (least_lines([0.0, 1e-9], 0.5).tolist(), float(largest_load(0, 0.5))) == ([0, 1], 0.0)


@pytest.mark.parametrize("of", ["all", "answered"])
@pytest.mark.parametrize("patience", [np.inf, 90.0])
@pytest.mark.parametrize("room", [None, 12])
def test_so_many_wait_no_longer_than_the_percentile(of, patience, room):
    share = np.array([0.8, 0.9, 0.99])
    wait = wait_percentile(20, 19 / 200, 200, patience, share, of=of, room=room)
    assert (np.diff(wait) > 0).all()
    definition = "answered_or_short" if of == "all" else "answered"
    within = evaluate(20, 19 / 200, 200, patience, wait, definition, room=room)
    reached = within.service_level / (1 - within.blocked_rate if of == "all" else 1)
    np.testing.assert_allclose(reached, share, rtol=1e-9)


def test_waits_that_are_none_endless_or_of_nobody():
    assert wait_percentile([40, 5], [0.01, 0.0], 300, 90).tolist() == [0.0, 0.0]
    assert np.isinf(wait_percentile(3, 0.1, 300, np.inf))
    assert float(wait_percentile(0, 0.1, 300, 90)) == pytest.approx(90 * np.log(10))
    assert np.isnan(wait_percentile(0, 0.1, 300, 90, of="answered"))
    assert np.isnan(wait_percentile(0, 0.1, 300, np.inf, room=3))


def test_nobody_there_answers_nobody():
    for room, patience, blocked in ((0, 90, 1.0), (3, np.inf, 1.0), (2, 100.0, 50 / 61)):
        at = evaluate(0, 0.1, 300, patience, 20, room=room)
        assert float(at.blocked_rate) == pytest.approx(blocked)
        assert float(at.abandon_rate) == pytest.approx(1 - blocked)
        assert (float(at.service_level), float(at.answer_rate), float(at.occupancy)) == (0.0, 0.0, 1.0)
        assert np.isnan(at.asa_s)
        assert float(evaluate(0, 0.1, 300, patience, 20, "answered", room=room).service_level) == 0.0


@pytest.mark.parametrize("room", [None, 0, 5])
@pytest.mark.parametrize("patience", [np.inf, 90.0])
def test_many_agents_and_hardly_a_call(room, patience):
    at = evaluate(200, [1e-300, 1e-20, 1e-4], 300, patience, 20, room=room)
    assert [values.tolist() for name, values in vars(at).items() if name != "occupancy"] == [
        [float(name in ("service_level", "answer_rate"))] * 3 for name in vars(at) if name != "occupancy"
    ]
    assert least_agents_many([1e-300, 1e-20, 1e-4], 300, patience, 0.8, 20, room=room).tolist() == [0, 1, 1]
    assert wait_percentile(200, [1e-300, 1e-20, 1e-4], 300, patience, room=room).tolist() == [0.0, 0.0, 0.0]


def test_room_takes_one_number_for_each_point():
    both = evaluate(10, 0.05, 200, 90, 20, room=[0, 5])
    assert both.blocked_rate[1] == evaluate(10, 0.05, 200, 90, 20, room=5).blocked_rate
    assert both.blocked_rate[0] > both.blocked_rate[1] > 0


def test_no_calls_need_nobody_and_any_call_needs_somebody():
    n, binding = least_agents([0.0, 1e-9], 300, [[np.inf], [100.0]], ServiceTarget())
    assert n.tolist() == [[0, 1], [0, 1]]
    assert binding.tolist() == [[0, 1], [0, 1]]


def test_no_calls_and_no_agents():
    quiet, empty = evaluate(3, 0.0, 300, 100, 20), evaluate(0, 0.1, 300, 100, 20)
    assert (float(quiet.service_level), float(quiet.occupancy), float(quiet.mean_wait_s)) == (1.0, 0.0, 0.0)
    assert (float(empty.service_level), float(empty.abandon_rate), float(empty.mean_wait_s)) == (0.0, 1.0, pytest.approx(100.0))
    assert float(evaluate(0, 0.1, 300, 100, 20, "answered_or_short").service_level) == pytest.approx(1 - np.exp(-0.2))


def test_overload_without_hanging_up_never_settles():
    at = evaluate([10, 11], 11 / 300, 300, np.inf, 20)
    assert np.isinf(at.mean_wait_s).all()
    assert at.service_level.tolist() == [0.0, 0.0]
    assert at.occupancy.tolist() == [1.0, 1.0]


def test_broadcasting_keeps_the_shape():
    at = evaluate(np.arange(5, 9)[:, None, None], np.array([0.01, 0.02])[:, None], [200.0, 250.0, 300.0], 120, 20)
    assert at.service_level.shape == (4, 2, 3)
    alone = evaluate(7, 0.02, 250, 120, 20)
    assert at.asa_s[2, 1, 1] == alone.asa_s
    assert alone.asa_s.shape == ()


@pytest.mark.parametrize("patience", [np.inf, 90.0, 900.0])
@pytest.mark.parametrize("definition", DEFINITIONS)
def test_largest_rate_meets_and_a_little_more_does_not(patience, definition):
    target = ServiceTarget(definition=definition)
    agents = np.array([1.0, 2, 17, 300, 4000])
    rate = largest_rate(agents, 280, patience, target)
    assert (evaluate(agents, rate, 280, patience, 20, definition).service_level >= 0.8 - 1e-12).all()
    assert (evaluate(agents, rate * (1 + 1e-8), 280, patience, 20, definition).service_level < 0.8).all()
    n, _ = least_agents(rate, 280, patience, target)
    np.testing.assert_array_equal(n, agents)


def test_largest_rate_between_whole_agents():
    rate = largest_rate([0, 0.5, 1, 10, 10.25, 11], 280, 120, ServiceTarget())
    assert rate[0] == 0
    assert rate[1] == pytest.approx(rate[2] / 2)
    assert rate[4] == pytest.approx(0.75 * rate[3] + 0.25 * rate[5])


def test_any_rate_meets_a_target_that_counts_those_who_hang_up_at_once():
    assert np.isinf(largest_rate(3, 280, 4.0, ServiceTarget(definition="answered_or_short")))


def test_every_parameter_out_of_range_is_named():
    with pytest.raises(InvalidData) as error:
        evaluate([1.5, -1], -0.1, 0, np.nan, np.inf)
    assert [finding.column for finding in error.value.findings] == [
        "agents", "calls_per_s", "handle_time_s", "patience_s", "threshold_s",
    ]  # fmt: skip
    with pytest.raises(InvalidData) as error:
        least_agents_many(0.1, 300, 90, [0.8, 1.0], 20, room=-1)
    assert [finding.column for finding in error.value.findings] == ["room", "service_level"]
    with pytest.raises(InvalidData, match="blocked"):
        least_lines(3.0, 0.0)
    with pytest.raises(InvalidData, match="definition"):
        evaluate(1, 0.1, 300, 100, 20, "best")  # type: ignore[arg-type]


def test_arrays_of_one_element_broadcast_without_a_warning():
    lam, handle = np.array([[0.1]]), np.array([300.0])
    assert least_agents(lam, handle, 150.0, ServiceTarget())[0].shape == (1, 1)
    assert evaluate(np.array([[[35]]]), lam, handle, 150.0, 20).service_level.shape == (1, 1, 1)
