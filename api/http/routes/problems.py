"""Codes of the errors that this API answers with."""

from typing import Annotated

from pydantic import BaseModel, Field

from api.http.access import anyone
from api.http.openapi import api_router
from api.http.permissions import Caller
from api.http.problems import BROKEN, CATALOGUE, OF_THE_WEB

router = api_router("/problems", tags=["problems"])


class ProblemCode(BaseModel):
    """A code of the catalogue."""

    code: str = Field(description="As it stands in `type` of a problem.", examples=["invalid-data"])
    status: int = Field(description="The HTTP status that it comes with.", examples=[422])
    title: str = Field(description="What it means.")


@router.get("")
def list_problems(_: Annotated[Caller, anyone()]) -> list[ProblemCode]:
    """Every code that a problem may have; told to whoever is known."""
    of_errors = [ProblemCode(code=code, status=status, title=title) for status, code, title in CATALOGUE.values()]
    of_the_web = [ProblemCode(code=code, status=status, title=title) for status, (code, title) in OF_THE_WEB.items()]
    broken = ProblemCode(code=BROKEN[0], status=500, title=BROKEN[1])
    return sorted([*of_errors, *of_the_web, broken], key=lambda one: (one.status, one.code))
