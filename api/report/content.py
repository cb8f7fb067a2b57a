"""What a report shows, gathered as plain values; drawing and wording are in `charts` and the template."""

from dataclasses import dataclass
from datetime import date

import pandas as pd

from data.model.centre import Centre
from data.model.response import Activation, CapacityWarning


@dataclass(frozen=True)
class Realised:
    """What the calls that really came would have met under one roster.

    Parameters
    ----------
    key : str
        a, b, c or d: the row of the comparison.
    days : DataFrame
        One row a day: ``day, offered, service_level, abandon_rate, asa_s, occupancy, paid_hours``.
    service_level, abandon_rate, occupancy : float
        Over all days, sums over sums, in [0, 1].
    service_level_error : float
        Half width of the 95 % interval over replications.
    paid_hours : float
        Of the whole plan, days without calls included.
    days_on_target : int
        Days whose service level reached the target.
    """

    key: str
    name: str
    name_zh: str
    days: pd.DataFrame
    service_level: float
    service_level_error: float
    abandon_rate: float
    asa_s: float
    occupancy: float
    paid_hours: float
    days_on_target: int


@dataclass(frozen=True)
class VersionRow:
    """One roster version: how good it is, and the proof."""

    version: str
    rhythm: str
    made_at: str
    cost: float
    bound: float
    gap: float
    paid_time_gap: float
    changes: int
    breaches: int
    unplaced: int
    seconds: float


@dataclass(frozen=True)
class ReportContent:
    """Everything the page shows.

    Parameters
    ----------
    fan : dict
        Per queue: ``timestamp, mean, q025, q10, q90, q975, actual`` (actual NaN where unknown).
    coverage : dict
        Per queue: ``timestamp, required, rostered``.
    scores : DataFrame
        Per queue: forecast accuracy and coverage of the intervals, where actual calls are known.
    changes : DataFrame
        ``version, rhythm, agent, day, before, after, reason, minutes``.
    """

    centre: Centre
    agents: int
    first: date
    last: date
    fan: dict[str, pd.DataFrame]
    scores: pd.DataFrame
    coverage: dict[str, pd.DataFrame]
    changes: pd.DataFrame
    versions: tuple[VersionRow, ...]
    warnings: tuple[CapacityWarning, ...] = ()
    activations: tuple[Activation, ...] = ()
    realised: tuple[Realised, ...] = ()
    tiles: tuple[tuple[str, str, str], ...] = ()
    """Headline figures: value, English label, Chinese label."""
