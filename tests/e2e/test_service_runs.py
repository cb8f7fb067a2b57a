"""Runs over HTTP."""

from collections.abc import Generator
from pathlib import Path

import pytest
from run_case import TINY, ended, submit, working
from service_case import Service


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, template: Path) -> Generator[Service]:
    with working(tmp_path_factory.mktemp("runs") / "data") as made:
        made.add("grid", template)
        yield made


def test_a_plan_is_asked_for_followed_and_kept(service: Service) -> None:
    planner = service.client("planner")
    run = ended(planner, submit(planner, "grid", "plan", days=7, why="the week", **TINY))
    assert (run["state"], run["problem"]) == ("succeeded", None), run
    print(run)
    assert run["result"]["versions"] == ["v001-month"]
