"""Tokens of a configured issuer (JWT, as of OpenID Connect) as callers."""

from dataclasses import replace
from functools import cache
from typing import Any

import jwt

from api.http.permissions import Caller, Role
from api.http.problems import Unauthenticated
from api.settings import Oidc

SECONDS = 5.0
"""How long the issuer may take to tell its keys."""

LEEWAY_SECONDS = 30.0
"""By which its clock may differ from ours."""

REQUIRED = ("exp", "iat", "iss", "aud", "sub")


@cache
def _issuer_keys(jwks_url: str) -> jwt.PyJWKClient:
    return jwt.PyJWKClient(jwks_url, timeout=SECONDS)


def token_caller(oidc: Oidc, token: str) -> Caller:
    """Who holds a token.

    Raises
    ------
    Unauthenticated
        It is not of the issuer, not for us, not valid now, or does not say to what it is confined.
    """
    try:
        key = _issuer_keys(oidc.jwks_url).get_signing_key_from_jwt(token)
        claims = jwt.decode(
            token,
            key,
            algorithms=list(oidc.algorithms),
            audience=oidc.audience,
            issuer=oidc.issuer,
            leeway=LEEWAY_SECONDS,
            options={"require": list(REQUIRED)},
        )
    except jwt.PyJWTError as error:
        raise Unauthenticated(f"the token is not valid: {error}") from None
    return _caller(oidc, claims)


def _caller(oidc: Oidc, claims: dict[str, Any]) -> Caller:
    given = _listed(claims.get(oidc.roles_claim))
    roles: tuple[Role, ...] = tuple(dict.fromkeys(oidc.roles[one] for one in given if one in oidc.roles))
    scopes: dict[str, Any] = {name: _scope(claims, claim) for name, claim in oidc.scope_claims.items()}
    name, agent = claims.get(oidc.name_claim), claims.get(oidc.agent_claim, "") if oidc.agent_claim else ""
    if not isinstance(name, str) or not name or not isinstance(agent, str):
        raise Unauthenticated(f"the token has no {oidc.name_claim}")
    return replace(Caller(name[:180], oidc.kind, roles, agent=agent), **scopes)


def _listed(claim: Any) -> list[str]:
    parts: list[Any] = claim.split() if isinstance(claim, str) else claim if isinstance(claim, list) else []
    return [str(one) for one in parts]


def _scope(claims: dict[str, Any], claim: str) -> frozenset[str]:
    """To what a claim confines; nothing said must not mean everything."""
    listed = frozenset(_listed(claims.get(claim)))
    if not listed:
        raise Unauthenticated(f"the token has no {claim}")
    return frozenset() if "*" in listed else listed
