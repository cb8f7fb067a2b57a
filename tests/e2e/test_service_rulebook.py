"""The rulebook in force over HTTP: as it binds, in both languages, and of single agents what the caller may know."""

from collections.abc import Generator
from pathlib import Path

import httpx2
import pytest
from service_case import Service, serving

from data.exchange.rulebooks import read_rulebook

DEROGATION = """
[[derogations]]
rule = "cn.ot.max"
agents = ["A0001"]
first = 2026-07-01
last = 2026-07-03
approved_by = "duty manager"
reason = "typhoon"
ground = "disaster"
legal_approved_by = "lawyer"
"""


@pytest.fixture(scope="module")
def service(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Generator[Service]:
    with serving(tmp_path_factory.mktemp("rulebook") / "data") as one:
        one.add("grid", template)
        yield one


def told(client: httpx2.Client) -> dict[str, list[dict[str, object]]]:
    return client.get("/centres/grid/rulebook").json()


def test_rules_stand_with_their_numbers_sources_and_sentences(service: Service, template: Path) -> None:
    book = read_rulebook(template / "rulebook.toml")
    found = told(service.client("planner"))
    assert [rule["id"] for rule in found["rules"]] == [rule.id for rule in book.rules]
    assert [one["order"] for one in found["strategies"]] == list(range(1, 15))
    assert len(found["notes"]) == len(book.notes)
    ceiling = next(rule for rule in found["rules"] if rule["id"] == "cn.ot.max")
    assert ceiling["numbers"] == {"max_day_minutes": 180, "max_month_minutes": 2160}
    assert ceiling["waivable"]
    assert ceiling["weight"] is None
    assert "art. 41" in str(ceiling["source"])
    assert all("2160" in str(ceiling[says]) for says in ("says", "says_zh"))
    assert all(goal["says"] and goal["says_zh"] for goal in found["goals"])


def test_a_derogation_for_an_agent_is_told_to_those_who_see_the_agent(service: Service) -> None:
    planner = service.client("planner")
    text = planner.get("/centres/grid/documents/rulebook.toml", headers={"Accept": "application/toml"})
    changed = {"Content-Type": "application/toml", "If-Match": text.headers["ETag"]}
    answer = planner.put("/centres/grid/documents/rulebook.toml", content=text.text + DEROGATION, headers=changed)
    assert answer.status_code == 200, answer.text
    assert [one["agents"] for one in told(planner)["derogations"]] == [["A0001"]]
    assert told(service.client("leader", teams=["no such team"]))["derogations"] == []
