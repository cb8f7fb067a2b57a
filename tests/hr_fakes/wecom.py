"""WeCom: one month and one rule a call, 60 calls a minute, no result for each row."""

from calendar import monthrange
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from hr_fakes.server import CHINA, Answer, Body, Fake, Received, need

SEND, READ = "/cgi-bin/checkin/setcheckinschedulist", "/cgi-bin/checkin/getcheckinschedulist"


def error(code: int) -> Answer:
    return Answer({"errcode": code, "errmsg": "error"})


@dataclass
class WeCom(Fake):
    """Rule 7 is by shifts, rule 8 is not."""

    shifts: dict[int, set[int]] = field(default_factory=lambda: {7: {11, 12, 13}, 9: {11, 12, 13}})
    groups: dict[int, str] = field(default_factory=lambda: {7: "by shift", 8: "fixed", 9: "by shift"})
    warranted: bool = True
    tells_rest: bool = True
    rows: dict[tuple[str, date], tuple[int, int]] = field(default_factory=dict)

    send_path = SEND

    def handle(self, call: Received) -> Answer:
        if call.path == "/cgi-bin/gettoken":
            need(call.query == {"corpid": "app-1", "corpsecret": self.secret}, error(40001))
            return Answer({"errcode": 0, "errmsg": "ok", "access_token": None, "expires_in": self.issue(0, 7200)} | self._told())
        self.limit(60, 60.0, error(45009))
        token = call.query.get("access_token", "")
        need(token == self.token, error(40014))
        need(self.holds(token), error(42001))
        need(self.warranted, error(670001))
        return {SEND: self._send, READ: self._read}[call.path](call.body)

    def _told(self) -> Body:
        return {"access_token": self.token}

    def _send(self, body: Body) -> Answer:
        group, month = body["groupid"], body["yearmonth"]
        need(set(body) == {"groupid", "yearmonth", "items"} and isinstance(month, int), error(301025))
        need(self.groups.get(group) == "by shift", error(301026))
        last = monthrange(month // 100, month % 100)[1]
        for item in body["items"]:
            need(set(item) == {"userid", "day", "schedule_id"} and 1 <= item["day"] <= last, error(301025))
            need(item["userid"] in self.users, error(60111))
            need(item["schedule_id"] in self.shifts[group] | {0}, error(301027))
        for item in body["items"]:
            self.rows[item["userid"], date(month // 100, month % 100, item["day"])] = (item["schedule_id"], group)
        return Answer({"errcode": 0, "errmsg": "ok"})

    def _read(self, body: Body) -> Answer:
        first, last = (datetime.fromtimestamp(body[key], CHINA).date() for key in ("starttime", "endtime"))
        need(len(body["useridlist"]) <= 100 and (last - first).days <= 31, error(301025))
        told = dict[tuple[str, int, int], list[Body]]()
        for (user, day), (shift, group) in self.rows.items():
            if user in body["useridlist"] and first <= day <= last and (shift or self.tells_rest):
                entry = {"day": day.day, "schedule_info": {"schedule_id": shift, "schedule_name": "x", "time_section": []}}
                told.setdefault((user, day.year * 100 + day.month, group), []).append(entry)
        held = [
            {"userid": user, "yearmonth": month, "groupid": group, "groupname": "g", "schedule": {"scheduleList": days}}
            for (user, month, group), days in told.items()
        ]
        return Answer({"errcode": 0, "errmsg": "ok", "schedule_list": held})

    def half(self, call: Received) -> Received:
        rows = call.body["items"]
        return replace(call, body=call.body | {"items": rows[: len(rows) // 2]})

    def busy(self) -> Answer:
        return error(45009)

    def nothing(self) -> Answer:
        return Answer({"errcode": 0, "errmsg": "ok", "schedule_list": []})

    def held(self) -> dict[tuple[str, date], str]:
        return {key: str(shift) if shift else "rest" for key, (shift, _) in self.rows.items()}
