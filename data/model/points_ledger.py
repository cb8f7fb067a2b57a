"""The ledger of contribution points: entries that are only ever added, each judged by those before it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from data.model.errors import Finding, InvalidData
from data.model.points import EXPIRED, REVERSIBLE, UNPOSTED, Entry, Holding, PointsPolicy, Reason, replayed


@dataclass(frozen=True, eq=False)
class Ledger:
    """All entries, in the order of their places; `of` and `posted` make it."""

    policy: PointsPolicy
    entries: tuple[Entry, ...] = ()

    @classmethod
    def of(
        cls, policy: PointsPolicy, entries: Iterable[Entry], where: str = "ledger", lines: Mapping[str, int] | None = None
    ) -> "Ledger":
        """The ledger of some entries, in whatever order they are read.

        Parameters
        ----------
        where, lines : str, mapping
            File and line of each entry, for findings.

        Raises
        ------
        InvalidData
            With every finding: an id that stands twice, a reversal that does not fit, points that are not there to be spent, a
            budget or a cap that is exceeded.
        """
        return cls(policy)._with(entries, where, lines or {})

    def posted(self, entries: Iterable[Entry]) -> "Ledger":
        """The ledger with more entries, none of them before the last one that stands.

        Raises
        ------
        InvalidData
            With every finding, as `of`, and for entries that come too late.
        """
        fresh = list(entries)
        last = self.entries[-1].at if self.entries else None
        late = [entry for entry in fresh if last is not None and entry.at < last]
        findings = [
            Finding("ledger", None, entry.id, str(entry.at), f"a time from {last}", "book it now; its text says when it was")
            for entry in late
        ]
        return self._with(fresh, "ledger", {}, findings)

    def _with(self, entries: Iterable[Entry], where: str, lines: Mapping[str, int], findings: Sequence[Finding] = ()) -> "Ledger":
        fresh = sorted(entries, key=lambda entry: entry.place)
        wrong = [*findings, *_Check(self, fresh, where, lines).findings()]
        if wrong:
            raise InvalidData(wrong)
        return Ledger(self.policy, tuple(sorted((*self.entries, *fresh), key=lambda entry: entry.place)))

    @cached_property
    def by_id(self) -> dict[str, Entry]:
        """Entries by id."""
        return {entry.id: entry for entry in self.entries}

    @cached_property
    def by_agent(self) -> dict[str, list[Entry]]:
        """Entries of each agent, disputes included, in order."""
        found: dict[str, list[Entry]] = defaultdict(list)
        for entry in self.entries:
            found[entry.agent or self.by_id[entry.of].agent].append(entry)
        return dict(found)

    def holding(self, agent: str, at: datetime) -> Holding:
        """Lots of an agent at an instant."""
        return replayed(self.by_agent.get(agent, []), at, self.policy.expire_months)

    def held(self, agent: str, at: datetime) -> int:
        """Points of an agent at an instant; below zero only when what was spent has been reversed."""
        return self.holding(agent, at).points

    def available(self, agent: str, at: datetime) -> int:
        """Points that an agent may redeem at an instant."""
        return self.holding(agent, at).available

    def balances(self, at: datetime) -> dict[str, int]:
        """Points of each agent who has entries."""
        return {agent: self.held(agent, at) for agent in sorted(self.by_agent)}

    def account(self, name: str, at: datetime) -> int:
        """Sum of the postings of an account; an agent's is `held` as soon as what is due to expire is posted."""
        return sum(p.points for entry in self.entries if entry.at <= at for p in entry.postings if p.account == name)

    @cached_property
    def paid(self) -> dict[tuple[str, str], int]:
        """Points from the budget of a month to an agent, less those reversed, by month and agent."""
        found: dict[tuple[str, str], int] = defaultdict(int)
        for entry in self.entries:
            found[entry.month, entry.agent] += entry.points if entry.month else 0
        return dict(found)

    def paid_in(self, month: str) -> int:
        """Points from the budget of a month, less those reversed."""
        return sum(points for (paid, _), points in self.paid.items() if paid == month)

    def due_expiries(self, at: datetime) -> tuple[Entry, ...]:
        """Entries to post so that the accounts hold what has expired until an instant; below zero what has come back."""
        return tuple(entry for agent in sorted(self.by_agent) for entry in self._due_expiry(agent, at))

    def _due_expiry(self, agent: str, at: datetime) -> Iterator[Entry]:
        posted = -sum(e.points for e in self.by_agent[agent] if e.reason is Reason.EXPIRY and e.at <= at)
        points = self.holding(agent, at).expired - posted
        if points:
            told = {"text": f"{points} points older than {self.policy.expire_months} months"}
            told["text_zh"] = f"{points} 分超过 {self.policy.expire_months} 个月有效期"
            yield Entry.moved(f"expiry:{agent}:{at.isoformat()}", at, Reason.EXPIRY, agent, -points, EXPIRED, **told)


Misfit = tuple[str, str, str, str]
"""Column, what was read, what is expected, what to do."""


class _Check:
    """Judges new entries one after the other, in the order of their places, each in the light of those before."""

    def __init__(self, ledger: Ledger, fresh: Sequence[Entry], where: str, lines: Mapping[str, int]):
        self.policy, self.fresh, self.where, self.lines = ledger.policy, fresh, where, lines
        self.seen, self.paid = dict(ledger.by_id), defaultdict(int, ledger.paid)
        self.spent: dict[str, int] = defaultdict(int)
        for (month, _), points in ledger.paid.items():
            self.spent[month] += points
        self.of_agent = {agent: list(entries) for agent, entries in ledger.by_agent.items()}

    def findings(self) -> Iterator[Finding]:
        for entry in self.fresh:
            for judge in (self._twice, self._about, self._covered, self._within):
                for column, read, expected, fix in judge(entry):
                    yield Finding(self.where, self.lines.get(entry.id), column, f"{entry.id}: {read}", expected, fix)
            self._note(entry)

    def _note(self, entry: Entry) -> None:
        agent = entry.agent or (self.seen[entry.of].agent if entry.of in self.seen else "")
        self.of_agent.setdefault(agent, []).append(entry)
        self.seen.setdefault(entry.id, entry)
        if entry.month:
            self.spent[entry.month] += entry.points
            self.paid[entry.month, agent] += entry.points

    def _twice(self, entry: Entry) -> Iterator[Misfit]:
        if entry.id in self.seen:
            yield "id", "an id that stands already", "an id of its own", "what stands is never edited: reverse it"

    def _about(self, entry: Entry) -> Iterator[Misfit]:
        """What is wrong with a reversal or a dispute."""
        if not entry.of:
            return
        target = self.seen.get(entry.of)
        if target is None or target.reason not in REVERSIBLE:
            yield "of", entry.of, "an earlier entry that moves points other than by expiry or reversal", ""
            return
        judged = [other for other in self.of_agent[target.agent] if other.of == entry.of]
        if any(other.reason is Reason.REVERSAL for other in judged):
            yield "of", f"{entry.of}, which is reversed", "an entry that stands", "book it anew if it was right"
        if entry.reason in UNPOSTED and (bool(judged) and judged[-1].reason is Reason.DISPUTE) == (entry.reason is Reason.DISPUTE):
            yield "of", entry.of, f"an entry that is {'not ' if entry.reason is Reason.DISPUTE else ''}in dispute", ""
        if entry.reason is Reason.REVERSAL and (entry.agent, entry.points, entry.against) != _negated(target):
            yield "points", f"{entry.points} of {entry.agent}", f"{-target.points} of {target.agent}", "reverse the whole entry"

    def _covered(self, entry: Entry) -> Iterator[Misfit]:
        """What is wrong with a redemption."""
        if entry.reason is Reason.REDEMPTION:
            before = [other for other in self.of_agent.get(entry.agent, []) if other.place < entry.place]
            left = replayed(before, entry.at, self.policy.expire_months).available
            if left < -entry.points:
                yield "points", str(-entry.points), f"at most the {left} points that {entry.agent} may redeem then", ""

    def _within(self, entry: Entry) -> Iterator[Misfit]:
        """What is beyond a budget or a cap."""
        if entry.month and entry.points > 0:
            limits = (
                (self.policy.budget(entry.month) - self.spent[entry.month], "budget of"),
                (self.policy.agent_month_cap - self.paid[entry.month, entry.agent], f"cap of {entry.agent} in"),
            )
            for left, name in limits:
                if entry.points > left:
                    yield "points", str(entry.points), f"at most the {max(0, left)} points left in the {name} {entry.month}", ""


def _negated(entry: Entry) -> tuple[str, int, str]:
    return entry.agent, -entry.points, entry.against
