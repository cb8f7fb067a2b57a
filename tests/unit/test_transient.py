import numpy as np
import pytest
from scipy.linalg import expm
from scipy.stats import hypergeom, poisson

from data.model.centre import Redials, ServiceTarget
from data.model.errors import InvalidData
from optimizer.staffing.kernels.birth_death import ENDLESS, Pool, advance, departures, thinned, weights
from optimizer.staffing.pool import TARGETS
from optimizer.staffing.queueing import DEFINITIONS, evaluate, least_agents
from optimizer.staffing.transient import forward_search, transient

HUMP = np.array([0.02, 0.05, 0.10, 0.16, 0.20, 0.17, 0.12, 0.06])
AGAIN = Redials(probability=0.6, persistence=0.5, delay_minutes=15, expected_abandonment=0.1)


def day(agents, calls=HUMP, **other):
    given = {"handle_time_s": 180, "patience_s": 120, "slot_s": 900, "threshold_s": 20} | other
    return transient(calls, agents=agents, **given)


def test_published_matrix_exponentials():
    seen = day([20, 27, 36, 22], [0.10, 0.16, 0.20, 0.12], start="empty", departing=False)
    np.testing.assert_allclose(seen.service_level, [0.90831660, 0.72963018, 0.81993730, 0.59050903], atol=1e-8)
    np.testing.assert_allclose(seen.end_in_system, [17.583477, 27.659998, 35.104225, 21.015906], atol=1e-6)
    np.testing.assert_allclose(seen.end_all_busy, [0.31320172, 0.59691438, 0.47274133, 0.45287298], atol=1e-8)


def matrix_exponential(law, pool, seconds, states):
    """Law at the end and in the mean, out of the generator written in full."""
    generator = np.zeros((states, states))
    for x in range(states):
        up = pool.rate if x < min(states - 1, pool.agents + pool.room) else 0.0
        down = departures(x, pool)
        generator[x, x] = -up - down
        if up:
            generator[x + 1, x] = up
        if x:
            generator[x - 1, x] = down
    both = np.block([[generator, np.zeros_like(generator)], [np.eye(states), np.zeros_like(generator)]])
    moved = expm(both * seconds) @ np.concatenate((law, np.zeros(2 * states - law.size)))
    return moved[:states], moved[states:] / seconds


# calls per second, agents, handle time, patience, room, seconds, callers at the start
@pytest.mark.parametrize(
    "case",
    [
        (0.2, 40, 180, 120, ENDLESS, 900, 0),
        (0.2, 40, 180, 120, ENDLESS, 900, 75),
        (0.3, 20, 180, 60, ENDLESS, 5000, 10),
        (0.3, 0, 180, 60, ENDLESS, 70, 73),
        (0.1, 30, 300, np.inf, ENDLESS, 1800, 60),
        (0.2, 30, 180, np.inf, ENDLESS, 300, 30),
        (0.2, 30, 180, 100, 5, 900, 50),
        (0.2, 30, 180, 100, 0, 900, 0),
        (0.0, 10, 180, 100, ENDLESS, 900, 30),
        (1e-6, 1, 180, 100, ENDLESS, 900, 1),
    ],
)
def test_one_slot_agrees_with_the_matrix_exponential(case):
    rate, agents, handle, patience, room, seconds, callers = case
    pool = Pool(rate, agents, 1 / handle, 1 / patience, room)
    law = np.eye(callers + 1)[callers]
    end, over, first = advance(law, 0, pool, float(seconds))
    exact = matrix_exponential(law, pool, seconds, 260)
    for mine, other in zip((end, over), exact, strict=True):
        padded = np.zeros(max(260, first + mine.size))
        padded[first : first + mine.size] = mine
        assert np.abs(padded[:260] - other).sum() + padded[260:].sum() < 1e-9


def test_a_law_in_two_places_takes_short_steps():
    """Its mean is at rest, so the first step is far too long, and must be seen to be."""
    pool = Pool(80 / 180, 100, 1 / 180, 1 / 180, ENDLESS)
    law = 0.5 * (np.eye(161)[0] + np.eye(161)[160])
    end, over, first = advance(law, 0, pool, 1800.0)
    exact = matrix_exponential(law, pool, 1800, 260)
    for mine, other in zip((end, over), exact, strict=True):
        assert np.abs(mine - other[first : first + mine.size]).sum() < 1e-9


def test_weights_are_scaled_bessel_functions_and_their_mean():
    end, mean = weights(40.0)
    np.testing.assert_allclose((end.sum(), mean.sum()), 1, rtol=1e-14)
    # a walk that steps at rate 40, half of the steps up: c_0 = P(back at the start)
    steps = np.arange(0, 200, 2)
    np.testing.assert_allclose(end[0], (poisson.pmf(steps, 40) * np.cumprod([1, *(1 - 0.5 / np.arange(1, 100))])).sum(), rtol=1e-10)
    nodes, gauss = np.polynomial.legendre.leggauss(40)
    averaged = sum(w / 2 * weights(20 * (1 + x))[0][:10] for x, w in zip(nodes, gauss, strict=True))
    np.testing.assert_allclose(mean[:10], averaged, rtol=1e-9)


def test_leavers_are_drawn_from_all_on_duty():
    # 7 of 10 agents busy, 4 leave: a hypergeometric number of them takes a caller along
    law, first = thinned(np.ones(1), 7, 10, 6)
    np.testing.assert_allclose(law, hypergeom.pmf(7 - (first + np.arange(law.size)), 10, 7, 4), atol=1e-15)
    # all busy, 5 waiting: every leaver takes one along, the line stays
    law, first = thinned(np.ones(1), 15, 10, 6)
    assert law[11 - first] == pytest.approx(1)


@pytest.mark.parametrize("name", DEFINITIONS)
@pytest.mark.parametrize(("n", "load", "handle", "patience", "room"), [
    (50, 48, 60, 120, None), (10, 10, 180, 60, None), (200, 205, 300, 150, None), (14, 10, 180, np.inf, None),
    (30, 33, 120, 100, 6), (10, 9, 180, np.inf, 5), (2500, 2500, 300, 150, None),
])  # fmt: skip
@pytest.mark.parametrize("start", ["stationary", "empty"])
def test_constant_input_settles_to_the_stationary_queue(name, n, load, handle, patience, room, start):
    exact = evaluate(n, load / handle, handle, patience, 20, name, room=room)
    calls = np.full(30, load / handle)
    seen = transient(calls, handle, patience, n, 3 * handle, 20, definition=name, start=start, room=room)
    for mine, other in {
        "service_level": "service_level",
        "abandon_rate": "abandon_rate",
        "blocked_rate": "blocked_rate",
        "answer_rate": "answer_rate",
        "mean_wait_s": "mean_wait_s",
        "asa_s": "asa_s",
        "occupancy": "occupancy",
        "mean_queue": "mean_queue",
        "end_all_busy": "wait_probability",
    }.items():
        if mine == "end_all_busy" and room is not None:
            continue  # the stationary figure is over the calls let in
        np.testing.assert_allclose(getattr(seen, mine)[-1], getattr(exact, other), rtol=1e-6, atol=1e-7, err_msg=mine)


def test_a_first_slot_searched_from_balance_is_the_stationary_answer():
    for target in (
        ServiceTarget(),
        ServiceTarget(max_asa_s=5),
        ServiceTarget(max_occupancy=0.8),
        ServiceTarget(max_abandon_rate=0.01),
    ):
        for patience in (150, np.inf):
            agents, seen = forward_search([1 / 3], 300, patience, 1800, target)
            assert (agents[0], seen.binding[0]) == least_agents(1 / 3, 300, patience, target)


def test_callers_wait_at_the_door():
    """Nobody is reached before opening; those who are still in line at opening are first."""
    seen = day([0, 0, 30], [0.0, 0.05, 0.1], start="empty")
    assert seen.service_level[1] == seen.answer_rate[1] == 0
    assert np.isnan(seen.service_level[0])
    assert seen.end_in_system[1] == pytest.approx(0.05 * 120 * (1 - np.exp(-900 / 120)), rel=1e-8)
    assert np.isnan(seen.occupancy[0])
    patient = day([0, 0, 30], [0.0, 0.05, 0.1], start="empty", patience_s=np.inf)
    assert patient.end_in_system[1] == pytest.approx(45, rel=1e-8)
    assert patient.service_level[2] < seen.service_level[2]


def test_backlog_poisons_the_next_slot_and_leavers_do_not():
    short, fine = (day([34, n, 34], np.full(3, 0.18), patience_s=600) for n in (24, 34))
    assert short.service_level[2] < fine.service_level[2] - 0.1
    calls = [0.2, 0.1]
    finish, cut = day([40, 20], calls), day([40, 20], calls, departing=False)
    assert finish.service_level[1] > cut.service_level[1] + 0.01
    # sixteen leavers or so are still talking; they are on duty until they are done
    assert finish.on_duty[1] > 20
    assert cut.on_duty[1] == 20


def test_at_closing_the_line_is_served_or_lost():
    calls, agents = [0.1, 0.1, 0.0], [15, 15, 0]
    served, lost = (day(agents, calls, closing=closing) for closing in ("serve", "lose"))
    assert served.answered[0] == lost.answered[0]
    assert served.answered[1] > lost.answered[1]
    assert served.service_level[1] > lost.service_level[1]
    assert served.busy[2] > lost.busy[2] > 0
    # everyone in line would have been answered, were they patient
    patient = [day(agents, calls, closing=closing, patience_s=np.inf, start="empty") for closing in ("serve", "lose")]
    waiting = patient[0].end_in_system[1] - 15
    assert patient[0].answered[1] - patient[1].answered[1] > waiting
    for definition in DEFINITIONS:
        levels = [day(agents, calls, closing=closing, definition=definition).service_level[1] for closing in ("serve", "lose")]
        # of the answered, those in line at closing are no part any more
        high = levels[0] + (0.05 if definition == "answered" else 1e-12)
        assert levels[0] - 0.05 < levels[1] <= high, definition


def test_redials_come_later_and_are_all_counted():
    calls = np.array([0.2, 0.2, 0.2, *[0.02] * 12])
    staff = np.array([20, 20, 20, *[12] * 12])
    plain, seen = day(staff, calls), day(staff, calls, redials=AGAIN)
    assert seen.redials[0] == 0
    assert plain.redials.sum() == 0
    gave_up = plain.mean_queue[0] / 120 * 900
    assert seen.redials[1] == pytest.approx(0.6 * gave_up * (1 - np.exp(-1)), rel=1e-9)
    np.testing.assert_allclose(seen.offered, calls * 900 + seen.redials)
    assert seen.service_level[1] < plain.service_level[1] - 0.01
    lost, share = seen.mean_queue / 120 * 900, seen.redials / seen.offered
    assert seen.redials.sum() == pytest.approx((0.6 * lost * (1 - 0.5 * share)).sum(), rel=1e-3)
    without, _ = forward_search(HUMP, 180, 120, 900, ServiceTarget(service_level=0.5))
    agents, _ = forward_search(HUMP, 180, 120, 900, ServiceTarget(service_level=0.5), redials=AGAIN)
    assert agents.sum() > without.sum()


def test_redials_do_not_open_a_closed_queue():
    agents, seen = forward_search([0.2, 0.0, 0.2], 180, 120, 900, ServiceTarget(service_level=0.3), redials=AGAIN)
    assert agents[1] == seen.offered[1] == 0


def test_a_given_start_is_carried_on():
    full = day(33)
    law = poisson.pmf(np.arange(60), HUMP[0] * 180)
    free = day(200, start=law / law.sum())
    np.testing.assert_allclose(free.end_in_system, day(200).end_in_system, rtol=1e-7)
    crowd = day(33, start=np.eye(61)[60])
    assert crowd.service_level[0] < full.service_level[0]
    np.testing.assert_allclose(crowd.service_level[5:], full.service_level[5:], atol=1e-4)


def test_rows_are_independent_whatever_the_threads():
    calls = np.stack((HUMP, HUMP[::-1], 2 * HUMP))
    handle, patience = np.array([[180.0], [300.0], [240.0]]), np.array([[120.0], [np.inf], [60.0]])
    targets = [ServiceTarget(), ServiceTarget(definition="answered"), ServiceTarget(service_level=0.9, threshold_s=10)]
    one, two = (forward_search(calls, handle, patience, 900, targets, threads=threads) for threads in (1, 2))
    np.testing.assert_array_equal(one[0], two[0])
    for r in range(3):
        alone = forward_search(calls[r], handle[r], patience[r], 900, targets[r])
        np.testing.assert_array_equal(alone[0], one[0][r])
        np.testing.assert_array_equal(alone[1].good, two[1].good[r])
    again = transient(calls[0], 180, 120, one[0][0], 900, 20)
    np.testing.assert_array_equal(again.service_level, one[1].service_level[0])
    level = one[1].service_levels(axis=1)
    np.testing.assert_allclose(level, one[1].good.sum(axis=1) / one[1].base.sum(axis=1))


def test_slots_without_calls_need_the_least_allowed():
    calls = np.array([0.0, 0.0, 0.1, 0.001, 0.0])
    agents, seen = forward_search(calls, 180, 120, 900, ServiceTarget())
    assert agents[[0, 1, 4]].tolist() == [0, 0, 0]
    assert agents[3] >= 1
    floor, held = forward_search(calls, 180, 120, 900, ServiceTarget(), min_agents=[0, 2, 2, 5, 1])
    assert floor[[0, 1, 4]].tolist() == [0, 2, 1]
    assert (floor[3], held.binding[3]) == (5, 0)
    assert held.binding[2] == TARGETS.index("service_level")
    assert np.isnan(seen.service_level[0])


def test_every_parameter_out_of_range_is_named():
    with pytest.raises(InvalidData) as error:
        transient([0.1, -1], 0, -5, [1.5, 2], 0, -1, definition="other", start=[0.5, 0.2], room=-1, closing="never")
    assert {finding.column for finding in error.value.findings} == {
        "calls_per_s", "handle_time_s", "patience_s", "agents", "slot_s", "threshold_s", "definition", "start", "room", "closing",
    }  # fmt: skip
    with pytest.raises(InvalidData) as error:
        forward_search([[0.1, np.nan]], 180, [1, 2, 3], 900, [ServiceTarget()] * 2, min_agents=-1, threads=0, start="later")
    assert {finding.column for finding in error.value.findings} == {
        "calls_per_s", "patience_s", "target", "min_agents", "threads", "start",
    }  # fmt: skip
    with pytest.raises(InvalidData, match="grows without end"):
        transient([0.2], 180, np.inf, [36], 900, 20)
