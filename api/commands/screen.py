"""How commands show what they found: tables of figures and of texts, wide enough for both languages."""

from rich.console import Console
from rich.table import Table

from data.model.response import WarningLevel
from optimizer.response.warning.wording import COLOURS

TABLE_WIDTH = 120
"""Characters that a table of figures needs."""

LEVEL_STYLES = {"BLUE": "blue", "YELLOW": "yellow", "ORANGE": "dark_orange", "RED": "bold red"}
"""Colours of the levels of a warning."""


def colour_of(level: WarningLevel) -> str:
    """Name of a level in both languages."""
    return f"{COLOURS['en'][level]} {COLOURS['zh'][level]}"


def wide_console() -> Console:
    """A console that does not cut the columns of a table where the output is no terminal."""
    return Console(width=max(Console().width, TABLE_WIDTH))


def figures_table(title: str, *headings: str, caption: str | None = None) -> Table:
    """A table of numbers, right-aligned, each row named by its first column."""
    table = Table(title=title, caption=caption)
    for heading in headings:
        table.add_column(heading, justify="right" if table.columns else "left", overflow="fold")
    return table


def texts_table(title: str, *headings: str, caption: str | None = None, lines: bool = True) -> Table:
    """A table of words, folded where they are long.

    Parameters
    ----------
    lines : bool
        Whether a line is drawn between rows, which may be several lines high.
    """
    table = Table(title=title, caption=caption, title_justify="left", show_lines=lines)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table
