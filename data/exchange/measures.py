"""The catalogue of incentive measures: a TOML file, the ready one of ``data/rulebooks/rights`` or a centre's own."""

from pathlib import Path

from pydantic import ValidationError

from data.exchange.documents import findings_of, load_toml
from data.model.errors import InvalidData
from data.model.measure import Catalogue

MEASURES = Path(__file__).parents[1] / "rulebooks" / "rights" / "measures.toml"
"""The ready catalogue; it stands beside the rulebooks, not among them."""
MEASURES_FILE = "measures.toml"
"""A centre's own catalogue, in its folder."""


def read_catalogue(folder: Path) -> Catalogue:
    """Catalogue of a centre's folder; without a file of its own the ready one."""
    own = folder / MEASURES_FILE
    return read_measures(own if own.is_file() else MEASURES)


def read_measures(path: Path = MEASURES) -> Catalogue:
    """Catalogue of a file.

    Raises
    ------
    InvalidData
        Everything wrong with the file at once.
    """
    raw = load_toml(path)
    try:
        return Catalogue.model_validate(raw)
    except ValidationError as error:
        raise InvalidData(findings_of(error, path.name)) from error
