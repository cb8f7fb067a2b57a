"""Series over HTTP."""

from collections.abc import Generator
from pathlib import Path

import httpx2
import pandas as pd
import pytest
from planner import Told
from service_case import Service, serving

from api.http.routes.series import ForecastRow

SERIES = "/centres/grid/series"
ZONE = "Asia/Shanghai"


@pytest.fixture(scope="module")
def installed(month: tuple[Path, Told], tmp_path_factory: pytest.TempPathFactory) -> Generator[tuple[httpx2.Client, Path, Service]]:
    with serving(tmp_path_factory.mktemp("series") / "data") as service:
        service.add("grid", month[0])
        yield service.client("planner"), month[0], service


@pytest.fixture(scope="module")
def served(installed: tuple[httpx2.Client, Path, Service]) -> tuple[httpx2.Client, Path]:
    return installed[:2]


def table(file: Path) -> pd.DataFrame:
    """A file of the folder with instants."""
    frame = pd.read_csv(file)
    stamps = pd.to_datetime(frame["timestamp"])
    frame["timestamp"] = (stamps if stamps.dt.tz is not None else stamps.dt.tz_localize(ZONE)).dt.tz_convert("UTC")
    return frame


@pytest.mark.parametrize("kind", ["calls", "forecast", "requirement", "coverage"])
def test_pages_of_each_series_hold_every_row_of_its_file(kind: str, served: tuple[httpx2.Client, Path]) -> None:
    client, folder = served
    found, after = [], None
    while True:
        page = client.get(f"{SERIES}/{kind}", params={"limit": 5000, **({"after": after} if after else {})}).json()
        found += page["items"]
        after = page["next"]
        if after is None:
            break
    assert page["zone"] == ZONE
    expected = table(folder / f"{kind}.csv").sort_values(["timestamp", "queue"])
    told = pd.DataFrame(found)
    assert pd.to_datetime(told["timestamp"]).tolist() == expected["timestamp"].tolist()
    assert told["queue"].tolist() == expected["queue"].tolist()
    assert kind != "forecast" or set(told.columns) == set(expected.columns) == set(ForecastRow.model_fields)
    for name in set(told.columns) & set(expected.columns) - {"timestamp", "queue"}:
        pd.testing.assert_series_equal(
            told[name].astype(float).reset_index(drop=True), expected[name].astype(float).reset_index(drop=True)
        )


def test_a_matrix_of_days_is_the_sum_of_the_calls_of_each_local_day(served: tuple[httpx2.Client, Path]) -> None:
    client, folder = served
    frame = table(folder / "calls.csv")
    frame["day"] = frame["timestamp"].dt.tz_convert(ZONE).dt.date.astype(str)
    first, last = sorted(frame["day"].unique())[3:7:3]
    answer = client.get(f"{SERIES}/calls", params={"from": first, "to": last, "every": "day", "form": "matrix"})
    made = answer.json()
    days = [str(pd.Timestamp(one).tz_convert(ZONE).date()) for one in made["timestamps"]]
    assert (days[0], days[-1], len(days)) == (first, last, 4)
    expected = frame.groupby(["queue", "day"])["offered"].sum()
    for queue, line in zip(made["queues"], made["values"]["offered"], strict=True):
        assert line == pytest.approx([expected[queue, day] for day in days])
    again = client.get(f"{SERIES}/calls", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_queues_and_instants_narrow_it_and_quantiles_are_of_intervals_alone(served: tuple[httpx2.Client, Path]) -> None:
    client, folder = served
    frame = table(folder / "forecast.csv")
    queue, begin = frame["queue"].iloc[0], frame["timestamp"].iloc[0]
    asked = {"queue": queue, "from": begin.isoformat(), "to": (begin + pd.Timedelta(hours=1)).isoformat()}
    rows = client.get(f"{SERIES}/forecast", params=asked).json()["items"]
    assert {row["queue"] for row in rows} == {queue}
    assert len(rows) == 2
    assert all(row["q05"] <= row["q50"] <= row["q95"] for row in rows)
    (hour,) = client.get(f"{SERIES}/forecast", params={**asked, "every": "hour"}).json()["items"]
    assert hour["mean"] == pytest.approx(sum(row["mean"] for row in rows))
    assert hour["q50"] is None


def test_versions_of_the_forecast_and_the_requirement_of_a_roster(served: tuple[httpx2.Client, Path]) -> None:
    client, _ = served
    newest, named = (client.get(f"{SERIES}/forecast", params=asked).json()["items"] for asked in ({}, {"version": "v001"}))
    assert newest == named
    assert client.get(f"{SERIES}/requirement", params={"version": "v001-month"}).json()["items"]
    missing = client.get(f"{SERIES}/forecast", params={"version": "v099"})
    assert (missing.status_code, missing.json()["type"]) == (404, "not-found")
    assert client.get(f"{SERIES}/calls", params={"after": "nonsense"}).status_code == 422
    assert client.get(f"{SERIES}/calls", params={"from": "yesterday"}).status_code == 422


def test_a_project_sees_its_own_queues_alone(installed: tuple[httpx2.Client, Path, Service]) -> None:
    client, _, service = installed
    own, other = service.client("leader", projects=["service"]), service.client("leader", projects=["other"])
    for kind in ("calls", "forecast", "requirement", "coverage"):
        asked = {"limit": 5}
        whole = client.get(f"{SERIES}/{kind}", params=asked)
        seen, nothing = (one.get(f"{SERIES}/{kind}", params=asked) for one in (own, other))
        assert seen.json()["items"] == whole.json()["items"] != []
        assert nothing.json()["items"] == []
        assert nothing.headers["ETag"] != whole.headers["ETag"]
        assert other.get(f"{SERIES}/{kind}", params={"queue": whole.json()["items"][0]["queue"]}).json()["items"] == []
    assert other.get(f"{SERIES}/calls", params={"form": "matrix"}).json()["queues"] == []
    assert other.get("/centres/grid/rosters/v001-month/coverage").json()["items"] == []
