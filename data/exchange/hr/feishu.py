"""Feishu and Lark 飞书考勤: the roster of attendance groups, sent at most 50 days a call, and read back.

References
----------
open.feishu.cn: attendance-v1 user_daily_shift batch_create and query, tenant_access_token/internal.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from data.exchange.hr.blocks import Block, batches, blocks, month_of, of_days
from data.exchange.hr.wire import Body, Busy, Expired, Key, Line, Refused, Tokens, Told, send_all
from data.model.push import CLEAR, REST, Cell, Connection

BASE = "https://open.feishu.cn"
TOKEN = "/open-apis/auth/v3/tenant_access_token/internal"
SEND, READ = (f"/open-apis/attendance/v1/user_daily_shifts/{what}" for what in ("batch_create", "query"))
MOST, READ_USERS, READ_DAYS = 50, 50, 30
BETWEEN_S = 1 / 45
"""50 calls a second; a little less."""
REST_ID = "0"
BUSY = {99991400: 1.0, 1225000: 0.0}
"""Too frequent; the system's own trouble."""
TOKEN_CODES = {99991661, 99991663, 99991668, 99991677}
WHOLE = {1220002, 1220005, 99991672}
"""Tenant unknown, no permission."""


@dataclass(frozen=True)
class Feishu:
    """What Feishu asks for."""

    needs: frozenset[str] = frozenset({"app", "secret", "group"})
    shifts_named: bool = True
    groups_named: bool = True
    reads_back: bool = True
    settles_s: float = 5.0
    past_days: int | None = None
    ahead_days: int | None = None

    def open(self, connection: Connection, secret: str, line: Line) -> "FeishuSession":
        """Begin to speak to Feishu."""
        line.between_s = BETWEEN_S if line.between_s is None else line.between_s
        return FeishuSession(connection, secret, line)

    def wrong_shift(self, shift: str) -> str:
        """Shifts are texts; 0 is a day of rest."""
        return "" if shift and shift != REST_ID else "an id of Feishu, not 0"

    def wrong_group(self, group: str) -> str:
        """Groups are texts."""
        return "" if group else "an id of Feishu"


@dataclass
class FeishuSession:
    """Feishu, with a token."""

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
        keys = {"app_id": self.connection.app, "app_secret": self.secret}
        address = (self.connection.token_base or self._base) + TOKEN
        body = self.line.call(lambda client: client.post(address, json=keys), _token_refused)
        return str(body["tenant_access_token"]), float(body["expire"])

    def _post(self, path: str, told: Body) -> Body:
        address, kind = self._base + path, {"employee_type": self.connection.employee_type}
        return self.tokens.use(
            lambda token: self.line.call(
                lambda client: client.post(address, params=kind, json=told, headers={"Authorization": f"Bearer {token}"}), judge
            )
        )

    def send(self, cells: Sequence[Cell]) -> Told:
        """Send days, each call of one month."""
        most = min(self.connection.per_call or MOST, MOST)
        return send_all(batches(cells, most, lambda cell: month_of(cell.day)), self._send)

    def _send(self, batch: Sequence[Cell]) -> None:
        told: Body = {"user_daily_shifts": [_row(cell) for cell in batch]}
        self._post(SEND, told | ({"operator_id": self.connection.operator} if self.connection.operator else {}))

    def read(self, cells: Sequence[Cell]) -> dict[Key, tuple[str, str]]:
        """Read the roster, 50 people and 30 days at a time."""
        found = dict[Key, tuple[str, str]]()
        for block in blocks(cells, READ_USERS, of_days(READ_DAYS)):
            found |= {_key(row): _shift(row) for row in self._block(block) if not row.get("is_clear_schedule")}
        return found

    def _block(self, block: Block) -> list[Body]:
        days = {"check_date_from": int(f"{block.first:%Y%m%d}"), "check_date_to": int(f"{block.last:%Y%m%d}")}
        return (self._post(READ, {"user_ids": list(block.users), **days}).get("data") or {}).get("user_daily_shifts") or []


def judge(status: int, body: Body) -> None:
    """Raise what an answer says: a code of its own, mostly with HTTP 400."""
    code = int(body.get("code", 0 if status == 200 else status))
    if code in BUSY:
        raise Busy(f"Feishu {code}", BUSY[code])
    if code in TOKEN_CODES:
        raise Expired(f"Feishu {code}")
    if code or status != 200:
        raise Refused(f"Feishu {code}", whole=code in WHOLE or status in (401, 403))


def _token_refused(status: int, body: Body) -> None:
    code = int(body.get("code", status))
    if code in BUSY:
        raise Busy(f"Feishu {code}", BUSY[code])
    if "tenant_access_token" not in body:
        raise Refused(f"Feishu gives no token: {code}", whole=True)


def _row(cell: Cell) -> Body:
    clear = {"is_clear_schedule": True} if cell.shift == CLEAR else {}
    shift = REST_ID if cell.shift in (REST, CLEAR) else cell.shift
    row: Body = {"group_id": cell.group, "shift_id": shift, "month": month_of(cell.day), "user_id": cell.user}
    return row | {"day_no": cell.day.day} | clear


def _key(row: Body) -> Key:
    month = int(row["month"])
    return str(row["user_id"]), date(month // 100, month % 100, int(row["day_no"]))


def _shift(row: Body) -> tuple[str, str]:
    return REST if str(row["shift_id"]) == REST_ID else str(row["shift_id"]), str(row["group_id"])


KIND = Feishu()
