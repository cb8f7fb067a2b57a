"""What HR systems tell beside persons: kinds of leave and how much of it is left, certificates, and requests as they came."""

from data.cells import AWARE, DAY, FLAG, TEXT, number
from data.columns import Column, Table, alike, optional

LEAVE_TYPES = Table(
    "leave_types",
    (Column("code", TEXT), *(optional(name, TEXT) for name in ("name", "name_zh")), optional("paid", FLAG)),
    keys=("code",),
)
"""Without a row every code may be used."""

LEAVE_BALANCES = Table(
    "leave_balances",
    (*alike("agent code", TEXT), Column("days", number(0), "days"), Column("until", DAY)),
    keys=("agent", "code"),
)
"""Days of leave that may still be taken until a day."""

CERTIFICATES = Table(
    "certificates",
    (*alike("agent skill", TEXT), Column("until", DAY), optional("name", TEXT)),
    keys=("agent", "skill"),
)
"""Until which day somebody may answer a queue: a record to warn by; a plan does not read it."""

ASKED = Table(
    "asked",
    (*alike("id agent kind", TEXT), *alike("made_at received_at", AWARE), *alike("file asked", TEXT)),
    keys=("id",),
)
"""Requests of agents as they came; `file` is what the run ``request`` is given, `asked` the request in JSON."""
