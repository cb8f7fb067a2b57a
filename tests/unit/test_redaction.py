"""Secrets stay out of logs."""

import logging

import pytest
import structlog

from api.redaction import Redacting, hide, redact
from data.store.keys import PREFIX


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization: Bearer {PREFIX}S3cret-_x",
        f"key {PREFIX}S3cret-_x was used",
        "GET /api/v1/calendars/S3cret-_x.ics HTTP/1.1",
        "Cookie: a=1; __Host-echelon=S3cret-_x; b=2",
        "Cookie: echelon=S3cret-_x",
        "GET /cgi-bin/user/get?access_token=S3cret-_x&id=1",
        "postgresql+psycopg://me:S3cret-_x@127.0.0.1/echelon",
        "whsec_S3cret-_x",
        "Bearer eyJhbGciOi.S3cret-_x.S3cret-_x",
        "token eyJhbGciOi.S3cret-_x.S3cret-_x given",
    ],
)
def test_no_secret_is_told(text: str) -> None:
    assert "S3cret" not in hide(text)
    assert "***" in hide(text)


def test_what_is_none_stays() -> None:
    for text in ("GET /api/v1/centres/grid/rosters?team=T01", "http://127.0.0.1:8095/docs", "12:30:05", "bearer of news"[:6]):
        assert hide(text) == text


def test_lines_of_structlog_and_logging(caplog: pytest.LogCaptureFixture) -> None:
    line = {"event": "push", "password": "S3cret", "headers": {"Authorization": "S3cret", "x": ["Bearer S3cret"]}, "n": 1}
    told = redact(None, "info", line)
    assert "S3cret" not in structlog.processors.JSONRenderer()(None, "info", told)
    assert told["n"] == 1
    logger = logging.getLogger("echelon.test")
    caplog.handler.addFilter(Redacting())
    logger.warning('%s - "%s %s"', "127.0.0.1:1", "GET", "/api/v1/calendars/S3cret")
    try:
        raise ValueError("Bearer S3cret")
    except ValueError:
        logger.exception("failed")
    assert "calendars/***" in caplog.text
    assert "S3cret" not in caplog.text
