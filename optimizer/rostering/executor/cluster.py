"""Workers on other machines, behind a Dask scheduler.

Dask sends a lost task to another worker by itself, and makes a block anew that only the lost worker had. What goes over the wire is
neither signed nor secret unless the address begins with ``tls://`` and Dask's configuration names the certificates; else keep to a
network of your own. Workers need the same version of Echelon and one thread for each core that they may use.

References
----------
https://distributed.dask.org/en/stable/resilience.html
"""

import pickle
from collections.abc import Callable
from concurrent.futures import Future
from importlib import import_module
from importlib.util import find_spec
from typing import Any, ParamSpec, TypeVar

from data.model.errors import Finding, InvalidData, SolverFailure
from optimizer.rostering.executor.keeping import Block, KeepingExecutor

P = ParamSpec("P")
R = TypeVar("R")

CONNECT_S = 15.0
"""Seconds to wait for the scheduler, and again for its first worker (house choice)."""
QUIET = {"distributed.admin.large-graph-warning-threshold": "1 TiB"}
"""A block is meant to travel with its task: so it can be made again."""


class Cluster(KeepingExecutor):
    """Executor over the workers of a Dask scheduler.

    Parameters
    ----------
    address : str
        Of the scheduler, e.g. ``tcp://10.0.0.5:8786``.

    Raises
    ------
    InvalidData
        If the extra ``cluster`` is not installed, or that is no address.
    SolverFailure
        If the scheduler cannot be reached in `CONNECT_S` seconds, or has no worker then.
    """

    def __init__(self, address: str):
        if find_spec("distributed") is None:
            fix = 'install the extra: pip install "echelon[cluster]"'
            raise InvalidData([Finding("executor", None, None, f"dask:{address}", "the package distributed", fix)])
        # takes half a second and is there on demand only
        dask = import_module("distributed")
        self._configured, self.lost = import_module("dask.config").set, (dask.KilledWorker, dask.client.FutureCancelledError)
        self._client = _connected(dask, address)
        self._pool = self._client.get_executor(pure=False)

    def keep(self, data: object) -> Any:
        """A task that is the data: the scheduler keeps its recipe, the workers its outcome."""
        block = Block.of(data)
        with self._configured(QUIET):
            return self._client.submit(pickle.loads, block.payload, key=block.key)

    def submit(self, fn: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        """Call an importable function on a worker; what `keep` gave arrives as its data."""
        return self._pool.submit(fn, *args, **kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Leave the cluster; a task that runs there runs to its end."""
        self._pool.shutdown(wait and not cancel_futures)
        self._client.close()


def _connected(dask: Any, address: str) -> Any:
    try:
        dask.comm.get_address_host_port(address)
    except ValueError as error:
        raise InvalidData([Finding("executor", None, None, f"dask:{address}", "an address like tcp://10.0.0.5:8786")]) from error
    try:
        client = dask.Client(address, timeout=CONNECT_S, set_as_default=False)
    except OSError as error:
        raise SolverFailure(f"no Dask scheduler at {address}: {error}; start one with: dask scheduler") from error
    try:
        client.wait_for_workers(1, timeout=CONNECT_S)
    except TimeoutError as error:
        client.close()
        raise SolverFailure(f"the Dask scheduler at {address} has no worker; start one with: dask worker {address}") from error
    return client
