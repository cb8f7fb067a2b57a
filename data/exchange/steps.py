"""Books of steps: files that are only ever added to, read back step by step."""

from pathlib import Path
from typing import Any, Protocol, Self, TypeVar

from pydantic import ValidationError

from data.columns import Table
from data.exchange.documents import findings_of
from data.exchange.files import read_table, stop
from data.exchange.proposals import UNDO
from data.model.base import Frozen
from data.model.errors import Finding, InvalidData


class Book(Protocol):
    """What takes steps."""

    def take(self, *steps: Any) -> Self:
        """The book with some more steps."""
        ...


OneBook = TypeVar("OneBook", bound=Book)


def read_steps(path: Path, table: Table, kind: type[Frozen], book: OneBook) -> OneBook:
    """A book from its file, each step taken anew; `book` as it is if there is no file yet.

    Parameters
    ----------
    table : Table
        Its column ``step`` holds each step in JSON; the other columns say it for people.

    Raises
    ------
    InvalidData
        Every cell that does not read, and every step that could not be taken when it says it was.
    """
    if not path.is_file():
        return book
    findings, frame = list[Finding](), read_table(path, table)
    for line, text in zip(frame.index, frame["step"], strict=True):
        try:
            book = book.take(kind.model_validate_json(text))
        except ValidationError as error:
            findings += findings_of(error, path.name, int(line))
        except InvalidData as error:
            findings += [Finding(path.name, int(line), "deed", one.read, one.expected, UNDO) for one in error.findings]
    stop(findings)
    return book
