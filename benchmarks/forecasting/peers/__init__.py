"""The peers: one file each, found by discovery and listed nowhere else; files that begin with an underscore are shared.

A peer is a module with a ``TITLE``, whether it is ``SLOW``, whether it takes ``DRIVERS``, and ``predict(context)`` -> DayForecast.
What it needs it imports at its top: where that is absent the peer is left out.
"""

from benchmarks.forecasting.protocol import Feed, Job, Method, Prepared, context, discovered, module_of


def names() -> list[str]:
    """Every peer, installed or not."""
    return discovered(__path__)


def peer(name: str) -> Method:
    """The peer of that name.

    Raises
    ------
    ImportError
        If it needs a package that is absent.
    """
    module = module_of(__name__, name)

    def prepare(feed: Feed, job: Job) -> Prepared:
        known = context(feed, job)
        return lambda: module.predict(known)

    return Method(name, module.TITLE, False, module.SLOW, module.DRIVERS, prepare)
