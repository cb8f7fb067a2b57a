"""Logs of the service: one line for each thing, JSON or for the eye, and never a secret."""

import logging
import sys
from typing import Any

import structlog

from api.redaction import redact
from api.settings import Settings

EXCEPTIONS = structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False))
"""Where an error came from; the variables there may hold data of people."""


def set_up(settings: Settings) -> None:
    """Write every log of this process, ours and those of the libraries, in one form to the standard error."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if settings.log_format == "json":
        shown: list[Any] = [EXCEPTIONS, redact, structlog.processors.JSONRenderer(ensure_ascii=False)]
    else:
        plain = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)
        shown = [structlog.processors.format_exc_info, redact, plain]
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
