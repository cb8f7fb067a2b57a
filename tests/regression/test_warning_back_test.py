"""The warnings against real calls: one day ahead at the bank of 2003, few looks (the whole is `benchmarks.warnings`)."""

import os
from pathlib import Path

import pytest

from benchmarks.warnings import bank

DATA = Path(os.environ.get("ECHELON_BENCH_DATA", Path(__file__).parents[3] / "shared" / "data"))


@pytest.fixture(scope="module")
def found():
    if not (DATA / bank.FILE).is_file():
        pytest.skip(f"no {bank.FILE}: set ECHELON_BENCH_DATA to the folder of public data")
    return bank.back_test(DATA, stride=8, last=10)
