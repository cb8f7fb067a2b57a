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
    title_zh: str = Field(description="The same in Chinese.")


@router.get("")
def list_problems(_: Annotated[Caller, anyone()]) -> list[ProblemCode]:
    """Every code that a problem may have; told to whoever is known."""
    held = [*CATALOGUE.values(), *OF_THE_WEB.values(), BROKEN]
    return [ProblemCode.model_validate(one._asdict()) for one in sorted(held)]
