"""Instances of the benchmark of Curtois and Qu: a tiny one as a file, random ones, schedules of them, and where public ones lie."""

import os
from pathlib import Path

import numpy as np

from benchmarks.nrp.mapping import problem_of
from data.exchange.nrp import Cover, Instance, Request, ShiftType, Terms
from data.model.roster import OFF, Roster

DATA = Path(os.environ.get("ECHELON_BENCH_DATA", Path(__file__).parents[2] / "shared" / "data")) / "nrp"
CODES = ("D", "E", "L")

INSTANCE = """\
# a fortnight less four days, three people
SECTION_HORIZON
10

SECTION_SHIFTS
D,480,
E,600,D

SECTION_STAFF
# ID, MaxShifts, MaxTotalMinutes, MinTotalMinutes, MaxConsecutiveShifts, MinConsecutiveShifts, MinConsecutiveDaysOff, MaxWeekends
A,D=10|E=2,4320,1440,4,2,2,1
B,D=10|E=10,4320,1440,4,2,2,1
C,D=0|E=4,2400,0,3,1,1,0  # never D

SECTION_DAYS_OFF
A,0
C,3,4

SECTION_SHIFT_ON_REQUESTS
A,2,D,2
B,8,E,3

SECTION_SHIFT_OFF_REQUESTS
B,1,D,5

SECTION_COVER
0,D,1,100,1
1,D,2,100,1
2,E,1,100,1
7,D,1,100,1
8,E,2,10,1
"""


def written(folder: Path, text: str = INSTANCE, name: str = "tiny") -> Path:
    """The file of an instance."""
    path = folder / f"{name}.txt"
    path.write_text(text, encoding="utf-8")
    return path


def _between(rng: np.random.Generator, least: int, most: int) -> tuple[int, int]:
    low, high = sorted(rng.integers(least, most + 1, 2).tolist())
    return low, high


def _terms(rng: np.random.Generator, codes: tuple[str, ...], days: int) -> Terms:
    shifts = tuple((code, int(rng.choice([0, 1, 3, days]))) for code in codes if rng.random() < 0.9)
    low, high = _between(rng, 0, days) if rng.random() < 0.4 else (0, 2 * days)
    run, longest = _between(rng, 1, 6)
    return Terms(shifts, 60 * high * 8, 60 * low * 4, longest, run, int(rng.integers(1, 4)), int(rng.integers(0, 4)))


def random_instance(rng: np.random.Generator) -> Instance:
    """Up to three employees, shifts and weeks, with tight numbers."""
    codes, days = CODES[: int(rng.integers(1, 4))], int(rng.integers(3, 18))
    shifts = tuple(
        ShiftType(code, int(rng.choice([240, 480, 600])), tuple(other for other in codes if rng.random() < 0.3)) for code in codes
    )
    names = tuple("XYZ"[: int(rng.integers(1, 4))])
    kinds = [_terms(rng, codes, days) for _ in range(2)]
    staff = {name: kinds[int(rng.integers(2))] for name in names}
    off = {name: tuple(rng.choice(days, int(rng.integers(0, 3)), replace=False).tolist()) for name in names if rng.random() < 0.5}
    drawn = rng.integers(0, days, 3 * len(names)).tolist()
    requests = tuple(
        Request(names[k % len(names)], day, codes[int(rng.integers(len(codes)))], int(rng.integers(0, 4)), bool(rng.random() < 0.5))
        for k, day in enumerate(drawn)
    )
    numbers = rng.integers(0, [days, len(codes), len(names) + 2, 101, 11], (2 * days, 5)).tolist()
    cover = tuple(Cover(day, codes[code], heads, under, over) for day, code, heads, under, over in numbers)
    return Instance("random", days, shifts, staff, off, requests, cover)


def random_schedule(rng: np.random.Generator, instance: Instance) -> dict[str, list[str]]:
    """Lines that like to stay the same, seldom legal; employees do not work where their contract has no such shift."""
    schedule: dict[str, list[str]] = {}
    for name, terms in instance.staff.items():
        barred = {code for code, most in terms.max_shifts if most == 0}
        codes, line = ["", *(shift.code for shift in instance.shifts if shift.code not in barred)], list[str]()
        for _ in range(instance.days):
            line.append(line[-1] if line and rng.random() < 0.6 else codes[int(rng.integers(len(codes)))])
        schedule[name] = line
    return schedule


def roster_of(instance: Instance, schedule: dict[str, list[str]]) -> Roster:
    """A schedule as a roster of the problem of its instance."""
    problem = problem_of(instance)
    alphabet, names = problem.alphabet, tuple(instance.staff)
    symbol = np.array([[alphabet.codes.index(code or OFF) for code in schedule[name]] for name in names])
    start, none = np.where(alphabet.is_shift, alphabet.start, -1)[symbol], np.full(symbol.shape, -1)
    pauses = none, np.zeros(symbol.shape, dtype=np.int64)
    return Roster(names, problem.grid.horizon, alphabet.codes, symbol, start, alphabet.minutes[symbol], *pauses)
