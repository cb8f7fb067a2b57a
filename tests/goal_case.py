"""What a goal charges for a finished roster, computed plainly part by part; slots are whole hours and so are the shifts."""

from collections.abc import Iterator
from itertools import product

import numpy as np
from roster_case import problem_of
from rule_case import price_of

from data.model.base import IntArray
from data.model.roster import Roster
from optimizer.rostering.goals import Band, Charge, Gathering
from optimizer.rostering.problem import RosterProblem


def one_day(code: str, **changed: int) -> Roster:
    """One agent, one day, shift E (8:00, nine hours, meal after three) or a day off; some field changed."""
    codes, work = ("-", "E", "L"), code != "-"
    base = {"symbol": codes.index(code), "start": {"-": -1, "E": 480, "L": 840}[code], "minutes": 540 * work}
    base |= {"meal": 180 if work else -1, "meal_minutes": 60 * work} | changed
    fields = {name: np.array([[value]]) for name, value in base.items()}
    return Roster(("g0",), small().grid.horizon, codes, **fields, rhythm="week")


def small(heads: int = 1) -> RosterProblem:
    return problem_of(np.full((1, 24), heads), (("a",),), 2, ())


def charged(charge: Charge, problem: RosterProblem, roster: Roster) -> float:
    """Cost of a roster by a charge."""
    return sum(_parts(charge, problem, roster))


def symbols_of(problem: RosterProblem, roster: Roster) -> IntArray:
    """Symbols of a roster in the alphabet of a problem."""
    return np.array([problem.alphabet.codes.index(code) for code in roster.codes])[roster.symbol]


def _parts(charge: Charge, problem: RosterProblem, roster: Roster) -> Iterator[float]:
    symbol = symbols_of(problem, roster)
    if charge.prices is not None:
        yield float(np.take_along_axis(charge.prices, symbol[:, :, None], axis=2).sum())
    if charge.language is not None:
        yield sum(price_of(charge.language(context), line) for context, line in zip(problem.contexts, symbol, strict=True))
    yield from (_band_cost(problem, roster, band) for band in charge.bands)
    if charge.gathering is not None:
        yield _gathering_cost(problem, roster, charge.gathering)


def _band_cost(problem: RosterProblem, roster: Roster, band: Band) -> float:
    heads = np.zeros(problem.grid.size, dtype=np.int64)
    for a, d in np.argwhere((roster.start >= 0) & band.members[:, None]).tolist():
        for hour in range(int(roster.minutes[a, d]) // 60):
            eats = roster.meal[a, d] >= 0 and 0 <= hour * 60 - roster.meal[a, d] < roster.meal_minutes[a, d]
            slot = d * 24 + int(roster.start[a, d]) // 60 + hour
            if slot < len(heads) and not eats:
                heads[slot] += 1
    return float((band.under * np.maximum(band.low - heads, 0) + band.over * np.maximum(heads - band.high, 0)).sum())


def _gathering_cost(problem: RosterProblem, roster: Roster, gathering: Gathering) -> float:
    symbol, total = symbols_of(problem, roster), 0.0
    shifts = range(problem.alphabet.first_shift, len(problem.alphabet.codes))
    for team in {*gathering.team.tolist()} - {-1}:
        for d, s in product(range(problem.first_open, problem.grid.horizon.days), shifts):
            heads = int((symbol[gathering.team == team, d] == s).sum())
            prices = gathering.step[d, s].tolist()
            total += float(gathering.idle[d, s]) + sum(prices[min(n, len(prices) - 1)] for n in range(heads))
    return total
