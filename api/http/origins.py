"""Requests that another site makes a browser send: refused where a cookie would speak for the person."""

from urllib.parse import urlsplit

from fastapi import Request

from api.http.problems import Forbidden

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def check_same_origin(request: Request, public_url: str) -> None:
    """Refuse a change that comes from a page of another origin.

    Browsers say where a request comes from, in `Sec-Fetch-Site` or `Origin`; what says neither is no browser.

    Raises
    ------
    Forbidden
        It comes from elsewhere.

    References
    ----------
    F. Valsorda, Cross-Site Request Forgery (2025); the same rule is net/http.CrossOriginProtection of Go 1.25.
    """
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if request.method in SAFE or site in ("same-origin", "none") or (origin is not None and origin == public_url):
        return
    if site is None and (origin is None or urlsplit(origin).netloc == request.headers.get("Host")):
        return
    raise Forbidden("the request comes from a page of another site")
