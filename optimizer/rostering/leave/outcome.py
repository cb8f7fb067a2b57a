"""What an award means for everyone: who is away, what is left, who pays, who was ahead, and the nearest days to those refused."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from scipy.sparse import coo_array, csr_array

from data.model.base import BoolArray, IntArray
from data.model.leave_plan import LeaveDecision, Span
from optimizer.rostering.leave.hall import Hall, span_of
from optimizer.rostering.leave.wording import Refusal, Verdict, all_granted, not_all_granted


@dataclass(frozen=True, eq=False)
class Outcome:
    """What the auction granted, and what follows for everyone."""

    hall: Hall
    granted: BoolArray

    @cached_property
    def away(self) -> BoolArray:
        """Who is away in the end."""
        held, cut = self.hall.away.copy(), self.hall.pieces
        for k in np.flatnonzero(self.granted):
            held[cut.row[k], cut.first[k] : cut.end[k]] = True
        return held

    @cached_property
    def _load(self) -> csr_array:
        """Of the limits alone."""
        return self.hall.load[: len(self.hall.limits)]

    @cached_property
    def left(self) -> IntArray:
        """What is left of each limit."""
        return self.hall.quota - self._load @ self.granted.astype(np.int64)

    @cached_property
    def blocking(self) -> csr_array:
        """Limits that have no room for each piece that was refused; shape (limits, pieces)."""
        load = self._load.tocoo()
        full = ~self.granted[load.col] & (load.data > self.left[load.row])
        return coo_array((np.ones(full.sum(), dtype=np.int64), (load.row[full], load.col[full])), shape=load.shape).tocsr()

    @cached_property
    def ahead(self) -> IntArray:
        """Wishes granted in each limit, by rank; shape (limits, 5)."""
        ranks, load = self._ranks, self._load.tocoo()
        won = self.granted[load.col]
        pairs = np.unique(np.column_stack([load.row[won], self.hall.pieces.wish[load.col[won]]]), axis=0).reshape(-1, 2)
        counts = np.zeros((len(self.hall.limits), 5), dtype=np.int64)
        np.add.at(counts, (pairs[:, 0], ranks[pairs[:, 1]]), 1)
        return counts

    @cached_property
    def _ranks(self) -> IntArray:
        return np.array([wish.rank - 1 for wish in self.hall.wishes], dtype=np.int64)

    @cached_property
    def points(self) -> IntArray:
        """Points that each wish pays: the highest bid of its rank that was refused for want of what it took, or its own if less.

        Days that nobody else bid for are free. House choice, after the second-price auction (Vickrey 1961, doi:10.2307/2977633).
        """
        bid = np.minimum([wish.bid for wish in self.hall.wishes], self.hall.room.policy.most_bid).astype(np.int64)
        wish, price = self.hall.pieces.wish, np.zeros((len(self.hall.limits), 5), dtype=np.int64)
        lost, load = self.blocking.tocoo(), self._load.tocoo()
        np.maximum.at(price, (lost.row, self._ranks[wish[lost.col]]), bid[wish[lost.col]])
        won, due = self.granted[load.col], np.zeros(len(bid), dtype=np.int64)
        np.maximum.at(due, wish[load.col[won]], price[load.row[won], self._ranks[wish[load.col[won]]]])
        return np.minimum(due, bid)

    def decisions(self) -> Iterator[LeaveDecision]:
        """One for each wish."""
        columns, cut, offers = self.blocking.tocsc(), self.hall.pieces, self.offers
        for w, pieces in enumerate(self._held):
            full = [columns.indices[columns.indptr[k] : columns.indptr[k + 1]] for k in pieces.tolist()]
            won = pieces[self.granted[pieces]]
            verdict = Verdict(
                self.hall.wishes[w],
                tuple(self._spans(won)),
                float(cut.value[pieces].sum()),
                int(self.points[w]),
                offers.get(w),
            )
            done = len(won) == len(pieces)
            refusal = self._refusal(np.unique(np.concatenate(full)).astype(np.int64))
            yield all_granted(verdict) if done else not_all_granted(verdict, refusal, self.hall.room.policy)

    @cached_property
    def _held(self) -> list[IntArray]:
        """Pieces of each wish; they stand in the order of the wishes."""
        edges = np.searchsorted(self.hall.pieces.wish, np.arange(len(self.hall.wishes) + 1))
        return [np.arange(a, b) for a, b in pairwise(edges.tolist())]

    def _refusal(self, full: IntArray) -> Refusal | None:
        """What the quotas without room say; None if there are none."""
        if not len(full):
            return None
        tightest = int(full[np.argmin(self.hall.quota[full])])
        return Refusal(
            tuple(self.hall.limits[k].quota for k in full.tolist()), self.hall.limits[tightest].quota, self.ahead[tightest]
        )

    @cached_property
    def offers(self) -> dict[int, Span]:
        """The nearest days with room for each wish that was refused whole, those worth most a day first, each beside the others."""
        found, left = dict[int, Span](), self.left.copy()
        for w in np.argsort(-self.hall.worth, kind="stable").tolist():
            if not self.granted[self._held[w]].any() and (offer := self._offer(w, left)) is not None:
                found[w] = offer
        return found

    def _spans(self, won: IntArray) -> Iterator[Span]:
        """Days granted of a wish, runs of them put together."""
        dates, cut = self.hall.room.problem.grid.horizon.dates, self.hall.pieces
        first = None
        for k in won.tolist():
            first = cut.first[k] if first is None else first
            if not np.isin(cut.end[k], cut.first[won]):
                yield dates[first], dates[cut.end[k] - 1]
                first = None

    def _offer(self, w: int, left: IntArray) -> Span | None:
        """The nearest days that still have room for a whole wish; what they take is taken from `left`."""
        hall, wish = self.hall, self.hall.wishes[w]
        row, own = hall.room.problem.index[wish.agent], span_of(hall.room, wish)[0]
        first = np.arange(hall.room.problem.grid.horizon.days - wish.days + 1)
        first = first[np.argsort(np.abs(first - own), kind="stable")]
        mine = np.flatnonzero(hall.counted[:, hall.room.problem.group_of[row]])
        loads = hall.loads(np.full(len(first), row), first, first + wish.days)[mine]
        gone = np.concatenate([[0], np.cumsum(self.away[row])])
        fits = (loads <= left[mine, None]).all(axis=0) & (gone[first + wish.days] == gone[first])
        if not fits.any():
            return None
        k = int(fits.argmax())
        left[mine] -= loads[:, k]
        return wish.at(hall.room.problem.grid.horizon.dates[first[k]])
