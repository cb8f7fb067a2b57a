"""Chains of versions: who may do what with which version, and what is in force then."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.exchange.versions import read_chain, write_chain
from data.model.errors import InvalidData, NotFound, Superseded
from data.model.version import Chain, Deed, Hand

BEGIN = datetime(2026, 6, 1, 8, tzinfo=UTC)
JUNE, JULY = (date(2026, 6, 1), date(2026, 6, 30)), (date(2026, 7, 1), date(2026, 7, 31))


def hand(name: str, minute: int) -> Hand:
    return Hand(name, BEGIN + timedelta(minutes=minute), "because")


def proposed(chain: Chain, version: str, parent: str = "", days: tuple[date, date] = JUNE, by: str = "wang") -> Chain:
    rhythm = "week" if parent else "month"
    step = hand(by, len(chain.steps)).step(version, "proposed", parent=parent, rhythm=rhythm, first=days[0], last=days[1])
    return chain.propose(step)


def in_force(chain: Chain, version: str, by: str = "wang") -> Chain:
    chain = chain.approve(hand(by, len(chain.steps)).step(version, "approved"))
    return chain.publish(hand(by, len(chain.steps)).step(version, "published"))


def test_a_version_goes_from_proposal_to_approved_to_published_to_superseded() -> None:
    chain = proposed(Chain(), "v1")
    assert (chain.states, chain.open, chain.heads) == ({"v1": "proposal"}, ("v1",), ())
    approved = chain.approve(hand("li", 5).step("v1", "approved"))
    assert approved.states == {"v1": "approved"}
    chain = in_force(proposed(in_force(chain, "v1"), "v2", "v1"), "v2")
    assert chain.states == {"v1": "superseded", "v2": "published"}
    assert (chain.heads, chain.root("v2")) == (("v2",), "v1")


def test_two_plans_stand_side_by_side_and_a_new_one_of_the_same_days_takes_the_place_of_the_old() -> None:
    chain = in_force(proposed(in_force(proposed(Chain(), "june"), "june"), "july", days=JULY), "july")
    assert chain.heads == ("june", "july")
    assert (chain.head(date(2026, 6, 30)), chain.head(date(2026, 7, 1)), chain.head()) == ("june", "july", "july")
    again = in_force(proposed(chain, "june2"), "june2")
    assert (again.states["june"], again.heads) == ("superseded", ("june2", "july"))
    assert chain.head(date(2026, 8, 1)) == "july"
    with pytest.raises(NotFound, match="echelon plan"):
        Chain().head()


def test_of_two_proposals_the_second_is_refused_when_the_first_is_in_force() -> None:
    chain = in_force(proposed(Chain(), "v1"), "v1")
    chain = proposed(proposed(chain, "v2", "v1"), "v3", "v1")
    assert chain.open == ("v2", "v3")
    chain = in_force(chain, "v3").approve(hand("li", 60).step("v2", "approved"))
    with pytest.raises(Superseded, match=r"v2 changes v1.*v3 was published since.*rebase"):
        chain.publish(hand("li", 61).step("v2", "published"))
    assert chain.withdraw(hand("li", 62).step("v2", "withdrawn")).open == ()


def test_where_the_rulebook_asks_another_person_approves() -> None:
    chain = proposed(Chain(second_person=("month",)), "v1", by="wang")
    with pytest.raises(InvalidData, match="another person than wang"):
        chain.approve(hand("wang", 3).step("v1", "approved"))
    chain = chain.approve(hand("li", 3).step("v1", "approved")).publish(hand("wang", 4).step("v1", "published"))
    week = proposed(chain, "v2", "v1", by="wang")
    assert in_force(week, "v2", by="wang").heads == ("v2",)


@pytest.mark.parametrize("deed", ["approve", "publish", "withdraw"])
def test_what_is_out_of_turn_is_refused(deed: str) -> None:
    chain = in_force(proposed(Chain(), "v1"), "v1")
    words: dict[str, Deed] = {"approve": "approved", "publish": "published", "withdraw": "withdrawn"}
    with pytest.raises(InvalidData, match="read published"):
        getattr(chain, deed)(hand("li", 9).step("v1", words[deed]))
    with pytest.raises(NotFound, match="v7"):
        getattr(chain, deed)(hand("li", 9).step("v7", words[deed]))


def test_names_and_parents_are_checked_at_once() -> None:
    chain = proposed(Chain(), "v1")
    with pytest.raises(InvalidData) as caught:
        chain.propose(hand("li", 3).step("v1", "proposed", parent="v0"))
    assert len(caught.value.findings) == 2


@given(st.lists(st.tuples(st.sampled_from(["propose", "approve", "publish", "withdraw"]), st.integers(1, 5)), max_size=25))
def test_whatever_is_tried_there_is_one_head_for_a_day_and_steps_only_grow(tries: list[tuple[str, int]]) -> None:
    chain = Chain()
    for what, number in tries:
        name, before = f"v{number}", chain.steps
        try:
            if what == "propose":
                chain = proposed(chain, name, chain.heads[-1] if chain.heads else "")
            else:
                word: Deed = {"approve": "approved", "publish": "published", "withdraw": "withdrawn"}[what]  # type: ignore[assignment]
                chain = getattr(chain, what)(hand("li", len(before)).step(name, word))
        except (InvalidData, NotFound, Superseded):
            assert chain.steps == before
        assert chain.steps[: len(before)] == before
        assert len(chain.heads) <= 1
        published = {step.version for step in chain.steps if step.deed == "published"}
        assert published == {v for v, state in chain.states.items() if state in ("published", "superseded")}


def test_a_chain_reads_as_it_was_written(tmp_path: Path) -> None:
    chain = in_force(proposed(in_force(proposed(Chain(), "v1"), "v1"), "v2", "v1", by="李"), "v2")
    write_chain(chain, tmp_path)
    assert read_chain(tmp_path).steps == chain.steps
    (tmp_path / "versions.csv").write_text("version,deed,by,at\nv1,sold,li,2026-06-01T08:00+08:00\n", encoding="utf-8")
    with pytest.raises(InvalidData, match="sold"):
        read_chain(tmp_path)


def test_steps_that_could_not_be_taken_are_all_found_with_their_lines(tmp_path: Path) -> None:
    chain = in_force(proposed(Chain(), "v1"), "v1")
    told: list[tuple[str, Deed]] = [("v7", "published"), ("v1", "approved"), ("v7", "withdrawn")]
    strange = [hand("li", 9).step(version, deed) for version, deed in told]
    write_chain(Chain((*chain.steps, *strange)), tmp_path)
    with pytest.raises(InvalidData) as caught:
        read_chain(tmp_path)
    assert [finding.row for finding in caught.value.findings] == [5, 6, 7]


def test_what_was_approved_before_the_rulebook_asked_for_a_second_person_still_reads(tmp_path: Path) -> None:
    chain = in_force(proposed(Chain(), "v1", by="wang"), "v1", by="wang")
    write_chain(chain, tmp_path)
    again = read_chain(tmp_path, ("month", "week"))
    assert (again.steps, again.second_person) == (chain.steps, ("month", "week"))
