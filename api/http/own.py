"""Whose rows a caller may ask for: their own, or those of the agents that their roles open to them."""

from api.http.permissions import Caller, Permission
from api.http.problems import Forbidden
from api.http.scopes import visible_agents
from data.model.errors import NotFound
from data.store.base import Connection
from data.store.entries import entries


def own_agent(caller: Caller) -> str:
    """Id of the agent that a caller is.

    Raises
    ------
    Forbidden
        They are none.
    """
    if not caller.agent:
        raise Forbidden(f"{caller.name} is no agent: own rows are those of an agent")
    return caller.agent


def check_open(connection: Connection, centre: str, caller: Caller, agent: str, permission: Permission) -> None:
    """Refuse what is about an agent, unless it is the caller, or one whom a permission and the scopes of the caller open to them.

    Raises
    ------
    Forbidden
        The agent is not open to them.
    NotFound
        There is no such agent.
    """
    if agent != caller.agent:
        seen = visible_agents(connection, centre, caller)
        if not caller.may(permission) or (seen is not None and agent not in seen):
            raise Forbidden(f"the agent {agent} is not open to {caller.name}")
    if all(one.body["agent"] != agent for one in entries(connection, centre, "staff")):
        raise NotFound(f"no agent {agent!r}")
