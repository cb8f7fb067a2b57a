"""The formula behind a number, and other targets, over HTTP."""

from collections.abc import Generator
from pathlib import Path

import httpx2
import pytest
from planner import Told
from service_case import serving

REQUIREMENT = "/centres/grid/requirement"


@pytest.fixture(scope="module")
def client(month: tuple[Path, Told], tmp_path_factory: pytest.TempPathFactory) -> Generator[httpx2.Client]:
    with serving(tmp_path_factory.mktemp("requirement") / "data") as service:
        service.add("grid", month[0])
        yield service.client("planner")


def busiest(client: httpx2.Client) -> dict[str, float | str]:
    rows = client.get("/centres/grid/series/requirement", params={"limit": 10_000}).json()["items"]
    return max(rows, key=lambda row: row["on_phone"])


def test_a_number_is_explained_by_its_inputs_and_its_steps(client: httpx2.Client) -> None:
    row = busiest(client)
    told = client.get(f"{REQUIREMENT}/explanation", params={"queue": row["queue"], "at": row["timestamp"]}).json()
    assert told["results"]["on_phone"] == row["on_phone"]
    assert told["results"]["heads"] == row["heads"]
    assert told["inputs"]["calls"] == pytest.approx(row["calls"])
    assert len(told["lines"]) == len(told["lines_zh"]) > 3
    assert f"{row['on_phone']:.0f}" in " ".join(told["lines_zh"])


def test_what_is_not_there_is_told(client: httpx2.Client) -> None:
    at = busiest(client)["timestamp"]
    for asked in ({"queue": "none", "at": at}, {"queue": busiest(client)["queue"], "at": "2036-01-01T00:00Z"}):
        assert client.get(f"{REQUIREMENT}/explanation", params=asked).status_code == 404


def test_a_harder_target_asks_for_more_agents_and_changes_nothing(client: httpx2.Client) -> None:
    row = busiest(client)
    day = str(row["timestamp"])[:10]
    asked = {"queue": row["queue"], "first": day, "last": day}
    same = client.post(f"{REQUIREMENT}/what-if", json=asked).json()
    assert same["before"] == same["after"]
    assert len(same["timestamps"]) == len(same["before"]["heads"]) > 0
    harder = client.post(f"{REQUIREMENT}/what-if", json=asked | {"target": {"service_level": 0.99, "threshold_s": 5}}).json()
    assert sum(harder["after"]["on_phone"]) > sum(harder["before"]["on_phone"])
    away = client.post(f"{REQUIREMENT}/what-if", json=asked | {"shrinkage": 0.5}).json()
    assert away["after"]["on_phone"] == away["before"]["on_phone"]
    assert sum(away["after"]["heads"]) > sum(away["before"]["heads"])
    assert busiest(client) == row


def test_impossible_assumptions_are_refused(client: httpx2.Client) -> None:
    row = busiest(client)
    asked = {"queue": row["queue"], "first": "2026-10-01", "last": "2026-10-01", "target": {"service_level": 1.4}}
    assert client.post(f"{REQUIREMENT}/what-if", json=asked).status_code == 422
