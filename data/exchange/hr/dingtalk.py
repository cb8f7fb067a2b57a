"""DingTalk 钉钉考勤: the roster of an attendance group, sent at most 200 days a call and read back, since the call is asynchronous.

References
----------
open.dingtalk.com: scheduling-system-attendance-group-scheduling, query-batch-scheduling-information, obtain-orgapp-token.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from data.exchange.hr.blocks import CHINA, Block, batches, blocks, day_at, midnight, of_days
from data.exchange.hr.wire import Body, Busy, Expired, Key, Line, Refused, Tokens, Told, send_all
from data.model.push import CLEAR, REST, Cell, Connection

BASE, TOKEN_BASE = "https://oapi.dingtalk.com", "https://api.dingtalk.com"
SEND, READ = "/topapi/attendance/group/schedule/async", "/topapi/attendance/schedule/listbyusers"
MOST, READ_USERS, READ_DAYS = 200, 50, 7
BETWEEN_S = 1 / 18
"""Standard edition: 20 calls a second; a little less."""
REST_ID, CLEAR_ID = 1, -2
BUSY = {-1: 0.0, 90002: 1.0, 90018: 1.0, 90019: 1.0}
"""Codes after which the same call may be made again, and after how many seconds."""
TOKEN_CODES, NO_RIGHT = {"40001", "40014", "42001"}, 88


@dataclass(frozen=True)
class DingTalk:
    """What DingTalk asks for."""

    needs: frozenset[str] = frozenset({"app", "secret", "group", "operator"})
    shifts_named: bool = True
    groups_named: bool = True
    reads_back: bool = True
    settles_s: float = 600.0
    past_days: int | None = 180
    ahead_days: int | None = 180

    def open(self, connection: Connection, secret: str, line: Line) -> "DingTalkSession":
        """Begin to speak to DingTalk."""
        line.between_s = BETWEEN_S if line.between_s is None else line.between_s
        return DingTalkSession(connection, secret, line)

    def wrong_shift(self, shift: str) -> str:
        """Shifts are numbers; 1 is a day of rest."""
        return "" if shift.isdigit() and int(shift) > REST_ID else "a number above 1, as DingTalk has it"

    def wrong_group(self, group: str) -> str:
        """Groups are numbers."""
        return "" if group.isdigit() else "a number, as DingTalk has it"


@dataclass
class DingTalkSession:
    """DingTalk, with a token."""

    connection: Connection
    secret: str = field(repr=False)
    line: Line
    tokens: Tokens = field(init=False)
    files: dict[str, str] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self.tokens = Tokens(self._issue, self.line.clock)

    def _issue(self) -> tuple[str, float]:
        base = self.connection.token_base or self.connection.base or TOKEN_BASE
        keys = {"appKey": self.connection.app, "appSecret": self.secret}
        body = self.line.call(lambda client: client.post(f"{base}/v1.0/oauth2/accessToken", json=keys), _token_refused)
        return str(body["accessToken"]), float(body["expireIn"])

    def _post(self, path: str, told: Body) -> Body:
        address = (self.connection.base or BASE) + path
        return self.tokens.use(
            lambda token: self.line.call(lambda client: client.post(address, params={"access_token": token}, json=told), judge)
        )

    def send(self, cells: Sequence[Cell]) -> Told:
        """Send days, group by group; DingTalk tells nothing of each."""
        most = min(self.connection.per_call or MOST, MOST)
        return send_all(batches(cells, most, lambda cell: cell.group), self._send)

    def _send(self, batch: Sequence[Cell]) -> None:
        rows = [_row(cell) for cell in batch]
        told = {"op_user_id": self.connection.operator, "group_id": int(batch[0].group), "schedules": rows}
        self._post(SEND, told)

    def read(self, cells: Sequence[Cell]) -> dict[Key, tuple[str, str]]:
        """Read the roster, 50 people and 7 days at a time."""
        found = dict[Key, tuple[str, str]]()
        for block in blocks(cells, READ_USERS, of_days(READ_DAYS)):
            found |= {_key(row): _shift(row) for row in self._block(block)}
        return found

    def _block(self, block: Block) -> list[Body]:
        told = {
            "op_user_id": self.connection.operator,
            "userids": ",".join(block.users),
            "from_date_time": midnight(block.first) * 1000,
            "to_date_time": midnight(block.last) * 1000,
        }
        return self._post(READ, told).get("result") or []


def judge(status: int, body: Body) -> None:
    """Raise what an answer says: HTTP 200 with a code, of which 0 is good."""
    code, told = int(body.get("errcode", 0 if status == 200 else status)), str(body.get("sub_code", ""))
    if code in BUSY:
        raise Busy(f"DingTalk {code}", BUSY[code])
    if str(code) in TOKEN_CODES or told in TOKEN_CODES:
        raise Expired(f"DingTalk {code}")
    if code:
        raise Refused(f"DingTalk {code}{f' ({told})' if told else ''}", whole=code == NO_RIGHT or status in (401, 403))


def _token_refused(status: int, body: Body) -> None:
    if "accessToken" not in body:
        raise Refused(f"DingTalk gives no token: HTTP {status} {body.get('code', '')}", whole=True)


def _row(cell: Cell) -> Body:
    shift = {REST: REST_ID, CLEAR: CLEAR_ID}.get(cell.shift)
    shift = int(cell.shift) if shift is None else shift
    return {"userid": cell.user, "work_date": midnight(cell.day) * 1000, "shift_id": shift, "is_rest": cell.shift == REST}


def _key(row: Body) -> Key:
    return str(row["userid"]), _day(row["work_date"])


def _day(told: Any) -> date:
    """A day as milliseconds, or as text."""
    if isinstance(told, int | float):
        return day_at(told / 1000)
    return datetime.fromisoformat(str(told)).replace(tzinfo=CHINA).date()


def _shift(row: Body) -> tuple[str, str]:
    return REST if row.get("is_rest") == "Y" else str(row["shift_id"]), str(row.get("group_id", ""))


KIND = DingTalk()
