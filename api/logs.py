"""Logs of the service: one line for each thing, JSON or for the eye, and never a secret."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from api.settings import Settings

SECRET = ("authorization", "cookie", "password", "secret", "token", "signature")
"""A field whose name holds one of these is not told."""

HIDDEN = "***"


def hide(_: Any, __: str, told: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Hide the fields that are secrets."""
    return {name: HIDDEN if any(word in name.lower() for word in SECRET) else value for name, value in told.items()}


def set_up(settings: Settings) -> None:
    """Write every log of this process, ours and those of the libraries, in one form to the standard error."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        hide,
    ]
    json = settings.log_format == "json"
    last: list[Any] = [structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer(ensure_ascii=False)]
    shown = last if json else [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler()
    remove = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[remove, *shown]))
    logging.basicConfig(handlers=[handler], level=settings.log_level.upper(), force=True)
    for quiet in ("httpx2", "httpcore2", "alembic", "dbos"):
        logging.getLogger(quiet).setLevel(logging.WARNING)
