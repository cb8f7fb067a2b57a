"""What was done with the versions of a folder's rosters: ``versions.csv``, which is only ever added to."""

from dataclasses import replace
from pathlib import Path

from data.exchange.files import write_table
from data.exchange.steps import read_steps
from data.model.rulebook import Rhythm
from data.model.version import Chain, Step
from data.tables import STEPS

STEPS_FILE = "versions.csv"


def read_chain(folder: Path, second_person: tuple[Rhythm, ...] = ()) -> Chain:
    """The chain of a folder, taken step by step anew; empty if nothing was done yet.

    Raises
    ------
    InvalidData
        Every cell that does not read, and every step that could not be taken when it says it was.
    """
    chain = read_steps(folder / STEPS_FILE, STEPS, Step.model_validate, Chain())
    # whom the rulebook asks for today says nothing of the steps of before
    return replace(chain, second_person=second_person)


def write_chain(chain: Chain, folder: Path) -> None:
    """Write all steps anew, in one go: a write that is cut short leaves the old file."""
    write_table(STEPS.frame(step.model_dump(exclude_none=True) for step in chain.steps), folder / STEPS_FILE)
