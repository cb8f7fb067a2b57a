"""Small sizing problems: gaps said outright."""

import numpy as np

from data.model.centre import EchelonTier
from optimizer.response.sizing.gaps import Gaps

PRICE = 20.0


def gaps(hours: list[list[float]], reach: float = 4.0, tiers: int = 1, month: int = 24321) -> Gaps:
    """One gap a day; a row for each scenario, a column for each day, 0 = no gap."""
    table = np.array(hours)
    scenario, day = np.nonzero(table > 0)
    size = len(scenario)
    return Gaps(
        scenario, day, table[scenario, day], np.full(size, PRICE), np.full((size, tiers), reach), len(table),
        np.full(table.shape[1], month),
    )  # fmt: skip


def tier(name: str = "E1", **terms: float | int | None) -> EchelonTier:
    usual = {"notice_minutes": 0, "max_minutes": 240, "answer_share": 1.0, "hour_cost": 1.5, "standby_cost": 0.1}
    return EchelonTier.model_validate({"id": name, "name": name, "tier": 1} | usual | terms)
