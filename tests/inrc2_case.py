"""Tiny instances of the nurse rostering competition, random ones, and random solutions of them; their files too."""

import os
from pathlib import Path

import numpy as np

from data.exchange.inrc2 import WEEKDAYS, Assignment, Border, Cover, Nurse, Request, Scenario, ShiftType, Terms, Week

DATA = Path(os.environ.get("ECHELON_BENCH_DATA", Path(__file__).parents[2] / "shared" / "data")) / "inrc2"
SHIFTS, SKILLS = ("Early", "Day", "Late", "Night"), ("HeadNurse", "Nurse", "Trainee")

SCENARIO = """\
SCENARIO = tiny

WEEKS = 2

SKILLS = 2
HeadNurse
Nurse

SHIFT_TYPES = 2
Early (2,5)
Night (2,3)

FORBIDDEN_SHIFT_TYPES_SUCCESSIONS
Early 0
Night 1 Early

CONTRACTS = 1
Full (4,10) (2,4) (1,3) 1 1

NURSES = 3
Ann Full 2 HeadNurse Nurse
Bob Full 1 Nurse
Cid Full 1 Nurse
"""
HISTORY = """\
HISTORY
0 tiny

NURSE_HISTORY
Ann 0 0 Night 1 3 0
Bob 0 0 None 0 0 2
Cid 0 0 Early 2 2 0
"""
WEEK = """\
WEEK_DATA
tiny

REQUIREMENTS
Early HeadNurse (0,1) (0,0) (0,0) (0,0) (0,0) (0,0) (0,0)
Early Nurse (0,0) (1,1) (0,1) (1,1) (0,1) (0,1) (0,1)
Night Nurse (0,1) (0,0) (0,1) (0,1) (1,1) (0,0) (0,1)

SHIFT_OFF_REQUESTS = 2
Ann Any Tue
Bob Night Sun
"""


def tiny_folder(folder: Path, scenario: str = SCENARIO, history: str = HISTORY, week: str = WEEK) -> Path:
    """A folder with an instance of two weeks that are alike."""
    folder.mkdir(exist_ok=True)
    for name, text in (("Sc-tiny", scenario), ("H0-tiny-0", history), ("WD-tiny-0", week), ("WD-tiny-1", week)):
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    return folder


def _bounds(rng: np.random.Generator, least: int, most: int) -> tuple[int, int]:
    low, high = sorted(rng.integers(least, most + 1, 2).tolist())
    return low, high


def random_scenario(rng: np.random.Generator) -> Scenario:
    """Up to four nurses, shifts and contracts with tight numbers."""
    names, skills = SHIFTS[: int(rng.integers(1, 5))], SKILLS[: int(rng.integers(1, 4))]
    barred = {name: tuple(other for other in names if rng.random() < 0.2) for name in names}
    shifts = {name: ShiftType(name, *_bounds(rng, 1, 5), barred[name]) for name in names}
    weeks = int(rng.integers(1, 4))
    contracts = {
        f"C{k}": Terms(
            *_bounds(rng, 0, 7 * weeks), *_bounds(rng, 1, 9), *_bounds(rng, 1, 9), int(rng.integers(0, 3)), rng.random() < 0.5
        )
        for k in range(2)
    }
    nurses = {
        f"N{k}": Nurse(f"C{rng.integers(2)}", tuple(rng.permutation(skills)[: int(rng.integers(1, len(skills) + 1))].tolist()))
        for k in range(int(rng.integers(1, 5)))
    }
    return Scenario("random", weeks, skills, shifts, contracts, nurses)


def random_history(rng: np.random.Generator, scenario: Scenario) -> dict[str, Border]:
    """What each nurse brings: runs up to fourteen days, totals that may be beyond the bounds already."""
    return {nurse: _border(rng, tuple(scenario.shifts)) for nurse in scenario.nurses}


def _border(rng: np.random.Generator, shifts: tuple[str, ...]) -> Border:
    total, weekends, run = (int(rng.integers(0, most)) for most in (12, 4, 14))
    if rng.random() < 0.4:
        return Border(total, weekends, None, 0, 0, run + 1)
    same = run + 1 if len(shifts) == 1 else int(rng.integers(1, run + 2))
    return Border(total, weekends, shifts[int(rng.integers(len(shifts)))], same, run + 1, 0)


def random_week(rng: np.random.Generator, scenario: Scenario) -> Week:
    """Cover and requests; requests for any shift and for one may fall on one day."""
    cover = tuple(
        Cover(shift, skill, day, *_bounds(rng, 0, 2)) for shift in scenario.shifts for skill in scenario.skills for day in range(7)
    )
    asked = [None, *scenario.shifts]
    requests = tuple(
        Request(nurse, asked[int(rng.integers(len(asked)))], int(rng.integers(7)))
        for nurse in scenario.nurses for _ in range(int(rng.integers(4)))
    )  # fmt: skip
    return Week(cover, requests)


def random_solution(rng: np.random.Generator, scenario: Scenario) -> tuple[Assignment, ...]:
    """Shifts at random, runs of the same shift likely, with skills that the nurses have."""
    found: list[Assignment] = []
    choices = [None, *scenario.shifts]
    for name, nurse in scenario.nurses.items():
        shift = choices[int(rng.integers(len(choices)))]
        for day in range(len(WEEKDAYS)):
            if rng.random() < 0.4:
                shift = choices[int(rng.integers(len(choices)))]
            if shift is not None:
                found.append(Assignment(name, day, shift, nurse.skills[int(rng.integers(len(nurse.skills)))]))
    return tuple(found)
