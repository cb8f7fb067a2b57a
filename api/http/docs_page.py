"""The page on which people try the API: Swagger UI from the files of this installation, behind a login of its own."""

import hashlib
import re
from base64 import b64encode
from datetime import UTC, datetime
from pathlib import Path

import fastapi_offline
from fastapi import FastAPI, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.staticfiles import StaticFiles
from starlette.responses import HTMLResponse

from api.http.cookies import limits_of, session_token
from api.settings import Settings
from data.store.sessions import session_row

STATIC = "/api/static"
DOCS = "/api/docs"
LOGIN = Path(__file__).with_name("login.html")


def add_docs(app: FastAPI) -> None:
    """Serve the page; nothing is fetched from elsewhere, and whoever has no session yet is asked to log in."""
    folder = Path(fastapi_offline.__file__).parent / "static"
    app.mount(STATIC, StaticFiles(directory=folder), name="static")
    swagger = get_swagger_ui_html(
        openapi_url=str(app.openapi_url),
        title="Echelon API",
        swagger_js_url=f"{STATIC}/swagger-ui-bundle.js",
        swagger_css_url=f"{STATIC}/swagger-ui.css",
        swagger_favicon_url=f"{STATIC}/favicon.png",
    )
    page, login = bytes(swagger.body).decode(), LOGIN.read_text(encoding="utf-8")

    @app.get(DOCS, include_in_schema=False)
    def docs(request: Request) -> HTMLResponse:  # pyright: ignore[reportUnusedFunction]
        html = page if _is_known(request, app.state.settings) else login
        return HTMLResponse(html, headers={"Content-Security-Policy": _policy(html), "Cache-Control": "no-store"})


def _is_known(request: Request, settings: Settings) -> bool:
    """Whether the browser holds a session; what a session may read is judged by the document itself."""
    token = session_token(request, settings)
    if token is None:
        return False
    with settings.database.reading() as connection:
        return session_row(connection, token, datetime.now(UTC), limits_of(settings)) is not None


def _policy(html: str) -> str:
    """What the page may do: its own files, its one script by its hash, the API."""
    scripts = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    hashes = " ".join(f"'sha256-{b64encode(hashlib.sha256(one.encode()).digest()).decode()}'" for one in scripts)
    own = "connect-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"
    return f"default-src 'none'; script-src 'self' {hashes}; {own}"
