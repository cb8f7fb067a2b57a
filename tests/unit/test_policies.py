"""Policies of a centre: read from its folder, those of the house without a file, all findings at once."""

from pathlib import Path

import pytest

from api.policies import POLICIES_FILE, Policies, read_policies
from data.exchange.folder import TEMPLATE
from data.model.centre import EchelonTier
from data.model.errors import InvalidData
from optimizer.rostering.goals import change, pay


def test_a_folder_without_a_file_has_those_of_the_house(tmp_path: Path) -> None:
    assert read_policies(tmp_path) == Policies()


def test_the_template_says_what_the_house_would() -> None:
    assert read_policies(TEMPLATE) == Policies()


def test_an_hour_of_pay_is_worth_the_same_everywhere() -> None:
    """Overtime is paid at 1.5 (Labour Law art. 44): so do the goals of the roster charge it, and so is a call-out weighed."""
    an_hour = Policies().prices.pay_hour
    assert pay.Params().hourly_wage == an_hour
    assert change.Params().overtime_cost == Policies().stress.overtime_pay * an_hour
    assert EchelonTier.model_fields["hour_cost"].default == Policies().stress.overtime_pay


def test_what_is_said_holds_and_the_rest_stays(tmp_path: Path) -> None:
    (tmp_path / POLICIES_FILE).write_text('[requests.leave]\nanswer = "review"\n[changes]\nmax_people = 7\n', encoding="utf-8")
    read = read_policies(tmp_path)
    assert (read.requests.leave.answer, read.requests.leave.notice_hours) == ("review", 72.0)
    assert (read.changes.max_people, read.changes.max_hours) == (7, 400.0)


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / POLICIES_FILE).write_text(
        "[points]\nmonth_budget = -1\n[swaps]\n[warnings]\nchance = [0.9, 0.8, 0.9, 1]\n", "utf-8"
    )
    with pytest.raises(InvalidData) as caught:
        read_policies(tmp_path)
    assert [finding.column for finding in caught.value.findings] == ["warnings", "points.month_budget", "swaps"]


def test_a_table_in_the_place_of_a_number_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / POLICIES_FILE).write_text("[points.month_budget]\njune = 5\n", "utf-8")
    with pytest.raises(InvalidData) as caught:
        read_policies(tmp_path)
    assert [finding.column for finding in caught.value.findings] == ["points.month_budget"]
