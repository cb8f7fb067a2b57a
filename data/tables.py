"""Every table that Echelon reads or writes: its columns, their kinds and units (`data.columns`)."""

from typing import get_args

from data.cells import AWARE, BREAKS, CLOCK, DAY, FLAG, IDS, INSTANT, INSTANTS, TEXT, choice, number, whole, whole_of, word_of
from data.columns import Column, Table, alike, optional
from data.model.demand import LEVELS, level_name
from data.model.override import Override
from data.model.people import Wish
from data.model.response import Cause
from data.model.roster import ShiftTemplate

CALLS = Table(
    "calls",
    (
        Column("queue", TEXT),
        Column("timestamp", INSTANT),
        Column("offered", number(0), "calls", filled=False),
        optional("answered", number(0), "calls"),
        optional("abandoned", number(0), "calls"),
        optional("handle_time_s", number(0), "s"),
    ),
    extra=True,
)

CALL_RECORDS = Table(
    "call_records",
    (
        Column("queue", TEXT),
        Column("arrival", INSTANT),
        Column("wait_s", number(0), "s"),
        Column("outcome", choice("answered", "abandoned")),
        Column("handle_s", number(0), "s", filled=False),
        *(optional(name, TEXT) for name in ("agent", "caller")),
        optional("priority", whole(0)),
    ),
    extra=True,
)

STAFF = Table(
    "staff",
    (
        Column("agent", TEXT),
        *(Column(name, TEXT, filled=False) for name in ("name", "site", "team")),
        Column("contract", TEXT),
        Column("skills", IDS),
        optional("echelon", TEXT),
        optional("no_night", FLAG),
        optional("no_overtime", FLAG),
        optional("protected_until", DAY),
        optional("efficiency", number(0, 1)),
        optional("prefers", IDS),
    ),
    keys=("agent",),
)

BALANCES = Table(
    "balances",
    (
        Column("agent", TEXT),
        Column("until", DAY),
        *(optional(name, whole(0), "min") for name in ("quarter_minutes", "year_minutes", "overtime_minutes")),
        *(optional(name, number()) for name in ("points", "points_brought", "points_earned")),
        optional("refused_wishes", number(0)),
    ),
    keys=("agent",),
)

MEALS = ("meal_minutes", "meal_earliest", "meal_latest", "meal_step")

SHIFTS = Table(
    "shifts",
    (
        Column("code", TEXT),
        optional("name", TEXT),
        optional("name_zh", TEXT),
        optional("kind", word_of(ShiftTemplate, "kind")),
        Column("start", CLOCK),
        Column("minutes", whole_of(ShiftTemplate, "minutes"), "min"),
        *(optional(name, whole_of(ShiftTemplate, name), "min") for name in MEALS),
        optional("breaks", BREAKS, "min after the start"),
        optional("max_phone_minutes", whole_of(ShiftTemplate, "max_phone_minutes"), "min"),
        optional("colour", TEXT),
    ),
    keys=("code",),
)

LEAVE = Table(
    "leave",
    (Column("agent", TEXT), Column("first", DAY), Column("last", DAY), Column("code", TEXT), optional("paid", FLAG)),
)

WISHES = Table(
    "wishes",
    (
        Column("agent", TEXT),
        Column("day", DAY),
        Column("kind", word_of(Wish, "kind")),
        optional("shift", TEXT),
        optional("rank", whole_of(Wish, "rank")),
    ),
)

SHIFT_DEMAND = Table(
    "shift_demand",
    (
        Column("date", DAY),
        Column("shift", TEXT),
        Column("heads", whole(0), "agents"),
        *alike("under over", number(0)),
    ),
)

EVENTS = Table(
    "events",
    (
        Column("queue", TEXT),
        Column("name", TEXT),
        optional("name_zh", TEXT),
        Column("start", AWARE),
        Column("end", AWARE),
        *(
            optional(name, number(0), unit)
            for name, unit in (("factor", ""), ("fade_hours", "h"), ("extra_calls", "calls"), ("spread", ""))
        ),
        optional("known_from", AWARE),
    ),
)
QUANTILES = tuple(Column(level_name(level), number(0), "calls") for level in LEVELS)

FORECAST = Table(
    "forecast",
    (
        Column("queue", TEXT),
        Column("timestamp", AWARE),
        Column("mean", number(0), "calls"),
        Column("handle_time_s", number(0), "s", required=False),
        *QUANTILES,
    ),
    keys=("queue", "timestamp"),
)

REQUIREMENT = Table(
    "requirement",
    (
        Column("queue", TEXT),
        Column("timestamp", AWARE),
        Column("calls", number(0), "calls"),
        Column("handle_time_s", number(0), "s"),
        Column("shrinkage", number(0, 1)),
        Column("on_phone", whole(0), "agents"),
        Column("heads", whole(0), "agents"),
        Column("binding", whole()),
    ),
    keys=("queue", "timestamp"),
)

ROSTER = Table(
    "roster",
    (
        Column("agent", TEXT),
        Column("date", DAY),
        Column("code", TEXT),
        Column("start", INSTANT, filled=False),
        Column("end", INSTANT, filled=False),
        optional("meal_start", INSTANT),
        optional("meal_minutes", whole(0), "min"),
        optional("break_starts", INSTANTS),
        optional("paid_minutes", whole(), "min"),
    ),
    keys=("agent", "date"),
)

CHANGES = Table(
    "changes",
    (
        Column("agent", TEXT),
        Column("day", DAY),
        *alike("before after rhythm", TEXT),
        Column("reason", TEXT, filled=False),
        Column("minutes", whole(), "min"),
    ),
)

WARNINGS = Table(
    "warnings",
    (
        *alike("queue level", TEXT),
        *alike("start end worst", AWARE),
        *alike("chance chance_realised", number(0, 1)),
        Column("missing_heads", number(0), "agents"),
        Column("need_over_capacity", TEXT),
        Column("lost_calls", number(0), "calls"),
        *(optional(name, TEXT) for name in ("message", "message_zh", "id", "project")),
        optional("missing_hours", number(0), "agent-hours"),
        *(optional(name, TEXT) for name in ("stands_on", "reasons", "remedies", "parts")),
        *(optional(f"missing_by_{cause}", number(), "agents") for cause in get_args(Cause)),
    ),
)

CALL_OUTS = Table(
    "call_outs",
    (
        *alike("echelon queue", TEXT),
        *alike("call_by start end", AWARE),
        Column("members", IDS),
        Column("worst", AWARE),
        *alike("chance_before chance_after", number(0, 1)),
        *(optional(name, TEXT) for name in ("reason", "reason_zh")),
        optional("needs_approval", FLAG),
        *(optional(name, TEXT) for name in ("approval", "approval_zh")),
    ),
)

REGISTER = Table(
    "register",
    (
        Column("at", AWARE),
        *alike("echelon queue", TEXT),
        optional("site", TEXT),
        *alike("members able standby", whole(0), "agents"),
        *alike("skill protection leave duty rest weekly_rest run overtime month_cap unreachable declined", whole(0), "agents"),
    ),
)

COVERAGE = Table(
    "coverage",
    (
        Column("queue", TEXT),
        Column("timestamp", AWARE),
        Column("calls", number(0), "calls"),
        *alike("required rostered", number(0), "agents"),
        optional("service_level", number(0, 1)),
        optional("worth", number()),
    ),
    keys=("queue", "timestamp"),
)

OVERRIDES = Table(
    "overrides",
    (
        Column("id", TEXT),
        Column("kind", word_of(Override, "kind")),
        optional("value", number(), "% or calls"),
        optional("copy_from", word_of(Override, "copy_from")),
        optional("copy_day", DAY),
        *alike("start end", AWARE),
        optional("queues", IDS),
        optional("order", whole()),
        optional("active", FLAG),
        *alike("author reason", TEXT),
        optional("cause", TEXT),
        Column("made_at", AWARE),
    ),
    keys=("id",),
)

EXCLUSIONS = Table(
    "exclusions",
    (Column("queue", TEXT), *alike("start end", AWARE), Column("reason", TEXT)),
    keys=("queue", "start", "end"),
)

OUTAGES = Table(
    "outages",
    (
        *alike("queue name", TEXT),
        optional("name_zh", TEXT),
        Column("customers", number(0), "customers"),
        *alike("start restored", AWARE),
        optional("planned", FLAG),
        optional("notice_coverage", number(0, 1)),
        optional("coefficient", number(0), "calls per customer"),
        optional("known_from", AWARE),
    ),
)

STEPS = Table(
    "steps",
    (
        *alike("version deed by", TEXT),
        Column("at", AWARE),
        *(optional(name, TEXT) for name in ("reason", "parent", "rhythm")),
        *(optional(name, DAY) for name in ("first", "last")),
    ),
)
