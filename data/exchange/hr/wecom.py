"""WeCom 企业微信打卡: the roster of a check-in rule, sent one month and one rule a call, and read back.

References
----------
developer.work.weixin.qq.com: document/path/94209 (set), 94208 (get), 93384 (rules).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from data.exchange.hr.blocks import Block, batches, blocks, midnight, month_of, of_months
from data.exchange.hr.wire import Body, Busy, Expired, Key, Line, Refused, Tokens, Told, send_all
from data.model.push import CLEAR, REST, Cell, Connection

BASE = "https://qyapi.weixin.qq.com"
SEND, READ = "/cgi-bin/checkin/setcheckinschedulist", "/cgi-bin/checkin/getcheckinschedulist"
MOST, READ_USERS = 100, 100
"""Rows a call (WeCom states no limit: house choice) and people a reading."""
BETWEEN_S = 1.02
"""60 calls a minute; a little less."""
REST_ID = 0
DAY_S = 86400
BUSY = {-1: 0.0, 45009: 60.0, 45033: 1.0}
TOKEN_CODES = {40014, 42001}
WHOLE = {48002, 60011, 301002, 670001}
"""No right to the interface, or to the rule."""


@dataclass(frozen=True)
class WeCom:
    """What WeCom asks for."""

    needs: frozenset[str] = frozenset({"app", "secret", "group"})
    shifts_named: bool = True
    groups_named: bool = True
    reads_back: bool = True
    settles_s: float = 5.0
    past_days: int | None = None
    ahead_days: int | None = None

    def open(self, connection: Connection, secret: str, line: Line) -> "WeComSession":
        """Begin to speak to WeCom."""
        line.between_s = BETWEEN_S if line.between_s is None else line.between_s
        return WeComSession(connection, secret, line)

    def wrong_shift(self, shift: str) -> str:
        """Shifts are numbers; 0 is a day of rest."""
        return "" if shift.isdigit() and int(shift) > REST_ID else "a number above 0, as WeCom has it"

    def wrong_group(self, group: str) -> str:
        """Rules are numbers."""
        return "" if group.isdigit() else "a number, as WeCom has it"


@dataclass
class WeComSession:
    """WeCom, with a token."""

    connection: Connection
    secret: str = field(repr=False)
    line: Line
    tokens: Tokens = field(init=False)
    files: dict[str, str] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self.tokens = Tokens(self._issue, self.line.clock)

    @property
    def _base(self) -> str:
        return self.connection.base or BASE

    def _issue(self) -> tuple[str, float]:
        keys = {"corpid": self.connection.app, "corpsecret": self.secret}
        address = (self.connection.token_base or self._base) + "/cgi-bin/gettoken"
        body = self.line.call(lambda client: client.get(address, params=keys), _token_refused)
        return str(body["access_token"]), float(body["expires_in"])

    def _post(self, path: str, told: Body) -> Body:
        address = self._base + path
        return self.tokens.use(
            lambda token: self.line.call(lambda client: client.post(address, params={"access_token": token}, json=told), judge)
        )

    def send(self, cells: Sequence[Cell]) -> Told:
        """Send days, each call of one rule and one month."""
        most = self.connection.per_call or MOST
        return send_all(batches(cells, most, lambda cell: (cell.group, month_of(cell.day))), self._send)

    def _send(self, batch: Sequence[Cell]) -> None:
        items = [{"userid": cell.user, "day": cell.day.day, "schedule_id": _schedule(cell)} for cell in batch]
        self._post(SEND, {"groupid": int(batch[0].group), "yearmonth": month_of(batch[0].day), "items": items})

    def read(self, cells: Sequence[Cell]) -> dict[Key, tuple[str, str]]:
        """Read the roster, 100 people and a month at a time.

        A day that stands nowhere is one of rest if other days of the same person and month are told: WeCom has nothing to clear
        a day with.
        """
        found = dict[Key, tuple[str, str]]()
        for block in blocks(cells, READ_USERS, of_months):
            for entry in self._block(block):
                found |= dict(_days(entry, block))
        return found

    def _block(self, block: Block) -> list[Body]:
        told = {
            "useridlist": list(block.users),
            "starttime": midnight(block.first),
            "endtime": midnight(block.last) + DAY_S - 1,
        }
        return self._post(READ, told).get("schedule_list") or []


def judge(status: int, body: Body) -> None:
    """Raise what an answer says: HTTP 200 with a code, of which 0 is good."""
    code = int(body.get("errcode", 0 if status == 200 else status))
    if code in BUSY:
        raise Busy(f"WeCom {code}", BUSY[code])
    if code in TOKEN_CODES:
        raise Expired(f"WeCom {code}")
    if code:
        raise Refused(f"WeCom {code}", whole=code in WHOLE)


def _token_refused(status: int, body: Body) -> None:
    code = int(body.get("errcode", status))
    if code in BUSY:
        raise Busy(f"WeCom {code}", BUSY[code])
    if "access_token" not in body:
        raise Refused(f"WeCom gives no token: {code}", whole=True)


def _schedule(cell: Cell) -> int:
    return REST_ID if cell.shift in (REST, CLEAR) else int(cell.shift)


def _days(entry: Body, block: Block) -> Iterator[tuple[Key, tuple[str, str]]]:
    user, month, group = str(entry["userid"]), int(entry["yearmonth"]), str(entry.get("groupid", ""))
    told: list[Any] = (entry.get("schedule") or {}).get("scheduleList") or []
    ids = {int(one["day"]): int((one.get("schedule_info") or {}).get("schedule_id", REST_ID)) for one in told}
    for number in range(block.first.day, block.last.day + 1):
        shift = ids.get(number, REST_ID)
        yield (user, date(month // 100, month % 100, number)), (REST if shift == REST_ID else str(shift), group)


KIND = WeCom()
