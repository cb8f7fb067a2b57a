"""Secrets stay out of logs."""

import logging
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import pytest
import structlog

from api import logs
from api.redaction import hide
from api.settings import Settings
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


@contextmanager
def logged(form: Any) -> Generator[None]:
    """The logs of the service in one of their forms while the block runs."""
    old = logging.getLogger().handlers[:]
    logs.set_up(Settings(log_format=form))
    try:
        yield
    finally:
        logging.basicConfig(handlers=old, force=True)
        structlog.reset_defaults()


FORMS = pytest.mark.parametrize("form", ["json", "console"])


@FORMS
def test_lines_of_structlog_and_logging_tell_no_secrets(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    headers = {"Authorization": "S3cret", "x": ["Bearer S3cret"]}
    with logged(form):
        structlog.get_logger("echelon.test").info("pushed", password="S3cret", headers=headers, n=12)
        logging.getLogger("uvicorn").warning('%s - "%s %s"', "127.0.0.1:1", "GET", "/api/v1/calendars/S3cret")
    lines = capsys.readouterr().err
    assert "S3cret" not in lines
    assert "calendars/***" in lines
    assert "12" in lines


@FORMS
def test_errors_tell_where_they_came_from_and_neither_secrets_nor_variables(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    name_of_a_person = "Li " + "Wei"
    with logged(form):
        for logger in (structlog.get_logger("echelon.test"), logging.getLogger("uvicorn")):
            try:
                raise ValueError("Bearer S3cret" if name_of_a_person else "")
            except ValueError:
                logger.exception("failed")
    lines = capsys.readouterr().err
    assert "S3cret" not in lines
    assert "Li Wei" not in lines
    assert lines.count("test_redaction.py") >= 2
