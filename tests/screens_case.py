"""Screens in tests: a real browser at a running service, in which every request abroad and every error of the page is a failure."""

import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from service_case import Service, author

from api.http.permissions import Role
from api.http.screens import FOLDER
from data.store.users import add_user, set_password

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

CHROMIUM = shutil.which("chromium")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
]
FIRST_LANGUAGE = "localStorage.getItem('echelon') ?? localStorage.setItem('echelon', JSON.stringify({{language: '{}'}}))"
PASSWORD = "four words nobody says"
needs_screens = pytest.mark.skipif(
    CHROMIUM is None or not (FOLDER / "index.html").exists(), reason="no chromium on the path, or the screens are not built"
)


def person(service: Service, name: str, *roles: Role, agent: str = "", **scopes: object) -> None:
    """Add somebody who has chosen their password already."""
    with service.settings.database.writing() as connection:
        add_user(connection, name, list(roles), author(), scopes, agent)
        set_password(connection, name, PASSWORD, author())


@contextmanager
def browsing(service: Service, name: str, language: str = "en", width: int = 1440, height: int = 900) -> Generator[Any]:
    """A page of somebody who has logged in.

    Parameters
    ----------
    language : str
        en or zh.
    width, height : int
        Of the window, px.

    Raises
    ------
    AssertionError
        The page asked another host for something, told an error, or broke its content security policy.
    """
    wrong: list[str] = []
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        context = browser.new_context(viewport={"width": width, "height": height}, accept_downloads=True)
        context.add_init_script(
            f"localStorage.getItem('echelon') ?? localStorage.setItem('echelon', '{{\"language\":\"{language}\"}}')"
        )
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.on("request", lambda one: None if one.url.startswith((service.address, "data:", "blob:")) else wrong.append(one.url))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda told: wrong.append(told.text) if told.type == "error" and not _refused(told.text) else None)
        if name:
            page.request.post(f"{service.address}/api/v1/login", data={"name": name, "password": PASSWORD})
        page.goto(service.address)
        yield page
        browser.close()
    assert not wrong, "\n".join(wrong)


def _refused(text: str) -> bool:
    """What Chromium writes of every answer of 4xx: the page shows it, and it is no error of the page."""
    return text.startswith("Failed to load resource: the server responded with a status of 4")


def picture(page: Any, name: str) -> Path:
    """Keep a picture of the page as output of the tests."""
    folder = Path("out") / "screens"
    folder.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=folder / f"{name}.png")
    return folder / f"{name}.png"
