"""Laws of the ledger of points: sums, debts, order of reading, budgets."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from roster_case import problem_of

from data.model.errors import InvalidData
from data.model.points import REDEEMED, Entry, PointsPolicy, Reason, agent_account, budget_account
from data.model.points_ledger import Ledger
from data.model.response import Activation
from data.model.roster import Roster
from optimizer.response.award.earning import AwardTerms, points_earned

POLICY = PointsPolicy(month_budget=120, agent_month_cap=50, expire_months=2)
START = datetime(2026, 1, 1, tzinfo=UTC)
END = START + timedelta(days=400)
AGENTS = ("a", "b", "c")

STEPS = st.lists(
    st.tuples(
        st.integers(0, 12),
        st.sampled_from(AGENTS),
        st.sampled_from(("earn", "redeem", "reverse", "dispute", "uphold", "expire", "correct")),
        st.integers(1, 40),
    ),
    max_size=25,
)


def proposals(ledger: Ledger, at: datetime, step: int, agent: str, kind: str, points: int) -> list[Entry]:
    """Entries that somebody tries to book."""
    name, account = f"n{step}", budget_account(f"{at:%Y-%m}")
    target = ledger.entries[points % len(ledger.entries)] if ledger.entries else None
    if kind == "earn":
        return [Entry.moved(name, at, Reason.CALL_IN, agent, points, account)]
    if kind == "redeem":
        return [Entry.moved(name, at, Reason.REDEMPTION, agent, -points, REDEEMED)]
    if kind == "correct":
        return [Entry.moved(name, at, Reason.CORRECTION, agent, points % 7 - 3, account)]
    if kind == "expire":
        return list(ledger.due_expiries(at))
    if target is None:
        return []
    if kind == "reverse":
        return [target.reversed(name, at)] if target.postings else []
    return [Entry(id=name, at=at, reason=Reason.DISPUTE if kind == "dispute" else Reason.UPHELD, of=target.id)]


def grown(steps: list[tuple[int, str, str, int]]) -> Ledger:
    """A ledger into which everything is booked that fits."""
    ledger, at = Ledger(POLICY), START
    for step, (days, agent, kind, points) in enumerate(steps):
        at += timedelta(days=days)
        try:
            ledger = ledger.posted(proposals(ledger, at, step, agent, kind, points))
        except InvalidData:
            continue
    return ledger


@given(STEPS)
def test_accounts_add_up_to_zero_and_are_what_agents_hold(steps: list[tuple[int, str, str, int]]) -> None:
    ledger = grown(steps)
    settled = ledger.posted(ledger.due_expiries(END))
    assert settled.due_expiries(END) == ()
    assert sum(posting.points for entry in settled.entries for posting in entry.postings) == 0
    for agent, held in settled.balances(END).items():
        assert settled.account(agent_account(agent), END) == held


@given(STEPS)
def test_what_is_redeemed_was_there(steps: list[tuple[int, str, str, int]]) -> None:
    ledger = grown(steps)
    for k, entry in enumerate(ledger.entries):
        if entry.reason is Reason.REDEMPTION:
            before = Ledger(POLICY, ledger.entries[:k])
            after = Ledger(POLICY, ledger.entries[: k + 1])
            assert before.available(entry.agent, entry.at) >= -entry.points
            assert after.held(entry.agent, entry.at) == before.held(entry.agent, entry.at) + entry.points >= 0


@given(STEPS, st.randoms(use_true_random=False))
def test_the_order_of_reading_does_not_matter(steps: list[tuple[int, str, str, int]], random: object) -> None:
    ledger = grown(steps)
    shuffled = list(ledger.entries)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    again = Ledger.of(POLICY, shuffled)
    assert again.entries == ledger.entries
    assert [again.balances(START + timedelta(days=d)) for d in (30, 90, 200)] == [
        ledger.balances(START + timedelta(days=d)) for d in (30, 90, 200)
    ]


@given(STEPS, st.integers(0, 11), st.booleans())
def test_an_expiry_and_a_reversal_commute(steps: list[tuple[int, str, str, int]], which: int, first: bool) -> None:
    ledger = grown(steps)
    undone = {entry.of for entry in ledger.entries if entry.reason is Reason.REVERSAL}
    open_ = [e for e in ledger.entries if e.reason in (Reason.CALL_IN, Reason.REDEMPTION) and e.id not in undone]
    if not open_:
        return
    back = open_[which % len(open_)].reversed("back", END)
    plain = ledger.posted([back])
    early = ledger.posted(ledger.due_expiries(END - timedelta(days=1))).posted([back]) if first else plain
    late = early.posted(early.due_expiries(END))
    assert plain.balances(END) == late.balances(END)
    for agent, held in plain.balances(END).items():
        assert late.account(agent_account(agent), END) == held


@given(STEPS)
def test_no_month_and_no_agent_earns_beyond_the_limits(steps: list[tuple[int, str, str, int]]) -> None:
    ledger = grown(steps)
    for month in {entry.month for entry in ledger.entries} - {""}:
        assert ledger.paid_in(month) <= POLICY.month_budget
        assert all(ledger.paid.get((month, agent), 0) <= POLICY.agent_month_cap for agent in AGENTS)


CALLS = st.lists(
    st.tuples(st.integers(0, 60), st.integers(1, 8), st.sets(st.sampled_from(("g0", "g1", "g2")), min_size=1)), max_size=8
)


@given(CALLS, st.integers(0, 60), st.integers(0, 40), st.floats(0.01, 3))
def test_awards_are_within_cap_and_budget_and_can_be_booked(
    calls: list[tuple[int, int, set[str]]], budget: int, cap: int, rate: float
) -> None:
    problem = problem_of(np.ones((1, 72), dtype=np.int64), (("a",), ("a",), ("a",)), 1, ())
    shape = (3, 3)
    nothing = np.zeros(shape, dtype=np.int64)
    codes = problem.alphabet.codes
    roster = Roster(("g0", "g1", "g2"), problem.grid.horizon, codes, nothing, nothing - 1, nothing, nothing - 1, nothing)
    start = problem.grid.horizon.start
    activations = [
        Activation("e", "a", start, start + timedelta(hours=h), start + timedelta(hours=h + n), tuple(sorted(who)), start, 0.9, 0.1)
        for h, n, who in calls
    ]
    prices = 5.0 + np.arange(72.0)[None] % 7
    ledger = Ledger(PointsPolicy(month_budget=budget, agent_month_cap=cap))
    for known in (activations[::2], activations):
        awards = points_earned(problem, roster, prices, ledger, known, AwardTerms(points_per_cost=rate))
        at = datetime.combine(date(2026, 7, 1), datetime.min.time(), UTC)
        ledger = ledger.posted([award.entry(at) for award in awards if award.points])
    assert ledger.paid_in("2026-06") <= budget
    assert all(ledger.paid.get(("2026-06", agent), 0) <= cap for agent in roster.agents)
