"""The exposure board 曝光台: the problems of a month with cause, advice, status and closure rate; no person is on it."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from api.report.page import render_page
from data.exchange.atomic import write_text
from data.exchange.files import write_table
from data.model.centre import Centre
from data.model.control import RUNGS, ControlBook
from optimizer.response.control.wording import ADVICE, CAUSE_NAMES, DEEDS, STANDINGS, unit_text

NOTHING = ("", "")


@dataclass(frozen=True)
class Exposed:
    """A problem as the board shows it; who took the steps is not among it."""

    case: str
    unit: str
    unit_zh: str
    queue: str
    month: str
    index: float
    problem: str
    cause: str
    cause_zh: str
    advice: str
    advice_zh: str
    level: str
    level_zh: str
    standing: str
    standing_zh: str
    due: date


@dataclass(frozen=True)
class Board:
    """The problems named in a month, and those of before that stood open in it, as they stand at the end of a day."""

    month: str
    day: date
    rows: tuple[Exposed, ...]
    closure_rate: float


def board_of(book: ControlBook, month: str, day: date) -> Board:
    """The board of a month; the closure rate is of its rows."""
    seen = book.until(day)
    rows = tuple(_rows(seen, month, day))
    closed = sum(row.standing == "closed" for row in rows)
    return Board(month, day, rows, closed / len(rows) if rows else float("nan"))


def _rows(book: ControlBook, month: str, day: date) -> Iterator[Exposed]:
    for case, first in book.cases.items():
        standing = book.standing(case, day)
        closed_before = standing == "closed" and f"{book.of(case)[-1].at:%Y-%m}" < month
        if first.month > month or (closed_before and first.month != month):
            continue
        cause = CAUSE_NAMES[first.cause] if first.cause else NOTHING
        advice = ADVICE[first.cause] if first.cause else NOTHING
        yield Exposed(
            case,
            unit_text(first.unit, "en"),
            unit_text(first.unit, "zh"),
            first.queue,
            first.month,
            first.index,
            first.text,
            *cause,
            *advice,
            *DEEDS[RUNGS[book.level(case) - 1]],
            *STANDINGS[standing],
            book.due(case),
        )


def write_board(board: Board, centre: Centre, folder: Path) -> tuple[Path, Path]:
    """Write ``exposure_board.csv`` and ``exposure_board.html``."""
    table, page = folder / "exposure_board.csv", folder / "exposure_board.html"
    names = list(Exposed.__dataclass_fields__)
    write_table(pd.DataFrame([asdict(row) for row in board.rows], columns=names, dtype=object), table)
    write_text(page, render_page("board.html.j2", board=board, centre=centre))
    return table, page
