"""What operators see of the application: a line for each request, figures for Prometheus, traces if they are wanted."""

import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

import structlog
from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from prometheus_fastapi_instrumentator import metrics
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.settings import Settings
from data.store.base import Database
from data.store.operation import Waiting, deliveries_by_state, runs_by_state

log = structlog.get_logger("echelon.http")
QUIET = ("/health", "/ready", "/metrics")
RUN_STATES = ("queued", "running", "failed")
DELIVERY_STATES = ("waiting", "dead")


def telemetry_of(settings: Settings) -> TelemetryConfig:
    """The option of FastAPI that traces requests: all off unless the settings say so."""
    on = settings.telemetry
    return TelemetryConfig(tracing=on, metrics=on, logs=on, operation_spans=on, auto_configure=on)


def observe(app: FastAPI, settings: Settings) -> None:
    """Log and measure every request of an application."""
    app.state.registry = registry = CollectorRegistry()
    registry.register(Backlog(settings.database))
    app.add_middleware(Logged, measure=metrics.default(registry=registry))


class Backlog(Collector):
    """Gauges that are read from the database whenever Prometheus asks."""

    def __init__(self, database: Database):
        self.database = database

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """None yet: the database need not be there when the application is made."""
        return []

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Runs and deliveries by their state."""
        now = datetime.now(UTC)
        with self.database.reading() as connection:
            runs, sent = runs_by_state(connection, now), deliveries_by_state(connection, now)
        yield from _gauges("echelon_runs", "Runs", runs, RUN_STATES)
        yield from _gauges("echelon_webhook_deliveries", "Deliveries of webhooks", sent, DELIVERY_STATES)


def _gauges(name: str, what: str, found: dict[str, Waiting], states: Iterable[str]) -> Iterable[GaugeMetricFamily]:
    many = GaugeMetricFamily(name, f"{what} by state", labels=["state"])
    oldest = GaugeMetricFamily(f"{name}_oldest_seconds", f"{what}: age of the oldest by state", labels=["state"])
    for state in states:
        one = found.get(state, Waiting(0, 0.0))
        many.add_metric([state], one.many)
        oldest.add_metric([state], one.oldest_s)
    yield from (many, oldest)


Measure = Callable[[metrics.Info], None]


class Logged:
    """One line for each request, and its figures; the path as the route writes it, for a real one may hold a token.

    Parameters
    ----------
    measure : callable or None
        Told of every request that a route has served: the route is known by then, and is not looked for once more.
    """

    def __init__(self, app: ASGIApp, measure: Measure | None = None):
        self.app, self.measure = app, measure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and tell what came of it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status, first, headers = time.perf_counter(), 500, 0.0, list[tuple[bytes, bytes]]()

        async def noted(message: Message) -> None:
            nonlocal status, headers, first
            if message["type"] == "http.response.start":
                status, headers, first = message["status"], message["headers"], time.perf_counter() - began
            await send(message)

        try:
            await self.app(scope, receive, noted)
        finally:
            took = time.perf_counter() - began
            self._tell(scope, status, 1000 * took)
            self._count(scope, Response(None, status, Headers(raw=headers)), took, first or took)

    def _count(self, scope: Scope, response: Response, took: float, first: float) -> None:
        route = getattr(scope.get("route"), "path", "")
        if self.measure is None or not route or route.endswith(QUIET):
            return
        method, group = scope["method"], f"{response.status_code // 100}xx"
        self.measure(metrics.Info(Request(scope), response, method, route, group, took, first))

    def _tell(self, scope: Scope, status: int, ms: float) -> None:
        state, route = scope.get("state", {}), getattr(scope.get("route"), "path", "")
        caller = getattr(state.get("caller"), "name", "")
        say = log.warning if status >= 500 else log.debug if route.endswith(QUIET) else log.info
        told = {"method": scope["method"], "route": route, "status": status, "ms": round(ms, 1)}
        say("request", **told, caller=caller, request=state.get("id", ""), address=(scope.get("client") or ("",))[0])
