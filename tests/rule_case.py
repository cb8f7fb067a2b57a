"""A small centre for the tests of rules, random lines in it, and a plain interpreter of languages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, time, timedelta
from math import inf
from random import Random
from typing import Any, get_args

import numpy as np

from data.model.base import Frozen
from data.model.calendar import WEEKENDS_ONLY, Calendar, DayType, SpecialDay
from data.model.centre import Centre, OpeningHours, Queue
from data.model.ledger import Balance
from data.model.people import Absence, Agent, Contract, Protection, ShiftKind
from data.model.roster import AgentLine, Duty, ShiftTemplate
from data.model.time import Horizon, TimeGrid, local
from optimizer.rostering.language import Automaton, Counter, Language
from optimizer.rostering.problem import Alphabet, LineContext
from optimizer.rostering.rules import Example

MEAL = {"meal_minutes": 30, "meal_earliest": 180, "meal_latest": 300}
SHIFTS = (
    ShiftTemplate(code="E", kind="early", start=time(7), minutes=510, **MEAL),
    ShiftTemplate(code="D", kind="day", start=time(9), minutes=510, **MEAL),
    ShiftTemplate(code="L", kind="late", start=time(14), minutes=510, **MEAL),
    ShiftTemplate(code="N", kind="night", start=time(22), minutes=510, **MEAL),
    ShiftTemplate(code="S", kind="day", start=time(10), minutes=240),
    ShiftTemplate(code="T", kind="split", start=time(9), minutes=660, meal_minutes=180, meal_earliest=180, meal_latest=240),
)
CONTRACTS = (
    Contract(id="full", name="Full time", shifts=("E", "D", "L", "N", "T")),
    Contract(id="part", name="Part time", hours_system="part_time", daily_minutes=240, shifts=("S", "D")),
)
QUEUE = Queue(id="calls", name="Calls", project="p", opening=OpeningHours(hours={}), handle_time_s=300, patience_s=120)
EXAMPLE_CENTRE = Centre(id="example", name="Example", zone="Asia/Shanghai", queues=(QUEUE,), contracts=CONTRACTS, shifts=SHIFTS)
AGENT = Agent(id="a1", contract="full", skills=("calls",))
MONDAY = date(2026, 6, 1)
LEAVES = (
    Absence(agent="nobody", first=MONDAY, last=MONDAY, code="AL"),
    Absence(agent="nobody", first=MONDAY, last=MONDAY, code="UL", paid=False),
)
ALPHABET = Alphabet.of(EXAMPLE_CENTRE, LEAVES)
CALENDARS = (("Europe/Berlin", date(2026, 3, 20)), ("Europe/Berlin", date(2026, 10, 19)), ("Asia/Shanghai", date(2026, 6, 22)))
EXAMPLE_CALENDAR = WEEKENDS_ONLY.with_days({date(2026, 6, 12): SpecialDay(type=DayType.HOLIDAY)})
"""Friday of the second week of the example lines is a statutory holiday."""
MOST_DAYS = 24
TEAMS = ("", "red", "blue")
WORDS = (*(shift.code for shift in SHIFTS), *get_args(ShiftKind))
"""What a free text of a rule may be: shift codes and kinds; a field that takes others gives `examples`."""


@dataclass(frozen=True)
class Case:
    """One agent's line with all that a rule may know of it."""

    horizon: Horizon
    agent: Agent
    codes: tuple[str, ...]
    first_open: int
    leave: tuple[str, ...]
    calendar: Calendar = WEEKENDS_ONLY
    balance: Balance | None = None

    @property
    def contract(self) -> Contract:
        return EXAMPLE_CENTRE.contract(self.agent.contract)

    @property
    def symbols(self) -> np.ndarray:
        return np.array([ALPHABET.codes.index(code) for code in self.codes])

    @property
    def context(self) -> LineContext:
        grid = TimeGrid(horizon=self.horizon, minutes=30)
        leave = np.array([ALPHABET.codes.index(code) if code else -1 for code in self.leave])
        fixed = np.where(np.arange(self.horizon.days) < self.first_open, self.symbols, -1)
        known = self.calendar, self.balance
        return LineContext(self.agent, self.contract, ALPHABET, grid, self.first_open, leave, fixed, *known)

    @property
    def line(self) -> AgentLine:
        duties = tuple(self._duty(day, code) for day, code in zip(self.horizon.dates, self.codes, strict=True))
        return AgentLine(self.agent, self.contract, duties, self.first_open, self.leave, self.calendar, self.balance)

    def _duty(self, day: date, code: str) -> Duty:
        shift = next((s for s in SHIFTS if s.code == code), None)
        if shift is None:
            return Duty(day, "off" if code == "-" else "leave", code, credit_minutes=self.contract.daily_minutes * (code == "AL"))
        start = local(day, shift.start, self.horizon.zone)
        end = (start.astimezone(UTC) + timedelta(minutes=shift.minutes)).astimezone(start.tzinfo)
        paid = shift.paid_minutes
        night = {"N": 480, "L": 30}.get(code, 0)
        return Duty(day, "shift", code, start, end, None, shift.meal_minutes, paid, paid, night, shift_kind=shift.kind)


def of_example(example: Example) -> Case:
    """The case that an example describes."""
    codes = tuple(example.line.split())
    leave = tuple((example.leave or {}).get(d, "") for d in range(len(codes)))
    horizon = Horizon(zone=EXAMPLE_CENTRE.zone, first=MONDAY, days=len(codes))
    return Case(horizon, AGENT.model_copy(update=example.agent or {}), codes, example.history, leave, EXAMPLE_CALENDAR)


def random_case(rng: Random) -> Case:
    """A line of random symbols on random days, around a clock change or a month's end, for a random agent."""
    zone, first = rng.choice(CALENDARS)
    horizon = Horizon(zone=zone, first=first + timedelta(days=rng.randrange(9)), days=rng.randint(3, MOST_DAYS))
    leave = _random_leave(rng, horizon.days)
    codes = _random_codes(rng, leave)
    protection = rng.choice([None, Protection(no_night=True, until=rng.choice([None, rng.choice(horizon.dates)]))])
    terms = {"contract": rng.choice(["full", "part"]), "protection": protection, "team": rng.choice(TEAMS)}
    agent, known = AGENT.model_copy(update=terms), (_random_calendar(rng, horizon), _random_balance(rng, horizon))
    return Case(horizon, agent, codes, rng.randrange(horizon.days), leave, *known)


def _random_calendar(rng: Random, horizon: Horizon) -> Calendar:
    """A holiday of one to seven days, or none; it may reach over the edges of the days."""
    first = horizon.first + timedelta(days=rng.randrange(-3, horizon.days + 3))
    days = [first + timedelta(days=d) for d in range(rng.choice([0, 1, 3, 7]))]
    return WEEKENDS_ONLY.with_days({day: SpecialDay(type=DayType.HOLIDAY) for day in days})


def _random_balance(rng: Random, horizon: Horizon) -> Balance | None:
    """Totals until a day around the first ones, or none."""
    until = horizon.first + timedelta(days=rng.randrange(-3, horizon.days))
    totals = {"quarter_minutes": rng.randrange(0, 30_000, 30), "year_minutes": rng.randrange(0, 120_000, 30)}
    overtime = rng.randrange(0, 2_400, 30)
    return rng.choice([None, Balance(agent=AGENT.id, until=until, overtime_minutes=overtime, **totals)])


def _random_leave(rng: Random, days: int) -> tuple[str, ...]:
    leave = [""] * days
    for _ in range(rng.randrange(3)):
        first = rng.randrange(days)
        length = min(rng.randint(1, 9), days - first)
        leave[first : first + length] = [rng.choice(["AL", "UL"])] * length
    return tuple(leave)


def _random_codes(rng: Random, leave: tuple[str, ...]) -> tuple[str, ...]:
    """Symbols that like to stay the same, of all kinds or of a few; leave codes stand where they should, mostly."""
    pool = rng.sample(ALPHABET.codes, rng.randint(2, len(ALPHABET.codes)))
    obedient, sticky = rng.random() < 0.7, rng.random()
    pool = [code for code in pool if not (obedient and code in ("AL", "UL"))] or ["D"]
    codes: list[str] = []
    for due in leave:
        again = bool(codes) and rng.random() < sticky and codes[-1] not in ("AL", "UL")
        codes.append(due if due and obedient else codes[-1] if again else rng.choice(["-", *pool]))
    return tuple(codes)


def random_params(rng: Random, params: type[Frozen]) -> Frozen:
    """Numbers of a kind drawn from its JSON schema, mostly near the low end of their ranges, where rules are tight."""
    schema = params.model_json_schema()
    while True:
        try:
            return params.model_validate(_random_value(rng, schema, schema.get("$defs", {})))
        except ValueError:
            continue


def _random_value(rng: Random, field: Mapping[str, Any], defs: Mapping[str, Any]) -> Any:
    """A value of a field of a JSON schema."""
    if "$ref" in field:
        return _random_value(rng, defs[field["$ref"].rpartition("/")[2]], defs)
    if "anyOf" in field:
        return _random_value(rng, rng.choice(field["anyOf"]), defs)
    for choices in ("enum", "examples"):
        if choices in field:
            return rng.choice(field[choices])
    return field["const"] if "const" in field else RANDOM[field["type"]](rng, field, defs)


def _random_object(rng: Random, field: Mapping[str, Any], defs: Mapping[str, Any]) -> dict[str, Any]:
    """A nested model, or a mapping of up to three entries."""
    if "additionalProperties" not in field or field["additionalProperties"] is False:
        return {name: _random_value(rng, inner, defs) for name, inner in field.get("properties", {}).items()}
    names = [_random_value(rng, field.get("propertyNames", {"type": "string"}), defs) for _ in range(rng.randrange(4))]
    return {name: _random_value(rng, field["additionalProperties"], defs) for name in names}


def _random_array(rng: Random, field: Mapping[str, Any], defs: Mapping[str, Any]) -> list[Any]:
    """A few items, or one of each that the schema names."""
    least = field.get("minItems", 0)
    items = field.get("prefixItems") or [field["items"]] * rng.randint(least, min(least + 3, field.get("maxItems", least + 3)))
    return [_random_value(rng, item, defs) for item in items]


def _random_string(rng: Random, field: Mapping[str, Any], _: Mapping[str, Any]) -> str:
    """A date around those of `random_case`, or one of `WORDS`."""
    if field.get("format") == "date":
        return str(rng.choice(CALENDARS)[1] + timedelta(days=rng.randrange(MOST_DAYS + 9)))
    return rng.choice(WORDS)


def _random_integer(rng: Random, field: Mapping[str, Any], _: Mapping[str, Any]) -> int:
    low, high = field["minimum"], field["maximum"]
    value = rng.randint(low, min(high, low + rng.choice([1, 4, 900, 3000, 9000])))
    return rng.choice([value, max(low, value // 30 * 30)])


RANDOM = {
    "object": _random_object,
    "array": _random_array,
    "string": _random_string,
    "integer": _random_integer,
    "number": lambda rng, field, _: rng.randint(field["minimum"] * 4, field["maximum"] * 4) / 4,
    "boolean": lambda rng, *_: rng.random() < 0.5,
    "null": lambda *_: None,
}
"""How a value of each type of a JSON schema is drawn."""


def price_of(language: Language, line: Sequence[int]) -> float:
    """Price of a line, by the definition of languages; inf = forbidden."""
    days = range(len(line))
    total = 0.0 if language.cost is None else sum(float(language.cost[d, line[d]]) for d in days)
    emitted: dict[str, list[int]] = {count.name: [0] * len(line) for count in language.counters}
    for automaton in language.automata:
        total += _walk(automaton, line, emitted)
    return total + _count(language.closing_order(), line, emitted)


def _walk(automaton: Automaton, line: Sequence[int], emitted: dict[str, list[int]]) -> float:
    state, total = automaton.start, 0.0
    for d, symbol in enumerate(line):
        step = int(automaton.kind[d]), state, symbol
        state = int(automaton.next[step])
        if state < 0:
            return inf
        total += float(automaton.cost[step])
        if automaton.emit is not None:
            emitted[automaton.counter][d] += int(automaton.emit[step])
    return total + float(automaton.final[state])


def _count(counters: Sequence[Counter], line: Sequence[int], emitted: Mapping[str, Sequence[int]]) -> float:
    value, total = {counter.name: counter.start for counter in counters}, 0.0
    for d, symbol in enumerate(line):
        for counter in counters:
            value[counter.name] += int(counter.weight[d, symbol]) + emitted[counter.name][d]
        for counter in counters:
            if value[counter.name] > counter.hi:
                return inf
            if d in counter.closes:
                total += _close(counter, counter.closes.index(d), value)
    return total


def _close(counter: Counter, closing: int, value: dict[str, int]) -> float:
    """Price of a counter at a closing; what it carries is handed on, and it is set to zero."""
    count, value[counter.name] = value[counter.name], 0
    if counter.carry is not None:
        value[counter.carry.counter] += int(counter.carry.amount[closing, count])
    return float(counter.price[closing, count])
