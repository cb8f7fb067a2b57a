"""Configuration of the service: one file, ``echelon.toml``, and the environment (``ECHELON_...``), which comes first."""

from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from data.store.base import Database
from data.store.folder import Files

CONFIG_FILE = "echelon.toml"


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
