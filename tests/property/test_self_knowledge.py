"""Whatever a history holds, the checks of it answer: no error, stretches inside the history, sentences in both languages."""

from datetime import date

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from data.exchange.calendars import calendar_of
from data.model.demand import CallHistory
from data.model.time import Horizon, TimeGrid
from forecasting.anomalies import anomalies, without
from forecasting.backtest import backtest
from forecasting.sufficiency import sufficiency

FIRST = date(2026, 1, 12)
CALENDAR = calendar_of("DE", FIRST, date(2027, 1, 1))


@st.composite
def histories(draw: st.DrawFn) -> CallHistory:
    """Poisson counts over the change of the clock, with gaps, dead feeds, storms and closed hours."""
    grid = TimeGrid(
        horizon=Horizon(zone="Europe/Berlin", first=FIRST, days=draw(st.integers(1, 110))),
        minutes=draw(st.sampled_from([12, 20, 30, 60])),
    )
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    offered = rng.poisson(draw(st.sampled_from([0.0, 0.2, 5.0, 400.0])), (2, grid.size)).astype(float)
    offered[:, rng.random(grid.size) < draw(st.sampled_from([0.0, 0.3, 0.95, 1.0]))] = np.nan
    if draw(st.booleans()):
        offered[:, (grid.wall_minute < 480) | (grid.wall_minute >= 1080)] = np.nan
    for factor in draw(st.lists(st.sampled_from([0.0, 0.2, 3.0, np.nan]), max_size=4)):
        start = int(rng.integers(grid.size))
        offered[0, start : start + int(rng.integers(1, 200))] *= factor
    return CallHistory(("a", "b"), grid, offered, np.full_like(offered, np.nan))


@settings(max_examples=40, deadline=None)
@given(histories())
def test_any_history_can_be_checked(history: CallHistory) -> None:
    found = anomalies(history, CALENDAR)
    for anomaly in found:
        assert history.grid.horizon.start <= anomaly.start < anomaly.end <= history.grid.horizon.end
        assert np.isfinite([anomaly.observed, anomaly.expected, anomaly.score]).all()
        assert anomaly.message.startswith(anomaly.queue)
        assert anomaly.message_zh.endswith("。")
    assert (np.isnan(without(history, found).offered) >= np.isnan(history.offered)).all()
    for judged in sufficiency(history, history.grid.horizon.end, 28, 60, CALENDAR):
        assert judged.message
        assert judged.message_zh


@settings(max_examples=12, deadline=None)
@given(histories())
def test_any_history_can_be_back_tested(history: CallHistory) -> None:
    made = backtest(history, history.grid.horizon.end, minutes=60, calendar=CALENDAR, origins=2, ahead_days=3)
    assert bool(made.scores) != bool(made.reason)
    assert "NaN" not in str(made.model_dump(mode="json"))
    assert "nan" not in str(made.to_frame().to_dict())
