"""Rosters given as a long table: a row for each agent and day that is to be another one."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from api.given_rosters import Given
from data.columns import Table
from data.exchange.files import read_text, stop
from data.model.errors import Finding
from data.tables import ROSTER

GIVEN = Table("given", tuple(one for one in ROSTER.columns if one.name in ("agent", "date", "code")), keys=ROSTER.keys)
"""What is read of a table; other columns, such as those of a roster that was downloaded, are left."""

LISTS = {"agents": "agent", "days": "date", "codes": "code"}


def read_given(path: Path, keep: bool) -> tuple[Given, pd.DataFrame]:
    """A roster as a table gives it, and the rows of the table by their line; agent-days without a row stay as they are.

    Parameters
    ----------
    keep : bool
        Whether later runs keep the days that it changes.

    Raises
    ------
    InvalidData
        With every finding.
    """
    text = read_text(path)
    text = text[[name for name in text.columns if name in GIVEN.names]]
    stop(GIVEN.check(text, path.name))
    rows = GIVEN.values(text)
    agents, days, codes = (list(dict.fromkeys(rows[name])) for name in LISTS.values())
    wide = [[-1] * len(days) for _ in agents]
    place = [{value: k for k, value in enumerate(values)} for values in (agents, days, codes)]
    for agent, day, code in zip(rows["agent"], rows["date"], rows["code"], strict=True):
        wide[place[0][agent]][place[1][day]] = place[2][code]
    return Given(agents, days, codes, wide, keep), rows


def by_line(findings: Sequence[Finding], rows: pd.DataFrame, where: str) -> list[Finding]:
    """Findings about agents, days and codes of a given roster, by the lines of its table."""
    return [_placed(found, rows, where) for found in findings]


def _placed(found: Finding, rows: pd.DataFrame, where: str) -> Finding:
    name = LISTS.get(found.column or "")
    if name is None or found.row is None:
        return found
    value = list(dict.fromkeys(rows[name]))[found.row]
    return replace(found, where=where, row=int(rows.index[rows[name] == value][0]), column=name)
