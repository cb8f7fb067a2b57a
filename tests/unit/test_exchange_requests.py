"""Requests of agents as lines and decisions as rows: every finding at once, and nothing that was decided is ever lost."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.exchange.files import read_table
from data.exchange.requests import DECISIONS, DECISIONS_FILE, KINDS, REQUEST, add_decisions, read_granted, read_requests
from data.model.errors import Finding, InvalidData
from data.model.request import Alternative, Cover, Decision, EarlyLeave, Effect, GiveAway, Leave, Overtime, Request, Swap

AT, DAY = datetime(2026, 6, 1, 8, tzinfo=UTC), date(2026, 6, 5)
EVERY: tuple[Request, ...] = (
    Swap(id="s", agent="A1", other="A2", days=(DAY,), made_at=AT, consents=("A2",), version="v1"),
    Cover(id="c", agent="A1", other="A2", day=DAY, made_at=AT),
    GiveAway(id="g", agent="A1", day=DAY, takers=("A2", "A3"), made_at=AT),
    Overtime(id="o", agent="A1", day=DAY, minutes=30, before=True, made_at=AT),
    EarlyLeave(id="e", agent="A1", day=DAY, minutes=30, made_at=AT),
    Leave(id="l", agent="A1", first=DAY, last=DAY, code="SL", paid=False, made_at=AT),
)
EFFECT = Effect(
    queue="q",
    start=AT,
    chance_before=0.1,
    chance_after=1 / 3,
    service_before=0.9,
    service_after=0.8,
    agents_before=3,
    agents_after=2,
)


def lines_of(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def refused(path: Path) -> tuple[Finding, ...]:
    with pytest.raises(InvalidData) as caught:
        read_requests(path)
    return caught.value.findings


def decided(request: Request, outcome: str = "granted", **more: object) -> tuple[Request, Decision]:
    told = {"request": request.id, "decided_at": AT, "version": "v1", "sentence": f"{request.id}, said.", "sentence_zh": "批准。"}
    return request, Decision.model_validate({"outcome": outcome, **told, **more})


def test_each_kind_comes_back_as_it_was(tmp_path: Path) -> None:
    assert {request.kind for request in EVERY} == set(KINDS)
    lines = ["\ufeff" + EVERY[0].model_dump_json(), "", *(one.model_dump_json() for one in EVERY[1:]), " "]
    assert read_requests(lines_of(tmp_path / "requests.jsonl", *lines)) == EVERY


@given(st.text(min_size=1).filter(str.strip))
def test_any_text_stays_on_its_line(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    asked = EVERY[1].model_copy(update={"agent": name})
    path = lines_of(tmp_path_factory.mktemp("text") / "requests.jsonl", asked.model_dump_json())
    assert read_requests(path) == (asked,)


def test_every_line_that_does_not_read_is_told_at_once(tmp_path: Path) -> None:
    good = EVERY[0].model_dump_json()
    path = lines_of(
        tmp_path / "requests.jsonl",
        good,
        "{not JSON",
        '["a list"]',
        good.replace('"swap"', '"nap"'),
        '{"id": "x", "agent": "A1"}',
        '{"kind": "cover", "id": "x", "agent": "A1", "made_at": "2026-06-01T08:00", "day": "soon", "why": "tired"}',
        EVERY[5].model_dump_json().replace('"last":"2026-06-05"', '"last":"2026-06-01"'),
        good,
    )
    found = refused(path)
    assert all(one.where == "requests.jsonl" and one.expected and one.fix for one in found)
    assert [one.row for one in found] == sorted(one.row or 0 for one in found)
    of_cover = {one.column for one in found if one.row == 6}
    assert of_cover == {"made_at", "day", "other", "why"}
    assert {one.row for one in found} == {2, 3, 4, 5, 6, 7, 8}
    fixes = {one.row: one.fix for one in found}
    assert all("swap, cover, give_away, overtime, early_leave, leave" in fixes[row] for row in (2, 3, 4, 5))
    assert fixes[6] == "cover: write id, agent, made_at, other, day; version, consents, kind, instead may stand beside"
    assert "rows 1 and 8" in fixes[8]


def test_no_file_and_no_utf_8_are_findings_and_no_line_is_no_request(tmp_path: Path) -> None:
    assert refused(tmp_path / "requests.jsonl")[0].read == "no file"
    (tmp_path / "bad.jsonl").write_bytes(b"\xff\xfe{")
    assert refused(tmp_path / "bad.jsonl")[0].expected == "UTF-8 text"
    assert read_requests(lines_of(tmp_path / "none.jsonl", "", " ")) == ()


def test_decisions_are_added_to_those_that_stand(tmp_path: Path) -> None:
    path = tmp_path / DECISIONS_FILE
    assert read_granted(path) == ()
    instead = [Alternative(kind="swap", days=(DAY,), sentence=f"{k} would do.", sentence_zh=f"{k}可行。") for k in "ab"]
    add_decisions([decided(EVERY[0], taker="A2")], path)
    before = path.read_bytes()
    add_decisions([decided(EVERY[4], "refused", cause="too_late", effect=EFFECT, alternatives=instead), decided(EVERY[5])], path)
    assert path.read_bytes().startswith(before)
    rows = read_table(path, DECISIONS).to_dict("records")
    assert [(row["request"], row["kind"], row["verdict"], row["taker"]) for row in rows] == [
        ("s", "swap", "granted", "A2"),
        ("e", "early_leave", "refused", None),
        ("l", "leave", "granted", None),
    ]
    assert rows[1]["cause"] == "too_late"
    assert (rows[1]["queue"], rows[1]["interval"]) == ("q", AT)
    assert (rows[1]["chance_before"], rows[1]["chance_after"]) == (0.1, 1 / 3)
    assert (rows[1]["service_before"], rows[1]["service_after"]) == (0.9, 0.8)
    assert (rows[1]["alternative"], rows[1]["alternative_zh"]) == ("a would do. b would do.", "a可行。 b可行。")
    assert REQUEST.validate_json(rows[1]["asked"]) == EVERY[4]
    assert read_granted(path) == (EVERY[0], EVERY[5])


def test_decisions_that_do_not_read_stay_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / DECISIONS_FILE
    add_decisions([decided(EVERY[0])], path)
    path.write_text(path.read_text(encoding="utf-8").replace("granted", "perhaps"), encoding="utf-8")
    before = path.read_bytes()
    with pytest.raises(InvalidData, match="row 2, column verdict"):
        add_decisions([decided(EVERY[1])], path)
    assert path.read_bytes() == before


def test_a_granted_request_that_does_not_read_is_a_finding(tmp_path: Path) -> None:
    path = tmp_path / DECISIONS_FILE
    add_decisions([decided(EVERY[0]), decided(EVERY[1])], path)
    path.write_text(path.read_text(encoding="utf-8").replace('""cover""', '""nap""'), encoding="utf-8")
    with pytest.raises(InvalidData, match="row 3"):
        read_granted(path)
