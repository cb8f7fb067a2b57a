"""The duty list of an echelon: everyone is free for what they take, gaps and caps hold, shares are equal, gaps are explained."""

from datetime import date, time, timedelta
from itertools import pairwise

import pytest
from response_case import GRID, ZONE, agent, queue, roster_of, tier

from data.exchange.duty import DUTY_FILE, read_duty, replaced, write_duty
from data.model.calendar import WEEKENDS_ONLY
from data.model.centre import Centre
from data.model.duty import DutyPolicy, DutySlot, StandbyShift, on_standby
from data.model.errors import InvalidData
from data.model.people import Contract, Protection
from data.model.roster import ShiftTemplate
from data.model.time import Horizon
from optimizer.response.echelon import plan_duty
from optimizer.response.echelon.limits import Limits
from optimizer.response.echelon.reserve import reserve

TIER = tier("e1")
CENTRE = Centre(
    id="c", name="C", zone=ZONE, interval_minutes=30, queues=(queue("power"),), echelons=(TIER,),
    contracts=(Contract(id="c", name="C", shifts=("D",)),), shifts=(ShiftTemplate(code="D", start=time(8), minutes=480),),
)  # fmt: skip
DAY, NIGHT = (StandbyShift(code=code, start=time(at), minutes=720, heads=1) for code, at in (("SD", 8), ("SN", 20)))
POLICY = DutyPolicy(shifts=(DAY, NIGHT), gap_days=1, month_cap=20)
FIRST = date(2026, 6, 1)


def made(people, days=6, *, policy=POLICY, shifts=None, first=FIRST, before=()):
    horizon = Horizon(zone=ZONE, first=first, days=days)
    held = reserve(people, roster_of(people, shifts or {}), until=horizon.last)
    return plan_duty(CENTRE, TIER, held, policy, horizon, Limits(rest_minutes=660), WEEKENDS_ONLY, before=before)


def stood(day: date, name: str) -> DutySlot:
    start, end = GRID.horizon.start, GRID.horizon.end
    return DutySlot(echelon="e1", day=day, shift="SD", start=start, end=end, heads=1, agents=(name,))


def days_of(slots, name: str) -> list[date]:
    return sorted(slot.day for slot in slots if name in slot.agents)


def test_every_shift_is_filled_and_shared_out_with_the_gap() -> None:
    people = [agent(f"a{k}") for k in range(4)]
    found = made(people)
    assert found.missing == 0
    assert found.why == {}
    assert found.solution.verdict is not None
    assert found.solution.verdict.legal
    assert found.solution.bound <= found.solution.cost
    shares = [days_of(found.slots, one.id) for one in people]
    assert [len(days) for days in shares] == [3, 3, 3, 3]
    assert all(later - earlier >= timedelta(days=2) for days in shares for earlier, later in pairwise(days))
    assert {(slot.end - slot.start, slot.start.hour) for slot in found.slots} == {(timedelta(hours=12), h) for h in (8, 20)}


def test_the_cap_leaves_open_what_nobody_may_take() -> None:
    found = made([agent("a"), agent("b")], policy=POLICY.model_copy(update={"month_cap": 2}))
    assert sum(len(slot.agents) for slot in found.slots) == 4
    assert found.missing == 8
    assert all(not causes for causes in found.why.values()), "no law holds anybody back: their share is full"


def test_nobody_stands_by_where_a_call_would_be_unlawful() -> None:
    """One works on the second day, one may not work at night: the night of the second day stays open and says why."""
    people = [agent("a"), agent("b", protection=Protection(no_night=True))]
    found = made(people, 2, policy=POLICY.model_copy(update={"gap_days": 0}), shifts={("a", 2): (12, 8)})
    told = {(slot.day.day, slot.shift): slot.agents for slot in found.slots}
    assert told[2, "SD"] == ("b",)
    assert told[2, "SN"] == ()
    assert told[1, "SN"] == (), "it would end four hours before the shift of the second day"
    assert found.why[FIRST + timedelta(days=1), "SN"] == {"rest": 1, "protection": 1}


def test_who_stood_by_before_is_spared() -> None:
    people = [agent("a"), agent("b")]
    policy = POLICY.model_copy(update={"shifts": (DAY,)})
    past = [FIRST - timedelta(days=10 + 2 * k) for k in range(3)]
    before = tuple(stood(day, "a") for day in past)
    assert len(days_of(made(people, 1, policy=policy, before=before).slots, "b")) == 1
    other = [slot.model_copy(update={"agents": ("b",)}) for slot in before]
    assert len(days_of(made(people, 1, policy=policy, before=other).slots, "a")) == 1


def test_the_gap_counts_the_day_before_the_list() -> None:
    policy = POLICY.model_copy(update={"shifts": (DAY,)})
    held = stood(FIRST, "a")
    second = FIRST + timedelta(days=1)
    assert made([agent("a")], 1, policy=policy, first=second, before=(held,)).missing == 1
    assert made([agent("a")], 1, policy=policy, first=second).missing == 0


def test_the_file_is_read_as_it_was_written_and_strangers_are_told(tmp_path) -> None:
    slots = made([agent(f"a{k}") for k in range(3)], 3).slots
    write_duty(slots, tmp_path)
    read = read_duty(tmp_path, [f"a{k}" for k in range(3)])
    assert set(read) == set(slots)
    assert on_standby(read, slots[0].start) == set(slots[0].agents)
    with pytest.raises(InvalidData) as caught:
        read_duty(tmp_path, ["a0"])
    assert {finding.where for finding in caught.value.findings} == {DUTY_FILE}
    fresh = [slot.model_copy(update={"agents": ()}) for slot in slots[:2]]
    kept = list(replaced(slots, fresh, [FIRST]))
    assert len(kept) == len(slots)
    assert [slot.agents for slot in kept if slot.day == FIRST] == [(), ()]


def test_a_standby_shift_is_of_its_echelons_and_ends_as_the_next_begins() -> None:
    ours = DAY.model_copy(update={"echelons": ("e1",)})
    policy = DutyPolicy(shifts=(ours, NIGHT))
    assert (policy.of("e1"), policy.of("e2")) == ((ours, NIGHT), (NIGHT,))
    slot = stood(FIRST, "a")
    assert (on_standby((slot,), slot.start), on_standby((slot,), slot.end)) == ({"a"}, frozenset())


def test_a_code_that_stands_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="twice: SD, SD"):
        DutyPolicy(shifts=(DAY, DAY))
