"""The OpenAPI document: what there is, is told to whoever is known."""

from typing import Annotated

from fastapi import Request, Response
from fastapi.responses import JSONResponse

from api.http.access import anyone
from api.http.openapi import api_router
from api.http.permissions import Caller

router = api_router(include_in_schema=False)


@router.get("/openapi.json")
def get_document(request: Request, _: Annotated[Caller, anyone()]) -> Response:
    """The OpenAPI document of this service."""
    state = request.app.state
    if not hasattr(state, "document"):
        state.document = JSONResponse(request.app.openapi()).body
    return Response(state.document, media_type="application/json")
