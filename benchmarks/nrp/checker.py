"""What a schedule costs and which rules it breaks, read straight from the instance: shares nothing with the engine."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from data.exchange.nrp import Instance, Terms

WEEK, SATURDAY = 7, 5


def cost(instance: Instance, schedule: Mapping[str, Sequence[str]]) -> int:
    """Requests refused, and cover below and above, with their weights."""
    refused = sum(
        request.weight for request in instance.requests
        if (schedule[request.employee][request.day] == request.shift) != request.wanted
    )  # fmt: skip
    there = Counter((day, shift) for line in schedule.values() for day, shift in enumerate(line))
    cover = 0
    for row in instance.cover:
        heads = there[row.day, row.shift]
        cover += max(0, row.heads - heads) * row.under + max(0, heads - row.heads) * row.over
    return refused + cover


def broken(instance: Instance, schedule: Mapping[str, Sequence[str]]) -> list[str]:
    """Every hard rule broken, in words."""
    return [
        f"{employee}: {what}" for employee, terms in instance.staff.items()
        for what in _broken(instance, terms, instance.days_off.get(employee, ()), schedule[employee])
    ]  # fmt: skip


def _broken(instance: Instance, terms: Terms, days_off: Sequence[int], line: Sequence[str]) -> Iterator[str]:
    lengths = {shift.code: shift.minutes for shift in instance.shifts}
    barred = {(shift.code, code) for shift in instance.shifts for code in shift.barred}
    yield from (f"works on day {day}" for day in days_off if line[day])
    yield from (
        f"{pair[0]} then {pair[1]} on day {day}" for day, pair in enumerate(zip(line, line[1:], strict=False), 1) if pair in barred
    )
    yield from (f"{line.count(code)} shifts {code}, at most {most}" for code, most in terms.max_shifts if line.count(code) > most)
    minutes = sum(lengths[code] for code in line if code)
    if not terms.min_minutes <= minutes <= terms.max_minutes:
        yield f"{minutes} minutes, {terms.min_minutes} to {terms.max_minutes}"
    weekends = sum(any(line[day : day + 2]) for day in range(SATURDAY, len(line), WEEK))
    if weekends > terms.max_weekends:
        yield f"{weekends} weekends, at most {terms.max_weekends}"
    yield from _runs(terms, line)


def _runs(terms: Terms, line: Sequence[str]) -> Iterator[str]:
    """Runs that are too long, or too short and touch neither edge."""
    first = 0
    for at_work, group in groupby(line, bool):
        length = len(list(group))
        end, inner = first + length, first > 0 and first + length < len(line)
        if at_work and (length > terms.max_run or (inner and length < terms.min_run)):
            yield f"works {length} days in a row up to day {end - 1}"
        if not at_work and inner and length < terms.min_days_off:
            yield f"is off {length} days in a row up to day {end - 1}"
        first = end
