"""Levels rise at their rung, fall only below the margin several times in a row; thresholds stand so many intervals."""

import pytest

from data.model.response import WarningLevel
from data.model.warning_policy import HOUSE_LIVE, LiveThreshold
from optimizer.response.warning.hysteresis import Held, stands, stepped

NONE, BLUE, YELLOW, ORANGE, RED = WarningLevel


def test_a_level_rises_at_once_and_falls_after_so_many_calm_looks_to_what_still_stays() -> None:
    held = stepped(Held(BLUE), RED, RED, 2)
    assert held == Held(RED)
    assert stepped(held, NONE, RED, 2) == held, "inside the band no look counts as calm"
    held = stepped(held, NONE, YELLOW, 2)
    assert held == Held(RED, calm=1)
    assert stepped(held, NONE, YELLOW, 2) == Held(YELLOW)
    assert stepped(held, NONE, RED, 2) == Held(RED)  # inside the band the count begins anew


@pytest.mark.parametrize(
    ("bad", "calm", "stood"),
    [
        ("b", "", 0),  # one interval is a spike
        ("bb", "", 2),
        ("bb-", "", 3),  # no longer bad, not yet calm
        ("bbc", "c", 3),
        ("bbcc", "c", 0),
        ("bbcbc", "c", 5),  # calm intervals in a row are asked for
        ("b?b", "", 0),  # what is not known ends the row
    ],
)
def test_a_threshold_stands_by_the_two_interval_rule(bad: str, calm: str, stood: int) -> None:
    known = {"b": True, "-": False, "c": False, "?": None}
    found = [known[mark] for mark in bad]
    assert stands(found, [None if mark == "?" else mark == "c" for mark in bad], 2, 2) == stood


def test_bad_and_calm_lie_apart_by_the_margin() -> None:
    rate, wait = HOUSE_LIVE["answer_rate_poor"], HOUSE_LIVE["wait_long"]
    assert [rate.bad(x) for x in (0.89, 0.9, 0.95)] == [True, False, False]
    assert [rate.calm(x) for x in (0.89, 0.91, 0.92)] == [False, False, True]
    assert [wait.bad(x) for x in (60.0, 61.0)] == [False, True]
    assert [wait.calm(x) for x in (58.0, 54.0)] == [False, True]
    assert LiveThreshold(measure="answer_rate", limit=0.99, margin=0.02, level=BLUE).calm(1.0)
