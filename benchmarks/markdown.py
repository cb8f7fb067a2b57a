"""Tables in the pages of the documentation: generated, and put between two marks."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from data.exchange.atomic import write_text


def table(head: Sequence[str], rows: Iterable[Iterable[object]], words: int = 1) -> str:
    """A table whose first so many columns are words, the others numbers."""
    rule = ["---"] * words + ["---:"] * (len(head) - words)
    return "".join(f"| {' | '.join(map(str, cells))} |\n" for cells in (head, rule, *rows))


def put(page: Path, mark: str, text: str) -> None:
    """Replace what stands between ``<!-- MARK -->`` and ``<!-- /MARK -->`` in a page.

    Raises
    ------
    ValueError
        If the page lacks the marks.
    """
    before, found, rest = page.read_text(encoding="utf-8").partition(f"<!-- {mark} -->\n")
    _, closed, after = rest.partition(f"<!-- /{mark} -->")
    if not found or not closed:
        raise ValueError(f"{page.name} has no marks <!-- {mark} --> and <!-- /{mark} -->")
    write_text(page, f"{before}{found}{text}{closed}{after}")
