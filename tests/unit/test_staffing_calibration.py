import json
from datetime import date, timedelta

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from api.commands import calibrate as calibrate_command
from data.model.call_record import CallRecords
from data.model.errors import InvalidData
from data.model.time import Horizon
from optimizer.staffing.calibration import Tally, calibrate, error, fit, head_start_s
from optimizer.staffing.fits.adherence import availability, seats, skills
from optimizer.staffing.fits.arrival_noise import arrival_noise, profile_of

DAY, OPEN, CLOSE = 86_400, 8 * 3600, 20 * 3600
READY, AWAY_S, PICK_UP_S = 0.6, 60.0, 4.0
PATIENCE_S, HANDLE_S, AGENTS = 150.0, 240.0, 12


def records(rows, days=1, queues=("a",), agents=("x", "y")):
    """Records of (queue, arrival, wait, handle or None, agent, priority)."""
    queue, arrival, wait, handle, agent, priority = (np.array(column) for column in zip(*rows, strict=True))
    answered = np.array([h is not None for h in handle])
    handled = np.array([np.nan if h is None else h for h in handle], dtype=float)
    horizon = Horizon(zone="UTC", first=date(2026, 3, 2), days=days)
    nobody = np.zeros(len(rows), dtype=int)
    return CallRecords(queues, agents, horizon, queue, arrival, wait, answered, handled, agent, nobody, priority)


class Player:
    """A centre of one queue played in plain Python: its agents go away and come back whatever they do."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)

    def absences(self):
        """Moments at which an agent goes away and comes back, in turns."""
        gaps = self.rng.exponential([[AWAY_S * READY / (1 - READY), AWAY_S]], (3 * DAY // 300, 2))
        return np.cumsum(gaps.ravel())

    def day(self):
        """Rows of one day."""
        free, moments = np.full(AGENTS, float(OPEN)), [self.absences() for _ in range(AGENTS)]
        arrivals = np.sort(self.rng.uniform(OPEN, CLOSE, self.rng.poisson(1650)))
        return [self.call(at, free, moments) for at in arrivals]

    def call(self, at, free, moments):
        ready = [self.ready(max(at, free[k]), moments[k]) for k in range(AGENTS)]
        agent = min(range(AGENTS), key=lambda k: (ready[k], free[k]))
        patience, wait = self.rng.exponential(PATIENCE_S), round(ready[agent] - at, 6)
        if wait > patience:
            return 0, at, patience, None, -1, 0
        handle = HANDLE_S * np.exp(0.7 * self.rng.standard_normal() - 0.245)
        free[agent] = ready[agent] + handle + PICK_UP_S
        return 0, at, wait, handle, agent, 0

    def ready(self, at, moments):
        k = np.searchsorted(moments, at - OPEN, "right")
        return moments[k] + OPEN if k % 2 else at


@pytest.fixture(scope="module")
def played():
    player, rows = Player(5), []
    for day in range(10):
        rows += [(q, at + DAY * day, *rest) for q, at, *rest in player.day()]
    return records(rows, days=10, agents=tuple(f"agent {k}" for k in range(AGENTS)))


# -- arrival noise ----------------------------------------------------------------------------------------------------------


def noisy(days, day_cv, slot_cv, seed=1, slots=48):
    rng = np.random.default_rng(seed)
    profile = np.tile(40 + 30 * np.sin(np.arange(slots) / 15), (days, 1))
    shapes = (day_cv, (days, 1)), (slot_cv, (days, slots))
    day, slot = (rng.gamma(cv**-2, cv**2, shape) if cv else 1.0 for cv, shape in shapes)
    return rng.poisson(profile * day * slot), profile


@pytest.mark.parametrize(("day_cv", "slot_cv"), [(0.1, 0.15), (0.2, 0.0), (0.0, 0.1)])
def test_noise_of_days_and_slots_is_told_apart(day_cv, slot_cv):
    found = arrival_noise(*noisy(400, day_cv, slot_cv))
    assert found.day_cv == pytest.approx(day_cv, abs=0.02)
    assert found.slot_cv == pytest.approx(slot_cv, abs=0.02)


def test_few_slots_leave_the_two_apart():
    found = arrival_noise(*noisy(4000, 0.1, 0.4, slots=3))
    assert found.day_cv == pytest.approx(0.1, abs=0.03)
    assert found.slot_cv == pytest.approx(0.4, abs=0.03)


def test_poisson_counts_have_no_noise_beyond():
    found = arrival_noise(*noisy(400, 0, 0))
    assert found.day_cv < 0.015
    assert found.slot_cv < 0.03
    assert found.dispersion == pytest.approx(1, abs=0.2)


def test_a_profile_from_the_days_themselves_is_paid_for():
    found, unpaid = [], []
    for seed in range(30):
        counts, _ = noisy(21, 0.1, 0.15, seed)
        expected, spent = profile_of(counts, np.arange(21) % 7)
        assert spent == pytest.approx(1 / 3)
        found.append(arrival_noise(counts, expected, spent=spent))
        unpaid.append(arrival_noise(counts, expected))
    assert np.mean([each.slot_cv**2 for each in found]) == pytest.approx(0.15**2, rel=0.1)
    assert np.mean([each.day_cv**2 for each in found]) == pytest.approx(0.1**2, rel=0.2)
    assert np.mean([each.day_cv**2 for each in unpaid]) < 0.8 * 0.1**2


def test_unknown_days_are_left_out_and_bad_input_is_found():
    counts, profile = noisy(50, 0.1, 0)
    known = arrival_noise(counts[:40], profile[:40])
    assert arrival_noise(np.where(np.arange(50)[:, None] < 40, counts, np.nan), profile) == known
    assert np.isnan(arrival_noise(counts[:1], profile[:1]).day_cv)
    expected, spent = profile_of(counts[:3], [0, 0, 1])
    assert np.isnan(expected[2]).all()
    assert spent == 0.5
    with pytest.raises(InvalidData) as caught:
        arrival_noise(-counts, profile[:, :5], spent=1.0)
    assert [finding.column for finding in caught.value.findings] == ["expected", "counts", "spent"]


# -- adherence ---------------------------------------------------------------------------------------------------------------


def test_seats_run_from_the_first_call_to_the_last_without_long_gaps():
    rows = [
        (0, 3600, 0, 600, 0, 0),
        (0, 4300, 100, 200, 0, 0),  # 4400 to 4600, 200 s after the first
        (0, 7000, 0, 200, 0, 0),  # a gap of 2400 s
        (0, 3600, 0, 900, 1, 0),
        (0, 5000, 50, None, -1, 0),
    ]
    found = seats(records(rows), 30)
    assert list(zip(found.agent, found.start_s, found.end_s, strict=True)) == [(0, 3600, 4600), (0, 7000, 7200), (1, 3600, 4500)]
    np.testing.assert_allclose(found.staffed()[2:4], [1900 / 1800, 200 / 1800])
    np.testing.assert_allclose(found.occupancy(records(rows))[2:4], [1700 / 1900, 1])
    assert np.isnan(found.occupancy(records(rows))[0])
    assert len(seats(records(rows), 30, gap_s=3000).agent) == 2


def test_a_longer_call_under_a_shorter_one_keeps_the_seat():
    found = seats(records([(0, 0, 0, 3000, 0, 0), (0, 100, 0, 10, 0, 0), (0, 3100, 0, 50, 0, 0)]), 30)
    assert (found.start_s.tolist(), found.end_s.tolist()) == ([0], [3150])


def test_the_share_logged_leaves_out_what_was_not_scheduled():
    found = seats(records([(0, 3600, 0, 3600, 0, 0)]), 30)
    scheduled = np.zeros(48)
    scheduled[3:7] = 1  # 1:30 to 3:30; seated 1:00 to 2:00
    assert found.logged_share(scheduled) == pytest.approx(0.25)
    assert np.isnan(found.logged_share(np.zeros(48)))
    with pytest.raises(InvalidData, match="one number for each of 48 slots"):
        found.logged_share([1, 2])


def test_a_call_passed_on_makes_no_skill():
    rows = [(0, k, 0, 1, 0, 0) for k in range(60)] + [(1, k, 0, 1, 1, 0) for k in range(60)] + [(1, 99, 0, 1, 0, 0)]
    assert skills(records(rows, queues=("a", "b"))).tolist() == [[True, False], [False, True]]


def test_availability_is_found_again(played):
    found = availability(played, seats(played, 30))
    assert found.first_callers > 2000
    assert found.calls_under_load > 2000
    # whoever is away stays idle: fewer idle seats are ready than agents
    assert found.idle_share < READY - 0.05
    assert found.pick_up_s == pytest.approx(PICK_UP_S, abs=0.3)
    assert found.away_share == pytest.approx(1 - READY, abs=0.05)
    assert found.away_s == pytest.approx(AWAY_S, rel=0.2)


def test_availability_of_a_small_case_by_hand():
    rows = [
        (0, 0, 0, 100, 0, 0),  # ends at 100 while the next one waits, and is followed after 5 s
        (0, 90, 15, 100, 0, 0),  # ends at 205 while the next one waits, who hangs up 100 s later
        (0, 200, 105, None, -1, 0),
        (0, 500, 0, 100, 0, 0),  # meets an idle seat, and ends while nobody waits
        (0, 700, 0, 100, 0, 0),  # meets an idle seat
    ]
    found = availability(records(rows), seats(records(rows), 30))
    assert (found.first_callers, found.calls_under_load, found.idle_share) == (2, 2, 1.0)
    assert found.pick_up_s == 5
    assert found.load_share == pytest.approx(100 / (100 + 5 + 95 / 2))
    assert found.away_share * found.away_s == pytest.approx(95 / 2)


def test_nothing_is_known_of_availability_without_agents_or_load():
    lone = records([(0, 100, 0, None, -1, 0)], agents=())
    found = availability(lone, seats(lone, 30))
    assert (found.first_callers, found.calls_under_load) == (0, 0)
    assert np.isnan([found.idle_share, found.pick_up_s, found.away_share, found.away_s, found.load_share]).all()


# -- calibration --------------------------------------------------------------------------------------------------------------


def test_a_centre_that_is_as_the_model_says_is_met_on_days_not_seen(played):
    first = played.horizon.first
    past, later = (
        played.between(first, first + timedelta(days=5)),
        played.between(first + timedelta(days=6), first + timedelta(days=9)),
    )
    fits = fit(past)
    assert fits.queues[0].patience.mean_s == pytest.approx(PATIENCE_S, abs=4 * fits.queues[0].patience.mean_error_s)
    assert fits.queues[0].handle.mean_s == pytest.approx(HANDLE_S, rel=0.03)
    made = calibrate(later, fits)
    assert made.health in ("good", "fair")
    real, simulated = made.total()
    assert real.offered[0] == simulated.offered[0] == later.size
    assert 0.05 < real.abandon_rate[0] < 0.4
    assert simulated.service_level[0] == pytest.approx(real.service_level[0], abs=0.03)
    assert simulated.abandon_rate[0] == pytest.approx(real.abandon_rate[0], abs=0.02)
    assert simulated.mean_wait_s[0] == pytest.approx(real.mean_wait_s[0], rel=0.1)
    for pair in (made.by_queue(), made.by_day(), made.by_slot_of_day()):
        assert all(tally.offered.sum() == pytest.approx(later.size) for tally in pair)
    assert len(made.by_day()[0].offered) == 4


def test_agents_who_are_always_ready_would_flatter_the_simulation(played):
    fits = fit(played)
    blind = type(fits)(fits.queues, fits.every, type(fits.availability)(*[np.nan] * 6, 0, 0), {}, 20.0)
    bias = {each.measure: each.bias for each in calibrate(played, blind).errors}
    assert bias["service_level"] > 0.08
    assert bias["abandon_rate"] < -0.02


def test_the_same_seed_gives_the_same_result(played):
    fits = fit(played)
    first, again, other = (calibrate(played, fits, replications=1, seed=seed).simulated.wait_s for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_records_without_agents_cannot_be_replayed(played):
    nameless = CallRecords(
        **{f: getattr(played, f) for f in played.__dataclass_fields__ if f != "agent"}, agent=np.full(played.size, -1)
    )
    with pytest.raises(InvalidData, match="column agent"):
        calibrate(nameless, fit(played))


def test_a_priority_that_was_not_noted_is_drawn_from_those_who_waited():
    rows = [(0, k, 10, 60, 0, 1 + k % 2) for k in range(200)] + [(0, 300 + k, 0, 60, 0, 0) for k in range(200)]
    rows += [(1, 600 + k, 10, 60, 0, 0) for k in range(50)] + [(1, 700 + k, 0, 60, 0, 0) for k in range(50)]
    start = head_start_s(records(rows, queues=("a", "b")), {2: 90.0}, seed=1)
    assert set(start) == {0.0, 90.0}
    assert (start[:200] == np.where(np.arange(200) % 2, 90, 0)).all()
    assert 0.35 < (start[200:400] == 90).mean() < 0.65
    assert (start[400:] == 0).all()
    assert (head_start_s(records(rows, queues=("a", "b")), {}, seed=1) == 0).all()


def test_errors_are_weighted_by_calls_and_judged():
    real = Tally(np.array([100.0, 300.0, 0.0]), np.array([80.0, 240.0, 0.0]), np.zeros(3), np.array([1000.0, 6000.0, 0.0]))
    made = Tally(np.array([100.0, 300.0, 0.0]), np.array([88.0, 210.0, 0.0]), np.zeros(3), np.array([1500.0, 6000.0, 0.0]))
    level = error("service_level", real, made)
    assert (level.bias, level.mae, level.real) == pytest.approx((-0.055, 0.095, 0.8))
    assert level.health == "fair"
    assert error("abandon_rate", real, made).health == "good"
    wait = error("mean_wait_s", real, made)
    assert (wait.mae, wait.real, wait.health) == (pytest.approx(1.25), pytest.approx(17.5), "good")
    assert error("service_level", made, Tally(*(x * 0 + 100 for x in (real.offered,) * 4))).health == "poor"


# -- the command --------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def run(played, tmp_path_factory):
    path = tmp_path_factory.mktemp("records") / "records.csv"
    lines = ["skill,arrival,wait_s,outcome,handle_s,agent"]
    start = np.datetime64(played.horizon.first)
    for k in range(played.size):
        at = start + np.timedelta64(int(1000 * played.arrival_s[k]), "ms")
        answer = f"answered,{played.handle_s[k]},{played.agents[played.agent[k]]}" if played.answered[k] else "abandoned,,"
        lines.append(f"a,{at},{played.wait_s[k]},{answer}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    app = typer.Typer()
    app.command()(calibrate_command.calibrate)
    return lambda *options: CliRunner().invoke(app, [str(path), "--column", "queue=skill", *options])


def test_the_command_tells_fits_and_health_in_two_languages(run):
    english = run("--fit-until", "2026-03-07")
    assert english.exit_code == 0
    assert "Simulated against real: 2026-03-08 to 2026-03-11" in english.stdout
    assert "Health of the model: " in english.stdout
    chinese = run("--lang", "zh", "--replications", "1")
    assert "模型健康度" in chinese.stdout
    assert "回放所用日期即拟合所用日期" in chinese.stdout


def test_the_command_prints_json(run):
    told = json.loads(run("--json", "--fit-until", "2026-03-07", "--within", "30").stdout)
    assert told["fits"]["threshold_s"] == 30
    assert told["fits"]["queues"][0]["queue"] == "a"
    assert told["calibration"]["health"] in ("good", "fair")
    assert {row["queue"] for row in told["calibration"]["queues"]} == {"a"}
    assert sum(row["offered"] for row in told["calibration"]["days"]) == told["calibration"]["queues"][0]["offered"]


@pytest.mark.parametrize(
    ("options", "column"),
    [
        (("--fit-until", "soon"), "--fit-until"),
        (("--fit-until", "2026-03-11"), "--fit-until"),
        (("--head-start", "VIP"), "--head-start"),
        (("--minutes", "7"), "--minutes"),
    ],
)
def test_options_that_do_not_read_are_findings(run, options, column):
    failed = run(*options)
    assert isinstance(failed.exception, InvalidData)
    assert failed.exception.findings[0].column == column
