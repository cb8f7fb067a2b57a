"""The machine's forecast of a centre: what is not ordinary is taken out of what is learnt and put onto what is forecast."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from api import planning
from data.exchange.folder import CentreFolder, read_folder, write_template
from data.model.centre import Redials
from data.model.demand import CallHistory, Forecast
from data.model.exclusion import Exclusion
from data.model.outage import Outage
from data.model.time import Horizon, local

ZONE = "Asia/Shanghai"
ORIGIN = datetime(2026, 6, 1, tzinfo=ZoneInfo(ZONE))
WEEK = Horizon(zone=ZONE, first=date(2026, 6, 1), days=7)


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> CentreFolder:
    folder: Path = tmp_path_factory.mktemp("planning") / "centre"
    write_template(folder)
    return replace(read_folder(folder), events=())


@pytest.fixture(scope="module")
def history(centre: CentreFolder) -> CallHistory:
    return planning.learn(centre)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ZONE))


def made(centre: CentreFolder, history: CallHistory, origin: datetime = ORIGIN) -> Forecast:
    return planning.forecast(centre, history, origin, WEEK)


def with_calls(history: CallHistory, change: np.ndarray) -> CallHistory:
    return replace(history, offered=history.offered * change)


def between(history: CallHistory, start: datetime, end: datetime) -> np.ndarray:
    slots = np.arange(history.grid.size)
    return (slots >= history.grid.slot(start)) & (slots < history.grid.slot(end))


def test_excluded_stretches_are_not_known(centre: CentreFolder, history: CallHistory) -> None:
    stretch = {"start": at("2026-05-18T00:00"), "end": at("2026-05-25T00:00")}
    inside = between(history, **stretch)
    busy = with_calls(history, np.where(inside, 3.0, 1.0))
    excluded = made(replace(centre, exclusions=(Exclusion(queue="service", reason="x", **stretch),)), busy)
    unknown = made(centre, with_calls(history, np.where(inside, np.nan, 1.0)))
    np.testing.assert_array_equal(excluded.mean, unknown.mean)
    assert (made(centre, busy).mean != excluded.mean).any()


def cable(start: datetime, customers: float = 3000, **known: object) -> Outage:
    return Outage.model_validate(
        {"queue": "service", "name": "cable", "customers": customers, "start": start, "restored": start + timedelta(hours=5)}
        | known
    )


def test_past_outages_say_what_the_next_one_brings(centre: CentreFolder, history: CallHistory) -> None:
    past = tuple(cable(at(f"2026-05-{day}T09:00")) for day in ("05", "11", "14", "20", "26"))
    calls = history.offered.copy()
    for outage in past:  # twice the calls of the default model
        first = history.grid.slot(outage.start)
        calls[0, first : first + 10] += 0.08 * outage.customers / 10
    struck = replace(history, offered=calls)
    ahead = cable(at("2026-06-03T09:00"), planned=True)
    plain = made(centre, history).mean.sum()
    assert made(replace(centre, outages=past), struck).mean.sum() == pytest.approx(plain, rel=0.1)
    extra = [
        made(replace(centre, outages=(*told, ahead)), calls_of).mean.sum()
        - made(replace(centre, outages=told), calls_of).mean.sum()
        for told, calls_of in (((), history), (past, struck))
    ]
    assert extra[0] > 50
    assert extra[1] > 1.3 * extra[0]


def test_what_was_seen_today_stands_during_an_outage(centre: CentreFolder, history: CallHistory) -> None:
    now = at("2026-05-20T11:00")
    first = history.grid.slot(at("2026-05-20T09:00"))
    calls = history.offered.copy()
    calls[0, first : first + 4] += 60
    today = Horizon(zone=ZONE, first=now.date(), days=1)
    running = replace(centre, outages=(cable(at("2026-05-20T09:00")),))
    found = planning.forecast(running, replace(history, offered=calls), now, today)
    seen = slice(18, 22)
    np.testing.assert_array_equal(found.mean[0, seen], calls[0, first : first + 4])
    plain = planning.forecast(centre, history, now, today)
    assert found.mean[0, 22:26].sum() > 1.5 * plain.mean[0, 22:26].sum()


def test_redials_follow_the_abandonment_that_is_expected(centre: CentreFolder, history: CallHistory) -> None:
    waiting = replace(history, abandoned=0.3 * history.offered)
    plain = made(centre, waiting)

    def told(expected: float, calls: CallHistory = waiting) -> Forecast:
        redials = Redials(probability=0.5, expected_abandonment=expected)
        return made(replace(centre, centre=centre.centre.model_copy(update={"redials": redials})), calls)

    totals = [told(expected).mean.sum() for expected in (0.0, 0.3, 0.5)]
    assert totals[0] == pytest.approx((1 - 0.3 * 0.5) * plain.mean.sum(), rel=0.03)
    assert totals[1] == pytest.approx(plain.mean.sum(), rel=0.03)
    assert totals[2] > 1.1 * totals[1]
    # without abandoned counts there is nothing to take apart
    np.testing.assert_array_equal(told(0.5, history).mean, made(centre, history).mean)


def test_nothing_after_the_origin_is_used(centre: CentreFolder, history: CallHistory) -> None:
    origin = local(date(2026, 5, 18), datetime.min.time(), ZONE)
    later = cable(at("2026-05-19T09:00"))
    known = replace(centre, outages=(cable(at("2026-05-06T09:00")),))
    busy = with_calls(history, np.where(between(history, origin, at("2026-06-01T00:00")), 2.0, 1.0))
    week = Horizon(zone=ZONE, first=date(2026, 5, 18), days=7)
    first = planning.forecast(known, history, origin, week)
    second = planning.forecast(replace(known, outages=(*known.outages, later)), busy, origin, week)
    np.testing.assert_array_equal(first.quantiles, second.quantiles)
