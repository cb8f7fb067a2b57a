"""Stress test of a roster: days replayed under other loads, the intervals that break, and the cheapest lawful fix."""

from optimizer.response.stress.fix import Bench, replays, stressed
from optimizer.response.stress.trial import Load, Trial, baseline
from optimizer.response.stress.wording import fix_text

__all__ = ["Bench", "Load", "Trial", "baseline", "fix_text", "replays", "stressed"]
