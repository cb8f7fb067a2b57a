import shutil
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from override_case import GRID, OPEN, ORIGIN, hours, layer, machine, past
from typer.testing import CliRunner

from api import forecasting, planning
from api.commands.forecasts import app
from data.exchange.folder import CentreFolder, read_folder, write_template
from data.exchange.forecast_versions import (
    ForecastVersion,
    VersionRecord,
    add_version,
    fingerprint,
    load_version,
    version_records,
)
from data.exchange.forecasts import read_forecast
from data.exchange.overrides import write_overrides
from data.model.demand import CallHistory, Forecast
from data.model.errors import NotFound
from data.model.override import Override
from data.model.time import Horizon, as_local
from forecasting.overrides import apply_overrides

RECORD = VersionRecord(origin=ORIGIN, code_version="1", history_sha256="0" * 64, author="Li", reason="weekly")


def kept(out: Path, made: Forecast | None = None, *overrides: Override) -> ForecastVersion:
    stack = apply_overrides(made or machine(), overrides)
    record = RECORD.model_copy(update={"overrides": stack.overrides, "origin": stack.machine.origin})
    return add_version(out, record, stack.machine, stack.forecast)


def files(out: Path) -> dict[str, bytes]:
    return {str(path.relative_to(out)): path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}


def came(factor: float) -> CallHistory:
    offered = np.where(OPEN, machine().mean * factor, np.nan)
    return CallHistory(("a", "b"), GRID, offered, np.full(offered.shape, np.nan))


def test_a_version_comes_back_with_both_forecasts_and_its_overrides(tmp_path: Path) -> None:
    made = kept(tmp_path, machine(), layer("percent", 20, cause="campaign"))
    back = load_version(tmp_path, "v001")
    assert back.record == made.record
    assert back.record.overrides[0].cause == "campaign"
    np.testing.assert_array_equal(back.machine.mean, machine().mean)
    for name in ("mean", "quantiles", "handle_time_s", "open"):
        np.testing.assert_array_equal(getattr(back.forecast, name), getattr(made.forecast, name))
    again = apply_overrides(back.machine, back.record.overrides)
    np.testing.assert_array_equal(again.forecast.quantiles, back.forecast.quantiles)


def test_versions_are_numbered_know_their_parent_and_never_touch_an_earlier_one(tmp_path: Path) -> None:
    kept(tmp_path)
    first = files(tmp_path)
    kept(tmp_path, None, layer("set", 9))
    kept(tmp_path)
    assert [(r.version, r.parent) for r in version_records(tmp_path)] == [("v001", ""), ("v002", "v001"), ("v003", "v002")]
    assert first.items() <= files(tmp_path).items()


def test_a_version_that_was_not_finished_is_none_and_its_name_is_not_used_again(tmp_path: Path) -> None:
    kept(tmp_path)
    (tmp_path / "forecasts" / "v002").mkdir()
    made = kept(tmp_path)
    assert (made.record.version, made.record.parent) == ("v003", "v001")
    assert [record.version for record in version_records(tmp_path)] == ["v001", "v003"]


def test_versions_stay_in_order_beyond_a_thousand(tmp_path: Path) -> None:
    kept(tmp_path)
    for suffix in ("", ".json"):
        shutil.move(tmp_path / "forecasts" / f"v001{suffix}", tmp_path / "forecasts" / f"v999{suffix}")
    kept(tmp_path)
    assert [path.name for path in sorted((tmp_path / "forecasts").iterdir()) if path.is_dir()] == ["v1000", "v999"]
    assert [record.version for record in version_records(tmp_path)][-1] == "v1000"


def test_an_unknown_version_names_those_there_are(tmp_path: Path) -> None:
    kept(tmp_path)
    with pytest.raises(NotFound, match="v001"):
        load_version(tmp_path, "v007")
    with pytest.raises(NotFound, match="two versions"):
        forecasting.two_versions(tmp_path)
    with pytest.raises(NotFound, match="echelon forecast"):
        forecasting.versions(tmp_path / "elsewhere")


def test_the_fingerprint_is_of_what_was_known_at_the_origin() -> None:
    history = past()
    known = fingerprint(history, ORIGIN)
    later = np.where(np.arange(history.grid.size) >= history.grid.slot(ORIGIN), history.offered * 9, history.offered)
    assert fingerprint(replace(history, offered=later), ORIGIN) == known
    swapped = CallHistory(("b", "a"), history.grid, history.offered[::-1], history.handle_time_s[::-1])
    assert fingerprint(swapped, ORIGIN) == known
    changed = history.offered.copy()
    changed[1, 10] += 1
    assert fingerprint(replace(history, offered=changed), ORIGIN) != known
    gap = np.where(np.arange(history.grid.size) == 10, np.nan, history.offered)
    assert fingerprint(replace(history, offered=gap), ORIGIN) != known
    assert fingerprint(history, ORIGIN - timedelta(hours=1)) != known


def test_two_versions_are_compared_by_queue_and_day_and_by_what_made_them(tmp_path: Path) -> None:
    louder = replace(machine(), mean=machine().mean * 1.1)
    kept(tmp_path)
    kept(tmp_path, louder, layer("absolute", 2, queues=("a",)))
    older, newer = forecasting.two_versions(tmp_path)
    found = forecasting.compared(older, newer).set_index(["queue", "day"])
    row = found.loc[("a", GRID.horizon.dates[1])]
    day = machine().mean[0, 24:48].sum()
    assert (row["older"], row["machine"], row["overrides"]) == pytest.approx((day, 0.1 * day, 24))
    np.testing.assert_allclose(found["change"], found["machine"] + found["overrides"], atol=1e-9)
    assert forecasting.causes(older, newer)["field"].tolist() == ["override absolute"]
    assert [v.record.version for v in forecasting.two_versions(tmp_path, "v002", "v001")] == ["v002", "v001"]


def test_days_that_only_one_version_speaks_of_are_not_known(tmp_path: Path) -> None:
    later = machine().on(GRID.longer(0).model_copy(update={"horizon": Horizon(zone="UTC", first=GRID.horizon.dates[1], days=3)}))
    kept(tmp_path)
    kept(tmp_path, later)
    found = forecasting.compared(*forecasting.two_versions(tmp_path))
    assert len(found) == 2 * 4
    assert found["change"].isna().sum() == 2 * 2


def test_accuracy_is_told_by_lead_without_and_with_the_overrides(tmp_path: Path) -> None:
    pair = [kept(tmp_path, machine(), layer("percent", 20))]
    found = forecasting.accuracy(pair, came(1.2)).set_index(["lead", "forecast"])
    assert found.loc[("1 day", "machine"), "bias"] == pytest.approx(-0.2 / 1.2)
    assert found.loc[("1 day", "overridden"), "bias"] == pytest.approx(0.0, abs=0.01)
    assert found.loc[("2-7 days", "overridden"), "bias"] == pytest.approx(-0.2 / 1.2, abs=0.01)
    assert found.loc[("same day", "machine"), "slots"] == OPEN[:, 12:24].sum()
    assert "29-91 days" not in found.index.get_level_values("lead")


def test_a_slot_is_counted_in_the_version_that_was_the_newest_when_it_began(tmp_path: Path) -> None:
    override = layer("percent", 20, **hours(0, 72))
    pair = [kept(tmp_path, machine(), override), kept(tmp_path, machine(ORIGIN + timedelta(hours=24)), override)]
    found = forecasting.added_value(pair, came(1.2)).set_index("version")["slots"].groupby("version").sum()
    assert found["v001"] == OPEN[:, 12:36].sum()
    assert found["v002"] == OPEN[:, 36:].sum()


@pytest.fixture
def centre(tmp_path: Path) -> CentreFolder:
    write_template(tmp_path / "centre")
    return read_folder(tmp_path / "centre")


def local(centre: CentreFolder, text: str) -> datetime:
    return as_local(datetime.fromisoformat(text), centre.centre.zone)


def weekly(centre: CentreFolder, day: str, **fields: object) -> ForecastVersion:
    origin = local(centre, day)
    horizon = Horizon(zone=centre.centre.zone, first=origin.date(), days=7)
    history = planning.learn(centre)
    made = forecasting.make_version(centre, history, origin, horizon, method="same_weekday", **fields)  # type: ignore[arg-type]
    return forecasting.keep_version(centre.path, made)


def test_a_centre_keeps_lists_compares_and_judges_its_forecasts(centre: CentreFolder) -> None:
    stretch = {"start": local(centre, "2026-05-20"), "end": local(centre, "2026-05-22")}
    early = layer("percent", 25, id="mailing", made_at=local(centre, "2026-05-17T09:00"), **stretch)
    late = layer("min", 9, id="late", made_at=local(centre, "2026-05-19T09:00"), **stretch)
    write_overrides([early, late], centre.path / "overrides.csv")
    centre = read_folder(centre.path)
    first = weekly(centre, "2026-05-18", known_at=local(centre, "2026-05-18"), author="Wang", reason="weekly")
    second = weekly(centre, "2026-05-19")
    assert [[o.id for o in v.record.overrides] for v in (first, second)] == [["mailing"], ["mailing", "late"]]
    np.testing.assert_array_equal(read_forecast(centre.path / "forecast.csv").mean, second.forecast.mean)
    assert first.forecast.mean.sum() > first.machine.mean.sum()
    for words, said in (
        (["list"], ("v001", "v002", "mailing, late", "Wang", "预测版本")),
        (["compare"], ("v001 -> v002", "override late", "2026-05-20")),
        (["compare", "--older", "v002", "--newer", "v001"], ("v002 -> v001",)),
        (["accuracy"], ("overridden", "mailing", "2-7 days", "增值")),
    ):
        told = CliRunner().invoke(app, [words[0], str(centre.path), *words[1:]], env={"COLUMNS": "300"})
        assert told.exception is None, told.output
        assert all(text in told.output for text in said), told.output


def test_without_overrides_the_machine_is_published(centre: CentreFolder) -> None:
    made = weekly(centre, "2026-05-18")
    np.testing.assert_array_equal(made.forecast.mean, made.machine.mean)
    told = CliRunner().invoke(app, ["accuracy", str(centre.path)], env={"COLUMNS": "300"})
    assert told.exception is None, told.output
    assert "none 无" in told.output
