"""Persons over SCIM: nothing is lost on the way there and back, patches do what they say, filters agree with plain reading."""

from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from scim2_models import Context, PatchOp, ScimFilter

from api import scim
from data.exchange.scim_people import Person, person_of, staff_row, told_row

TODAY = date(2026, 6, 1)
META = scim.meta_of("User", "http://x/Users/1", 'W/"1"', None)

word = st.text(st.characters(categories=("Ll", "Lu", "Lo", "Nd")), min_size=1, max_size=12)
blank = st.one_of(st.just(""), word)
agent = st.text("ABCabc0123456789-_.", min_size=1, max_size=12)


@st.composite
def persons(draw: st.DrawFn) -> Person:
    told: dict[str, Any] = {name: draw(blank) for name in ("external_id", "department", "cost_center", "contract", "site", "team")}
    number = draw(agent)
    return Person(
        agent=number,
        employee_number=number,
        user_name=draw(word),
        name=draw(word),
        given_name=draw(blank),
        skills=tuple(draw(st.lists(word, max_size=3, unique=True))),
        left=draw(st.one_of(st.none(), st.dates(date(2026, 1, 1), date(2030, 1, 1)))),
        **told,
    )


def user_of(person: Person) -> Any:
    return scim.user_of(person, TODAY, META, person.team, person.complete)


@given(persons())
def test_a_person_told_and_read_again_is_the_same(person: Person) -> None:
    body = user_of(person).model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE)
    read = scim.Staff.model_validate(body, scim_ctx=Context.RESOURCE_QUERY_RESPONSE)
    assert scim.person_from(read, person, TODAY) == person


@given(persons())
def test_a_person_kept_in_rows_and_read_again_is_the_same(person: Person) -> None:
    staff = staff_row(person, {"agent": person.agent, "no_night": True}) if person.complete else None
    assert person_of(told_row(person, person.complete), staff) == person
    assert staff is None or staff["no_night"] is True


def patched(person: Person, *operations: dict[str, Any]) -> Person:
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": list(operations)}
    user = user_of(person)
    PatchOp[scim.Staff].model_validate(body, scim_ctx=Context.RESOURCE_PATCH_REQUEST).patch(user)
    return scim.person_from(user, person, TODAY)


@given(persons(), word, st.sampled_from(["add", "replace", "Add", "Replace"]), st.booleans())
def test_a_patch_changes_what_it_names_alone_and_twice_is_once(person: Person, name: str, op: str, by_path: bool) -> None:
    attribute = f"{scim.AGENT}:team"
    told = {"op": op, "path": attribute, "value": name} if by_path else {"op": op, "value": {attribute: name}}
    once = patched(person, told)
    assert once == person.model_copy(update={"team": name})
    assert patched(once, told) == once


@given(persons(), st.sampled_from(["department", "costCenter"]))
def test_a_removed_attribute_is_gone(person: Person, attribute: str) -> None:
    field = {"department": "department", "costCenter": "cost_center"}[attribute]
    assert getattr(patched(person, {"op": "remove", "path": f"{scim.ENTERPRISE}:{attribute}"}), field) == ""


@given(persons())
def test_who_becomes_inactive_is_gone_from_today_and_comes_back_as_they_were(person: Person) -> None:
    here = person.model_copy(update={"left": None})
    gone = patched(here, {"op": "replace", "path": "active", "value": False})
    assert (gone.left, gone.active(TODAY)) == (TODAY, False)
    assert patched(gone, {"op": "replace", "path": "active", "value": True}) == here


@given(persons(), word, st.booleans())
def test_filters_agree_with_plain_reading(person: Person, text: str, same: bool) -> None:
    wanted = person.user_name if same else text
    user = user_of(person)
    quoted = ScimFilter.quote(wanted)
    equal = wanted.lower() == person.user_name.lower()
    assert ScimFilter[scim.Staff](f"userName eq {quoted}").match(user) == equal
    assert ScimFilter[scim.Staff](f"not (userName eq {quoted})").match(user) != equal
    held = any(one.lower() == text.lower() for one in person.skills)
    assert ScimFilter[scim.Staff](f"{scim.AGENT}:skills eq {ScimFilter.quote(text)}").match(user) == held
    assert ScimFilter[scim.Staff](f"{scim.AGENT}:contract pr").match(user) == bool(person.contract)
    both = ScimFilter[scim.Staff](f"userName eq {quoted} and active eq true")
    assert both.match(user) == (equal and person.active(TODAY))
