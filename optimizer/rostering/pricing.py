"""What a shift costs on a day under prices for being present: the link between coverage and the line engine."""

import numpy as np
from numba import njit

from data.model.base import FloatArray, IntArray
from optimizer.rostering.frame import Crew, Shape


@njit(cache=True, nogil=True)
def price_line(shape: Shape, crew: Crew, a: int, total: FloatArray, price: FloatArray, meal: IntArray) -> None:
    """Price of each shift on each open day with the best plan of its pauses, added to what the day costs the agent anyway.

    Parameters
    ----------
    total : array of float, shape (slots + 1,)
        Running sum of the price of being present in each slot.
    price : array of float, shape (days, symbols)
        Written.
    meal : array of int, shape (days, symbols)
        The best plan, -1 = none; written.
    """
    price[:] = crew.cost[a]
    for d in range(shape.open_first, shape.open_end):
        for s in range(shape.first_shift, price.shape[1]):
            if price[d, s] == np.inf:
                continue
            begin, end = shape.begin[d, s], shape.end[d, s]
            saved, meal[d, s] = 0.0, -1
            for m in range(shape.meals[s]):
                gain = 0.0
                for k in range(shape.pauses[s]):
                    gain += total[min(begin + shape.back[s, m, k], end)] - total[min(begin + shape.away[s, m, k], end)]
                if crew.base_symbol[a, d] == s and crew.base_meal[a, d] != m:
                    gain -= crew.move_cost
                if meal[d, s] < 0 or gain > saved:
                    saved, meal[d, s] = gain, m
            price[d, s] += total[end] - total[begin] - saved
