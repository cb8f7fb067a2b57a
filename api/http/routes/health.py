"""Health: open to all, and telling nothing but whether the service stands."""

from datetime import UTC, datetime
from typing import Literal

from fastapi import Response
from pydantic import BaseModel

from api.http.access import SettingsOf
from api.http.openapi import api_router
from api.operation import is_ready

router = api_router(tags=["operation"])


class Health(BaseModel):
    """Whether the service stands."""

    status: Literal["ok", "not ready"]


@router.get("/health")
def health() -> Health:
    """Whether the process answers; says nothing of the database."""
    return Health(status="ok")


@router.get("/ready", responses={503: {"model": Health, "description": "Not ready: send no requests here."}})
def ready(response: Response, settings: SettingsOf) -> Health:
    """Whether the database is reached, its schema is the one of this version, and a worker lives."""
    if is_ready(settings, datetime.now(UTC)):
        return Health(status="ok")
    response.status_code = 503
    return Health(status="not ready")
