"""Kinds of run: every command is one, or is named as not served."""

import re

import pytest
from pydantic import ValidationError

from api.cli import app
from api.runs.kinds import HEAVY, NOT_ASKED, NOT_SERVED, PUBLISHES, READS, RESPONDS, commands, kind_named, kinds


def test_every_command_is_a_kind_or_is_named_as_not_served() -> None:
    assert {name for name, _ in commands(app)} == set(kinds()) | NOT_SERVED
    assert not set(kinds()) & NOT_SERVED


def test_what_is_said_of_kinds_is_said_of_kinds_that_there_are() -> None:
    assert set(kinds()) >= READS | HEAVY | PUBLISHES
    assert all(any(name.startswith(word) for name in kinds()) for word in RESPONDS)


def test_no_kind_asks_for_an_address_to_call_or_who_asks() -> None:
    fields = {field for kind in kinds().values() for field in kind.params.model_fields}
    assert not fields & (NOT_ASKED | {"author", "by", "folder", "source_folder"})


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("verify", "runs:read"),
        ("call-out-show", "runs:read"),
        ("plan", "runs:write"),
        ("publish", "rosters:publish"),
        ("call-out-start", "response:write"),
        ("warnings-acknowledge", "response:write"),
        ("warn", "response:write"),
        ("lend-propose", "response:write"),
    ],
)
def test_each_kind_names_what_a_caller_must_hold(name: str, right: str) -> None:
    assert kind_named(name).right == right


def test_a_plan_publishes_unless_it_only_proposes() -> None:
    plan = kind_named("plan")
    assert plan.publishes(plan.params())
    assert not plan.publishes(plan.params.model_validate({"propose": True}))
    assert plan.makes_versions
    assert not kind_named("verify").makes_versions
    assert plan.heavy


@pytest.mark.parametrize("wrong", [{"sweeps": 0}, {"days": "many"}, {"executor": "dask:elsewhere"}, {"seconds": -1}])
def test_parameters_are_checked_within_their_bounds(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        kind_named("plan").params.model_validate(wrong)


@pytest.mark.parametrize("path", ["../staff.csv", "/etc/passwd", "a/../b", ".next", "a//b"])
def test_a_file_is_one_of_the_centre(path: str) -> None:
    with pytest.raises(ValidationError):
        kind_named("request").params.model_validate({"file": path})


def test_every_kind_has_a_name_in_chinese() -> None:
    assert [kind.name for kind in kinds().values() if not re.search(r"[\u4e00-\u9fff]", kind.title)] == []
