"""Rights as they are kept: their file, the versions that honour them, the service budget, and whom they would leave no line."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest
from roster_case import problem_of

from data.exchange.measures import MEASURES, MEASURES_FILE, read_catalogue, read_measures
from data.exchange.points import read_activations, read_claims, read_rights, write_claims, write_rights
from data.model.calendar import WEEKENDS_ONLY
from data.model.errors import InvalidData
from data.model.measure import Claim, Right
from data.model.people import Absence
from data.model.rulebook import RuleSpec
from optimizer.response.award.granting import RightsTerms, ineligible
from optimizer.response.award.report import top_share
from optimizer.response.award.rights import dishonoured, with_rights

AT = datetime(2026, 5, 20, tzinfo=UTC)
CATALOGUE = read_measures()
CLAIM = Claim(id="c0001", agent="g0", measure="night_exemption", made_at=AT, first=date(2026, 6, 2), last=date(2026, 6, 4))
RIGHT = Right(**CLAIM.model_dump(), state="granted", decided_at=AT, points=30, cost=1.5, from_version=2)


def test_rights_and_claims_come_back_as_they_were(tmp_path: Path) -> None:
    waiting = RIGHT.model_copy(
        update={"id": "c0002", "state": "waiting", "position": 1, "code": "quota", "cost": None, "kept_until": date(2026, 6, 1)}
    )
    write_rights([RIGHT, waiting], tmp_path / "rights.csv")
    write_claims([CLAIM], tmp_path / "claims.csv")
    assert read_rights(tmp_path / "rights.csv", CATALOGUE, ["g0"]) == (RIGHT, waiting)
    assert read_claims(tmp_path / "claims.csv", CATALOGUE, ["g0"]) == (CLAIM,)
    assert read_rights(tmp_path / "none.csv", CATALOGUE, ["g0"]) == ()
    assert RIGHT.claim == CLAIM


def test_what_is_wrong_with_rights_is_told_at_once(tmp_path: Path) -> None:
    write_rights([RIGHT.model_copy(update={"agent": "x"}), RIGHT.model_copy(update={"measure": "y"})], tmp_path / "rights.csv")
    text = (tmp_path / "rights.csv").read_text(encoding="utf-8").replace("c0001,g0", "c0002,g0")
    (tmp_path / "rights.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InvalidData) as told:
        read_rights(tmp_path / "rights.csv", CATALOGUE, ["g0"])
    assert [(finding.row, finding.column) for finding in told.value.findings] == [(2, "agent"), (3, "measure")]


def test_a_right_is_honoured_from_its_first_version_until_it_is_revoked() -> None:
    assert [RIGHT.honoured_by(name) for name in ("v001-month", "v002-month", "v010-day", "", "baseline")] == [
        False,
        True,
        True,
        True,
        True,
    ]
    revoked = RIGHT.model_copy(update={"state": "revoked", "until_version": 3})
    assert [revoked.honoured_by(name) for name in ("v002-month", "v003-month", "")] == [True, False, False]
    assert not RIGHT.model_copy(update={"from_version": 0, "state": "waiting"}).honoured_by("v001-month")


def test_a_right_outside_of_the_problem_changes_nothing_and_one_against_the_law_is_found() -> None:
    rules = (
        RuleSpec(id="hours", kind="hours", numbers={"min_minutes": 1440, "max_minutes": 2400}),
        RuleSpec(id="leave", kind="leave"),
    )
    problem = problem_of(np.ones((1, 24 * 7), dtype=np.int64), (("a",), ("a",)), 3, rules)
    nights = problem.centre.contracts[0].model_copy(update={"shifts": ("N",)})
    problem = replace(problem, centre=problem.centre.model_copy(update={"contracts": (nights,)}))
    later = RIGHT.model_copy(update={"first": date(2026, 8, 1), "last": date(2026, 8, 2)})
    assert with_rights(problem, [later], CATALOGUE) is problem
    whole = RIGHT.model_copy(update={"first": date(2026, 6, 1), "last": date(2026, 6, 7)})
    assert list(dishonoured(problem, [whole])) == []
    ((wrong, cause),) = dishonoured(with_rights(problem, [whole], CATALOGUE), [whole])
    assert wrong is whole
    assert cause


def test_the_service_budget_is_a_share_of_the_required_hours_of_the_open_days() -> None:
    problem = problem_of(np.full((2, 48), 2), (("a", "b"),), 3, ())
    assert RightsTerms(service_share=0.1).budget(problem) == pytest.approx(0.1 * 2 * 48 * (20 + 12.5))
    assert RightsTerms(service_share=0.1).budget(replace(problem, first_open=1)) == pytest.approx(0.1 * 2 * 24 * (20 + 12.5))


def test_who_may_claim() -> None:
    festival = CATALOGUE.measure("festival_block")
    assert ineligible(festival, CLAIM, WEEKENDS_ONLY, 49).code == "points"  # type: ignore[union-attr]
    assert ineligible(festival, CLAIM, WEEKENDS_ONLY, 50, 5).code == "service"  # type: ignore[union-attr]
    assert ineligible(festival, CLAIM, WEEKENDS_ONLY, 50).code == "festival"  # type: ignore[union-attr]
    assert ineligible(CATALOGUE.measure("night_exemption"), CLAIM, WEEKENDS_ONLY, 30) is None


def test_the_top_tenth() -> None:
    assert top_share(np.array([1] * 19 + [81])) == pytest.approx(0.82)
    assert top_share(np.zeros(5, dtype=np.int64)) == 0


def test_a_centre_may_have_its_own_catalogue(tmp_path: Path) -> None:
    assert read_catalogue(tmp_path) == CATALOGUE
    text = MEASURES.read_text(encoding="utf-8").replace("price = 60", "price = 7")
    (tmp_path / MEASURES_FILE).write_text(text, encoding="utf-8")
    assert read_catalogue(tmp_path).measure("regular_day_shift").price == 7
    assert "AL" in CATALOGUE.leave_codes


def test_call_outs_are_read_as_copied_and_all_that_is_wrong_is_told(tmp_path: Path) -> None:
    path, head = tmp_path / "activations.csv", "echelon,queue,call_by,start,end,members\n"
    span = "2026-06-09T17:00+08:00,2026-06-09T18:00+08:00,2026-06-09T20:00+08:00"
    path.write_text(f"{head}E1,a,{span},g0;g1\n", encoding="utf-8")
    (call,) = read_activations(path, ["g0", "g1"], ["a"])
    assert (call.members, call.queue, call.end.hour - call.start.hour) == (("g0", "g1"), "a", 2)
    back = "2026-06-09T17:00+08:00,2026-06-09T20:00+08:00,2026-06-09T18:00+08:00"
    path.write_text(f"{head}E1,b,{span},g0;g9\nE1,a,{back},g1\n", encoding="utf-8")
    with pytest.raises(InvalidData) as told:
        read_activations(path, ["g0", "g1"], ["a"])
    assert [(finding.row, finding.column) for finding in told.value.findings] == [(2, "members"), (2, "queue"), (3, "end")]
    assert read_activations(tmp_path / "none.csv", [], []) == ()


def test_leave_that_is_a_right_is_an_absence_of_the_problem() -> None:
    problem = problem_of(np.ones((1, 48), dtype=np.int64), (("a",),), 3, (RuleSpec(id="leave", kind="leave"),))
    day = date(2026, 6, 2)
    off = RIGHT.model_copy(update={"measure": "time_off_in_lieu", "first": day, "last": day})
    assert with_rights(problem, [off], CATALOGUE).absences == (Absence(agent="g0", first=day, last=day, code="TO"),)
