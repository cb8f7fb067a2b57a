"""Routes that a system may call for everybody, and an agent for themselves."""

from typing import Annotated, Any

from fastapi import Depends, Request

from api.http.access import Needs, caller_of
from api.http.permissions import Caller, Permission
from api.http.problems import Forbidden


class NeedsEither(Needs):
    """A dependency: the caller, if they hold a permission for everybody, or another one for themselves alone."""

    def __init__(self, permission: Permission, own: Permission):
        super().__init__(permission)
        self.whole: Permission = permission
        self.own: Permission = own

    async def __call__(self, request: Request, caller: Annotated[Caller, Depends(caller_of)]) -> Caller:
        """The caller.

        Raises
        ------
        Forbidden
            They hold neither.
        """
        if not caller.may(self.whole) and caller.may(self.own) and caller.agent:
            return await Needs(self.own)(request, caller)
        return await super().__call__(request, caller)


def either(permission: Permission, own: Permission) -> Any:
    """The caller: ``caller: Annotated[Caller, either("people:write", "own:write")]``."""
    return Depends(NeedsEither(permission, own))


def check_own(caller: Caller, permission: Permission, agent: str) -> None:
    """Refuse an agent who acts for somebody else.

    Raises
    ------
    Forbidden
        They do.
    """
    if not caller.may(permission) and agent != caller.agent:
        raise Forbidden(f"{caller.name} may only act for {caller.agent}")
