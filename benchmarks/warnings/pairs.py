"""Stated chances beside what came, and what they score: raw, and recalibrated by the days before."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from data.model.base import BoolArray, FloatArray, IntArray
from optimizer.response.warning.scoring import LevelScore, chance_score, recalibrated_ahead


@dataclass(frozen=True, eq=False)
class Pairs:
    """Slots with a chance and what came; every array has shape (n,).

    Parameters
    ----------
    made, day : array of int
        Ordinal of the day on which the chance was stated, and of the day that it speaks of.
    """

    chance: FloatArray
    missed: BoolArray
    made: IntArray
    day: IntArray


def joined(parts: Iterable[Pairs]) -> Pairs:
    """Pairs of several looks."""
    every = list(parts)
    return Pairs(*(np.concatenate([getattr(each, name) for each in every]) for name in ("chance", "missed", "made", "day")))


def scores(pairs: Pairs) -> dict[str, Any]:
    """Figures of the chances, and how far those recalibrated out of sample differ, on the pairs where both are known."""
    found = chance_score(pairs.chance, pairs.missed, pairs.day)
    told = asdict(found) | {"count": found.count, "skill": found.skill, "days": len(np.unique(pairs.day))}
    again = recalibrated_ahead(pairs.chance, pairs.missed, pairs.made, pairs.day)
    both = ~np.isnan(again)
    if both.any():
        raw = chance_score(pairs.chance[both], pairs.missed[both], pairs.day[both])
        mended = chance_score(again[both], pairs.missed[both], pairs.day[both])
        told["recalibrated"] = {"count": raw.count, "raw": raw.brier, "brier": mended.brier}
        told["recalibrated"] |= {"raw_reliability": raw.reliability, "reliability": mended.reliability}
    return told


def level_figures(score: LevelScore) -> dict[str, Any]:
    """Figures of a level."""
    told = {name: getattr(score, name) for name in ("warnings", "false_alarms", "slots", "misses", "foreseen")}
    return {"level": score.level.name.lower()} | told | {"lead_hours": [quartile / 60 for quartile in score.lead_quartiles]}
