"""What published instances with cover by shift have in common as roster problems."""

from collections.abc import Mapping

import numpy as np

from data.model.centre import WEEKDAYS, OpeningHours, Queue
from data.model.demand import Requirement
from data.model.rulebook import RuleSpec, Scope
from data.model.time import TimeGrid

EVERYONE = Scope()
ALL_DAY = OpeningHours(hours=dict.fromkeys(WEEKDAYS, ("00:00", "24:00")))
QUEUE = Queue(id="work", name="Work", project="published", opening=ALL_DAY, handle_time_s=300, patience_s=60)


def nobody(grid: TimeGrid) -> Requirement:
    """Nobody is required on the queue: cover is by shift."""
    heads = np.zeros((1, grid.size), dtype=np.int64)
    zero, none = np.zeros(heads.shape), np.zeros(heads.shape, dtype=np.int64)
    return Requirement((QUEUE.id,), grid, heads, heads, zero, zero, none, zero[:, :, None], zero, none)


def rule(name: str, kind: str, numbers: Mapping[str, object], weight: float | None = None, scope: Scope = EVERYONE) -> RuleSpec:
    """One rule of an instance."""
    return RuleSpec(id=name, kind=kind, numbers=dict(numbers), weight=weight, scope=scope)
