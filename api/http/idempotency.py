"""Requests that may be sent twice: the answer to an `Idempotency-Key` is kept, and told again."""

import hashlib
import json
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Header

from api.http.problems import Conflict
from data.store.answers import answer_of, keep_answer

IdempotencyKey = Annotated[
    str | None, Header(max_length=200, description="A name of the request: sent again, it gets the first answer and does nothing.")
]


def once(connection: Any, key: str | None, caller: str, request: Any, now: Any, do: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Do what a request asks for, in the transaction that keeps its answer; if it was done before, its answer.

    Parameters
    ----------
    request : JSON
        What was asked: another request under the same key is refused.

    Raises
    ------
    Conflict
        The key was used for another request.
    """
    found = told_before(connection, key, caller, request)
    if found is not None:
        return found
    answer = do()
    keep(connection, key, caller, request, answer, now)
    return answer


def told_before(connection: Any, key: str | None, caller: str, request: Any) -> dict[str, Any] | None:
    """Answer that a request got when it was sent before; None = it was not, or has no key.

    Raises
    ------
    Conflict
        The key was used for another request.
    """
    found = None if key is None else answer_of(connection, caller, key)
    if found is None:
        return None
    if found[0] != _hash_of(request):
        raise Conflict(f"the Idempotency-Key {key!r} was used for another request")
    return found[1]


def keep(connection: Any, key: str | None, caller: str, request: Any, answer: dict[str, Any], now: Any) -> None:
    """Keep the answer to a request, in the transaction of what it did.

    Raises
    ------
    Conflict
        The same request was sent twice at a time, and the other one is done already.
    """
    if key is None:
        return
    if answer_of(connection, caller, key) is not None:
        raise Conflict(f"a request with the Idempotency-Key {key!r} has been done meanwhile: send it again for its answer")
    keep_answer(connection, caller, key, _hash_of(request), answer, now)


def _hash_of(request: Any) -> str:
    return hashlib.sha256(json.dumps(request, sort_keys=True, default=str).encode()).hexdigest()
