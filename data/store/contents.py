"""What stands of a centre, as contents: texts of rows and hashes of documents, by which a reader knows what it has read."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from data.exchange.catalogue import CATALOGUE
from data.store.documents import content, documents
from data.store.row_pages import row_texts


@dataclass(frozen=True)
class Contents:
    """The rows and documents that stand within a transaction.

    Parameters
    ----------
    rows : dict
        Resource -> key, place and JSON text of each row, in the order of the file.
    documents : dict
        Path -> hash.
    """

    rows: dict[str, list[tuple[str, int, str]]]
    documents: dict[str, str]
    bytes_of: Callable[[str], bytes]


def contents(connection: Any, centre: str) -> Contents:
    """What stands of a centre; logs and outputs, which people do not change, are left out."""
    rows = {kept.name: row_texts(connection, centre, kept.name) for kept in CATALOGUE if kept.mode == "record"}
    held = {path: sha for path, (sha, _) in documents(connection, centre).items()}
    return Contents({name: told for name, told in rows.items() if told}, held, lambda sha: content(connection, sha))
