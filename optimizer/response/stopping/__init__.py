"""Stop or wait: whether to call each echelon now, or to see more calls first.

Knowledge (`level`), cost of what is missing (`shortage`), the optimal rule by backward induction (`lattice`), and the decision on
a threatened stretch (`decide`). Each decision stands until the next interval: it is then made anew from the calls seen.
"""

from optimizer.response.stopping.decide import Duty, decide

__all__ = ["Duty", "decide"]
