"""The forecasting methods: one file each, found by discovery and listed nowhere else.

A method is a module with ``fit(training, steps)``: it learns from the operating days of one queue and returns something with
``predict(dates, seen)``. ``steps`` is how many operating days ahead it will be asked for; ``dates`` are operating days after
the last one learnt from, in order; ``seen`` holds what is already known of them, shape (dates, columns), NaN = not known.
"""

import importlib
import pkgutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Protocol, cast

from data.model.base import FloatArray
from data.model.errors import Finding, InvalidData
from forecasting.days import Training


@dataclass(frozen=True, eq=False)
class DayForecast:
    """Counts expected of each day and column.

    Parameters
    ----------
    mean : array of float, shape (days, columns)
    quantiles : array of float, shape (days, columns, levels)
    """

    mean: FloatArray
    quantiles: FloatArray


class Fitted(Protocol):
    """A method that has learnt."""

    def predict(self, dates: Sequence[date], seen: FloatArray) -> DayForecast:
        """Forecast of days to come."""
        ...


class Forecaster(Protocol):
    """What every module of this package offers."""

    def fit(self, training: Training, steps: int) -> Fitted:
        """Learn from the operating days of one queue."""
        ...


@cache
def methods() -> dict[str, Forecaster]:
    """Every method by its name."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return {name: cast(Forecaster, importlib.import_module(f"{__name__}.{name}")) for name in names}


def method_of(name: str) -> Forecaster:
    """The method of that name.

    Raises
    ------
    InvalidData
        If there is none.
    """
    if name not in methods():
        raise InvalidData([Finding("forecast", None, "method", repr(name), f"one of {', '.join(methods())}")])
    return methods()[name]
