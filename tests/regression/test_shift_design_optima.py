"""The published optima of shift design, proved."""

import os
from pathlib import Path

import pytest

from benchmarks.shift_design import row
from data.exchange.shift_design import read_shift_design

DATA = Path(os.environ.get("ECHELON_BENCH_DATA", Path(__file__).parents[3] / "shared" / "data")) / "shift_design"
SECONDS = 60
"""Limit of a proof; it takes a small part of it."""


@pytest.mark.parametrize(("name", "optimum", "shifts"), [("RandomExample1", 480, 8), ("RandomExample3", 600, 10)])
def test_the_published_optimum_is_proved(name: str, optimum: int, shifts: int) -> None:
    path = DATA / f"{name}.dzn"
    if not path.is_file():
        pytest.skip(f"no {path.name}: set ECHELON_BENCH_DATA to the folder of public data")
    found = row(name, read_shift_design(path), seconds=SECONDS, effort=float("inf"), seed=0, workers=2)
    assert found.proved
    assert found.checked
    assert found.cost == pytest.approx(optimum)
    assert found.bound == pytest.approx(optimum)
    assert found.shifts == shifts
