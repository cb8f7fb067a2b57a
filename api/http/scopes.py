"""What a caller sees of a centre: the agents of their sites and teams, themselves alone if they are an agent."""

from typing import Any

from api.http.permissions import Caller
from data.store.entries import entries


def visible_agents(connection: Any, centre: str, caller: Caller) -> frozenset[str] | None:
    """Agents whose rows are open to a caller; None = all of them."""
    if caller.roles == ("agent",):
        return frozenset({caller.agent})
    if not caller.sites and not caller.teams:
        return None
    staff = (entry.body for entry in entries(connection, centre, "staff"))
    return frozenset(str(one["agent"]) for one in staff if within(one, caller))


def within(agent: dict[str, Any], caller: Caller) -> bool:
    """Whether a row of the staff is within the sites and teams of a caller."""
    sites = not caller.sites or agent.get("site") in caller.sites
    return sites and (not caller.teams or agent.get("team") in caller.teams)
