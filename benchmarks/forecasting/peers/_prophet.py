"""Prophet on a feed: history in, regressors and conditions added, quantiles from its own samples."""

import logging

import numpy as np
import pandas as pd
from prophet import Prophet

from benchmarks.forecasting.protocol import Context
from data.model.base import BoolArray
from data.model.demand import LEVELS
from forecasting.methods import DayForecast

SAMPLES, SEED = 200, 1


def forecast_of(context: Context, model: Prophet) -> DayForecast:
    """Fit on what is known, today's counts included, and sample the days ahead."""
    logging.getLogger("cmdstanpy").disabled = True
    names = [f"driver{k}" for k in range(context.drivers.shape[1])]
    for name in names:
        model.add_regressor(name)
    every = _frame(context, names)
    past, seen, columns = len(context.dates) * context.columns, len(context.seen), context.columns
    known = every.iloc[: past + seen].assign(y=np.append(context.calls.ravel(), context.seen))
    model.fit(known, seed=SEED)
    ahead = every.iloc[past:].reset_index(drop=True)
    np.random.seed(SEED)  # noqa: NPY002 - the package draws from the global generator
    samples = model.predictive_samples(ahead)["yhat"]
    mean = model.predict(ahead)["yhat"].to_numpy().reshape(-1, columns)
    quantiles = np.quantile(samples, LEVELS, axis=1).T
    return DayForecast(mean, quantiles.reshape(*mean.shape, -1))


def _frame(context: Context, drivers: list[str]) -> pd.DataFrame:
    """Every interval learnt from and ahead, with whether it lies on each weekday, and drivers."""
    days = context.dates + context.ahead
    columns: dict[str, object] = {"ds": pd.DatetimeIndex(context.stamps(days))}
    columns |= {name: np.repeat(context.drivers[:, k], context.columns) for k, name in enumerate(drivers)}
    columns |= {f"weekday{w}": _each(context, context.weekday == w) for w in context.week}
    return pd.DataFrame(columns)


def _each(context: Context, mask: BoolArray) -> BoolArray:
    return np.repeat(mask, context.columns)
