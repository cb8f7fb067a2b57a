"""DingTalk: asynchronous rosters without a result for each row, windows, batches, rates, and the page that shuts an address out."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime

from hr_fakes.server import CHINA, Answer, Body, Fake, Received, need

SEND, READ = "/topapi/attendance/group/schedule/async", "/topapi/attendance/schedule/listbyusers"


def error(code: int, sub: str = "") -> Answer:
    return Answer({"errcode": code, "errmsg": "error", "sub_code": sub, "success": False, "request_id": "r"})


def day_of(milliseconds: int) -> date:
    return datetime.fromtimestamp(milliseconds / 1000, CHINA).date()


@dataclass
class DingTalk(Fake):
    """Group 7 is of type roster, group 8 is not; what is sent can be read after `delay_s`."""

    shifts: set[int] = field(default_factory=lambda: {11, 12, 13})
    groups: dict[int, str] = field(default_factory=lambda: {7: "TURN", 8: "FIXED", 9: "TURN"})
    delay_s: float = 3.0
    allowed: bool = True
    block_after: int = 10_000
    qps: int = 20
    rows: dict[tuple[str, date], Body] = field(default_factory=dict)
    waiting: list[tuple[float, Body, int]] = field(default_factory=list)
    blocked_until: float = 0.0
    seen: list[float] = field(default_factory=list)

    send_path = SEND

    def handle(self, call: Received) -> Answer:
        if self._blocked():
            return Answer("<html><body>Sorry, your request is blocked</body></html>")
        if call.path == "/v1.0/oauth2/accessToken":
            return self._token(call)
        self.limit(self.qps, 1.0, error(90019))
        need(self.holds(call.query.get("access_token", "")), error(88, "40014"))
        need(self.allowed, error(88, "60011"))
        need(call.body.get("op_user_id") in self.users, error(33012))
        return {SEND: self._send, READ: self._read}[call.path](call.body)

    def _blocked(self) -> bool:
        now = self.clock.now()
        self.seen = [*(at for at in self.seen if at > now - 20), now]
        if len(self.seen) > self.block_after:
            self.blocked_until = now + 300
        return now < self.blocked_until

    def _token(self, call: Received) -> Answer:
        right = call.body == {"appKey": "app-1", "appSecret": self.secret}
        need(right, Answer({"code": "invalidClientIdOrSecret", "message": "no", "requestid": "r"}, 400))
        self.issue(7200, 7200) if not self.holds(self.token) else None
        self.token_until = self.clock.now() + 7200
        return Answer({"accessToken": self.token, "expireIn": 7200})

    def _send(self, body: Body) -> Answer:
        need(set(body) == {"op_user_id", "group_id", "schedules"} and len(body["schedules"]) <= 200, error(40035))
        need(self.groups.get(body["group_id"]) == "TURN", error(40035, "group"))
        for row in body["schedules"]:
            self._check(row)
        due = self.clock.now() + self.delay_s
        self.waiting += [(due, row, body["group_id"]) for row in body["schedules"]]
        return Answer({"errcode": 0, "errmsg": "ok", "success": True, "request_id": "r"})

    def _check(self, row: Body) -> None:
        need(set(row) == {"userid", "work_date", "shift_id", "is_rest"}, error(40035))
        need(row["userid"] in self.users, error(33012))
        need(abs((day_of(row["work_date"]) - self.clock.today).days) <= 180, error(40035, "date"))
        need(row["work_date"] % 1000 == 0, error(40035))
        right = row["shift_id"] == 1 if row["is_rest"] else row["shift_id"] in self.shifts | {-2}
        need(right, error(40035, "shift"))

    def _settle(self) -> None:
        due = [one for one in self.waiting if one[0] <= self.clock.now()]
        self.waiting = [one for one in self.waiting if one[0] > self.clock.now()]
        for _, row, group in due:
            key = (row["userid"], day_of(row["work_date"]))
            self.rows.pop(key, None)
            if row["shift_id"] != -2:
                self.rows[key] = row | {"group_id": group}

    def _read(self, body: Body) -> Answer:
        users, first, last = body["userids"].split(","), day_of(body["from_date_time"]), day_of(body["to_date_time"])
        need(len(users) <= 50, error(40035))
        need((last - first).days < 7, error(41041))
        need(abs((first - self.clock.today).days) <= 180, error(40035))
        self._settle()
        held = [row for (user, day), row in self.rows.items() if user in users and first <= day <= last]
        return Answer({"errcode": 0, "errmsg": "ok", "success": True, "result": [one for row in held for one in punches(row)]})

    def half(self, call: Received) -> Received:
        rows = call.body["schedules"]
        return replace(call, body=call.body | {"schedules": rows[: len(rows) // 2]})

    def busy(self) -> Answer:
        return error(-1)

    def nothing(self) -> Answer:
        return Answer({"errcode": 0, "errmsg": "ok", "success": True, "result": []})

    def held(self) -> dict[tuple[str, date], str]:
        self._settle()
        return {key: "rest" if row["is_rest"] else str(row["shift_id"]) for key, row in self.rows.items()}


def punches(row: Body) -> list[Body]:
    """A shift has a row for each punch, a day of rest has one."""
    day = f"{day_of(row['work_date'])} 00:00:00"
    same = {"userid": row["userid"], "work_date": day, "group_id": row["group_id"], "shift_id": row["shift_id"]}
    if row["is_rest"]:
        return [same | {"is_rest": "Y"}]
    return [same | {"is_rest": "N", "check_type": kind, "plan_check_time": day} for kind in ("OnDuty", "OffDuty")]
