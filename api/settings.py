"""Configuration of the service: one file, ``echelon.toml``, and the environment (``ECHELON_...``), which comes first."""

from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from data.store.base import Database
from data.store.folder import Files

CONFIG_FILE = "echelon.toml"


class Retention(BaseModel):
    """How long things are kept; the audit trail is kept for ever.

    Parameters
    ----------
    answer_days : int
        Answers to requests with an idempotency key, days.
    event_days : int
        Events that webhooks tell, days.
    run_log_days : int
        What runs wrote while they ran, days; the runs and their results stay.
    superseded_days : int or None
        Versions of rows, documents, rosters and calls after they were superseded, days; None = for ever. What is forgotten
        can no longer be read at an earlier revision.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    answer_days: int = Field(default=7, ge=1)
    event_days: int = Field(default=90, ge=1)
    run_log_days: int = Field(default=90, ge=1)
    superseded_days: int | None = Field(default=None, ge=1)


class Oidc(BaseModel):
    """Whose tokens (JWT, as of OpenID Connect) are taken as bearer tokens beside our own keys.

    Parameters
    ----------
    issuer, audience : str
        `iss` and `aud` that a token must hold.
    jwks_url : str
        Where the keys of the issuer stand: the only address that is asked.
    algorithms : tuple of str
        Signatures that are taken; never one that shares a secret.
    name_claim, roles_claim : str
        Claims with the name, and with the roles or groups, of whoever holds the token.
    roles : dict
        Role or group of the issuer -> role of this installation; others count for nothing.
    scope_claims : dict
        centres, sites, teams, projects -> claim that lists them; ``["*"]`` in the claim = all. A token without it is refused.
    agent_claim : str
        Claim with the id of the agent that a person is; empty = none.
    kind : str
        person or system, as it stands in the audit trail.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    issuer: str = Field(min_length=1)
    audience: str = Field(min_length=1)
    jwks_url: str = Field(pattern=r"^https://|^http://(127\.0\.0\.1|localhost)[:/]")
    algorithms: tuple[Literal["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"], ...] = ("RS256", "ES256")
    name_claim: str = "sub"
    roles_claim: str = "roles"
    roles: dict[str, Literal["administrator", "planner", "leader", "agent", "hr_system", "auditor"]]
    scope_claims: dict[Literal["centres", "sites", "teams", "projects"], str] = {}
    agent_claim: str = ""
    kind: Literal["person", "system"] = "system"


class Settings(BaseSettings):
    """What an installation may be told; every field has a default that works on one machine.

    Parameters
    ----------
    data : Path
        Folder of the embedded database, the interval history and the working copies.
    database_url : str
        ``postgresql+psycopg://USER@HOST/NAME``; empty = the embedded SQLite in `data`.
    host, port : str, int
        Where the service listens.
    processes : int
        Processes that answer requests: one carries about 150 reads a second; each counts `rate_limit` for itself.
    retention : Retention
        How long things are kept.
    heavy_runs, light_runs : int
        Runs that a worker carries out at once: of kinds that search or simulate, and of the others.
    lease_seconds : float
        A worker that is not heard of for so long is taken for dead, and its runs begin anew elsewhere.
    cancel_grace_seconds : float
        A cancelled run that has not ended with the best it has by then is killed, and nothing is kept of it.
    rate_limit : str
        Most requests of one key, session or address, such as ``20000/minute``.
    max_body_bytes, max_upload_bytes : int
        Largest body of a request, and of a file that is uploaded; files that are packed must not unpack to more than ten times
        the latter.
    public_url : str
        Address that people use where it is another one (behind a proxy): with ``https://`` cookies are for TLS alone.
    session_idle_minutes, session_hours : int
        A session ends so long after its last use, min, and after its login, h.
    oidc : Oidc
        Whose tokens are taken; none unless it is configured.
    webhooks_private : bool
        Whether webhooks may go to plain HTTP and private addresses: only where the receivers stand in your own network.
    log_format : str
        `json` or `console`; each request is one line, without secrets.
    log_level : str
        `debug`, `info`, `warning` or `error`.
    telemetry : bool
        Whether requests are traced with OpenTelemetry, where its packages are installed and its own variables (`OTEL_...`) say.
    """

    model_config = SettingsConfigDict(
        env_prefix="ECHELON_",
        toml_file=CONFIG_FILE,
        extra="forbid",
        frozen=True,
        secrets_dir=None,
        nested_model_default_partial_update=True,
    )

    data: Path = Path("echelon-data")
    database_url: str = ""
    host: str = "127.0.0.1"
    port: int = Field(default=8095, ge=0, le=65535)
    processes: int = Field(default=1, ge=1, le=64)
    retention: Retention = Retention()
    heavy_runs: int = Field(default=1, ge=1)
    light_runs: int = Field(default=1, ge=1)
    lease_seconds: float = Field(default=10.0, ge=0.5)
    cancel_grace_seconds: float = Field(default=30.0, ge=0)
    rate_limit: str = Field(default="20000/minute", pattern=r"^\d+/(\d+ ?)?(second|minute|hour)s?$")
    max_body_bytes: int = Field(default=4_000_000, ge=1000)
    max_upload_bytes: int = Field(default=200_000_000, ge=1000)
    public_url: str = Field(default="", pattern=r"^(https?://[^/]+)?$")
    session_idle_minutes: int = Field(default=60, ge=1)
    session_hours: int = Field(default=12, ge=1)
    oidc: Oidc | None = None
    webhooks_private: bool = False
    log_format: Literal["json", "console"] = "console"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    telemetry: bool = False

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is said in code, then the environment, then secret files, then ``echelon.toml``."""
        del dotenv_settings
        return init_settings, env_settings, file_secret_settings, TomlConfigSettingsSource(settings_cls)

    @cached_property
    def database(self) -> Database:
        """The database of this installation."""
        return Database(self.database_url or f"sqlite:///{(self.data / 'echelon.sqlite3').absolute()}")

    @property
    def files(self) -> Files:
        """Files beside the database."""
        return Files(self.data.absolute())
