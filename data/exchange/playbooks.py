"""Playbooks in: the ready ones of ``data/playbooks``, and a centre's own in its folder; and the log of what was done by them.

Of two of one name the centre's own stands. Tracks, roles and actions that several share are in ``data/playbooks/parts``.
"""

from pathlib import Path
from typing import Any, cast

from pydantic import ValidationError

from data.cells import AWARE, TEXT, choice, word_of
from data.columns import Column, Table, alike, optional
from data.exchange.documents import findings_of, load_toml
from data.exchange.files import stop, write_table
from data.exchange.steps import read_steps
from data.model.errors import Finding, InvalidData
from data.model.playbook import Playbook
from data.model.playbook_log import PlaybookLog, PlaybookStep
from data.model.response import COLOURS

PLAYBOOKS = Path(__file__).parents[1] / "playbooks"
"""Where the ready playbooks are."""
PLAYBOOKS_FOLDER, STEPS_FILE = "playbooks", "playbook_steps.csv"

STEPS = Table(
    "playbook_steps",
    (
        *alike("playbook version", TEXT),
        Column("deed", word_of(PlaybookStep, "deed")),
        Column("level", choice(*COLOURS)),
        optional("action", TEXT),
        Column("at", AWARE),
        Column("by", TEXT),
        optional("note", TEXT),
    ),
)


def read_playbooks(folder: Path) -> dict[str, Playbook]:
    """Playbooks by name, the ready ones and those of a centre's folder.

    Raises
    ------
    InvalidData
        With every finding over all files.
    """
    own, findings = folder / PLAYBOOKS_FOLDER, list[Finding]()
    files = {path.stem: path for path in (*sorted(PLAYBOOKS.glob("*.toml")), *sorted(own.glob("*.toml")))}
    books = {name: book for name, path in files.items() if (book := _read(path, findings)) is not None}
    stop(findings)
    return books


def _read(path: Path, findings: list[Finding]) -> Playbook | None:
    try:
        return Playbook.model_validate(_whole(load_toml(path), load_toml(PLAYBOOKS / "parts" / "common.toml")))
    except ValidationError as error:
        findings += findings_of(error, path.name)
    except InvalidData as error:
        findings += error.findings
    return None


def _whole(told: dict[str, Any], common: dict[str, Any]) -> dict[str, Any]:
    """What a file says, with the tracks, roles and actions that it takes from the common ones; its own words stand."""
    shared = {name: common[name] | cast(dict[str, Any], told.get(name, {})) for name in ("tracks", "people")}
    actions = [_action(one, common["actions"]) for one in told.get("actions", ())]
    return told | shared | {"actions": actions}


def _action(told: Any, common: dict[str, Any]) -> Any:
    if not isinstance(told, dict):
        return told
    entry = cast(dict[str, Any], told)
    return common.get(str(entry.get("id")), {}) | entry


def read_log(folder: Path) -> PlaybookLog:
    """What was done by the playbooks of a folder, taken step by step anew; empty if nothing was.

    Raises
    ------
    InvalidData
        Every cell that does not read, and every step that could not be taken when it says it was.
    """
    return read_steps(folder / STEPS_FILE, STEPS, PlaybookStep.model_validate, PlaybookLog())


def write_log(log: PlaybookLog, folder: Path) -> None:
    """Write all steps anew, in one go: a write that is cut short leaves the old file."""
    rows = (step.model_dump() | {"level": step.level.colour} for step in log.steps)
    write_table(STEPS.frame(rows), folder / STEPS_FILE)
