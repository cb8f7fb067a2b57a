"""Three-level control 三级管控: league of teams and projects, fair causes, hot intervals, repeats, quality, effect."""

from optimizer.response.control.causes import CAUSES, Split, split
from optimizer.response.control.hot import Hot, Scene, hot_intervals, hot_scenes
from optimizer.response.control.league import Row, league
from optimizer.response.control.served import Hands, Served, hands_of

__all__ = [
    "CAUSES",
    "Hands",
    "Hot",
    "Row",
    "Scene",
    "Served",
    "Split",
    "hands_of",
    "hot_intervals",
    "hot_scenes",
    "league",
    "split",
]
