"""Answers about what never changes, kept in memory: the least used goes first."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

from fastapi import FastAPI

Value = TypeVar("Value")


class Cache(Generic[Value]):
    """Values by their keys, at most so many."""

    def __init__(self, most: int):
        self.most = most
        self.held = OrderedDict[Hashable, Value]()
        self.lock = Lock()

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """The value of a key; made if it is not held. Two at once may both make it."""
        with self.lock:
            if key in self.held:
                self.held.move_to_end(key)
                return self.held[key]
        made = make()
        with self.lock:
            self.held[key] = made
            if len(self.held) > self.most:
                self.held.popitem(last=False)
        return made


def cache_of(app: FastAPI, name: str, most: int) -> "Cache[bytes]":
    """A cache of the application by its name."""
    if not hasattr(app.state, "caches"):
        app.state.caches = dict[str, Cache[bytes]]()
    caches: dict[str, Cache[bytes]] = app.state.caches
    return caches.setdefault(name, Cache[bytes](most))
