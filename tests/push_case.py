"""Pushes for tests: rosters of a few people and weeks, and the fakes that they are pushed to."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from hr_fakes.dingtalk import DingTalk
from hr_fakes.feishu import Feishu
from hr_fakes.server import Fake, FakeClock, served
from hr_fakes.shift_store import ShiftStore
from hr_fakes.wecom import WeCom

from api.push import Asked, Plan, Result, plan_of, run_push
from data.exchange.hr import systems
from data.exchange.hr.wire import Clock
from data.model.push import REST, Cell, Connection, Mode
from data.model.version import Hand

ZONE = "Asia/Shanghai"
NOW = datetime(2026, 6, 20, 8, tzinfo=UTC)
FAKES: dict[str, type[Fake]] = {"dingtalk": DingTalk, "wecom": WeCom, "feishu": Feishu, "shift_export": ShiftStore}
VENDORS = ("dingtalk", "wecom", "feishu")
CODES = {"E": "11", "L": "12", "N": "13"}
STARTS = {"E": 8, "L": 14, "N": 22}
Rota = Mapping[tuple[str, date], str]
"""Shift code, or `-`, by agent and day."""


def rota(agents: int = 6, days: int = 14, first: date = date(2026, 6, 24), turn: int = 0) -> dict[tuple[str, date], str]:
    """Everybody in turn early, late, night, off; it runs over the end of a month."""
    return {
        (f"a{k:03d}", first + timedelta(days=d)): "ELN-"[(k + d + turn) % 4]
        for k in range(agents)
        for d in range(days)
    }  # fmt: skip


@contextmanager
def fake_of(system: str, agents: int = 6, **told: Any) -> Generator[Fake]:
    """A fake that knows the agents, and the operator."""
    fake = FAKES[system](FakeClock(NOW.timestamp()), {"boss", *(f"a{k:03d}" for k in range(agents))}, **told)
    with served(fake):
        yield fake


def connection_of(fake: Fake, system: str, **told: Any) -> Connection:
    return Connection.model_validate(
        {
            "system": system,
            "base": fake.address,
            "app": "app-1",
            "secret_env": "THE_SECRET",
            "group": "7",
            "operator": "boss",
            "shifts": CODES if systems()[system].shifts_named else {},
        }
        | told
    )


def cells_of(wanted: Rota, connection: Connection, groups: Mapping[str, str] | None = None) -> list[Cell]:
    """Days of a rota as the service makes them of a roster."""
    return [_cell(agent, day, code, connection, groups or {}) for (agent, day), code in sorted(wanted.items())]


def _cell(agent: str, day: date, code: str, connection: Connection, groups: Mapping[str, str]) -> Cell:
    pusher = systems()[connection.system]
    user, group = connection.user_of(agent), groups.get(agent, connection.group) if pusher.groups_named else ""
    if code == "-":
        return Cell(agent, user, day, REST, group)
    start = datetime.combine(day, time(STARTS[code]), ZoneInfo(ZONE))
    end = start + timedelta(hours=8)
    shift = connection.shifts[code] if pusher.shifts_named else f"{code}@{start:%H:%M}-{end:%H:%M}"
    return Cell(agent, user, day, shift, group, code, start, end)


def plan(fake: Fake, system: str, folder: Path, wanted: Rota, mode: Mode = Mode.DIFFERENCES, **told: Any) -> Plan:
    groups = told.pop("by_agent", None)
    connection = connection_of(fake, system, **told)
    return plan_of(folder, ZONE, Asked("there", mode=mode), connection, ("v001-month",), cells_of(wanted, connection, groups))


def pushed(fake: Fake, system: str, folder: Path, wanted: Rota, mode: Mode = Mode.DIFFERENCES, **told: Any) -> Result:
    """Push a rota at the time of the fake."""
    hand = Hand("tester", datetime.fromtimestamp(fake.clock.now(), UTC))
    made = plan(fake, system, folder, wanted, mode, **told)
    return run_push(made, fake.secret, hand, Clock(fake.clock.now, fake.clock.sleep))


def as_held(wanted: Rota, system: str) -> dict[tuple[str, date], str]:
    """What a fake should hold of a rota."""
    connection = Connection(system=system, shifts=CODES)
    told = {cell.key: cell.shift for cell in cells_of(wanted, connection)}
    return {key: shift for key, shift in told.items() if shift != REST or system != "shift_export"}
