"""Curves that lean on prices: smoothed, each has at its requirement the slope that the bound says.

A smoothed curve spreads its bend over a width; left where it is, it makes everyone pay for the width in agents missing or too many.
Moved so that its slope at the requirement is the price of the bound, it lets the width be as large as it likes, and so no agent
is held back by what the agent's own presence does to the prices.
"""

import numpy as np

from data.model.base import FloatArray
from optimizer.rostering.curves import Curves

HALVINGS = 40
NEAR = 1e-3
"""Share of the range of slopes by which a price is kept off its ends, where every place would do."""


def leaning(curves: Curves, prices: FloatArray, width: float) -> Curves:
    """The curves moved along the agents until their slope at the requirement, smoothed by `width`, is minus the price.

    Parameters
    ----------
    curves : Curves
    prices : array of float, shape (slots, queues)
        What one agent more is worth.
    width : float
        Half-width of the smoothing, agents.
    """
    required, span = curves.required, curves.last - curves.first
    wanted = np.clip(-prices, curves.first + NEAR * span, curves.last - NEAR * span)
    reach = width + np.abs(curves.bend - required[:, :, None]).max(axis=2) + 1.0
    low, high = -reach, reach
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        steep = _slope(curves, required - middle, width) > wanted
        low, high = np.where(steep, middle, low), np.where(steep, high, middle)
    return curves._replace(bend=curves.bend + low[:, :, None])


def _slope(curves: Curves, agents: FloatArray, width: float) -> FloatArray:
    """Slope of the smoothed curves at a number of agents."""
    share = np.clip((agents[:, :, None] - curves.bend + width) / (2 * width), 0.0, 1.0)
    return np.asarray(curves.first + (curves.step * share).sum(axis=2))
