from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from data.exchange.folder import TEMPLATE, read_folder
from data.exchange.signals import read_signals, write_signals
from data.model.centre import Centre, Region
from data.model.errors import InvalidData
from data.model.response import CallOutPolicy, WarningLevel
from data.model.signal import Signal

AT = datetime(2026, 10, 14, 8, tzinfo=UTC)
TYPHOON = Signal(
    id="s1",
    source="weather",
    at=AT,
    until=AT + timedelta(hours=24),
    heard_at=AT - timedelta(hours=48),
    region="coast",
    queues=("service",),
    level=WarningLevel.ORANGE,
    uplift=3.0,
    text="typhoon, landfall at noon",
    by="duty manager",
)


@pytest.fixture
def centre() -> Centre:
    return read_folder(TEMPLATE).centre.model_copy(update={"regions": (Region(id="coast", name="Coast", shares={"service": 0.6}),)})


def test_signals_come_back_with_colours_as_words(tmp_path: Path, centre: Centre) -> None:
    rumour = Signal(id="s2", source="forum", at=AT, until=AT + timedelta(hours=2), weight=0.3, scenario="rumour")
    write_signals([TYPHOON, rumour], tmp_path / "signals.csv")
    assert ",orange," in (tmp_path / "signals.csv").read_text()
    assert read_signals(tmp_path / "signals.csv", centre) == (TYPHOON, rumour)


def test_no_file_is_no_signal(tmp_path: Path, centre: Centre) -> None:
    assert read_signals(tmp_path / "signals.csv", centre) == ()


def test_every_finding_at_once_with_its_line(tmp_path: Path, centre: Centre) -> None:
    rows = [
        "id,source,at,until,region,queues,level",
        "s1,rumour,2026-10-14T08:00+08:00,2026-10-14T09:00+08:00,,,",
        "s2,forum,2026-10-14T08:00+08:00,2026-10-14T07:00+08:00,,,",
        "s3,forum,2026-10-14T08:00+08:00,2026-10-14T09:00+08:00,,zzz,purple",
    ]
    (tmp_path / "signals.csv").write_text("\n".join(rows))
    with pytest.raises(InvalidData) as caught:
        read_signals(tmp_path / "signals.csv", centre)
    assert {(finding.row, finding.column) for finding in caught.value.findings} == {(2, "source"), (3, "until"), (4, "level")}


def test_an_unknown_region_is_a_finding_at_its_line(tmp_path: Path, centre: Centre) -> None:
    write_signals([TYPHOON, TYPHOON.model_copy(update={"id": "s2", "region": "moon"})], tmp_path / "signals.csv")
    with pytest.raises(InvalidData) as caught:
        read_signals(tmp_path / "signals.csv", centre)
    (finding,) = caught.value.findings
    assert (finding.row, finding.column, finding.read, finding.expected) == (3, "region", "'moon'", "one of coast, or nothing")


def test_a_signal_is_known_from_when_it_was_heard() -> None:
    assert not TYPHOON.known(AT - timedelta(hours=49))
    assert TYPHOON.known(AT - timedelta(hours=48))
    at_once = TYPHOON.model_copy(update={"heard_at": None})
    assert (at_once.known(AT - timedelta(minutes=1)), at_once.known(AT)) == (False, True)


def test_a_level_reads_by_its_colour() -> None:
    assert CallOutPolicy.model_validate({"call_level": "red"}).call_level is WarningLevel.RED
    with pytest.raises(ValidationError):
        CallOutPolicy.model_validate({"call_level": "purple"})


def test_regions_hold_no_more_than_all_calls(centre: Centre) -> None:
    more = Region(id="inland", name="Inland", shares={"service": 0.5})
    with pytest.raises(ValidationError, match=r"1\.100 of the calls of 'service'"):
        Centre.model_validate(centre.model_dump() | {"regions": [region.model_dump() for region in (*centre.regions, more)]})
