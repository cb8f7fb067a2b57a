"""The peers of the benchmarks must be right too, or the ratios say nothing."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.simulation.days import Day, draw, one_queue, six_queues
from optimizer.staffing.centre_model import CentreModel, Duties, RecordedCalls, SimulatedQueue, SkillGroup, steady
from optimizer.staffing.queueing import evaluate, least_agents_many
from optimizer.staffing.simulate import replay


def peer(name):
    return pytest.importorskip(f"benchmarks.simulation.peers.{name}", reason="extra bench is not installed")


resource, ciw_network = peer("simpy_resource"), peer("ciw_network")
DISPATCHERS = peer("simpy_dispatcher"), peer("simpy_processes")
staffing = pytest.importorskip("benchmarks.staffing", reason="extra bench is not installed")
PEERS = (resource, ciw_network, *DISPATCHERS)
by_dispatcher = pytest.mark.parametrize("dispatcher", DISPATCHERS, ids=lambda module: module.__name__.rpartition(".")[2])


def queue(name="q", **other):
    return SimulatedQueue(name, 100.0, patience=((1.0, 60.0),), **other)


def day(queues, groups, duties, calls, overflow=()):
    """A day by hand: duties are (group, start, end) or (group, start, end, start, end); calls (time, queue, handle, patience)."""
    stretches = [(agent, *pair) for agent, (_, *times) in enumerate(duties) for pair in zip(times[::2], times[1::2], strict=True)]
    agent, start, end = (np.array(values) for values in zip(*stretches, strict=True))
    group = np.array([duty[0] for duty in duties])
    at, of, handle, patience = (np.array(values) for values in zip(*calls, strict=True))
    model = CentreModel(queues, groups, 1800.0, 2, overflow)
    on = Duties(group, np.ones(len(group)), agent, start.astype(float), end.astype(float))
    return Day("by hand", model, np.zeros((len(queues), 2)), on, RecordedCalls(at.astype(float), of, handle * 1.0, patience * 1.0))


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.__name__.rpartition(".")[2])
def test_a_peer_agrees_with_exact_erlang_a(peer):
    agents, load, handle = 10, 10, 180.0
    seen = [peer.simulate(one_queue(load * 480, agents, handle, seed, law="exponential")) for seed in range(8)]
    exact = evaluate(agents, load / handle, handle, 120, 20)
    for found, expected in (
        ([tally.service_level for tally in seen], exact.service_level),
        ([tally.abandon_rate for tally in seen], exact.abandon_rate),
    ):
        assert abs(np.mean(found) - expected) < 4 * np.std(found, ddof=1) / np.sqrt(len(found))


def test_all_peers_count_the_same_on_the_same_calls():
    same = one_queue(3000, 11, 300)
    first, *others = (peer.simulate(same) for peer in PEERS)
    assert 0 < first.abandoned[0] < first.offered[0] == len(same.calls.queue)
    assert others == [first] * 3


@by_dispatcher
def test_no_call_of_six_queues_is_forgotten_and_redials_are_counted(dispatcher):
    seen = dispatcher.simulate(six_queues(3000, 45))
    again = dispatcher.simulate(six_queues(3000, 45))
    assert seen == again
    assert [a + b for a, b in zip(seen.answered, seen.abandoned, strict=True)] == seen.offered
    assert sum(seen.offered) > len(six_queues(3000, 45).calls.queue)


@by_dispatcher
def test_the_event_simulator_counts_the_same_as_the_dispatcher(dispatcher):
    with_redials = six_queues(3000, 45)
    queues = tuple(replace(queue, redial_probability=0.0) for queue in with_redials.model.queues)
    same = replace(with_redials, model=replace(with_redials.model, queues=queues))
    peers, ours = dispatcher.simulate(same), replay(same.model, same.calls, same.duties, seed=1).service
    assert ours.offered.sum(axis=(0, 2)).tolist() == peers.offered
    # times stand in ticks there, which may change the fate of single calls
    for name, counts in (("answered", peers.answered), ("answered_in_time", peers.in_time), ("abandoned", peers.abandoned)):
        assert getattr(ours, name).sum(axis=(0, 2)) == pytest.approx(counts, abs=4)


@by_dispatcher
def test_redials_end_with_the_last_attempt(dispatcher):
    model = CentreModel(
        (queue(redial_probability=0.5, redial_persistence=0.6, redial_delay_s=1.0, attempts=2),),
        (SkillGroup("g", ("q",)),),
        1800.0,
        2,
    )
    expected = np.array([[8000.0, 0.0]])
    calls = draw(model, expected, 1)
    seen = dispatcher.simulate(Day("nobody", model, expected, steady(np.array([0]), model), calls))
    assert seen.answered == [0]
    attempts = seen.offered[0] / len(calls.queue)
    assert attempts == pytest.approx(1 + 0.5 + 0.5 * 0.3, abs=4 * 0.75 / np.sqrt(len(calls.queue)))


@pytest.mark.parametrize(("overflow", "in_time"), [(10.0, 1), (30.0, 0)])
@by_dispatcher
def test_a_call_reaches_the_second_level_after_its_wait(dispatcher, overflow, in_time):
    groups = (SkillGroup("first", ("q",), (0,)), SkillGroup("second", ("q",), (1,)))
    calls = [(100, 0, 50, 5), (200, 0, 50, 60)]
    seen = dispatcher.simulate(day((queue(),), groups, [(1, 0, 3600)], calls, (0.0, overflow)))
    assert (seen.answered, seen.in_time, seen.abandoned) == ([1], [in_time], [1])


@by_dispatcher
def test_a_free_agent_of_the_second_level_does_not_take_a_call_too_soon(dispatcher):
    groups = (SkillGroup("first", ("q",), (0,)), SkillGroup("second", ("q",), (1,)))
    # the agent comes 4 s after the call and may take it only after 25 s
    seen = dispatcher.simulate(day((queue(),), groups, [(1, 104, 3600)], [(100, 0, 50, 60)], (0.0, 25.0)))
    assert (seen.answered, seen.in_time) == ([1], [0])


@pytest.mark.parametrize(("second_comes", "lost"), [(50, 1), (0, 0)])
@by_dispatcher
def test_the_longest_idle_agent_takes_a_call(dispatcher, second_comes, lost):
    groups = (SkillGroup("one", ("a",)), SkillGroup("both", ("a", "b")))
    calls = [(100, 0, 500, 60), (110, 1, 50, 5)]
    # who knows both is idle for longer, or for less long
    seen = dispatcher.simulate(
        day((queue("a"), queue("b")), groups, [(0, second_comes, 3600), (1, 50 - second_comes, 3600)], calls)
    )
    assert seen.abandoned == [0, lost]


@by_dispatcher
def test_the_longest_waiting_call_of_all_queues_comes_first(dispatcher):
    groups = (SkillGroup("both", ("a", "b")),)
    calls = [(10, 1, 30, 60), (20, 0, 30, 25), (22, 1, 30, 50)]
    # free at 40: queue a waits since 20, queue b since 22
    seen = dispatcher.simulate(day((queue("a"), queue("b")), groups, [(0, 0, 3600)], calls))
    assert (seen.abandoned, seen.in_time) == ([0, 0], [1, 1])


@by_dispatcher
def test_who_leaves_finishes_the_call_and_a_break_keeps_calls_waiting(dispatcher):
    calls = [(90, 0, 120, 60), (150, 0, 50, 100), (900, 0, 50, 5)]
    # on duty until 100, from 200 to 800: the first call ends at 210, the second starts then, nobody is there for the third
    seen = dispatcher.simulate(day((queue(threshold_s=60),), (SkillGroup("g", ("q",)),), [(0, 0, 100, 200, 800)], calls))
    assert (seen.answered, seen.in_time, seen.abandoned) == ([2], [2], [1])
    stricter = dispatcher.simulate(day((queue(threshold_s=59),), (SkillGroup("g", ("q",)),), [(0, 0, 100, 200, 800)], calls))
    assert stricter.in_time == [1]


@pytest.mark.parametrize(("name", "patience"), [("pyworkforce", np.inf), ("recursive", np.inf), ("waiting_room", 150.0)])
def test_least_agents_of_a_peer_are_ours(name, patience):
    load, handle, threshold, level = (values[:60] for values in staffing.triples(1000))
    load = np.minimum(load, 200)
    found = [getattr(staffing, name)(*one) for one in zip(*(v.tolist() for v in (load, handle, threshold, level)), strict=True)]
    assert found == least_agents_many(load / handle, handle, patience, level, threshold).tolist()


@by_dispatcher
def test_who_is_on_duty_at_the_end_stays_and_nobody_dials_again_after_it(dispatcher):
    calls = [(3590, 0, 50, 60), (3595, 0, 50, 100), (3599, 0, 50, 10)]
    late = queue(redial_probability=0.999, redial_delay_s=1e9, threshold_s=60)
    seen = dispatcher.simulate(day((late,), (SkillGroup("g", ("q",)),), [(0, 0, 3600)], calls))
    assert (seen.offered, seen.answered, seen.in_time, seen.abandoned) == ([3], [2], [2], [1])
