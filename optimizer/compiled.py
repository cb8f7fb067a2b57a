"""How the inner kernels are compiled: inlined into one function, with no reference counts of arrays."""

from typing import Any

from numba import njit

_OPTIONS: dict[str, Any] = {"cache": True, "nogil": True, "_nrt": False, "error_model": "numpy"}

inlined = njit(**_OPTIONS, forceinline=True)
"""For functions of an inner loop. They pass a whole state along and make no array; counting references to its arrays at each of
their calls would take twenty times as long as the work itself (docs/decisions/0009)."""

compiled = njit(**_OPTIONS)
"""For the inner loop itself, which makes no array either."""
