from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest

from data.exchange.forecasts import read_forecast, write_forecast
from data.exchange.requirements import read_requirement, write_requirement
from data.model.demand import LEVELS, Forecast, Requirement
from data.model.errors import InvalidData
from data.model.time import Horizon, TimeGrid

GRID = TimeGrid(horizon=Horizon(zone="America/New_York", first=date(2026, 10, 31), days=3), minutes=30)
QUEUES = ("a", "b")
SHAPE = (2, GRID.size)


def forecast() -> Forecast:
    random = np.random.default_rng(3)
    opened = random.random(SHAPE) < 0.7
    quantiles = np.where(opened[..., None], np.sort(random.gamma(3, 10, (*SHAPE, len(LEVELS))), axis=-1), 0.0)
    mean = np.where(opened, random.gamma(3, 10, SHAPE), 0.0)
    handle = np.where(opened, random.uniform(100, 300, SHAPE), np.array([[211.5], [0.1 + 0.2]]))
    return Forecast(QUEUES, GRID, datetime(2026, 10, 30, 5, tzinfo=UTC), mean, quantiles, handle, opened, "profile")


def requirement() -> Requirement:
    random = np.random.default_rng(4)
    whole = [random.integers(0, 9, SHAPE) for _ in range(4)]
    curve = np.sort(random.random((*SHAPE, 7)), axis=-1)
    shrinkage = np.array([[0.1], [1 / 3]]) * np.ones(SHAPE)
    return Requirement(
        QUEUES,
        GRID,
        whole[0],
        whole[1],
        random.random(SHAPE),
        random.random(SHAPE),
        whole[2],
        curve,
        shrinkage,
        whole[3],
        "erlang",
        {"seed": "1"},
    )


def same(one, other) -> None:
    for name, value in vars(one).items():
        if isinstance(value, np.ndarray):
            np.testing.assert_array_equal(value, getattr(other, name), name)
        else:
            assert value == getattr(other, name), name


@pytest.mark.parametrize("name", ["f.csv", "f.csv.gz"])
def test_a_forecast_comes_back(tmp_path: Path, name: str) -> None:
    write_forecast(forecast(), tmp_path / name)
    assert {path.name for path in tmp_path.iterdir()} == {name, "f.json"}
    same(read_forecast(tmp_path / name), forecast())


def test_a_forecast_in_the_contract_form_has_calls_only(tmp_path: Path) -> None:
    write_forecast(forecast(), tmp_path / "f.csv", contract=True)
    header, first, *_ = (tmp_path / "f.csv").read_text().splitlines()
    assert header == "queue,timestamp,mean,q025," + ",".join(f"q{k:02d}" for k in range(5, 100, 5)) + ",q975"
    assert first.split(",")[1].startswith("2026-10-31T")
    assert not (tmp_path / "f.json").exists()


def edit(path: Path, row: int, column: str, value: str) -> None:
    lines = [line.split(",") for line in path.read_text().splitlines()]
    lines[row - 1][lines[0].index(column)] = value
    path.write_text("\n".join(",".join(line) for line in lines) + "\n")


@pytest.mark.parametrize(
    ("column", "value", "where"),
    [("queue", "c", "queue"), ("timestamp", "2026-10-31T00:10-04:00", "timestamp"), ("timestamp", "2026-10-31T00:00", "timestamp"),
     ("mean", "-1", "mean"), ("q05", "9999", None), ("handle_time_s", "0", "handle_time_s"), ("q50", "", "q50")],
)  # fmt: skip
def test_a_forecast_that_does_not_hold_is_a_finding(tmp_path: Path, column: str, value: str, where: str | None) -> None:
    write_forecast(forecast(), tmp_path / "f.csv")
    edit(tmp_path / "f.csv", 4, column, value)
    with pytest.raises(InvalidData) as caught:
        read_forecast(tmp_path / "f.csv")
    assert [(f.row, f.column) for f in caught.value.findings] == [(4, where)]


def test_a_forecast_without_handle_times_or_record_is_a_finding(tmp_path: Path) -> None:
    write_forecast(forecast(), tmp_path / "f.csv")
    write_forecast(forecast(), tmp_path / "f.csv", contract=True)
    with pytest.raises(InvalidData, match="handle_time_s"):
        read_forecast(tmp_path / "f.csv")
    (tmp_path / "f.json").unlink()
    with pytest.raises(InvalidData, match=r"f\.json"):
        read_forecast(tmp_path / "f.csv")


def test_a_requirement_comes_back_with_its_curve(tmp_path: Path) -> None:
    write_requirement(requirement(), tmp_path / "requirement.csv")
    assert {path.suffix for path in tmp_path.iterdir()} == {".csv", ".json", ".npz"}
    same(read_requirement(tmp_path / "requirement.csv"), requirement())


def test_heads_edited_by_hand_hold(tmp_path: Path) -> None:
    path = tmp_path / "requirement.csv"
    write_requirement(requirement(), path)
    edit(path, 2, "heads", "77")
    assert read_requirement(path).heads[0, 0] == 77


def test_a_requirement_that_does_not_hold_is_a_finding(tmp_path: Path) -> None:
    path = tmp_path / "requirement.csv"
    write_requirement(requirement(), path)
    edit(path, 2, "heads", "7.5")
    with pytest.raises(InvalidData, match="row 2, column heads"):
        read_requirement(path)
    edit(path, 2, "heads", "7")
    lines = path.read_text().splitlines()
    path.write_text("\n".join(lines[:-1]) + "\n")
    with pytest.raises(InvalidData, match=f"{len(lines) - 2} rows"):
        read_requirement(path)
    path.write_text("\n".join(lines) + "\n")
    (tmp_path / "requirement.npz").write_bytes(b"no zip")
    with pytest.raises(InvalidData, match="staffing curve"):
        read_requirement(path)
