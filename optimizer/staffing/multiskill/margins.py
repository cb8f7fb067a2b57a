"""How far simulated service lies above its targets, with the error of the simulation."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.model.base import FloatArray
from data.model.centre import ServiceLevelDefinition, ServiceTarget
from optimizer.staffing.service import CallCounts, ratio
from optimizer.staffing.simulate import Simulation

AnyArray = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Margins:
    """Service and its distance to the targets; arrays of shape (queues, cells), NaN where no call came.

    Parameters
    ----------
    level, error : array of float
        Simulated service level and its standard error, in [0, 1].
    margin : array of float
        Least distance above a target, below 0 = missed: in shares of calls for the service level, abandonment and answer rate, in
        shares of the agents' time for the occupancy, in shares of the target for the average speed of answer.
    """

    level: FloatArray
    error: FloatArray
    margin: FloatArray

    @property
    def missing(self) -> FloatArray:
        """What is missing to the targets, 0 where they are met or no call came."""
        return np.maximum(-np.nan_to_num(self.margin), 0.0)

    @property
    def worst(self) -> float:
        """Least margin of all; inf without calls."""
        return float(np.fmin.reduce(self.margin, axis=None, initial=np.inf))

    @property
    def doubtful(self) -> bool:
        """Whether the worst margin lies within a standard error of 0."""
        if not np.isfinite(self.margin).any():
            return False
        worst = np.nanargmin(self.margin)
        return bool(abs(self.margin.flat[worst]) < self.error.flat[worst])


def settled_margins(simulation: Simulation, targets: Sequence[ServiceTarget]) -> Margins:
    """Margins of a long run of `SteadyInterval`, one cell for each queue; the stretches are the sample."""
    return _margins(simulation, targets, lambda each: np.moveaxis(each[:, :, 1:], 2, 1).reshape(-1, each.shape[1], 1))


def slot_margins(simulation: Simulation, targets: Sequence[ServiceTarget]) -> Margins:
    """Margins of each queue in each slot of arrival; the replications are the sample."""
    return _margins(simulation, targets, lambda each: each)


def _margins(simulation: Simulation, targets: Sequence[ServiceTarget], sample: Callable[[AnyArray], AnyArray]) -> Margins:
    counts = CallCounts(*(sample(getattr(simulation.service, field.name)) for field in fields(CallCounts)))
    level, each = _levels(simulation, counts, 0), _levels(simulation, counts, ())
    offered = counts.offered.astype(np.float64)
    spread = np.sqrt(np.sum((offered * np.nan_to_num(each - level)) ** 2, axis=0) * _bessel(len(offered)))
    busy, staffed = sample(simulation.busy_s).sum(axis=0), sample(simulation.staffed_s).sum(axis=0)
    answers = np.array([[queue in group.queues for group in simulation.model.groups] for queue in simulation.queues], np.float64)
    reached = {
        "service_level": level,
        "max_abandon_rate": -counts.abandon_rates(0),
        "min_answer_rate": counts.answer_rates(0),
        "max_asa_s": -counts.mean_waits_s(0),
        "max_occupancy": -ratio(answers @ busy, answers @ staffed),
    }
    margin = np.stack([_least(target, {name: row[q] for name, row in reached.items()}) for q, target in enumerate(targets)])
    return Margins(level, ratio(spread, offered.sum(axis=0)), np.where(offered.sum(axis=0) > 0, margin, np.nan))


def _levels(simulation: Simulation, counts: CallCounts, axis: int | tuple[int, ...]) -> FloatArray:
    """Service levels by each queue's own definition; queues are the axis before the last."""
    queues = simulation.model.queues
    definitions: set[ServiceLevelDefinition] = {queue.definition for queue in queues}
    by_definition = {definition: counts.levels(definition, axis) for definition in definitions}
    return np.stack([by_definition[queue.definition][..., q, :] for q, queue in enumerate(queues)], axis=-2)


def _least(target: ServiceTarget, reached: dict[str, FloatArray]) -> FloatArray:
    """Least margin over the targets that are set; a cap is negative like what it bounds."""
    out: list[FloatArray] = []
    for name, values in reached.items():
        bound: float | None = getattr(target, name)
        if bound is not None:
            scale = bound if name == "max_asa_s" else 1.0
            out.append((values - bound if not name.startswith("max") else values + bound) / scale)
    return np.fmin.reduce(out)


def _bessel(samples: int) -> float:
    """Correction of a variance for the mean being that of the sample; NaN for one."""
    return samples / (samples - 1) if samples > 1 else np.nan
