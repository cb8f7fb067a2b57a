"""The OpenAPI document: what there is, is told to whoever is known."""

from typing import Annotated, Any

from fastapi import APIRouter, Request

from api.http.access import anyone
from api.http.permissions import Caller

router = APIRouter(include_in_schema=False)


@router.get("/openapi.json")
def get_document(request: Request, _: Annotated[Caller, anyone()]) -> dict[str, Any]:
    """The OpenAPI document of this service."""
    return request.app.openapi()
