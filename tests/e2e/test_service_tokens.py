"""Tokens of an issuer over HTTP: a fake of the issuer on loopback; only what is signed, meant for us and valid now gets in."""

import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from service_case import Service, serving

ISSUER, AUDIENCE = "https://issuer.example", "echelon"
KEY, OTHER = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())


@contextmanager
def issuer() -> Generator[str]:
    """Tell the public key of the issuer on a loopback port."""
    public = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(KEY.public_key())) | {"kid": "k1", "use": "sig", "alg": "ES256"}

    class Keys(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps({"keys": [public]}).encode())

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Keys) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/keys"
        server.shutdown()
        thread.join(10)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Generator[Service]:
    with issuer() as address:
        told = {
            "issuer": ISSUER,
            "audience": AUDIENCE,
            "jwks_url": address,
            "roles": {"wfm-planners": "planner", "wfm-agents": "agent"},
            "roles_claim": "groups",
            "scope_claims": {"centres": "wfm_centres"},
            "agent_claim": "employee",
        }
        with serving(tmp_path_factory.mktemp("tokens") / "data", oidc=told) as one:
            yield one


def claims(**told: Any) -> dict[str, Any]:
    now = datetime.now(UTC)
    held = {"iss": ISSUER, "aud": AUDIENCE, "sub": "u1", "iat": now, "exp": now + timedelta(minutes=5)}
    return {**held, "groups": ["wfm-planners", "others"], "wfm_centres": ["grid"], "employee": "A0001", **told}


def asked(service: Service, token: str, path: str = "/me") -> httpx2.Response:
    client = service.client()
    client.headers["Authorization"] = f"Bearer {token}"
    return client.get(path)


def signed(told: dict[str, Any], key: Any = KEY, algorithm: str = "ES256") -> str:
    return jwt.encode({name: one for name, one in told.items() if one is not None}, key, algorithm, headers={"kid": "k1"})


def test_a_token_brings_its_roles_and_scopes(service: Service) -> None:
    me = asked(service, signed(claims())).json()
    assert (me["name"], me["roles"], me["centres"], me["agent"]) == ("u1", ["planner"], ["grid"], "A0001")
    assert asked(service, signed(claims()), "/centres/other").status_code == 403
    assert asked(service, signed(claims(wfm_centres=["*"]))).json()["centres"] == []
    assert asked(service, signed(claims(groups=["others"])), "/centres").status_code == 403
    assert service.client("planner").get("/me").status_code == 200


@pytest.mark.parametrize(
    "told",
    [
        {"iss": "https://else.example"},
        {"aud": "another"},
        {"exp": datetime(2020, 1, 1, tzinfo=UTC)},
        {"exp": None},
        {"aud": None},
        {"iat": datetime(2100, 1, 1, tzinfo=UTC)},
        {"wfm_centres": None},
        {"wfm_centres": []},
        {"sub": None},
    ],
)
def test_a_token_that_lacks_something_does_not_get_in(service: Service, told: dict[str, Any]) -> None:
    assert asked(service, signed(claims(**told))).status_code == 401


def test_only_the_issuers_own_signature_counts(service: Service) -> None:
    assert asked(service, signed(claims(), OTHER)).status_code == 401
    assert asked(service, signed(claims(), "x" * 64, "HS256")).status_code == 401
    assert asked(service, jwt.encode(claims(), "", "none", headers={"kid": "k1"})).status_code == 401
    assert asked(service, "eyJ.nonsense.x").status_code == 401


def test_an_issuer_that_is_not_configured_is_nobody(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as bare:
        assert asked(bare, signed(claims())).status_code == 401
