"""A levelled plan is in time, and no work can be moved to a slot with fewer agents: what makes it the lowest in every peak."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.staffing.levelling import level

LARGE, SMALL = 1e-4, 1e-6


@st.composite
def cases(draw: st.DrawFn) -> tuple[np.ndarray, int, np.ndarray, np.ndarray]:
    size = draw(st.integers(1, 14))
    amounts = st.lists(st.one_of(st.just(0.0), st.floats(0.1, 9)), min_size=size, max_size=size)
    is_open = st.lists(st.booleans(), min_size=size, max_size=size)
    return np.array(draw(amounts)), draw(st.integers(1, 8)), np.array(draw(is_open)), np.array(draw(amounts))


def windows(work: np.ndarray, due_slots: int, is_open: np.ndarray) -> list[tuple[int, int] | None]:
    """First and last open slot for the work of each slot, written down plainly; late work has the first one after only."""
    found: list[tuple[int, int] | None] = []
    for slot in range(len(work)):
        after = [t for t in range(slot, len(work)) if is_open[t]]
        in_time = [t for t in after if t < slot + due_slots]
        found.append((after[0], (in_time or after[:1])[-1]) if after else None)
    return found


def limits(work: np.ndarray, spans: list[tuple[int, int] | None]) -> tuple[np.ndarray, np.ndarray]:
    """Most and least work that may be done until the end of each slot."""
    slots = range(len(work))
    held = [(w, span) for w, span in zip(work, spans, strict=True) if span]
    most = [sum(w for w, (first, _) in held if first <= t) for t in slots]
    least = [sum(w for w, (_, last) in held if last <= t) for t in slots]
    return np.array(most), np.array(least)


@settings(max_examples=300, deadline=None)
@given(cases())
def test_levelled_work_is_in_time_and_cannot_be_moved_to_a_lower_slot(
    case: tuple[np.ndarray, int, np.ndarray, np.ndarray],
) -> None:
    work, due_slots, is_open, base = case
    made = level(*case)
    most, least = limits(work, windows(work, due_slots, is_open))
    done = np.cumsum(made.work)
    assert (made.work >= 0).all()
    assert (made.work[~is_open] == 0).all()
    assert (done <= most + SMALL).all()
    assert (done >= least - SMALL).all()
    assert abs(done[-1] + made.left - work.sum()) < SMALL
    total, hours = base + made.work, np.flatnonzero(is_open)
    for s in hours[made.work[hours] > LARGE]:
        for t in hours[total[hours] < total[s] - LARGE]:
            slack = (done - least)[s:t] if s < t else (most - done)[t:s]
            assert slack.min() < LARGE, f"work of slot {s} may be done in slot {t}"


@settings(max_examples=200, deadline=None)
@given(cases())
def test_whole_agents_are_as_many_as_the_work_until_each_slot(case: tuple[np.ndarray, int, np.ndarray, np.ndarray]) -> None:
    made = level(*case)
    behind = np.cumsum(made.work) - np.cumsum(made.agents)
    assert (behind < SMALL).all()
    assert (behind > -1 - SMALL).all()
    assert (made.agents[~case[2]] == 0).all()
