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
    assert (approved.states, approved.open) == ({"v1": "approved"}, ("v1",))
    chain = in_force(proposed(in_force(chain, "v1"), "v2", "v1"), "v2")
    assert chain.states == {"v1": "superseded", "v2": "published"}
    assert (chain.heads, chain.root("v2")) == (("v2",), "v1")
    assert proposed(chain, "v3", "v2").root("v3") == "v1"
    assert in_force(proposed(chain, "v3", "v2", JULY), "v3").heads == ("v3",)
    assert {step.reason for step in chain.steps} == {"because"}


def test_two_plans_stand_side_by_side_and_a_new_one_of_the_same_days_takes_the_place_of_the_old() -> None:
    chain = in_force(proposed(in_force(proposed(Chain(), "june"), "june"), "july", days=JULY), "july")
    assert chain.heads == ("june", "july")
    assert [chain.head(day) for day in (*JUNE, *JULY, None)] == ["june", "june", "july", "july", "july"]
    again = in_force(proposed(chain, "june2"), "june2")
    assert (again.states["june"], again.heads) == ("superseded", ("june2", "july"))
    assert chain.head(date(2026, 8, 1)) == "july"
    with pytest.raises(NotFound, match="echelon plan"):
        Chain().head()


@pytest.mark.parametrize("days", [(date(2026, 6, 30), date(2026, 7, 27)), (date(2026, 5, 25), date(2026, 6, 1))])
def test_a_plan_that_shares_a_day_takes_the_place_of_the_one_in_force_and_leaves_proposals_open(days: tuple[date, date]) -> None:
    chain = proposed(in_force(proposed(Chain(), "june"), "june"), "other")
    chain = in_force(proposed(chain, "new", days=days), "new")
    assert chain.states == {"june": "superseded", "other": "proposal", "new": "published"}


def test_a_plan_of_days_that_are_not_known_may_be_of_any() -> None:
    step = hand("li", 0).step("old", "proposed")
    chain = in_force(Chain().propose(step), "old")
    assert chain.covers("old", date(2020, 1, 1))
    assert in_force(proposed(chain, "june"), "june").heads == ("june",)


def test_of_two_proposals_the_second_is_refused_when_the_first_is_in_force() -> None:
    chain = in_force(proposed(Chain(), "v1"), "v1")
    chain = proposed(proposed(chain, "v2", "v1"), "v3", "v1")
    assert chain.open == ("v2", "v3")
    chain = in_force(chain, "v3").approve(hand("li", 60).step("v2", "approved"))
    with pytest.raises(Superseded, match=r"v2 changes v1.*v3 was published since.*rebase"):
        chain.publish(hand("li", 61).step("v2", "published"))
    assert chain.withdraw(hand("li", 62).step("v2", "withdrawn")).open == ()


def test_who_comes_too_late_is_told_what_took_the_place_of_the_parent() -> None:
    chain = proposed(proposed(in_force(proposed(Chain(), "v1"), "v1"), "v2", "v1"), "v3", "v1")
    chain = chain.approve(hand("li", 8).step("v2", "approved"))
    later = in_force(proposed(in_force(chain, "v3"), "v4", "v3"), "v4")
    with pytest.raises(Superseded, match="v3 was published since"):
        later.publish(hand("li", 60).step("v2", "published"))
    anew = in_force(proposed(chain, "v4"), "v4")
    with pytest.raises(Superseded, match="it is superseded"):
        anew.publish(hand("li", 60).step("v2", "published"))


def test_where_the_rulebook_asks_another_person_approves() -> None:
    chain = proposed(Chain(second_person=("month",)), "v1", by="wang")
    with pytest.raises(InvalidData, match="another person than wang"):
        chain.approve(hand("wang", 3).step("v1", "approved"))
    chain = chain.approve(hand("li", 3).step("v1", "approved")).publish(hand("wang", 4).step("v1", "published"))
    week = proposed(chain, "v2", "v1", by="wang")
    assert in_force(week, "v2", by="wang").heads == ("v2",)


DEEDS: tuple[Deed, ...] = ("approved", "published", "withdrawn")
IN_TURN = {("proposal", "approved"), ("proposal", "withdrawn"), ("approved", "published"), ("approved", "withdrawn")}


def standing() -> Chain:
    """A version in each state."""
    chain = in_force(proposed(in_force(proposed(Chain(), "superseded"), "superseded"), "published", "superseded"), "published")
    for name in ("proposal", "approved", "withdrawn"):
        chain = proposed(chain, name, "published")
    return chain.take(hand("li", 9).step("approved", "approved")).take(hand("li", 9).step("withdrawn", "withdrawn"))


@pytest.mark.parametrize("deed", DEEDS)
def test_what_is_out_of_turn_is_refused(deed: Deed) -> None:
    chain = standing()
    assert {name: state for name, state in chain.states.items() if name != state} == {}
    for state in chain.states:
        step = hand("li", 10).step(state, deed)
        if (state, deed) in IN_TURN:
            assert chain.take(step).states[state] == deed
        else:
            with pytest.raises(InvalidData, match=f"read {state}"):
                chain.take(step)
    with pytest.raises(NotFound, match="v7"):
        chain.take(hand("li", 10).step("v7", deed))


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
    assert read_chain(tmp_path) == Chain()
    write_chain(chain, tmp_path)
    assert read_chain(tmp_path).steps == chain.steps
    (tmp_path / "versions.csv").write_text("version,deed,by,at\nv1,sold,li,2026-06-01T08:00+08:00\n", encoding="utf-8")
    with pytest.raises(InvalidData, match="sold"):
        read_chain(tmp_path)


def test_steps_that_could_not_be_taken_are_all_found_with_their_lines(tmp_path: Path) -> None:
    chain = in_force(proposed(Chain(), "v1"), "v1")
    chain = proposed(proposed(chain, "v2", "v1"), "v3", "v1").approve(hand("li", 6).step("v2", "approved"))
    told: list[tuple[str, Deed]] = [("v7", "published"), ("v1", "approved"), ("v7", "withdrawn"), ("v2", "published")]
    strange = [hand("li", 9).step(version, deed) for version, deed in told]
    write_chain(Chain((*in_force(chain, "v3").steps, *strange)), tmp_path)
    with pytest.raises(InvalidData) as caught:
        read_chain(tmp_path)
    assert [finding.row for finding in caught.value.findings] == [10, 11, 12, 13]
    assert all("put the file back" in str(finding) for finding in caught.value.findings)
    assert "v3 was published since" in str(caught.value.findings[-1])


def test_a_step_is_told_by_its_line_even_behind_an_empty_one(tmp_path: Path) -> None:
    write_chain(Chain((hand("li", 9).step("v7", "withdrawn"),)), tmp_path)
    path = tmp_path / "versions.csv"
    head, row = path.read_text(encoding="utf-8").splitlines()
    path.write_text(f"{head}\n\n{row}\n", encoding="utf-8")
    with pytest.raises(InvalidData) as caught:
        read_chain(tmp_path)
    assert [finding.row for finding in caught.value.findings] == [3]


def test_what_was_approved_before_the_rulebook_asked_for_a_second_person_still_reads(tmp_path: Path) -> None:
    chain = in_force(proposed(Chain(), "v1", by="wang"), "v1", by="wang")
    write_chain(chain, tmp_path)
    again = read_chain(tmp_path, ("month", "week"))
    assert (again.steps, again.second_person) == (chain.steps, ("month", "week"))
