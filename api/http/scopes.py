"""What a caller sees of a centre: the agents of their sites, teams and projects, themselves alone if they are an agent."""

from typing import Any

from api.http.permissions import Caller
from api.http.problems import Forbidden
from data.store.members import Member, member_of, members, projects_of_queues


def is_agent_alone(caller: Caller) -> bool:
    """Whether somebody sees nothing but their own."""
    return set(caller.roles) <= {"agent"}


def visible_agents(connection: Any, centre: str, caller: Caller) -> frozenset[str] | None:
    """Agents whose rows are open to a caller; None = all of them."""
    if is_agent_alone(caller):
        return frozenset({caller.agent} - {""})
    if not caller.sites and not caller.teams and not caller.projects:
        return None
    queues = visible_queues(connection, centre, caller)
    return frozenset(agent for agent, one in members(connection, centre).items() if _within(one, caller, queues))


def within(connection: Any, centre: str, caller: Caller, row: dict[str, Any]) -> bool:
    """Whether a row of the staff, as it is to be, is open to a caller."""
    return _within(member_of(row), caller, visible_queues(connection, centre, caller))


def _within(agent: Member, caller: Caller, queues: frozenset[str] | None) -> bool:
    sites = not caller.sites or agent.site in caller.sites
    teams = not caller.teams or agent.team in caller.teams
    return sites and teams and (queues is None or not queues.isdisjoint(agent.skills))


def visible_queues(connection: Any, centre: str, caller: Caller) -> frozenset[str] | None:
    """Queues whose numbers are open to a caller: those of their projects; None = all of them."""
    if not caller.projects:
        return None
    found = projects_of_queues(connection, centre)
    return frozenset(queue for queue, project in found.items() if project in caller.projects)


def may_read_agent(connection: Any, centre: str, caller: Caller, agent: str) -> None:
    """Refuse what is about an agent who is not open to a caller.

    Raises
    ------
    Forbidden
        They are not; nor is told whether there is such an agent.
    """
    visible = visible_agents(connection, centre, caller)
    if visible is not None and agent not in visible:
        raise Forbidden(f"the agent {agent} is not open to {caller.name}")


def may_write_agent(connection: Any, centre: str, caller: Caller, *agents: str) -> None:
    """Refuse a change of rows of agents who are not open to a caller: name the agent before and after the change.

    Raises
    ------
    Forbidden
        Some are not.
    """
    for agent in agents:
        may_read_agent(connection, centre, caller, agent)


def may_write_all(caller: Caller) -> None:
    """Refuse a change of what belongs to the whole centre to a caller who is confined to a part of it.

    Raises
    ------
    Forbidden
        They are.
    """
    if is_agent_alone(caller) or caller.sites or caller.teams or caller.projects:
        raise Forbidden(f"this belongs to the whole centre; {caller.name} is confined to a part of it")
