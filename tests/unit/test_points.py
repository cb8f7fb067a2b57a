"""The ledger of contribution points: what fits, what is held, what expires, is in dispute, is reversed; its file."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from data.exchange.measures import read_measures
from data.exchange.points import add_activations, read_activations, read_claims, read_ledger, write_ledger
from data.model.errors import Finding, InvalidData
from data.model.points import EXPIRED, REDEEMED, Entry, PointsPolicy, Posting, Reason, agent_account, budget_account, months_later
from data.model.points_ledger import Ledger

POLICY = PointsPolicy(month_budget=100, agent_month_cap=60, expire_months=3)


def at(month: int, day: int = 1) -> datetime:
    return datetime(2026, month, day, 8, tzinfo=UTC)


def earned(name: str, when: datetime, points: int, agent: str = "a", reason: Reason = Reason.CALL_IN) -> Entry:
    return Entry.moved(name, when, reason, agent, points, budget_account(f"{when:%Y-%m}"))


def spent(name: str, when: datetime, points: int, agent: str = "a") -> Entry:
    return Entry.moved(name, when, Reason.REDEMPTION, agent, -points, REDEEMED)


def about(name: str, when: datetime, reason: Reason, of: str) -> Entry:
    return Entry(id=name, at=when, reason=reason, of=of)


def ledger(*entries: Entry) -> Ledger:
    return Ledger.of(POLICY, entries)


def findings(entries: Sequence[Entry], stands: Sequence[Entry] = ()) -> list[Finding]:
    with pytest.raises(InvalidData) as caught:
        ledger(*stands).posted(entries)
    return list(caught.value.findings)


def test_an_entry_moves_points_between_an_agent_and_the_account_of_its_reason() -> None:
    entry = earned("e", at(6), 5)
    assert (entry.agent, entry.points, entry.against, entry.month) == ("a", 5, "budget:2026-06", "2026-06")
    agent, june = agent_account("a"), budget_account("2026-06")
    wrong = [
        (Reason.CALL_IN, [(agent, 5), (june, -4)], "", "add up to zero"),
        (Reason.CALL_IN, [(agent, 5), (EXPIRED, -5)], "", "the account budget:"),
        (Reason.CALL_IN, [(agent, -5), (june, 5)], "", "points to the agent"),
        (Reason.REDEMPTION, [(agent, 5), (REDEEMED, -5)], "", "points from the agent"),
        (Reason.REDEMPTION, [(june, -5), (REDEEMED, 5)], "", "one posting of an agent"),
        (Reason.CALL_IN, [(agent, 5), (june, -5)], "x", "no other entry"),
        (Reason.REVERSAL, [(agent, 5), (june, -5)], "", "the entry that it is about"),
        (Reason.DISPUTE, [(agent, 5), (june, -5)], "x", "no postings"),
    ]
    for reason, postings, of, message in wrong:
        with pytest.raises(ValidationError, match=message):
            Entry(id="e", at=at(6), reason=reason, of=of, postings=tuple(Posting(account=a, points=p) for a, p in postings))


def test_the_oldest_points_are_spent_first_and_the_rest_expires() -> None:
    book = ledger(earned("e1", at(1), 20), earned("e2", at(2), 30), spent("s", at(3), 25))
    assert [book.held("a", at(month)) for month in (1, 2, 3)] == [20, 50, 25]
    assert [lot.entry for lot in book.holding("a", at(3)).lots] == ["e2"]
    assert (book.held("a", at(4, 2)), book.held("a", at(5, 2))) == (25, 0)
    (expiry,) = book.due_expiries(at(5, 2))
    assert (expiry.points, expiry.against) == (-25, EXPIRED)
    after = book.posted([expiry])
    assert after.due_expiries(at(5, 2)) == ()
    assert after.account(agent_account("a"), at(5, 2)) == after.held("a", at(5, 2)) == 0
    assert after.balances(at(5, 2)) == {"a": 0}


def test_neither_expired_points_nor_those_in_dispute_are_spent() -> None:
    book = ledger(earned("e1", at(1), 20), earned("e2", at(2), 10), spent("s", at(4, 5), 10))
    assert (book.held("a", at(4, 6)), book.holding("a", at(4, 6)).expired) == (0, 20)
    disputed = ledger(
        earned("e1", at(1), 20), earned("e2", at(2), 10), about("d", at(3), Reason.DISPUTE, "e1"), spent("s", at(3, 2), 10)
    )
    assert [(lot.entry, lot.points, lot.frozen) for lot in disputed.holding("a", at(3, 3)).lots] == [("e1", 20, True)]


def test_at_one_instant_points_come_before_they_go_and_are_judged_last() -> None:
    book = ledger(about("a", at(6), Reason.DISPUTE, "z"), spent("b", at(6), 5), earned("z", at(6), 8))
    assert [entry.id for entry in book.entries] == ["z", "b", "a"]
    assert (book.held("a", at(6)), book.available("a", at(6))) == (3, 0)


def test_months_end_where_a_month_is_short() -> None:
    assert months_later(datetime(2026, 11, 30, tzinfo=UTC), 3) == datetime(2027, 2, 28, tzinfo=UTC)
    assert months_later(datetime(2026, 12, 31, tzinfo=UTC), 12) == datetime(2027, 12, 31, tzinfo=UTC)
    assert months_later(datetime(2026, 1, 31, tzinfo=UTC), 11) == datetime(2026, 12, 31, tzinfo=UTC)


def test_points_in_dispute_cannot_be_spent_and_do_not_age() -> None:
    book = ledger(earned("e1", at(1), 20), earned("e2", at(2), 10), about("d", at(3), Reason.DISPUTE, "e1"))
    assert (book.held("a", at(3, 2)), book.available("a", at(3, 2))) == (30, 10)
    (refused,) = findings([spent("s", at(3, 2), 11)], book.entries)
    assert refused.expected == "at most the 10 points that a may redeem then"
    assert book.held("a", at(4, 20)) == 30
    upheld = book.posted([about("u", at(3, 11), Reason.UPHELD, "e1")])
    assert upheld.available("a", at(3, 12)) == 30
    assert [upheld.held("a", at(4, day)) for day in (2, 10, 12)] == [30, 30, 10]
    reversed_ = book.posted([book.by_id["e1"].reversed("r", at(3, 11))])
    assert reversed_.held("a", at(3, 12)) == 10


def test_a_reversal_gives_points_back_to_the_lots_that_they_came_from() -> None:
    book = ledger(earned("e1", at(1), 20), earned("e2", at(2), 10), spent("s", at(3), 25))
    back = book.posted([book.by_id["s"].reversed("r", at(3, 5))])
    assert (back.held("a", at(3, 4)), back.held("a", at(3, 6))) == (5, 30)
    assert back.held("a", at(4, 2)) == 10
    debt = book.posted([book.by_id["e1"].reversed("r", at(3, 5))])
    assert (debt.held("a", at(3, 6)), debt.available("a", at(3, 6))) == (-15, 0)
    paid = debt.posted([earned("e3", at(3, 7), 18)])
    assert [paid.held("a", when) for when in (at(3, 8), at(6, 8))] == [3, 0]


def test_an_expiry_comes_back_when_what_had_expired_was_reversed() -> None:
    book = ledger(earned("e1", at(1), 20))
    book = book.posted(book.due_expiries(at(5)))
    book = book.posted([book.by_id["e1"].reversed("r", at(5, 2))])
    (back,) = book.due_expiries(at(5, 3))
    assert back.points == 20
    assert book.posted([back]).account(agent_account("a"), at(5, 3)) == 0


def test_everything_that_does_not_fit_is_found_at_once() -> None:
    stands = [earned("e1", at(6), 50), spent("s1", at(6, 2), 10), about("d", at(6, 3), Reason.DISPUTE, "e1")]
    wrong = [
        earned("e1", at(6, 4), 1),
        earned("e2", at(6, 4), 20),
        earned("e3", at(6, 4), 60, "b"),
        spent("s2", at(6, 5), 22),
        about("d2", at(6, 5), Reason.DISPUTE, "e1"),
        about("u", at(6, 5), Reason.UPHELD, "s1"),
        about("x", at(6, 5), Reason.DISPUTE, "d"),
        spent("s1", at(6, 2), 10).reversed("r", at(6, 5)).model_copy(update={"postings": stands[0].postings}),
        earned("late", at(5), 1),
    ]
    found = {finding.read.split(":")[0]: finding for finding in findings(wrong, stands)}
    assert set(found) == {"e1", "e2", "e3", "s2", "d2", "u", "x", "r", str(at(5)).split(":")[0]}
    assert "cap of a in 2026-06" in found["e2"].expected
    assert "budget of 2026-06" in found["e3"].expected


def test_nothing_is_reversed_twice_and_a_reversal_frees_the_budget() -> None:
    book = ledger(earned("e1", at(6), 60), earned("e2", at(6), 40, "b"))
    findings([earned("e3", at(6, 2), 1, "c")], book.entries)
    free = book.posted([book.by_id["e2"].reversed("r", at(6, 2))])
    assert free.paid_in("2026-06") == 60
    assert free.posted([earned("e3", at(6, 3), 40, "c")]).paid_in("2026-06") == 100
    (again,) = findings([book.by_id["e2"].reversed("r2", at(6, 3))], free.entries)
    assert again.column == "of"


def test_entries_booked_together_share_the_budget() -> None:
    (refused,) = findings([earned("e1", at(6), 60), earned("e2", at(6), 50, "b")])
    assert refused.read == "e2: 50"
    assert "40 points left in the budget" in refused.expected


def test_a_month_may_have_a_budget_of_its_own() -> None:
    policy = PointsPolicy(month_budget=0, budgets={"2026-06": 5})
    assert Ledger.of(policy, [earned("e", at(6), 5)]).held("a", at(6)) == 5
    with pytest.raises(InvalidData):
        Ledger.of(policy, [earned("e", at(7), 1)])


# -- the files


def book() -> Ledger:
    entries = [earned("e1", at(1), 20), earned("e2", at(2), 10, "b", Reason.UNPOPULAR), spent("s", at(2, 2), 5)]
    told = earned("e3", at(2), 1).model_copy(update={"source": "v7", "text": 'a, "b"', "text_zh": "夜班"})
    return ledger(*entries, told, about("d", at(3), Reason.DISPUTE, "e2"))


def test_a_ledger_comes_back_as_it_was_whatever_the_order_of_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "ledger.csv"
    write_ledger(book(), path)
    assert read_ledger(path, POLICY).entries == book().entries
    header, *rows = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([header, *reversed(rows)]), encoding="utf-8")
    assert read_ledger(path, POLICY).entries == book().entries


def test_a_file_is_only_ever_added_to(tmp_path: Path) -> None:
    path = tmp_path / "ledger.csv"
    write_ledger(book(), path)
    write_ledger(book().posted([earned("e9", at(4), 2)]), path)
    assert "e9" in read_ledger(path, POLICY).by_id
    with pytest.raises(InvalidData, match="e9"):
        write_ledger(book(), path)


def test_every_bad_row_of_a_ledger_is_found(tmp_path: Path) -> None:
    path = tmp_path / "ledger.csv"
    rows = [
        "entry,at,reason,account,points,of",
        "e1,2026-06-01T08:00+08:00,call_in,agent:a,5,",
        "e1,2026-06-02T08:00+08:00,call_in,budget:2026-06,-5,",
        "e2,2026-06-01T08:00+08:00,call_in,agent:a,5,",
        "e3,2026-06-01T08:00+08:00,redemption,agent:a,-5,",
        "e3,2026-06-01T08:00+08:00,redemption,bank,5,",
    ]
    path.write_text("\n".join(rows), encoding="utf-8")
    with pytest.raises(InvalidData) as caught:
        read_ledger(path, POLICY)
    assert [finding.row for finding in caught.value.findings] == [3, 4, 5]
    path.write_text("\n".join([rows[0], rows[4], rows[4].replace("agent:a,-5", "redeemed,5")]), encoding="utf-8")
    with pytest.raises(InvalidData, match=r"ledger\.csv, row 2, column points: read e3: 5; expected at most the 0 points"):
        read_ledger(path, POLICY)


def test_claims_are_read_and_every_contradiction_is_found(tmp_path: Path) -> None:
    path = tmp_path / "claims.csv"
    header = "id,agent,measure,made_at,first,last,shift"
    path.write_text(f"{header}\nc1,a,shift_pick,2026-05-01T08:00+08:00,2026-06-01,2026-06-02,E\n", encoding="utf-8")
    (claim,) = read_claims(path, read_measures(), {"a"})
    assert (claim.agent, claim.shift, claim.month, len(claim.days)) == ("a", "E", "2026-06", 2)
    rows = [
        "c1,z,honour,2026-05-01T08:00+08:00,2026-06-01,2026-06-02,",
        "c2,a,riches,2026-05-01T08:00+08:00,2026-06-01,2026-06-02,",
        "c3,a,time_off_in_lieu,2026-05-01T08:00+08:00,2026-06-01,2026-06-02,",
        "c4,a,shift_pick,2026-05-01T08:00+08:00,2026-06-01,2026-06-02,",
        "c5,a,honour,2026-05-01T08:00+08:00,2026-06-03,2026-06-02,",
    ]
    path.write_text("\n".join([header, *rows]), encoding="utf-8")
    with pytest.raises(InvalidData) as caught:
        read_claims(path, read_measures(), {"a"})
    assert [(f.row, f.column) for f in caught.value.findings] == [
        (2, "agent"),
        (3, "measure"),
        (4, "last"),
        (5, "shift"),
        (6, None),
    ]


def test_members_of_one_call_out_share_a_row_and_nobody_stands_in_it_twice(tmp_path: Path) -> None:
    path = tmp_path / "activations.csv"
    one = {"echelon": "first", "queue": "q", "start": at(6), "end": at(6) + timedelta(hours=2), "members": ("a",)}
    others = [
        one | {"members": ("b", "a")},
        one | {"echelon": "second"},
        one | {"queue": "r"},
        one | {"start": at(6) + timedelta(hours=1)},
        one | {"end": at(6) + timedelta(hours=4), "members": ("c",)},
    ]
    add_activations([one], path)
    add_activations(others, path)
    add_activations(others[:2], path)
    read = read_activations(path, {"a", "b", "c"}, {"q", "r"})
    assert [(call.echelon, call.queue, call.start, call.end, call.members) for call in read] == [
        ("first", "q", at(6), at(6) + timedelta(hours=2), ("a", "b")),
        ("second", "q", at(6), at(6) + timedelta(hours=2), ("a",)),
        ("first", "r", at(6), at(6) + timedelta(hours=2), ("a",)),
        ("first", "q", at(6) + timedelta(hours=1), at(6) + timedelta(hours=2), ("a",)),
        ("first", "q", at(6), at(6) + timedelta(hours=4), ("c",)),
    ]
