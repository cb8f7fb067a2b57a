"""A system that takes schedule requests: a number is taken once, a shift is created once, FULL takes the place of a period."""

from dataclasses import dataclass, field, replace
from datetime import date

from hr_fakes.server import Answer, Body, Fake, Received, need

SEND = "/hcmRestApi/resources/11.13.18.05/scheduleRequests"


@dataclass
class ShiftStore(Fake):
    """Shifts by person and day."""

    numbers: set[str] = field(default_factory=set)
    shifts: dict[tuple[str, date], Body] = field(default_factory=dict)
    known: set[tuple[str, date]] = field(default_factory=set)

    send_path = SEND

    def handle(self, call: Received) -> Answer:
        need(call.path == SEND, Answer({"title": "Not Found"}, 404))
        need(call.headers.get("authorization") == f"Bearer {self.secret}", Answer({"title": "Unauthorized"}, 401))
        number = call.body["scheduleRequestNumber"]
        need(len(number) <= 120 and len(call.body["requestSource"]) <= 30, Answer({"title": "Bad Request"}, 400))
        need(call.body["requestTime"][-6] in "+-", Answer({"title": "Bad Request"}, 400))
        need(number not in self.numbers, Answer({"title": "Conflict"}, 409))
        for act in (self._check, self._event):
            for event in call.body["scheduleEvents"]:
                act(event)
        self.numbers.add(number)
        return Answer(call.body, 201)

    def _check(self, event: Body) -> None:
        user, shifts = event["personNumber"], event["scheduleShiftEvents"]
        need(user in self.users, Answer({"title": "Bad Request", "detail": "personNumber"}, 400))
        first, last = date.fromisoformat(event["startDate"]), date.fromisoformat(event["endDate"])
        need(event["importMode"] in ("FULL", "UPDATE"), Answer({"title": "Bad Request"}, 400))
        for shift in shifts:
            there = (user, date.fromisoformat(shift["referenceDay"])) in self.shifts
            full = event["importMode"] == "FULL"
            right = shift["shiftAction"] == "CREATE" if full else there == (shift["shiftAction"] in ("UPDATE", "DELETE"))
            need(right and first <= date.fromisoformat(shift["referenceDay"]) <= last, Answer({"title": "Bad Request"}, 400))

    def _event(self, event: Body) -> None:
        user, shifts = event["personNumber"], event["scheduleShiftEvents"]
        first, last = date.fromisoformat(event["startDate"]), date.fromisoformat(event["endDate"])
        if event["importMode"] == "FULL":
            self.shifts = {key: one for key, one in self.shifts.items() if key[0] != user or not first <= key[1] <= last}
        for shift in shifts:
            key = (user, date.fromisoformat(shift["referenceDay"]))
            self.shifts.pop(key, None)
            if shift["shiftAction"] != "DELETE":
                self.shifts[key] = shift

    def half(self, call: Received) -> Received:
        events = call.body["scheduleEvents"]
        return replace(
            call,
            body=call.body | {"scheduleEvents": events[: len(events) // 2], "scheduleRequestNumber": f"half-{len(self.numbers)}"},
        )

    def busy(self) -> Answer:
        return Answer({"title": "Too Many Requests"}, 429)

    def nothing(self) -> Answer:
        return Answer({}, 200)

    def held(self) -> dict[tuple[str, date], str]:
        return {key: f"{one['shiftCode']}@{one['startTime'][11:16]}-{one['endTime'][11:16]}" for key, one in self.shifts.items()}
