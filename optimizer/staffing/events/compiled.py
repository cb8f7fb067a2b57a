"""How the kernels of the simulator are compiled: inlined into one function, with no reference counts of arrays."""

from typing import Any

from numba import njit

_OPTIONS: dict[str, Any] = {"cache": True, "nogil": True, "_nrt": False, "error_model": "numpy"}

inlined = njit(**_OPTIONS, forceinline=True)
"""For functions of the event loop. They pass the whole state along and make no array; counting references to its twenty arrays at
each of their calls would take twenty times as long as the events themselves (docs/decisions/0009)."""

compiled = njit(**_OPTIONS)
"""For the event loop itself."""
