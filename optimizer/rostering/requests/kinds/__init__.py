"""The kinds of requests: one file each, found by discovery and listed nowhere else but as types in `data.model.request`.

A kind is a module with

- ``Model``: its type in `data.model.request`; the file has the name of its ``kind``;
- ``sentence(request, language)``: what it asks, ``"en"`` or ``"zh"``, without a full stop;
- ``places(request)``: the agents and days that it speaks of, the agent's own first; those of others need their consent;
- ``drafts(desk, request)``: the ways to grant it, of which the first that nothing speaks against is taken; asked only if the
  places exist. A draft without cells says in its flaws why the form does not hold;
- ``nearest(desk, request)``: other requests that might do instead, nearest first;
- ``examples()``: requests of the kind.
"""

import importlib
import pkgutil
from collections.abc import Iterator, Sequence
from datetime import date
from functools import cache
from typing import Any, Protocol, cast

from data.model.request import Ask, Request
from optimizer.rostering.requests.desk import Desk
from optimizer.rostering.requests.drafts import Draft
from optimizer.rostering.rules import Tongue


class RequestKind(Protocol):
    """What every module of this package offers."""

    Model: type[Ask]

    def sentence(self, request: Any, language: Tongue) -> str:
        """What it asks."""
        ...

    def places(self, request: Any) -> Sequence[tuple[str, date]]:
        """Agents and days that it speaks of."""
        ...

    def drafts(self, desk: Desk, request: Any) -> Sequence[Draft]:
        """Ways to grant it."""
        ...

    def nearest(self, desk: Desk, request: Any) -> Iterator[Request]:
        """Requests that might do instead."""
        ...

    def examples(self) -> Sequence[Request]:
        """Requests of the kind."""
        ...


@cache
def kinds() -> dict[str, RequestKind]:
    """Every kind of request by its name."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return {name: cast(RequestKind, importlib.import_module(f"{__name__}.{name}")) for name in names}
