"""The screens: files built from `web/` into `api/screens`, behind a strict content security policy."""

import secrets
from pathlib import Path

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOLDER = Path(__file__).parents[1] / "screens"
NONCE = "__CSP_NONCE__"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
NOT_BUILT = "The screens are not built: make screens. The API is at /api/docs. 页面尚未构建：make screens；接口文档见 /api/docs。\n"
YEAR = "public, max-age=31536000, immutable"
"""The names of built files hold their hash: what is cached never goes stale."""


class Built(StaticFiles):
    """Built files, which never change under their name."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """A file, to be kept for a year."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = YEAR
        return response


def add_screens(app: FastAPI, folder: Path = FOLDER) -> None:
    """Serve the screens at every path that is not the API's: the page itself finds out which screen is meant.

    Parameters
    ----------
    folder : Path
        Where they were built; without them a text tells how to build them.
    """
    app.mount("/assets", Built(directory=folder / "assets", check_dir=False), name="assets")

    @app.get("/{path:path}", include_in_schema=False)
    def screen(path: str) -> Response:  # pyright: ignore[reportUnusedFunction]
        if path.split("/")[0] in {"api", "scim"}:
            raise HTTPException(404)
        if path in {"favicon.svg", "licences.txt"}:
            return FileResponse(folder / path) if (folder / path).exists() else Response(status_code=404)
        return _page(folder)


def _page(folder: Path) -> Response:
    """The page, read anew each time: after a rebuild it names other files."""
    index = folder / "index.html"
    if not index.exists():
        return PlainTextResponse(NOT_BUILT, status_code=503)
    nonce = secrets.token_urlsafe(16)
    html = index.read_text(encoding="utf-8").replace(NONCE, nonce)
    return HTMLResponse(html, headers={"Content-Security-Policy": POLICY.format(nonce=nonce), "Cache-Control": "no-cache"})
