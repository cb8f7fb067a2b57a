"""Names of shifts in rules: known ones mean the same everywhere, unknown ones are told."""

from random import Random

import pytest
from rule_case import AGENT, ALPHABET, MONDAY, SHIFTS, Case, random_params

from data.model.errors import InvalidData
from data.model.rulebook import Rulebook, RuleSpec
from data.model.time import Horizon
from optimizer.rostering.naming import NAMES, bears, named
from optimizer.rostering.rules import kinds, params_of
from optimizer.rostering.ruling import check_rulebook


@pytest.mark.parametrize("kind", [name for name, kind in kinds().items() if hasattr(kind, "shift_names")])
def test_a_shift_that_the_centre_does_not_have_is_a_finding(kind: str) -> None:
    codes = {shift.code for shift in SHIFTS}
    rng, offers = Random(kind), kinds()[kind]
    drawn = (random_params(rng, offers.Params) for _ in range(500))
    numbers = next(params for params in drawn if codes & set(offers.shift_names(params))).model_dump()
    rulebook = Rulebook(id="named", rules=(RuleSpec(id="r", kind=kind, numbers=numbers),))
    named = set(kinds()[kind].shift_names(params_of(rulebook.rules[0])))
    check_rulebook(rulebook, codes=sorted(named))
    with pytest.raises(InvalidData) as caught:
        check_rulebook(rulebook, codes=("X",))
    assert {finding.read.strip("'") for finding in caught.value.findings} == named - set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_means_the_same_to_engines_and_verifier(name: str) -> None:
    days = len(ALPHABET.codes)
    case = Case(Horizon(zone="Asia/Shanghai", first=MONDAY, days=days), AGENT, ALPHABET.codes, 0, ("",) * days)
    duties = case.line.duties
    borne = [bears(duty, name) for duty in duties]
    assert borne == named(ALPHABET, name).tolist()
    assert any(borne)
