import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from data.model.centre import ServiceTarget
from optimizer.staffing.queueing import DEFINITIONS
from optimizer.staffing.transient import forward_search, transient

SLOTS = 5
loads = st.lists(st.one_of(st.just(0.0), st.floats(0.05, 60)), min_size=SLOTS, max_size=SLOTS).map(np.array)
staff = st.lists(st.integers(0, 70), min_size=SLOTS, max_size=SLOTS).map(np.array)
handle = st.floats(30, 1500)
patience = st.one_of(st.floats(5, 3000), st.just(np.inf))
threshold = st.floats(0, 120)
seconds = st.floats(60, 3600)
room = st.one_of(st.none(), st.integers(0, 30))
definition = st.sampled_from(DEFINITIONS)
quick = settings(max_examples=60, deadline=None)


@quick
@given(loads, staff, handle, patience, seconds, threshold, room, st.booleans())
def test_calls_are_served_lost_or_still_there(load, agents, time_s, mean_patience, slot_s, limit, places, departing):
    calls = load / time_s
    seen = transient(calls, time_s, mean_patience, agents, slot_s, limit, start="empty", room=places, departing=departing)
    before = np.concatenate(([0.0], seen.end_in_system[:-1]))
    gone = slot_s * (seen.busy / time_s + seen.mean_queue / mean_patience)
    # at closing the line passes to the leavers, and is there until it is served
    size = 1 + seen.offered + before
    np.testing.assert_allclose((before + seen.offered - seen.blocked - gone - seen.end_in_system) / size, 0, atol=1e-7)
    assert (seen.busy <= seen.on_duty + 1e-7).all()
    assert (seen.answered + seen.blocked <= seen.offered * (1 + 1e-9)).all()
    assert (seen.answered_wait_sum <= seen.wait_sum * (1 + 1e-9) + 1e-7).all()
    assert (seen.good <= seen.base * (1 + 1e-9)).all()
    assert (seen.good >= -1e-9).all()


@quick
@given(loads, staff, handle, patience, seconds, threshold, definition, st.integers(0, SLOTS - 1))
def test_an_agent_more_helps_the_calls_of_the_slot(load, agents, time_s, mean_patience, slot_s, limit, name, slot):
    more = agents.copy()
    more[slot] += 1
    calls = load / time_s
    few, many = (transient(calls, time_s, mean_patience, n, slot_s, limit, definition=name, start="empty") for n in (agents, more))
    # later slots may suffer: callers saved from hanging up are still being served
    if few.base[slot] > 0:
        assert many.service_level[slot] >= few.service_level[slot] - 1e-7
    np.testing.assert_array_equal(many.good[:slot], few.good[:slot])


@quick
@given(loads, staff, handle, patience, seconds, threshold)
def test_a_slot_cut_in_two_is_the_same_slot(load, agents, time_s, mean_patience, slot_s, limit):
    calls = load / time_s
    whole = transient(calls, time_s, mean_patience, agents, slot_s, limit, start="empty")
    halves = transient(np.repeat(calls, 2), time_s, mean_patience, np.repeat(agents, 2), slot_s / 2, limit, start="empty")
    for name in ("good", "answered", "wait_sum"):
        cut, one = getattr(halves, name).reshape(-1, 2).sum(axis=1), getattr(whole, name)
        np.testing.assert_allclose(cut, one, rtol=1e-7, atol=1e-7 * (1 + whole.offered.max()), err_msg=name)
    np.testing.assert_allclose(halves.end_in_system[1::2], whole.end_in_system, rtol=1e-7, atol=1e-7)


@quick
@given(
    loads,
    handle,
    patience,
    st.floats(300, 3600),
    st.floats(0.3, 0.98),
    st.floats(5, 60),
    definition,
    st.one_of(st.none(), st.floats(0.4, 0.95)),
    st.one_of(st.none(), st.floats(1, 60)),
)
def test_the_least_agents_meet_the_targets_and_one_less_does_not(
    load, time_s, mean_patience, slot_s, level, limit, name, busy, asa
):
    target = ServiceTarget(service_level=level, threshold_s=limit, definition=name, max_occupancy=busy, max_asa_s=asa)
    calls = load / time_s
    agents, seen = forward_search(calls, time_s, mean_patience, slot_s, target, start="empty")

    def met(at, slot):
        return (
            at.service_level[slot] >= level - 1e-9
            and (busy is None or at.occupancy[slot] <= busy + 1e-9)
            and (asa is None or at.asa_s[slot] <= asa + 1e-9)
        )

    assert (agents[calls == 0] == 0).all()
    for slot in np.flatnonzero(calls):
        assert met(seen, slot)
        if agents[slot] > 1:
            fewer = agents[: slot + 1].copy()
            fewer[slot] -= 1
            at = transient(calls[: slot + 1], time_s, mean_patience, fewer, slot_s, limit, definition=name, start="empty")
            assert not met(at, slot)
