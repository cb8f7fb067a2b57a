"""Proposals: the two-interval rule, the book of steps, and its file."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from data.exchange.proposals import read_book, write_book
from data.model.book import numbered
from data.model.demand import LEVELS
from data.model.errors import InvalidData, NotFound
from data.model.proposal import COSTLY, CellChange, Proposal, ProposalBook, ProposalPolicy, ProposalStep, Stood
from data.model.request import Effect
from optimizer.response.tweak.signal import beside_forecast, signal_of, sustained

POLICY = ProposalPolicy()
NOW = datetime(2026, 6, 9, 10, tzinfo=UTC)
MIDDLING, CALM = np.full(6, 0.25), np.full(6, 0.02)


def signal(*beside: int, chances: np.ndarray = MIDDLING) -> tuple[bool, bool]:
    found = signal_of("q", beside, chances, POLICY)
    return found.more, found.less


def test_a_spike_of_one_interval_asks_nothing_of_anybody() -> None:
    assert signal(0, 1) == (False, False)
    assert signal(1, 0) == (False, False)
    assert signal(1, -1) == (False, False)
    assert signal(0, -1) == (False, False)
    assert signal(1) == (False, False)


def test_two_intervals_in_a_row_are_a_trend() -> None:
    assert signal(1, 1) == (True, False)
    assert signal(-1, -1) == (False, True)
    assert signal(1, 1, 0) == (False, False)


def test_the_risk_rule_asks_without_a_trend_and_needs_as_many_intervals() -> None:
    one, two = np.array([0.1, 0.9, 0.1, 0.9]), np.array([0.1, 0.45, 0.4, 0.1])
    assert signal(0, 0, chances=one) == (False, False)
    assert signal(0, 0, chances=two) == (True, False)
    assert signal(-1, -1, chances=two) == (True, False)
    assert (sustained(one, 2), sustained(two, 2), sustained(two[:1], 2)) == (0.1, 0.4, 0.0)


def test_a_calm_rest_of_the_day_lets_people_leave_and_one_bad_interval_does_not() -> None:
    assert signal(0, 1, chances=CALM) == (False, True)
    assert signal(0, 0, chances=np.append(CALM, 0.2)) == (False, False)


def test_beside_the_forecast_is_outside_its_middle_band() -> None:
    quantiles = np.tile(100 * np.array(LEVELS), (5, 1))
    found = beside_forecast(np.array([91.0, 90.0, 9.0, 10.0, np.nan]), quantiles, 0.8)
    assert found.tolist() == [1, 0, -1, 0, 0]


def proposal(name: str = "new", kind: str = "pause", minutes: int = 60, agents: tuple[str, ...] = ("A1",)) -> Proposal:
    chances = {"chance_before": 0.5, "chance_after": 0.4, "service_before": 0.7, "service_after": 0.8}
    effect = Effect(queue="q", start=NOW, agents_before=3, agents_after=4, **chances)
    before = Stood(code="E", start=480, minutes=540, meal=180, meal_minutes=60)
    after = before.model_copy(update={"meal": 240})
    return Proposal.model_validate(
        {
            "id": name, "kind": kind, "made_at": NOW, "version": "v001-month", "agents": agents, "queue": "q",
            "start": NOW + timedelta(hours=1), "end": NOW + timedelta(hours=2), "effect": effect,
            "changes": tuple(CellChange(agent=a, day=NOW.date(), before=before, after=after) for a in agents),
            "expires_at": NOW + timedelta(minutes=minutes), "reason": "so, that", "reason_zh": "因此；“如此”",
        }
    )  # fmt: skip


def step(name: str, deed: str, after: int = 0, asked: Proposal | None = None) -> ProposalStep:
    told = {"proposal": name, "deed": deed, "by": "li", "at": NOW + timedelta(minutes=after), "asked": asked}
    return ProposalStep.model_validate(told)


def book(*proposals: Proposal) -> ProposalBook:
    made = numbered(
        ProposalBook(), proposals or (proposal(), proposal(agents=("A2", "A3")), proposal(kind="overtime", agents=("A4",)))
    )
    return ProposalBook().take(*(step(one.id, "proposed", asked=one) for one in made))


def test_states_follow_from_the_steps_and_the_clock() -> None:
    kept = book().take(step("p0001", "accepted", 5), step("p0002", "declined", 6))
    now, later = NOW + timedelta(minutes=60), NOW + timedelta(minutes=61)
    assert [kept.state(name, now) for name in kept.proposals] == ["accepted", "declined", "open"]
    assert kept.state("p0003", later) == "expired"
    assert [one.id for one in kept.open(now)] == ["p0003"]
    assert kept.take(step("p0003", "replaced", 7)).state("p0003", now) == "expired"
    assert kept.declined_on(NOW.date()) == {"A2", "A3"}
    assert not kept.declined_on(NOW.date() + timedelta(days=1))


def test_every_step_that_cannot_be_taken_is_told() -> None:
    kept = book().take(step("p0001", "accepted", 5))
    wrong = (step("p0001", "declined", 6), step("p0009", "accepted"), step("p0002", "accepted", -1), step("p0003", "accepted", 61))
    with pytest.raises(InvalidData) as caught:
        kept.take(*wrong, step("p0002", "declined", 3))
    assert [one.column for one in caught.value.findings] == ["p0001", "p0009", "p0002", "p0003"]
    with pytest.raises(NotFound):
        kept.known("p0009")


def test_what_costs_somebody_something_needs_consent() -> None:
    assert {kind for kind in ("pause", "activity", "queue", *COSTLY) if proposal(kind=kind).needs_consent} == set(COSTLY)


def test_the_same_act_is_alike_whenever_it_is_made() -> None:
    one = proposal()
    assert one.alike(one.model_copy(update={"id": "p7", "made_at": NOW + timedelta(minutes=9), "effect": None}))
    assert not one.alike(proposal(agents=("A2",)))
    assert not one.alike(proposal(kind="overtime"))


def test_the_file_gives_back_the_book(tmp_path: Path) -> None:
    kept = book().take(step("p0001", "accepted", 5), step("p0002", "declined", 6))
    assert read_book(tmp_path) == ProposalBook()
    write_book(kept, tmp_path)
    assert read_book(tmp_path).steps == kept.steps
    first = (tmp_path / ProposalBook.FILE).read_bytes()
    write_book(kept.take(step("p0003", "declined", 7)), tmp_path)
    assert (tmp_path / ProposalBook.FILE).read_bytes().startswith(first)


def test_a_file_that_was_tampered_with_is_told_line_by_line(tmp_path: Path) -> None:
    write_book(book().take(step("p0001", "accepted", 5)), tmp_path)
    path = tmp_path / ProposalBook.FILE
    head, *rows = path.read_text(encoding="utf-8").splitlines()
    rows += [rows[-1], rows[-1].replace("p0001", "p0044")]
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    with pytest.raises(InvalidData) as caught:
        read_book(tmp_path)
    assert [one.row for one in caught.value.findings] == [6, 7]
    path.write_text("\n".join([head, rows[0].replace('""kind"":""pause""', '""kind"":""dance""')]) + "\n", encoding="utf-8")
    with pytest.raises(InvalidData, match="dance"):
        read_book(tmp_path)
