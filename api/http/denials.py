"""What was refused to whom, in the audit trail: written after the request's own transaction has ended."""

from datetime import UTC, datetime

from fastapi import Request

from data.store.revisions import Author, record


def note_denial(request: Request, detail: str) -> None:
    """Note a request that was refused to somebody who is known."""
    caller = getattr(request.state, "caller", None)
    if caller is None:
        return
    origin = {"request": getattr(request.state, "id", ""), "address": request.client.host if request.client else ""}
    path = f"{request.method} {request.url.path}"
    with request.app.state.settings.database.writing() as connection:
        author = Author(caller.name, datetime.now(UTC), detail[:2000], origin)
        centre = request.path_params.get("centre")
        record(connection, author, "request.denied", path[:200], centre=None if centre is None else centre[:64])
