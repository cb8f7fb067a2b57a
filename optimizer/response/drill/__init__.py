"""Drills: echelons called member by member in a simulated surge, and what they bring."""

from optimizer.response.drill.muster import Call, Order, luck_of, mustered, orders_of
from optimizer.response.drill.outcome import Drilled, drilled, outcome_of, replications_of

__all__ = ["Call", "Drilled", "Order", "drilled", "luck_of", "mustered", "orders_of", "outcome_of", "replications_of"]
