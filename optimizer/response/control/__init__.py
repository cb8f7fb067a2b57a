"""Three-level control 三级管控: league of teams and projects, fair causes, hot intervals, repeats, quality, effect."""

from optimizer.response.control.causes import CAUSES, Split, split
from optimizer.response.control.hot import Hot, Scene, hot_intervals, hot_scenes
from optimizer.response.control.league import Row, league
from optimizer.response.control.quality import Delivered, Effect, Gap, daily_index, delivered, effect, gap_of
from optimizer.response.control.repeats import RepeatLoad, redial_load, repeat_load
from optimizer.response.control.served import Hands, Served, hands_of

__all__ = [
    "CAUSES",
    "Delivered",
    "Effect",
    "Gap",
    "Hands",
    "Hot",
    "RepeatLoad",
    "Row",
    "Scene",
    "Served",
    "Split",
    "daily_index",
    "delivered",
    "effect",
    "gap_of",
    "hands_of",
    "hot_intervals",
    "hot_scenes",
    "league",
    "redial_load",
    "repeat_load",
    "split",
]
