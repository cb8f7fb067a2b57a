from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from data.exchange.outages import read_outages, write_outages
from data.model.base import FloatArray
from data.model.demand import LEVELS, CallHistory, Forecast
from data.model.errors import InvalidData
from data.model.outage import Outage
from data.model.time import Horizon, TimeGrid
from forecasting.quantiles import NORMAL, root
from forecasting.surge import SurgeModel, apply_outages, fit_surge, updated, without_outages

ZONE = "Asia/Shanghai"
START = datetime(2026, 3, 2, tzinfo=ZoneInfo(ZONE))
GRID = TimeGrid(horizon=Horizon(zone=ZONE, first=date(2026, 3, 2), days=5), minutes=15)
LONG = TimeGrid(horizon=Horizon(zone=ZONE, first=date(2026, 3, 2), days=120), minutes=15)
ALWAYS = np.ones(GRID.size, dtype=bool)
DAY = 96


def outage(hour: float = 8, hours: float = 48, customers: float = 30_000, **fields: object) -> Outage:
    start = START + timedelta(hours=hour)
    return Outage(
        queue="q",
        name="o",
        customers=customers,
        start=start,
        restored=start + timedelta(hours=hours),
        **fields,  # type: ignore[arg-type]
    )


def flat(calls: float = 60.0, origin: datetime = START, grid: TimeGrid = GRID) -> Forecast:
    mean = np.full((1, grid.size), calls)
    quantiles = np.maximum(root(mean)[..., None] + 0.5 * NORMAL, 0) ** 2
    is_open = np.ones((1, grid.size), dtype=bool)
    return Forecast(("q",), grid, origin, mean, quantiles, np.full((1, grid.size), 200.0), is_open, "flat")


def history(grid: TimeGrid, calls: FloatArray) -> CallHistory:
    return CallHistory(("q",), grid, calls, np.full((1, grid.size), np.nan))


def busy(true: SurgeModel, outages: Sequence[Outage], seed: int) -> tuple[CallHistory, FloatArray]:
    rng = np.random.default_rng(seed)
    baseline = (60 + 50 * np.sin(LONG.wall_minute / 1440 * 2 * np.pi - 2))[None]
    mean = baseline.copy()
    for each in outages:
        size = np.exp(true.log_sd * rng.standard_normal() - true.log_sd**2 / 2)
        mean[0] += size * true.surge(LONG, np.ones(LONG.size, dtype=bool), each)
    return history(LONG, rng.poisson(mean).astype(float)), baseline


def test_the_typhoon_brings_the_published_calls_on_its_first_day_and_a_tail() -> None:
    calls = SurgeModel().surge(GRID, ALWAYS, outage(0, 48, 4_450_000))
    assert calls[:DAY].sum() == pytest.approx(214_000, rel=0.01)
    assert calls.sum() == pytest.approx(SurgeModel().calls(outage(0, 48, 4_450_000)))
    assert 0 < calls[2 * DAY : 3 * DAY].sum() < calls[DAY : 2 * DAY].sum() < 0.3 * calls[:DAY].sum()
    assert 15 <= (calls.argmax() + 0.5) * 15 <= 60


def test_notice_keeps_customers_from_calling_and_an_override_replaces_the_coefficient() -> None:
    model = SurgeModel()
    assert model.calls(outage(notice_coverage=0.75)) == pytest.approx(0.25 * model.calls(outage()))
    assert model.calls(outage(notice_coverage=1)) == 0
    assert model.calls(outage(coefficient=0.096)) == pytest.approx(2 * model.calls(outage()))


def test_chasers_grow_with_the_hours_without_supply() -> None:
    model = SurgeModel()
    calls = [model.calls(outage(hours=hours)) for hours in (1, 3, 6, 24, 48)]
    assert calls[0] == calls[1] < calls[2] < calls[3] < calls[4]
    silent = SurgeModel(chaser_rate=0)
    assert silent.calls(outage(hours=1)) == silent.calls(outage(hours=48))


def test_the_forecast_rises_by_the_calls_after_its_origin_and_widens() -> None:
    before = flat(origin=START + timedelta(hours=10))
    after = apply_outages(before, [outage(known_from=START)])
    added = (after.mean - before.mean)[0]
    assert (added[:40] == 0).all()
    np.testing.assert_allclose(added[40:], SurgeModel().surge(GRID, ALWAYS, outage())[40:])
    relative = added[44] / after.mean[0, 44]
    width = np.log(after.quantiles[0, 44, LEVELS.index(0.9)] / after.quantiles[0, 44, LEVELS.index(0.1)]) / (2 * NORMAL[-3])
    assert width == pytest.approx(np.hypot(SurgeModel().spread * relative, 1 / np.sqrt(after.mean[0, 44])), rel=0.1)


@pytest.mark.parametrize(("planned", "hour", "seen"), [(False, 7, False), (False, 8, True), (True, 0, True)])
def test_an_outage_is_known_from_its_start_a_planned_one_beforehand(planned: bool, hour: int, seen: bool) -> None:
    before = flat(origin=START + timedelta(hours=hour))
    assert (apply_outages(before, [outage(planned=planned)]).mean.sum() > before.mean.sum()) == seen


def test_an_unknown_queue_is_said() -> None:
    with pytest.raises(InvalidData, match="'other'"):
        apply_outages(flat(), [outage().model_copy(update={"queue": "other"})])


def test_outages_refit_coefficient_front_and_decay() -> None:
    true = SurgeModel(coefficient=0.03, log_sd=0.2, front_minutes=35, decay_minutes=110)
    past = [outage(24 * (5 + 12 * k) + 6 + k, 24, 30_000 + 2_000 * k) for k in range(8)]
    fit = fit_surge(*_in_order(busy(true, past, 3), past))
    assert fit.model.coefficient == pytest.approx(true.coefficient, rel=0.2)
    assert fit.model.front_minutes == pytest.approx(35, rel=0.2)
    assert fit.model.decay_minutes == pytest.approx(110, rel=0.15)
    assert 0.1 < fit.model.log_sd < 0.4
    assert [said.use for said in fit.learnt] == ["fitted"] * 8
    assert np.mean([said.ratio for said in fit.learnt]) == pytest.approx(0.03 / 0.048, rel=0.2)


def _in_order(made: tuple[CallHistory, FloatArray], past: Sequence[Outage]) -> tuple[CallHistory, Sequence[Outage], FloatArray]:
    return made[0], past, made[1]


def test_an_override_of_a_past_outage_does_not_hide_what_it_says() -> None:
    past = [outage(24 * (5 + 12 * k) + 8) for k in range(4)]
    made = busy(SurgeModel(log_sd=0), past, 2)
    found = [fit_surge(made[0], known, made[1]) for known in (past, [o.model_copy(update={"coefficient": 0.5}) for o in past])]
    assert found[0].model == found[1].model


def test_few_outages_move_the_coefficient_part_of_the_way() -> None:
    true = SurgeModel(coefficient=0.024, log_sd=0)
    past = [outage(24 * (5 + 12 * k) + 8) for k in range(3)]
    found = [fit_surge(*_in_order(busy(true, past[:n], 1), past[:n])).model.coefficient for n in (0, 1, 3)]
    assert found[0] == 0.048
    assert 0.024 < found[2] < found[1] < 0.048


def test_what_cannot_be_learnt_from_is_named_and_changes_nothing() -> None:
    past = [outage(100), outage(110), outage(1000, customers=20), outage(24 * 400)]
    fit = fit_surge(*_in_order(busy(SurgeModel(), [], 1), past))
    assert [said.use for said in fit.learnt] == ["overlaps another", "overlaps another", "lost in noise", "not in the history"]
    assert fit.model == SurgeModel()


def test_calls_seen_so_far_size_the_rest_of_a_running_outage() -> None:
    expected = SurgeModel().surge(GRID, ALWAYS, outage())
    excess = np.where(np.arange(GRID.size) < 40, 2 * expected, np.nan)
    size, spread = updated(SurgeModel(), excess, expected, np.full(GRID.size, 60.0))
    assert 1.5 < size < 2
    assert spread < 0.75 * SurgeModel().spread
    assert updated(SurgeModel(), np.full(GRID.size, np.nan), expected, expected) == (1.0, SurgeModel().spread)


def test_the_size_of_a_running_outage_reaches_the_forecast() -> None:
    origin = START + timedelta(hours=11)
    before, expected = flat(origin=origin), SurgeModel().surge(GRID, ALWAYS, outage())
    seen = history(GRID, 60.0 + 0.4 * expected[None])
    added = [(apply_outages(before, [outage()], history=h).mean - before.mean)[0] for h in (None, seen)]
    assert added[1].sum() == pytest.approx(0.5 * added[0].sum(), rel=0.15)
    later = replace(seen, offered=np.where(np.arange(GRID.size) >= GRID.slot(origin), 9e5, seen.offered))
    np.testing.assert_array_equal(apply_outages(before, [outage()], history=later).mean[0], added[1] + before.mean[0])


def test_an_outage_is_not_sized_by_the_calls_of_another_one() -> None:
    origin = START + timedelta(hours=11)
    both = [outage(), outage(9)]
    usual = np.sum([SurgeModel().surge(GRID, ALWAYS, each) for each in both], axis=0)
    before = flat(origin=origin)
    found = apply_outages(before, both, history=history(GRID, 60.0 + usual[None]))
    np.testing.assert_allclose(found.mean, apply_outages(before, both).mean)


def test_the_slots_of_an_outage_are_taken_out_of_what_a_method_learns() -> None:
    calls = history(GRID, np.full((1, GRID.size), 60.0))
    known = np.isnan(without_outages(calls, [outage()], START + timedelta(hours=12)).offered[0])
    assert known[32:56].all()
    assert not known[:32].any()
    assert not known[4 * DAY :].any()
    assert without_outages(calls, [outage()], START).offered.tolist() == calls.offered.tolist()
    assert not np.isnan(without_outages(calls, [outage(customers=10)], START + timedelta(days=4)).offered).any()


def test_outages_survive_the_file(tmp_path: Path) -> None:
    written = (outage(planned=True, notice_coverage=0.6, known_from=START), outage(coefficient=0.03))
    write_outages(written, tmp_path / "outages.csv")
    assert read_outages(tmp_path / "outages.csv", ["q"]) == written


def test_every_fault_of_the_file_is_found(tmp_path: Path) -> None:
    path = tmp_path / "outages.csv"
    path.write_text(
        "queue,name,customers,start,restored,notice_coverage\n"
        "q,a,-5,2026-03-02T08:00+08:00,2026-03-02T10:00+08:00,0.5\n"
        "q,b,5,2026-03-02T08:00+08:00,2026-03-02T07:00+08:00,\n"
        "other,c,5,2026-03-02T08:00+08:00,2026-03-02T10:00+08:00,2\n"
        "other,d,5,2026-03-02T08:00+08:00,2026-03-02T10:00+08:00,\n"
    )
    with pytest.raises(InvalidData) as error:
        read_outages(path, ["q"])
    found = [(finding.row, finding.column) for finding in error.value.findings]
    assert found == [(2, "customers"), (3, "restored"), (4, "notice_coverage"), (5, "queue")]
