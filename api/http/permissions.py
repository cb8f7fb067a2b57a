"""Who may do what: each route names one permission, each role holds some of them."""

from dataclasses import dataclass, field
from typing import Literal, get_args

Permission = Literal[
    "centres:read",
    "centres:write",
    "data:read",
    "data:write",
    "rosters:read",
    "rosters:publish",
    "runs:read",
    "runs:write",
    "response:write",
    "people:write",
    "people:export",
    "people:erase",
    "own:read",
    "own:write",
    "audit:read",
    "admin",
]
Role = Literal["administrator", "planner", "leader", "agent", "hr_system", "auditor"]

GRANTS: dict[Role, frozenset[Permission]] = {
    "administrator": frozenset(get_args(Permission)),
    "planner": frozenset(
        {
            "centres:read",
            "data:read",
            "data:write",
            "rosters:read",
            "rosters:publish",
            "runs:read",
            "runs:write",
            "response:write",
            "people:write",
            "own:read",
            "own:write",
        }
    ),
    "leader": frozenset({"centres:read", "data:read", "rosters:read", "runs:read", "response:write", "own:read", "own:write"}),
    "agent": frozenset({"own:read", "own:write"}),
    "hr_system": frozenset({"centres:read", "data:read", "rosters:read", "runs:read", "people:write", "people:export"}),
    "auditor": frozenset({"centres:read", "data:read", "rosters:read", "runs:read", "audit:read"}),
}
"""What each role holds."""

OF_ALL_CENTRES = frozenset[Permission]({"admin", "centres:write"})
"""On routes that name no centre these are not for callers who are confined to some: they would reach beyond."""


@dataclass(frozen=True)
class Caller:
    """Who makes a request.

    Parameters
    ----------
    name : str
        As it stands in the audit trail.
    kind : str
        person (a session) or system (a key or token).
    roles : tuple of str
    centres, sites, teams, projects : frozenset of str
        To which the roles are confined; empty = to none, all are open.
    agent : str
        Id of the agent that a person is; empty = none.
    permissions : frozenset of str
        What a key was confined to; None = all that its roles hold.
    session : int
        Of a person who has logged in; 0 = a system.
    must_change_password : bool
        Whether they may do nothing else first.
    """

    name: str
    kind: Literal["person", "system"]
    roles: tuple[Role, ...]
    centres: frozenset[str] = frozenset()
    sites: frozenset[str] = frozenset()
    teams: frozenset[str] = frozenset()
    projects: frozenset[str] = frozenset()
    agent: str = ""
    permissions: frozenset[Permission] | None = field(default=None)
    session: int = 0
    must_change_password: bool = False

    def may(self, permission: Permission) -> bool:
        """Whether some role holds a permission, and the key was not denied it."""
        held = any(permission in GRANTS[role] for role in self.roles)
        return held and (self.permissions is None or permission in self.permissions)

    def held(self) -> list[Permission]:
        """All that they may do."""
        return [one for one in get_args(Permission) if self.may(one)]
