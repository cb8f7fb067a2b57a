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
    if key is None:
        return do()
    told = hashlib.sha256(json.dumps(request, sort_keys=True, default=str).encode()).hexdigest()
    found = answer_of(connection, caller, key)
    if found is not None:
        if found[0] != told:
            raise Conflict(f"the Idempotency-Key {key!r} was used for another request")
        return found[1]
    answer = do()
    keep_answer(connection, caller, key, told, answer, now)
    return answer
