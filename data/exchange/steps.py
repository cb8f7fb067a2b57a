"""Books of steps: files that are only ever added to, read back step by step."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol, Self, TypeVar

from data.columns import Table
from data.exchange.documents import read_json
from data.exchange.files import stop
from data.exchange.rows import Wrong, lined_rows, nothing_wrong
from data.model.base import Frozen
from data.model.book import Book
from data.model.errors import Finding, InvalidData, NotFound, Superseded

Step = TypeVar("Step", bound=Frozen)
UNDO = "put the file back as Echelon wrote it: it is only ever added to"


class Taker(Protocol):
    """What takes steps."""

    def take(self, step: Any, /) -> Self:
        """The same with one step more."""
        ...


OneBook = TypeVar("OneBook", bound=Taker)


def read_steps(
    path: Path,
    table: Table,
    made: Callable[[dict[str, Any]], Step],
    book: OneBook,
    wrong: Callable[[Step], Iterable[Wrong]] = nothing_wrong,
) -> OneBook:
    """A book from its file, each step taken anew; `book` as it is if there is no file yet.

    Parameters
    ----------
    made : callable
        Step of the filled cells of a row.
    wrong : callable
        What the centre says against a step.

    Raises
    ------
    InvalidData
        Every cell that does not read; or every step that could not be taken when it says it was.
    """
    if not path.is_file():
        return book
    lined = lined_rows(path, table, made)
    longer, against = _judged(book, [step for _, step in lined])
    findings = [Finding(path.name, line, *told) for line, step in lined for told in wrong(step)]
    findings += [_undo(path.name, lined[k][0], one, table) for k, one in against]
    stop(sorted(findings, key=lambda finding: finding.row or 0))
    return longer


def _undo(where: str, line: int, found: Finding, table: Table) -> Finding:
    column = found.column if found.column in table.names else "deed"
    return Finding(where, line, column, found.read, found.expected, UNDO)


def told_in_json(kind: type[Step]) -> Callable[[dict[str, Any]], Step]:
    """Reader of the step in a row's column ``step``, in JSON; the other columns say it for people."""
    return lambda row: read_json(row["step"], kind, "step")


def _judged(book: OneBook, steps: Sequence[Any]) -> tuple[OneBook, list[tuple[int, Finding]]]:
    """The book with the steps that can be taken, and what speaks against each other one, by its place."""
    if isinstance(book, Book):
        return book.judged(steps)
    findings = list[tuple[int, Finding]]()
    for k, step in enumerate(steps):
        try:
            book = book.take(step)
        except InvalidData as error:
            findings += [(k, one) for one in error.findings]
        except (NotFound, Superseded) as error:
            findings.append((k, Finding("", None, None, step.deed, f"a step that can be taken: {error}")))
    return book, findings
