"""When agents can be reached for an emergency duty: ``reach.csv``."""

from collections.abc import Collection
from pathlib import Path

from data.cells import AWARE, FLAG, TEXT
from data.columns import Column, Table, alike, optional
from data.exchange.files import stop
from data.exchange.people import read_entities
from data.model.errors import Finding
from data.model.reach import Reach

REACH_FILE = "reach.csv"

REACH = Table(
    "reach",
    (Column("agent", TEXT), *alike("at until", AWARE), Column("reachable", FLAG), optional("channel", TEXT)),
    keys=("agent", "at"),
)


def read_reach(folder: Path, agents: Collection[str]) -> tuple[Reach, ...]:
    """Stretches of ``reach.csv``, in the order of the rows; none if there is no file.

    Raises
    ------
    InvalidData
        With every finding: cells that do not read, a stretch that ends before it begins, unknown agents.
    """
    path, findings = folder / REACH_FILE, list[Finding]()
    if not path.is_file():
        return ()
    rows = read_entities(path, REACH, lambda record: Reach(**record), findings)
    unknown = (Finding(path.name, line, "agent", repr(one.agent), "an agent of staff.csv") for line, one in rows)
    findings += [finding for finding, (_, one) in zip(unknown, rows, strict=True) if one.agent not in agents]
    stop(sorted(findings, key=lambda finding: finding.row or 0))
    return tuple(one for _, one in rows)
