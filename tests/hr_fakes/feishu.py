"""Feishu: batches of fifty, HTTP 400 with a code of its own, one attendance group a person and day."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime

from hr_fakes.server import Answer, Body, Fake, Received, need

SEND = "/open-apis/attendance/v1/user_daily_shifts/batch_create"
READ = "/open-apis/attendance/v1/user_daily_shifts/query"


def error(code: int, status: int = 400) -> Answer:
    return Answer({"code": code, "msg": "error"}, status)


@dataclass
class Feishu(Fake):
    """Who is not in `members` may be in any group."""

    shifts: set[str] = field(default_factory=lambda: {"11", "12", "13"})
    groups: set[str] = field(default_factory=lambda: {"7", "9"})
    members: dict[str, str] = field(default_factory=dict)
    operator_needed: bool = True
    allowed: bool = True
    rows: dict[tuple[str, date], tuple[str, str]] = field(default_factory=dict)

    send_path = SEND

    def handle(self, call: Received) -> Answer:
        if call.path == "/open-apis/auth/v3/tenant_access_token/internal":
            need(call.body == {"app_id": "app-1", "app_secret": self.secret}, Answer({"code": 10014, "msg": "app secret invalid"}))
            holds = self.issue(1800, 7200)
            return Answer({"code": 0, "msg": "ok", "tenant_access_token": self.token, "expire": holds})
        self.limit(50, 1.0, error(99991400))
        need(self.holds(call.headers.get("authorization", "").removeprefix("Bearer ")), error(99991663))
        need(self.allowed, error(1220005))
        need(call.query.get("employee_type") in ("employee_id", "employee_no"), error(1220001))
        return {SEND: self._send, READ: self._read}[call.path](call.body)

    def _send(self, body: Body) -> Answer:
        rows = body["user_daily_shifts"]
        need(0 < len(rows) <= 50, error(1220001))
        need(not self.operator_needed or body.get("operator_id") in self.users, error(1220001))
        told = dict[tuple[str, date], str]()
        for row in rows:
            key = self._check(row)
            need(told.setdefault(key, row["group_id"]) == row["group_id"], error(1220001))
        for row in rows:
            key = self._check(row)
            self.rows.pop(key, None)
            if not row.get("is_clear_schedule"):
                self.rows[key] = (row["shift_id"], row["group_id"])
        return Answer({"code": 0, "msg": "success", "data": {"user_daily_shifts": rows}})

    def _check(self, row: Body) -> tuple[str, date]:
        need(set(row) - {"is_clear_schedule"} == {"group_id", "shift_id", "month", "user_id", "day_no"}, error(1220001))
        need(all(isinstance(row[key], str) for key in ("group_id", "shift_id", "user_id")), error(1220001))
        need(row["user_id"] in self.users, error(1220004))
        need(row["group_id"] in self.groups, error(1220001))
        need(self.members.get(row["user_id"], row["group_id"]) == row["group_id"], error(1220004))
        need(row["shift_id"] in self.shifts | {"0"}, error(1226003))
        try:
            return row["user_id"], date(row["month"] // 100, row["month"] % 100, row["day_no"])
        except ValueError:
            need(False, error(1220001))
            raise

    def _read(self, body: Body) -> Answer:
        first, last = (datetime.strptime(str(body[key]), "%Y%m%d").date() for key in ("check_date_from", "check_date_to"))
        need(len(body["user_ids"]) <= 50 and (last - first).days < 30, error(1220001))
        rows = [
            {"user_id": user, "month": day.year * 100 + day.month, "day_no": day.day, "shift_id": shift, "group_id": group}
            for (user, day), (shift, group) in self.rows.items()
            if user in body["user_ids"] and first <= day <= last
        ]
        return Answer({"code": 0, "msg": "success", "data": {"user_daily_shifts": rows}})

    def half(self, call: Received) -> Received:
        rows = call.body["user_daily_shifts"]
        return replace(call, body=call.body | {"user_daily_shifts": rows[: len(rows) // 2]})

    def busy(self) -> Answer:
        return error(99991400)

    def nothing(self) -> Answer:
        return Answer({"code": 0, "msg": "success", "data": {"user_daily_shifts": []}})

    def held(self) -> dict[tuple[str, date], str]:
        return {key: "rest" if shift == "0" else shift for key, (shift, _) in self.rows.items()}
