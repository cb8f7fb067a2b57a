"""Requests on the command line: decided in turn against the version in force, one new version, every decision kept."""

import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import typer
from planner import Told, append, echelon, hashes, swap, text_table
from typer.testing import CliRunner, Result

from api.commands import requests as request_commands
from api.planned import chance_of
from api.workspace import Workspace
from data.exchange.forecasts import write_forecast
from data.model.errors import InvalidData, NotFound
from optimizer.rostering.requests import chance_at_the_mean

AT, MADE = "2026-06-03T10:00", "2026-06-03T09:00+08:00"
FREE, OFF_DAY = "2026-06-09", "-"

app = typer.Typer()
app.command()(request_commands.request)
app.command("stand-ins")(request_commands.stand_ins_for)


@pytest.fixture
def folder(month: tuple[Path, Told], tmp_path: Path) -> Path:
    return Path(shutil.copytree(month[0], tmp_path / "centre"))


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words], env={"COLUMNS": "400"})


def well(told: Result) -> str:
    assert told.exit_code == 0, (told.output, told.exception)
    return told.output


def findings(told: Result) -> str:
    assert isinstance(told.exception, InvalidData), told.output
    return str(told.exception)


def decide(folder: Path, *asked: Mapping[str, object], at: str = AT, more: tuple[str, ...] = ()) -> Result:
    """Decide on requests, their ids their places."""
    path = folder.parent / "requests.jsonl"
    lines = [json.dumps({"id": f"r{k}", "made_at": MADE, **one}) for k, one in enumerate(asked)]
    path.write_text("\n".join(lines), encoding="utf-8")
    return run("request", folder, path, "--at", at, "--author", "li", *more)


def codes(folder: Path) -> "pd.DataFrame":
    """Codes by agent and day."""
    return text_table(folder / "roster.csv").pivot_table(index="agent", columns="date", values="code", aggfunc="first")


def on(folder: Path, day: str, *shifts: str) -> list[str]:
    """Agents with one of some codes on a day."""
    of_day = codes(folder)[day]
    return list(of_day[of_day.isin(shifts)].index)


def leave(agent: str, code: str = "UL", day: str = FREE) -> dict[str, object]:
    return {"kind": "leave", "agent": agent, "first": day, "last": day, "code": code, "paid": False}


def early(agent: str, day: str, minutes: int = 30) -> dict[str, object]:
    return {"kind": "early_leave", "agent": agent, "day": day, "minutes": minutes}


def decisions(folder: Path) -> pd.DataFrame:
    return text_table(folder / "decisions.csv").set_index("request")


def test_what_is_granted_is_one_version_and_all_is_told(folder: Path) -> None:
    before, worked = codes(folder), on(folder, FREE, "E", "D", "L")
    calm = [early(agent, day) for day in (FREE, "2026-06-10", "2026-06-11") for agent in on(folder, day, "E")[:2]]
    lone = {"kind": "swap", "agent": worked[0], "other": worked[1], "days": [FREE]}
    told = well(decide(folder, lone, *calm, leave("nobody")))
    found = decisions(folder)
    assert list(found["agent"]) == [worked[0], *(str(one["agent"]) for one in calm), "nobody"]
    assert found.loc["r0", "verdict"] == "refused"
    assert found.iloc[-1]["cause"] == "unknown_agent"
    granted = found[found["verdict"] == "granted"]
    assert 0 < len(granted) < len(found)
    assert set(text_table(folder / "versions.csv")["version"]) == {"v001-month", "v002-day"}
    assert f"requests {', '.join(granted.index)}" in (folder / "versions.csv").read_text(encoding="utf-8")
    changes = text_table(folder / "changes.csv")
    assert set(zip(changes["agent"], changes["day"], strict=True)) == {
        (asked["agent"], asked["day"]) for asked in map(json.loads, granted["asked"])
    }
    assert set(changes["minutes"]) == {"-30"}
    pd.testing.assert_frame_equal(codes(folder), before)
    assert all(word in told for word in ("granted 批准", "refused 不予批准", "P(miss 未达标)", "提前 30 分钟下班：批准"))
    assert "2 of 2 rosters" not in echelon("verify", folder).out
    assert echelon("verify", folder).code == 0


def test_each_is_judged_on_what_those_before_it_left(folder: Path) -> None:
    """The second of two who agree to a swap finds it already made."""
    day, agents = FREE, on(folder, FREE, "E", "L")
    pairs = [(one, other) for one in agents for other in agents if codes(folder)[day][one] < codes(folder)[day][other]][:6]
    asked = [
        {"kind": "swap", "agent": one, "other": other, "days": [day], "consents": [other], "version": "v001-month"}
        for one, other in pairs
    ]
    again = [one | {"made_at": "2026-06-03T09:30+08:00"} for one in asked]
    before = codes(folder)[day]
    well(decide(folder, *asked, *again))
    found = decisions(folder)
    made = [json.loads(text) for text in found[found["verdict"] == "granted"]["asked"]]
    assert made
    first, after = made[0], codes(folder)[day]
    assert (after[first["agent"]], after[first["other"]]) == (before[first["other"]], before[first["agent"]])
    twice = found.iloc[len(pairs) + pairs.index((first["agent"], first["other"]))]
    assert (twice["verdict"], twice["cause"]) == ("refused", "newer_version")
    edited = json.loads((folder / "versions" / "v002-day.json").read_text(encoding="utf-8"))["edited"]
    assert [first["agent"], day] in edited
    week = echelon("adjust", folder, "--first", "2026-06-08", "--sweeps", "2", "--bound-steps", "0")
    assert week.code == 0, week.err
    pd.testing.assert_series_equal(codes(folder)[day][list(pairs[0])], after[list(pairs[0])])


def test_a_request_is_granted_once(folder: Path) -> None:
    free = on(folder, FREE, OFF_DAY)
    well(decide(folder, leave(free[0])))
    kept = hashes(folder)
    assert "r0" in findings(decide(folder, leave(free[0])))
    assert hashes(folder) == kept


def test_earlier_grants_count_against_the_quota(folder: Path) -> None:
    agent = on(folder, FREE, OFF_DAY)[0]
    mine = text_table(folder / "roster.csv").query("agent == @agent and code == @OFF_DAY and date > @FREE")
    days = list(mine["date"])
    well(decide(folder, *(leave(agent, day=day) for day in days[:4])))
    kept = (folder / "decisions.csv").read_bytes()
    assert set(decisions(folder)["verdict"]) == {"granted"}
    well(decide(folder, leave(agent) | {"id": "one-more"}))
    assert decisions(folder).loc["one-more", "cause"] == "quota_used_up"
    assert (folder / "decisions.csv").read_bytes().startswith(kept)


def test_a_request_that_saw_an_earlier_version_holds_if_its_days_are_as_they_were(folder: Path) -> None:
    first, second = on(folder, FREE, OFF_DAY)[:2]
    well(decide(folder, leave(first)))
    saw = {"version": "v001-month", "id": "late"}
    well(decide(folder, {**leave(second), **saw}, {**leave(first), **saw, "id": "stale"}))
    found = decisions(folder)
    assert found.loc["late", "verdict"] == "granted"
    assert found.loc["stale", "cause"] == "newer_version"
    assert list(text_table(folder / "leave.csv")["agent"])[-2:] == [first, second]


def wrong(folder: Path) -> set[str]:
    """Rosters that are not legal as the folder stands."""
    return {line.split(": ")[0] for line in echelon("verify", folder).out.splitlines() if ": " in line}


@pytest.mark.parametrize("known", [True, False])
def test_leave_that_is_granted_stands_in_the_file_and_the_roster(folder: Path, known: bool) -> None:
    """A code that the centre has and one that it has not."""
    append(folder / "leave.csv", *(["A0001,2026-12-01,2026-12-01,UL,no"] if known else []))
    agent = on(folder, FREE, OFF_DAY)[0]
    assert f"{agent} {FREE}" in well(decide(folder, leave(agent)))
    row = text_table(folder / "leave.csv").iloc[-1]
    assert tuple(row[["agent", "first", "last", "code"]]) == (agent, FREE, FREE, "UL")
    assert codes(folder).loc[agent, FREE] == "UL"
    assert not wrong(folder)


def test_a_proposal_is_not_in_force(folder: Path) -> None:
    before = (folder / "roster.csv").read_bytes()
    told = well(decide(folder, leave(on(folder, FREE, OFF_DAY)[0]), more=("--propose", "--reason", "by phone")))
    assert "v002-day is a proposal" in told
    assert (folder / "roster.csv").read_bytes() == before
    assert "by phone" in (folder / "versions.csv").read_text(encoding="utf-8")
    assert list(decisions(folder)["verdict"]) == ["granted"]


def test_refusals_alone_make_no_version(folder: Path) -> None:
    kept = hashes(folder)
    well(decide(folder, leave("nobody"), leave(on(folder, FREE, OFF_DAY)[0], day="2026-06-02")))
    assert list(decisions(folder)["cause"]) == ["unknown_agent", "outside_roster"]
    assert {name for name, told in hashes(folder).items() if kept.get(name) != told} == {"decisions.csv"}


def test_what_does_not_read_is_told_and_nothing_is_written(folder: Path) -> None:
    kept = hashes(folder)
    assert "row 1, column last" in findings(decide(folder, leave("A0001") | {"last": "soon"}))
    assert "--at" in findings(decide(folder, leave("A0001"), at="noon"))
    assert hashes(folder) == kept


def test_the_chance_is_that_of_the_forecast(folder: Path) -> None:
    planned = Workspace.at(folder).newest()
    problem = planned.problem
    slots = np.flatnonzero(problem.requirement.heads[0] > 0)[:40]
    few, many = np.full(len(slots), 5.0), np.full(len(slots), 200.0)
    chance = chance_of(problem, planned.forecast)
    assert (chance(0, slots, many) < 0.01).all()
    assert (chance(0, slots, few) >= chance(0, slots, few + 1)).all()
    busy = replace(planned.forecast, quantiles=planned.forecast.quantiles * 1000)
    write_forecast(busy, folder / "forecast.csv")
    assert (chance_of(problem, Workspace.at(folder).newest().forecast)(0, slots, many) > 0.99).all()


def test_without_a_forecast_of_the_slot_the_mean_demand_speaks(folder: Path) -> None:
    planned = Workspace.at(folder).newest()
    slots = np.flatnonzero(planned.problem.requirement.heads[0] > 0)[:10]
    silent = replace(planned.forecast, open=np.zeros_like(planned.forecast.open))
    blind = chance_of(planned.problem, silent)
    agents = np.full(len(slots), 8.0)
    expected = chance_at_the_mean(planned.problem)(0, slots, agents)
    np.testing.assert_array_equal(blind(0, slots, agents), expected)
    assert (chance_of(planned.problem, planned.forecast)(0, slots, agents) != expected).any()


def test_stand_ins_are_ranked_with_reasons(folder: Path) -> None:
    swap(folder / "rulebook.toml", "min_minutes = 2400, max_minutes = 2400 }", "min_minutes = 2400, max_minutes = 2880 }")
    agents = len(text_table(folder / "staff.csv"))
    told = [
        well(run("stand-ins", folder, agent, day, "--at", AT, "--most", "2"))
        for day in (FREE, "2026-06-13", "2026-06-17")
        for agent in on(folder, day, "E")[:3]
    ]
    assert any("wishes" in one and "愿望" in one for one in told)
    for one in told:
        able = int(one.split(" may take it")[0].split()[-1])
        firsts = [line.split("│")[1].strip() for line in one.split("who cannot")[1].splitlines() if line.count("│") == 4]
        counts = [int(cell) for cell in firsts if cell]
        assert able + sum(counts, 0) == agents - 1
        assert "已有班次 …" in one


def test_a_day_off_is_moved_and_the_command_of_the_table_does_it(folder: Path) -> None:
    """The team works exactly 40 hours a week: whoever takes a shift is off on another day, and who is ill has leave."""
    ill = on(folder, FREE, "E", "D", "L")
    for agent in ill:
        append(folder / "leave.csv", f"{agent},{FREE},{FREE},SL,yes")
    (folder / "policies.toml").write_text("[requests.cover]\nmost_added_chance = 1\nmost_service_lost = 1\n", encoding="utf-8")
    told = next(text for agent in ill if "=OFF" in (text := well(run("stand-ins", folder, agent, FREE, "--at", AT))))
    assert "instead" in told
    assert "改为休息" in told
    assert "0 may take it" in told
    assert "OFF puts it into the roster" in told
    command = next(line.split("│")[3].split() for line in told.splitlines() if "echelon edit" in line)
    assert command[:3] == ["echelon", "edit", str(folder)]
    made = echelon(*command[1:], "--propose")
    assert made.code == 0, made.err
    assert set(text_table(folder / "versions.csv")["version"]) == {"v001-month", "v002-week"}
    giver = command[-1].partition("@")[0]
    table = text_table(folder / "versions" / "v002-week.csv").set_index(["agent", "date"])
    assert table.loc[(giver, FREE), "code"] == "SL"


def test_of_limits_of_service_that_no_moved_day_keeps_the_cheapest_is_told(folder: Path) -> None:
    (folder / "policies.toml").write_text("[requests.cover]\nmost_added_chance = 0\nmost_service_lost = 0\n", encoding="utf-8")
    told = [well(run("stand-ins", folder, agent, FREE, "--at", AT)) for agent in on(folder, FREE, "E", "D", "L")]
    beyond = [text for text in told if "None of them keeps to [requests.cover]" in text]
    assert beyond
    for text in beyond:
        assert "班长仍可决定: echelon edit" in text
        assert "Put the leave into leave.csv first" in text
        assert "请先将休假写入 leave.csv" in text


def test_a_cover_moves_a_day_where_the_shift_is_that_of_somebody_ill(folder: Path) -> None:
    ill = on(folder, FREE, "E", "D", "L")[0]
    append(folder / "leave.csv", f"{ill},{FREE},{FREE},SL,yes")
    (folder / "policies.toml").write_text("[requests.cover]\nmost_added_chance = 1\nmost_service_lost = 1\n", encoding="utf-8")
    free = next(agent for agent in on(folder, FREE, OFF_DAY))
    asked = {"kind": "cover", "agent": ill, "other": free, "day": FREE, "consents": [free]}
    well(decide(folder, asked))
    assert decisions(folder).loc["r0", "verdict"] == "refused"
    told = decisions(folder).loc["r0", "alternative"]
    agent, instead = re.findall(r"(A\d+) covers the shift of \w+ on [\d-]+ and is off on ([\d-]+)", told)[0]
    well(decide(folder, asked | {"id": "again", "other": agent, "instead": instead, "consents": [agent]}))
    assert decisions(folder).loc["again", "verdict"] == "granted"
    after = codes(folder)
    assert (after.loc[ill, FREE], after.loc[agent, instead]) == ("SL", OFF_DAY)


def test_stand_ins_for_no_shift_are_refused(folder: Path) -> None:
    kept = hashes(folder)
    assert isinstance(run("stand-ins", folder, on(folder, FREE, OFF_DAY)[0], FREE, "--at", AT).exception, NotFound)
    assert "day" in findings(run("stand-ins", folder, "A0001", "soon", "--at", AT))
    assert hashes(folder) == kept
