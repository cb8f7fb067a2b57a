"""Every kind of request that is discovered: type, examples, round trip, policy, sentences, and what it makes of a roster."""

from datetime import datetime, timedelta
from typing import get_args
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from explain_case import plain_problem, planned
from pydantic import TypeAdapter, ValidationError

from data.model.request import Ask, Request, RequestPolicy, Terms
from optimizer.rostering.requests import chance_at_the_mean, desk_of, judge
from optimizer.rostering.requests.causes import Cause
from optimizer.rostering.requests.drafts import with_cells
from optimizer.rostering.requests.kinds import kinds

NOW = datetime(2026, 5, 31, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
PARSED = TypeAdapter[Request](Request)
CODES = {cause.code for cause in Cause}

every_kind = pytest.mark.parametrize("name", sorted(kinds()))


def test_kinds_types_and_terms_are_the_same() -> None:
    types = {member.model_fields["kind"].default: member for member in get_args(get_args(Request)[0])}
    assert types == {name: kind.Model for name, kind in kinds().items()}
    assert set(RequestPolicy.model_fields) == set(kinds())


@every_kind
def test_a_request_goes_through_json(name: str) -> None:
    for request in kinds()[name].examples():
        assert isinstance(request, kinds()[name].Model)
        assert PARSED.validate_json(request.model_dump_json()) == request
        assert request.kind == name
        with pytest.raises(ValidationError):
            PARSED.validate_python(request.model_dump() | {"made_at": datetime(2026, 6, 1)})


@every_kind
def test_the_policy_has_terms_for_it(name: str) -> None:
    policy = RequestPolicy()
    assert RequestPolicy.model_validate_json(policy.model_dump_json()) == policy
    assert isinstance(policy.terms(name), Terms)
    freed = policy.overruled(name)
    assert freed.terms(name).answer == "allow"
    assert freed.terms(name).consent == policy.terms(name).consent
    assert all(freed.terms(other) == policy.terms(other) for other in kinds() if other != name)


@every_kind
def test_sentences_name_agents_and_days_in_both_languages(name: str) -> None:
    for request in kinds()[name].examples():
        for tongue in ("en", "zh"):
            text = kinds()[name].sentence(request, tongue)
            assert request.agent in text
            assert str(kinds()[name].places(request)[0][1]) in text
            assert not text.endswith((".", "。"))
        assert any("一" <= letter <= "鿿" for letter in kinds()[name].sentence(request, "zh"))


@every_kind
def test_it_speaks_of_its_agent_first_and_changes_what_it_speaks_of(name: str) -> None:
    kind, problem = kinds()[name], plain_problem(3, agents=4)
    desk = desk_of(problem, planned(problem), NOW, chance_at_the_mean(problem))
    for request in kind.examples():
        places = kind.places(request)
        assert places[0][0] == request.agent
        for draft in kind.drafts(desk, request):
            assert draft.cells or draft.flaws
            assert {reason.cause for reason in draft.flaws} <= CODES
            told = {desk.place(*place) for place in places}
            taken = {desk.place(draft.taker, day) for _, day in places} if draft.taker in problem.index else set()
            assert set(draft.cells) <= told | taken
            after = with_cells(desk.roster, draft.cells)
            differs = np.array(after.codes)[after.symbol] != np.array(desk.roster.codes)[desk.roster.symbol]
            assert {(int(a), int(d)) for a, d in np.argwhere(differs)} <= set(draft.cells)


@every_kind
def test_nearest_requests_are_other_ones_of_known_kinds(name: str) -> None:
    kind, problem = kinds()[name], plain_problem(3, agents=4)
    desk = desk_of(problem, planned(problem), NOW, chance_at_the_mean(problem))
    for request in kind.examples():
        near: list[Ask] = list(kind.nearest(desk, request))
        assert request not in near
        assert {other.kind for other in near} <= set(kinds())
        assert {other.agent for other in near} <= {request.agent}


@every_kind
@pytest.mark.parametrize("seed", range(3))
def test_a_decision_is_the_same_every_time(name: str, seed: int) -> None:
    problem = plain_problem(seed, agents=4)
    roster = planned(problem)
    for request in kinds()[name].examples():
        late = NOW - timedelta(hours=1)
        asked = request.model_copy(update={"made_at": late})
        one, other = (judge(problem, roster, asked, RequestPolicy(), NOW) for _ in range(2))
        assert one.decision == other.decision
        assert [reason.cause for reason in one.decision.reasons] == sorted(
            (reason.cause for reason in one.decision.reasons), key=[cause.code for cause in Cause].index
        )
