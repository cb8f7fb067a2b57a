"""TOML and JSON documents that hold one frozen entity each; what pydantic refuses becomes findings."""

import json
import re
import tomllib
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar, cast

import tomli_w
from pydantic import ValidationError

from data.exchange.atomic import write_text
from data.model.base import Frozen
from data.model.errors import Finding, InvalidData

Entity = TypeVar("Entity", bound=Frozen)


def findings_of(error: ValidationError, where: str, row: int | None = None) -> list[Finding]:
    """Findings for all that pydantic refuses; the column is the dotted key."""
    return [
        Finding(where, row, ".".join(map(str, e["loc"])) or None, _read(e["input"], e["type"]), expected_of(e["msg"]))
        for e in error.errors()
        if not (e["type"] == "too_short" and e["input"])  # its entries have findings of their own
    ]


PLAIN = {
    "Extra inputs are not permitted": "no such key: correct its name or take it out",
    "a valid string": "text in quotes",
    "a valid number, unable to parse string as a number": "a number",
    "Field required": "a value",
}
"""What pydantic says, in words for people who do not program."""


def expected_of(message: str) -> str:
    """What pydantic expects, for people who do not program."""
    text = message.removeprefix("Value error, ").removeprefix("Input should be ")
    return PLAIN.get(text, text)


def _read(value: Any, kind: str) -> str:
    if kind == "missing":
        return "nothing"
    if isinstance(value, datetime):
        return value.isoformat(timespec="minutes")
    text = ", ".join(f"{k} {v}" for k, v in cast(dict[Any, Any], value).items()) if isinstance(value, dict) else repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def load_toml(path: Path) -> dict[str, Any]:
    """Content of a TOML file.

    Raises
    ------
    InvalidData
        No file, no UTF-8, or a syntax error with its line.
    """
    if not path.is_file():
        raise InvalidData([Finding(path.name, None, None, "no file", f"a file {path.name}", f"put it into {path.parent}")])
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise InvalidData([Finding(path.name, None, None, "bytes that are no UTF-8", "UTF-8 text", "save it as UTF-8")]) from error
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        raise InvalidData([Finding(path.name, int(line[1]) if line else None, None, str(error), "TOML")]) from error


def dump_toml(entity: Frozen, path: Path, without: frozenset[str] = frozenset()) -> None:
    """Write the fields of an entity that differ from their defaults; `without` names fields to leave out."""
    write_text(path, tomli_w.dumps(_text_keys(entity.model_dump(exclude_none=True, exclude_defaults=True, exclude=set(without)))))


def _text_keys(value: Any) -> Any:
    """The same tree with keys as TOML has them: text, also for days."""
    if isinstance(value, dict):
        return {str(key): _text_keys(part) for key, part in cast(dict[Any, Any], value).items()}
    return [_text_keys(part) for part in cast(list[Any], value)] if isinstance(value, list | tuple) else value


def load_json(path: Path, kind: type[Entity]) -> Entity:
    """Entity of a JSON file.

    Raises
    ------
    InvalidData
        No file, no JSON, or fields that the entity refuses.
    """
    if not path.is_file():
        raise InvalidData([Finding(path.name, None, None, "no file", f"a file {path.name}", f"put it into {path.parent}")])
    return read_json(path.read_text(encoding="utf-8-sig"), kind, path.name)


def read_json(text: str, kind: type[Entity], where: str) -> Entity:
    """Entity of a text in JSON.

    Raises
    ------
    InvalidData
        No JSON, or fields that the entity refuses.
    """
    try:
        return kind.model_validate_json(text)
    except ValidationError as error:
        raise InvalidData(findings_of(error, where)) from error


def dump_json(entity: Frozen, path: Path) -> None:
    """Write an entity as JSON, readable and in the order of its fields."""
    write_text(path, json.dumps(entity.model_dump(mode="json"), ensure_ascii=False, indent=2) + "\n")


def sidecar(path: Path, suffix: str) -> Path:
    """File of the same stem beside a table: ``roster.csv.gz`` -> ``roster.json``."""
    name = path.name.removesuffix(".gz")
    return path.with_name(Path(name).stem + suffix)
