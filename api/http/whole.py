"""Routes about what belongs to a whole centre: for nobody who is confined to a part of one."""

from typing import Annotated, Any

from fastapi import Depends, Request

from api.http.access import Needs, caller_of
from api.http.permissions import Caller, Permission
from api.http.scopes import may_write_all


class NeedsWhole(Needs):
    """A dependency: the caller, if they hold a permission and no sites, teams or projects confine them."""

    async def __call__(self, request: Request, caller: Annotated[Caller, Depends(caller_of)]) -> Caller:
        """The caller.

        Raises
        ------
        Forbidden
            They do not hold it, or are confined.
        """
        found = await super().__call__(request, caller)
        may_write_all(found)
        return found


def need_whole(permission: Permission) -> Any:
    """The caller, who must hold a permission for whole centres: ``caller: Annotated[Caller, need_whole("data:write")]``."""
    return Depends(NeedsWhole(permission))
