"""A heap of (time, number) pairs, each packed into one integer: the next one is a comparison of integers away.

Times stand in ticks of 1/65,536 s, numbers below 2^20; four children a node keep it flat.
"""

import numpy as np

from data.model.base import IntArray
from optimizer.compiled import inlined

TICKS = 65536.0
BITS = 20
NUMBERS = 1 << BITS
NEVER = np.iinfo(np.int64).max


@inlined
def packed(time_s: float, number: int) -> int:
    """Time and number as one integer."""
    return (int(time_s * TICKS + 0.5) << BITS) | number


@inlined
def time_of(entry: int) -> float:
    """Time of an entry, seconds."""
    return (entry >> BITS) / TICKS


@inlined
def number_of(entry: int) -> int:
    """Number of an entry."""
    return entry & (NUMBERS - 1)


@inlined
def push(heap: IntArray, size: int, entry: int) -> int:
    """Put an entry into a heap of so many; the new size."""
    at = size
    while at > 0:
        parent = (at - 1) >> 2
        if heap[parent] <= entry:
            break
        heap[at] = heap[parent]
        at = parent
    heap[at] = entry
    return size + 1


@inlined
def replace_top(heap: IntArray, size: int, entry: int) -> None:
    """Put an entry in the place of the least one; the four places after the last must hold `NEVER`."""
    at = 0
    child = 1
    while child < size:
        # no branch to mispredict: the least of four, whichever it is
        left = child + (heap[child + 1] < heap[child])
        right = child + 2 + (heap[child + 3] < heap[child + 2])
        best = right if heap[right] < heap[left] else left
        least = heap[best]
        if least >= entry:
            break
        heap[at] = least
        at = best
        child = 4 * at + 1
    heap[at] = entry


@inlined
def pop(heap: IntArray, size: int) -> int:
    """Take the least entry, ``heap[0]``, away; the new size."""
    last = heap[size - 1]
    heap[size - 1] = NEVER
    if size > 1:
        replace_top(heap, size - 1, last)
    return size - 1


def new_heap(most: int) -> IntArray:
    """An empty heap for at most so many entries."""
    return np.full(most + 5, NEVER, np.int64)
