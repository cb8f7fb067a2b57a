"""Figures for Prometheus."""

from typing import Annotated

from fastapi import Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from api.http.access import need
from api.http.openapi import api_router
from api.http.permissions import Caller

router = api_router(tags=["operation"])


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {}}, "description": "Text of the Prometheus exposition format."}},
)
def metrics(request: Request, _: Annotated[Caller, need("audit:read")]) -> Response:
    """Requests by route and status with their durations, runs and webhook deliveries by state with the age of the oldest."""
    return Response(generate_latest(request.app.state.registry), media_type=CONTENT_TYPE_LATEST)
