"""Random call-outs over random members: nobody illegal is asked, never too many at once, and what is served balances."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from response_case import GRID, agent, at, roster_of, tier

from data.model.call_out import CallOut, CallOutBook, CallOutStep, asked
from data.model.errors import InvalidData
from data.model.people import Protection
from data.model.time import epoch_minutes
from optimizer.response.echelon import candidates, next_to_ask
from optimizer.response.echelon.limits import Limits, Span
from optimizer.response.echelon.reserve import reserve

TIER = tier("e1")
LIMITS = Limits(rest_minutes=11 * 60)


def members(rng: np.random.Generator):
    """Some protected, some on leave, some at work around the duty, some of another skill."""
    people = [
        agent(
            f"a{k:02}",
            skills=("power",) if rng.random() < 0.8 else ("ev",),
            protection=Protection(no_overtime=True) if rng.random() < 0.2 else None,
        )
        for k in range(16)
    ]
    shifts = {(one.id, 2): (int(rng.integers(0, 14)), 8) for one in people if rng.random() < 0.4}
    leave = {(one.id, 2) for one in people if (one.id, 2) not in shifts and rng.random() < 0.2}
    return people, shifts, leave


def allowed(person, shifts, leave, call: CallOut) -> bool:
    """Plainly: the skill, no protection, no leave, and eleven hours around the shift."""
    if "power" not in person.skills or person.protection is not None or (person.id, 2) in leave:
        return False
    if (person.id, 2) not in shifts:
        return True
    hour, hours = shifts[person.id, 2]
    start, end = at(2, hour), at(2, hour + hours)
    return call.start - end >= timedelta(hours=11) or start - call.end >= timedelta(hours=11)


def random_deeds(rng: np.random.Generator, book: CallOutBook, name: str, now: datetime) -> tuple[CallOutStep, ...]:
    """Some members answer, some arrive, some stand down; some say nothing."""
    deeds = {"asked": ("accepted", "declined", None), "accepted": ("arrived", "declined", None), "arrived": ("stood_down", None)}
    steps, coming = [], len(book.coming(name, now))
    for member, state in book.states(name, now).items():
        choices = deeds.get(state, (None,))
        deed = choices[int(rng.integers(len(choices)))]
        coming += deed == "accepted"
        if deed is not None and not (deed == "accepted" and coming > book.call_outs[name].heads):
            steps.append(CallOutStep(call_out=name, deed=deed, by="li", at=now, agent=member))
    return tuple(steps)


@pytest.mark.parametrize("seed", range(60))
def test_nobody_illegal_is_asked_and_never_too_many(seed: int) -> None:
    rng = np.random.default_rng(seed)
    people, shifts, leave = members(rng)
    share = float(rng.choice([1.0, 0.8, 0.5]))
    call = CallOut(
        id="c0001", echelon="e1", queue="power", start=at(2, 18), end=at(2, 21), heads=int(rng.integers(1, 6)),
        response_minutes=10, answer_share=share,
    )  # fmt: skip
    now = at(2, 12)
    book = CallOutBook().take(CallOutStep(call_out=call.id, deed="started", by="li", at=now, started=call))
    held = reserve(people, roster_of(people, shifts, leave))
    span = Span(epoch_minutes(call.start), epoch_minutes(call.end), GRID.horizon.zone)
    barred = frozenset(f"a{k:02}" for k in rng.integers(0, 16, 2).tolist())
    for _ in range(12):
        able = candidates(held, TIER, "power", span, LIMITS, declined=book.declined_on(now.date()))
        chosen = next_to_ask(book, call.id, able, now, lambda name: name not in barred)
        before = book.states(call.id, now)
        book = book.take(*asked(call, chosen, "li", now))
        states = Counter(book.states(call.id, now).values())
        coming = states["accepted"] + states["arrived"]
        assert coming <= call.heads
        assert not chosen or states["asked"] <= max(0, -(-(call.heads - coming) // share)), (
            "as many asks as the share of answers needs"
        )
        assert not set(chosen) & (set(before) | barred)
        assert all(allowed(one, shifts, leave, call) for one in people if one.id in chosen)
        if len(chosen) < book.room(call.id, now) + len(chosen):
            spare = {one.agent for one in able} - set(book.states(call.id, now)) - barred
            assert not spare, "somebody could have been asked"
        deeds = random_deeds(rng, book, call.id, now + timedelta(minutes=3))
        book = book.take(*deeds)
        now += timedelta(minutes=int(rng.integers(4, 20)))
    left = [m for m, state in book.states(call.id, now).items() if state in ("asked", "accepted", "arrived")]
    down = [CallOutStep(call_out=call.id, deed="stood_down", by="li", at=now, agent=member) for member in left]
    book = book.take(*down, CallOutStep(call_out=call.id, deed="ended", by="li", at=now))
    arrivals = Counter(step.agent for step in book.steps if step.deed == "arrived")
    assert set(arrivals.values()) <= {1}, "nobody arrives twice"
    assert {one.agent for one in book.served(call.id)} <= set(arrivals), "who is paid was there"
    assert book.room(call.id, now) == 0
    assert book.busy(now) == frozenset()


@pytest.mark.parametrize("seed", range(30))
def test_a_book_takes_what_is_possible_and_nothing_else(seed: int) -> None:
    """Any deed on any member: those that the state allows are taken, all others are findings, and the book stays."""
    rng = np.random.default_rng(seed)
    following = {
        None: {"asked"},
        "no_answer": {"asked"},
        "asked": {"accepted", "declined", "stood_down"},
        "accepted": {"declined", "arrived", "stood_down"},
        "arrived": {"stood_down"},
        "declined": set(),
        "stood_down": set(),
    }
    now = datetime(2026, 6, 2, 12, tzinfo=UTC)
    call = CallOut(
        id="c1", echelon="e1", queue="q", start=now, end=now + timedelta(hours=9), heads=9, response_minutes=10
    )  # fmt: skip
    book = CallOutBook().take(CallOutStep(call_out="c1", deed="started", by="li", at=now, started=call))
    for _ in range(60):
        now += timedelta(minutes=int(rng.integers(0, 6)))
        member = f"m{int(rng.integers(5))}"
        deed = str(rng.choice(["asked", "accepted", "declined", "arrived", "stood_down"]))
        until = now + timedelta(minutes=10) if deed == "asked" else None
        step = CallOutStep(call_out="c1", deed=deed, by="li", at=now, agent=member, until=until)
        if deed in following[book.states("c1", now).get(member)]:
            longer = book.take(step)
            assert longer.steps == (*book.steps, step)
            book = longer
        else:
            with pytest.raises(InvalidData):
                book.take(step)
    assert CallOutBook().take(*book.steps) == book, "the same steps give the same book"
