"""What was done with the versions of a folder's rosters: ``versions.csv``, which is only ever added to."""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd
from pydantic import ValidationError

from data.exchange.documents import findings_of
from data.exchange.files import read_table, write_table
from data.model.errors import InvalidData
from data.model.rulebook import Rhythm
from data.model.version import Chain, Step
from data.tables import STEPS

STEPS_FILE = "versions.csv"


def read_chain(folder: Path, second_person: tuple[Rhythm, ...] = ()) -> Chain:
    """The chain of a folder; empty if nothing was done yet.

    Raises
    ------
    InvalidData
        Every cell that does not read, or every step that is none.
    """
    path = folder / STEPS_FILE
    if not path.is_file():
        return Chain((), second_person)
    frame = read_table(path, STEPS)
    return Chain(tuple(_steps(frame, path.name)), second_person)


def _steps(frame: pd.DataFrame, where: str) -> Iterable[Step]:
    for row in frame.to_dict("records"):
        held = {str(name): value for name, value in row.items() if value is not None and not pd.isna(value)}
        try:
            yield Step.model_validate(held)
        except ValidationError as error:
            raise InvalidData(findings_of(error, where)) from error


def write_chain(chain: Chain, folder: Path) -> None:
    """Write all steps anew, in one go: a write that is cut short leaves the old file."""
    write_table(STEPS.frame(step.model_dump(exclude_none=True) for step in chain.steps), folder / STEPS_FILE)
