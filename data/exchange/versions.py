"""What was done with the versions of a folder's rosters: ``versions.csv``, which is only ever added to."""

from dataclasses import replace
from pathlib import Path

from data.exchange.files import stop, write_table
from data.exchange.rows import read_rows
from data.model.errors import Finding, InvalidData, NotFound, Superseded
from data.model.rulebook import Rhythm
from data.model.version import Chain, Step
from data.tables import STEPS

STEPS_FILE = "versions.csv"
UNDO = "put the file back as Echelon wrote it: it is only ever added to"


def read_chain(folder: Path, second_person: tuple[Rhythm, ...] = ()) -> Chain:
    """The chain of a folder, taken step by step anew; empty if nothing was done yet.

    Raises
    ------
    InvalidData
        Every cell that does not read, and every step that could not be taken when it says it was.
    """
    path, chain, findings = folder / STEPS_FILE, Chain(), list[Finding]()
    steps = read_rows(path, STEPS, Step, "version", lambda _: (), ()) if path.is_file() else ()
    for line, step in enumerate(steps, start=2):
        try:
            chain = chain.take(step)
        except (InvalidData, NotFound, Superseded) as error:
            findings.append(
                Finding(path.name, line, "deed", f"{step.version} {step.deed}", f"a step that can be taken: {error}", UNDO)
            )
    stop(findings)
    # whom the rulebook asks for today says nothing of the steps of before
    return replace(chain, second_person=second_person)


def write_chain(chain: Chain, folder: Path) -> None:
    """Write all steps anew, in one go: a write that is cut short leaves the old file."""
    write_table(STEPS.frame(step.model_dump(exclude_none=True) for step in chain.steps), folder / STEPS_FILE)
