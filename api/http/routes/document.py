"""The OpenAPI document: what there is, is told to whoever is known."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from api.http.access import anyone
from api.http.openapi import PREFIX, operation_id
from api.http.permissions import Caller

router = APIRouter(prefix=PREFIX, include_in_schema=False, generate_unique_id_function=operation_id)


@router.get("/openapi.json")
def get_document(request: Request, _: Annotated[Caller, anyone()]) -> Response:
    """The OpenAPI document of this service."""
    state = request.app.state
    if not hasattr(state, "document"):
        state.document = JSONResponse(request.app.openapi()).body
    return Response(state.document, media_type="application/json")
