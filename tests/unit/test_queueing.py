import mpmath as mp
import numpy as np
import pytest

from data.model.centre import ServiceTarget
from data.model.errors import InvalidData
from optimizer.staffing import erlang
from optimizer.staffing.queueing import DEFINITIONS, erlang_b, evaluate, largest_rate, least_agents
from optimizer.staffing.requirement import TARGETS

HALF_HOUR = np.array([0.0, 0.5, 3.0, 12.0, 80.0, 500.0, 3000.0, 20000.0])


def slow_erlang_a(n, lam, handle, patience, threshold):
    """Every state written out with 40 digits; the wait law of a state by the incomplete beta function."""
    with mp.workdps(40):
        lam, mu, theta = mp.mpf(lam), 1 / mp.mpf(handle), 1 / mp.mpf(patience)
        y, p = n * mu / theta, mp.exp(-theta * threshold)
        weight, busy, queue = mp.mpf(1), [], []
        for k in range(n):
            busy.append(weight)
            weight *= lam / ((k + 1) * mu)
        while not queue or weight > mp.mpf(10) ** -32 * max(queue):
            queue.append(weight)
            weight *= lam / (n * mu + len(queue) * theta)
        total = sum(busy) + sum(queue)
        answered = [y / (y + j + 1) for j in range(len(queue))]
        in_time = [a * (1 - mp.betainc(y + 1, j + 1, 0, p, regularized=True)) for j, a in enumerate(answered)]
        waits = [sum(1 / (n * mu + (i + 1) * theta) for i in range(j + 1)) for j in range(len(queue))]
        level = (sum(busy) + sum(q * x for q, x in zip(queue, in_time, strict=True))) / total
        kept = (sum(busy) + sum(q * a for q, a in zip(queue, answered, strict=True))) / total
        asa = sum(q * a * w for q, a, w in zip(queue, answered, waits, strict=True)) / total / kept
        length = sum(j * q for j, q in enumerate(queue)) / total
        return [float(x) for x in (level, 1 - kept, length / lam, asa, lam * kept / (n * mu), sum(queue) / total)]


@pytest.mark.parametrize("seed", range(6))
def test_erlang_a_against_every_state_written_out(seed):
    rng = np.random.default_rng(seed)
    n, handle = int(rng.integers(1, 40)), float(rng.uniform(60, 600))
    lam, patience = float(n * rng.uniform(0.5, 1.5) / handle), float(handle * rng.uniform(0.1, 3))
    threshold = float(rng.choice([0, 5, 20, 60]))
    at = evaluate(n, lam, handle, patience, threshold)
    np.testing.assert_allclose(
        [float(v) for v in vars(at).values()], slow_erlang_a(n, lam, handle, patience, threshold), atol=1e-11
    )


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


def test_two_further_targets_together_are_the_largest_of_both():
    load = np.array([3.0, 40.0, 400.0])
    alone = [
        least_agents(load / 300, 300, 100, ServiceTarget(**cap))[0]
        for cap in ({}, {"max_abandon_rate": 0.01}, {"max_asa_s": 1.0}, {"max_occupancy": 0.85})
    ]
    together = least_agents(load / 300, 300, 100, ServiceTarget(max_abandon_rate=0.01, max_asa_s=1.0, max_occupancy=0.85))
    np.testing.assert_array_equal(together[0], np.max(alone, axis=0))
    # the binding target is the first that needs the most on its own
    np.testing.assert_array_equal(together[1], 1 + np.argmax(alone, axis=0))


def test_codes_of_the_kernel_are_the_names_of_the_targets():
    codes = (erlang.SERVICE_LEVEL, erlang.ABANDONMENT, erlang.ASA, erlang.OCCUPANCY)
    assert [TARGETS[code] for code in codes] == ["service_level", "abandonment", "asa", "occupancy"]


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
    with pytest.raises(InvalidData, match="definition"):
        evaluate(1, 0.1, 300, 100, 20, "best")  # type: ignore[arg-type]
