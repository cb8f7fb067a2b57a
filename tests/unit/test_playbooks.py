"""Playbooks: the ready ones are complete, files tell all that is wrong, and what they bring obeys the laws of a scenario."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from response_case import GRID, ZONE, at, forecast_of, queue

from api.playbooks import Recorded, Scene
from data.exchange.playbooks import PLAYBOOKS, read_playbooks
from data.model.centre import Centre
from data.model.demand import CallHistory, Forecast
from data.model.errors import InvalidData
from data.model.people import Contract
from data.model.playbook import FactorCurve, OutageCurve, Playbook
from data.model.response import WarningLevel
from data.model.roster import ShiftTemplate
from data.model.signal import Signal
from forecasting.surge import SurgeModel

TWELVE = {
    "typhoon", "ice", "heat_wave", "cold_wave", "mass_outage", "rumour", "billing_day", "price_change", "festival_ev", "campaign",
    "system_failure", "sealed_operation",
}  # fmt: skip
READY = read_playbooks(Path("nowhere"))
NAMES = ("power", "ev")
START = at(1, 8)


def centre_of(*names: str) -> Centre:
    shift = ShiftTemplate.model_validate({"code": "D", "start": "08:00", "minutes": 480})
    queues = tuple(queue(name).model_copy(update={"project": f"of_{name}"}) for name in names)
    return Centre(
        id="c", name="C", zone=ZONE, queues=queues, contracts=(Contract(id="c", name="C", shifts=("D",)),), shifts=(shift,)
    )


CENTRE = centre_of(*NAMES)
PLAIN = forecast_of(np.full((2, GRID.size), 60.0), CENTRE.queues)


def book_of(*curves: OutageCurve | FactorCurve, **fields: object) -> Playbook:
    told = {"curves": curves, "plays": {"power": ("power",), "ev": ("of_ev",)}, "customers": 20_000.0, "outage_hours": 8.0}
    return READY["typhoon"].model_copy(update=told | fields)


def outage(**fields: float) -> OutageCurve:
    return OutageCurve(plays="power", source="test", **fields)  # type: ignore[arg-type]


def factor(times: float, plays: str = "power", hours: float = 6, **fields: object) -> FactorCurve:
    return FactorCurve(plays=plays, factor=times, hours=hours, source="test", **fields)  # type: ignore[arg-type]


def scene_of(*curves: OutageCurve | FactorCurve, **fields: object) -> Scene:
    return Scene("s", book_of(*curves, **fields), CENTRE, START)


def more(forecast: Forecast, name: str = "power") -> np.ndarray:
    return (forecast.mean - PLAIN.mean)[NAMES.index(name)]


def test_twelve_are_ready_and_whole() -> None:
    assert READY.keys() == TWELVE == {path.stem for path in PLAYBOOKS.glob("*.toml")}
    for name, book in READY.items():
        assert {one.raises for one in book.triggers} == set(WarningLevel) - {WarningLevel.NONE}, name
        assert len({one.track for one in book.actions}) >= 3, name
        assert {one.level for one in book.actions} >= {WarningLevel.BLUE, WarningLevel.YELLOW, WarningLevel.ORANGE}, name
        assert any("\u4e00" <= letter <= "\u9fff" for letter in book.name[1]), name
        assert all(curve.source for curve in book.curves), name


def test_actions_of_a_level_hold_those_of_lower_ones() -> None:
    book = READY["typhoon"]
    levels = [level for level in WarningLevel if level]
    due = [{one.id for one in book.due(level)} for level in levels]
    assert all(low < high for low, high in zip(due, due[1:], strict=False))
    assert due[-1] == {one.id for one in book.actions}


def test_a_centre_s_own_takes_the_place_of_the_ready_one_and_may_take_common_actions(tmp_path: Path) -> None:
    text = (PLAYBOOKS / "rumour.toml").read_text(encoding="utf-8").replace('version = "1"', 'version = "ours 2"')
    text = text.replace('id = "press_line"', 'id = "press_line"\nowner = "planner"')
    (tmp_path / "playbooks").mkdir()
    (tmp_path / "playbooks" / "rumour.toml").write_text(text, encoding="utf-8")
    read = read_playbooks(tmp_path)
    assert read.keys() == TWELVE
    assert read["rumour"].version == "ours 2"
    (own,) = (one for one in read["rumour"].actions if one.id == "press_line")
    assert (own.owner, own.lead) == ("planner", "press")


def test_everything_wrong_in_every_file_is_told_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "playbooks"
    folder.mkdir()
    text = (PLAYBOOKS / "rumour.toml").read_text(encoding="utf-8")
    (folder / "a.toml").write_text(
        text.replace("factor = 2.0", "factor = -1").replace('raises = "red"', 'raises = "blue"'), "utf-8"
    )
    (folder / "b.toml").write_text(text.replace('id = "brief_shift"', 'id = "dance"'), "utf-8")
    (folder / "c.toml").write_text("name = [", "utf-8")
    with pytest.raises(InvalidData) as caught:
        read_playbooks(tmp_path)
    assert {one.where for one in caught.value.findings} == {"a.toml", "b.toml", "c.toml"}
    told = [(one.where, one.column) for one in caught.value.findings]
    assert ("a.toml", "triggers") in told
    assert any(where == "a.toml" and column and column.startswith("curves.0") for where, column in told)
    assert any(where == "b.toml" and column and column.startswith("actions.0") for where, column in told)


def test_parts_are_played_by_the_first_queue_or_project_that_is_there_and_others_are_told() -> None:
    book = book_of(factor(2), factor(2, "gas"), plays={"power": ("fault", "power"), "gas": ("gas",)})
    scene = Scene("s", book, centre_of("power", "chat"), START)
    assert scene.cast == {"power": ("power",), "gas": ()}
    assert (scene.unplayed, scene.queues) == (("gas",), ("power",))
    project = Scene("s", book_of(factor(2, "ev")), CENTRE, START)
    assert project.queues == ("ev",)


def test_an_outage_brings_what_the_surge_model_says_of_its_customers() -> None:
    scene = scene_of(outage(coefficient=0.05, notice_coverage=0.2, deflection=0.1), customers=10_000.0, outage_hours=48.0)
    first_day = more(scene.over(PLAIN))[: GRID.slot(START) + 48].sum()
    # within 24 hours: customers not told, times the coefficient, less what the bot ends
    assert first_day == pytest.approx(10_000 * 0.8 * 0.05 * 0.9, rel=0.01)


def test_a_profile_acts_part_by_part_and_from_its_own_hour() -> None:
    curve = factor(3.0, hours=4, from_hours=2, profile=(1.0, 0.0, 0.5, 0.25))
    grown = more(scene_of(curve).over(PLAIN))
    first = GRID.slot(START) + 4
    assert grown[first : first + 8].tolist() == pytest.approx([120, 120, 0, 0, 60, 60, 30, 30])
    assert np.delete(grown, np.arange(first, first + 8)).tolist() == pytest.approx([0.0] * (GRID.size - 8))


def test_longer_calls_last_as_long_as_the_curve() -> None:
    laid = scene_of(factor(1.0, handle_time=1.5, hours=2)).over(PLAIN)
    ratio = laid.handle_time_s / PLAIN.handle_time_s
    first = GRID.slot(START)
    assert ratio[0, first : first + 4].tolist() == pytest.approx([1.5] * 4)
    assert ratio[1].tolist() == [1.0] * GRID.size
    assert ratio[0].sum() == pytest.approx(GRID.size + 4 * 0.5)


def test_no_scenario_changes_nothing() -> None:
    usual = np.random.default_rng(0).poisson(PLAIN.mean, (3, *PLAIN.mean.shape)) * 1.0
    for book in (*READY.values(), book_of(outage(), factor(0.4, "ev"))):
        for customers in (None, 5000.0):
            scene = Scene("s", book.sized(0.0, customers), CENTRE, START)
            laid = scene.over(PLAIN)
            for name in ("mean", "quantiles", "handle_time_s"):
                np.testing.assert_array_equal(getattr(laid, name), getattr(PLAIN, name))
            np.testing.assert_array_equal(scene.calls(PLAIN, usual, 1), usual)
            assert scene.book.absent == 0


def test_no_deflection_and_nobody_told_is_the_scenario_itself_and_all_told_takes_the_surge_away() -> None:
    scene = scene_of(outage(), factor(2.0, "ev"), factor(0.5, "ev", from_hours=12))
    zero = replace(scene, book=scene.book.told(0.0, 0.0))
    np.testing.assert_array_equal(zero.over(PLAIN).mean, scene.over(PLAIN).mean)
    none = replace(scene, book=scene.book.told(1.0)).over(PLAIN)
    assert more(none).tolist() == pytest.approx([0.0] * GRID.size)
    # what falls still falls: nobody who was told calls more
    assert (more(none, "ev") <= 1e-9).all()
    assert more(none, "ev").min() < -25


shares = st.floats(0, 1)
curves = st.one_of(
    st.builds(outage, coefficient=st.floats(0.01, 0.1), notice_coverage=shares, deflection=shares),
    st.builds(factor, st.floats(1, 5), hours=st.floats(1, 30), notice_coverage=shares, deflection=shares, spread=st.floats(0, 1)),
)


@given(curve=curves, customers=st.floats(0, 60_000), times=st.floats(1, 4), seed=st.integers(0, 9))
@settings(max_examples=40, deadline=None)
def test_more_customers_or_a_larger_scenario_never_bring_fewer_calls(
    curve: OutageCurve | FactorCurve, customers: float, times: float, seed: int
) -> None:
    usual = np.random.default_rng(seed).poisson(PLAIN.mean, (4, *PLAIN.mean.shape)) * 1.0
    small, large = (Scene("s", book_of(curve).sized(size, customers), CENTRE, START) for size in (1.0, times))
    assert (large.over(PLAIN).mean >= small.over(PLAIN).mean - 1e-9).all()
    drawn, more_drawn = (scene.calls(PLAIN, usual, seed) for scene in (small, large))
    assert (more_drawn >= drawn).all()
    assert (drawn >= usual).all()


@given(tell=shares, bot=shares)
@settings(max_examples=30, deadline=None)
def test_telling_and_the_voice_bot_never_bring_calls(tell: float, bot: float) -> None:
    scene = scene_of(outage(notice_coverage=0.1), factor(2.0, "ev"))
    told = replace(scene, book=scene.book.told(tell, bot))
    assert (told.over(PLAIN).mean <= scene.over(PLAIN).mean + 1e-9).all()


def test_drawn_calls_have_the_mean_of_the_forecast_and_its_spread() -> None:
    runs = 1000
    curve = outage(coefficient=0.05)
    scene = scene_of(curve)
    usual = np.zeros((runs, *PLAIN.mean.shape))
    drawn = scene.calls(PLAIN, usual, 3)[:, 0].sum(axis=1)
    expected = more(scene.over(PLAIN)).sum()
    spread = SurgeModel(coefficient=0.05).spread
    assert drawn.mean() == pytest.approx(expected, rel=5 * spread / np.sqrt(runs))
    assert drawn.std() / drawn.mean() == pytest.approx(spread, rel=0.15)


def test_sizes_go_together_as_far_as_the_playbook_says() -> None:
    usual = np.zeros((1200, *PLAIN.mean.shape))
    for together in (0.0, 0.9):
        scene = scene_of(factor(5.0, spread=0.4), factor(5.0, "ev", spread=0.4), together=together)
        logs = np.log(scene.calls(PLAIN, usual, 2).sum(axis=2))
        assert np.corrcoef(logs.T)[0, 1] == pytest.approx(together, abs=0.12)


def test_same_seed_same_calls_and_another_seed_others() -> None:
    scene = scene_of(outage())
    usual = np.zeros((2, *PLAIN.mean.shape))
    np.testing.assert_array_equal(scene.calls(PLAIN, usual, 1), scene.calls(PLAIN, usual, 1))
    assert (scene.calls(PLAIN, usual, 1) != scene.calls(PLAIN, usual, 2)).any()


def test_a_recording_takes_the_place_of_the_curves() -> None:
    came = np.full((1, GRID.size), np.nan)
    came[0, :48] = np.arange(48)
    history = CallHistory(("power",), GRID, came, np.full((1, GRID.size), np.nan))
    scene = Recorded("s", book_of(outage()), CENTRE, START, history)
    assert scene.over(PLAIN).mean[0, :48].tolist() == pytest.approx(np.arange(48))
    assert scene.over(PLAIN).mean[0, 48:].tolist() == pytest.approx([60.0] * (GRID.size - 48))
    usual = np.full((2, *PLAIN.mean.shape), 7.0)
    calls = scene.calls(PLAIN, usual, 1)
    assert calls[1, 0, :48].tolist() == np.arange(48).tolist()
    assert (calls[:, 1] == 7).all()


def test_a_review_has_a_day_and_scenarios_an_end() -> None:
    scene = scene_of(outage(), factor(2.0, hours=24, from_hours=2))
    assert scene.end == START + timedelta(hours=26)
    assert all(book.review_by > date(2026, 6, 1) for book in READY.values())


def test_signals_raise_a_playbook_by_their_colour_while_they_are_known_and_not_over() -> None:
    def signal(source: str, level: str, heard: float = 0) -> Signal:
        told = {"id": "s", "source": source, "level": level, "at": at(1, 8), "until": at(1, 20), "heard_at": at(1, heard)}
        return Signal.model_validate(told)

    book, orange = READY["typhoon"], signal("weather", "orange", heard=6)
    assert book.raised([orange, signal("weather", "blue")], at(1, 7)) == WarningLevel.ORANGE
    assert book.raised([orange], at(1, 5)) == WarningLevel.NONE
    assert book.raised([orange], at(1, 20)) == WarningLevel.NONE
    # what a person must judge, no colour decides
    assert book.raised([signal("outage", "red")], at(1, 7)) == WarningLevel.NONE
