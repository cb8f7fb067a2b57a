"""A typed Python client of the service, generated from its OpenAPI document."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from openapi_python_client import generate as generated
from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.parser.errors import ErrorLevel

from api.http.app import create_app
from api.settings import Settings
from data.model.errors import EchelonError

PACKAGE = "echelon_client"


def document() -> str:
    """The OpenAPI document of the service, as JSON."""
    with TemporaryDirectory() as folder:
        return json.dumps(create_app(Settings.model_validate({"data": folder})).openapi(), ensure_ascii=False)


def generate(target: Path) -> Path:
    """Generate the client.

    Parameters
    ----------
    target : Path
        Folder that the package ``echelon_client`` is written into; an older one there is replaced.

    Raises
    ------
    EchelonError
        The document holds something that a client cannot be made of.
    """
    package = target / PACKAGE
    target.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder:
        source = Path(folder) / "openapi.json"
        source.write_text(document(), encoding="utf-8")
        settings = ConfigFile(package_name_override=PACKAGE, literal_enums=True, post_hooks=[], docstrings_on_attributes=True)
        config = Config.from_sources(settings, MetaType.NONE, source, "utf-8", True, output_path=package)
        errors = generated(config=config)
    errors = [one for one in errors if one.level == ErrorLevel.ERROR]  # a text beside JSON is only warned of
    if errors:
        raise EchelonError("\n".join(f"{one.header}: {one.detail}" for one in errors))
    return package
