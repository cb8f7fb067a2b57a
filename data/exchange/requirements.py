"""Requirements in and out: a CSV of every slot, and beside it a JSON record and the staffing curve (NPZ)."""

import zipfile
from pathlib import Path

import numpy as np

from data.exchange.atomic import replacing
from data.exchange.documents import dump_json, load_json, sidecar
from data.exchange.files import read_table, stop, write_table
from data.exchange.grids import on_grid, places
from data.model.base import FloatArray, Frozen, IntArray
from data.model.demand import Requirement, long_frame
from data.model.errors import Finding, InvalidData
from data.model.time import TimeGrid
from data.tables import REQUIREMENT

REAL = ("calls", "handle_time_s", "shrinkage")
WHOLE = ("on_phone", "heads", "binding")


class RequirementRecord(Frozen):
    """What neither the rows nor the curve of a requirement say."""

    grid: TimeGrid
    queues: tuple[str, ...]
    method: str = ""
    origin: dict[str, str] = {}


def write_requirement(requirement: Requirement, path: Path) -> None:
    """Write ``queue, timestamp`` and the columns of `REAL` and `WHOLE`, the record and the curve."""
    names = (*REAL, *WHOLE)
    write_table(long_frame(requirement.grid, requirement.queues, {name: getattr(requirement, name) for name in names}), path)
    record = RequirementRecord(
        grid=requirement.grid,
        queues=requirement.queues,
        method=requirement.method,
        origin=requirement.origin,
    )
    dump_json(record, sidecar(path, ".json"))
    with replacing(sidecar(path, ".npz")) as temporary:
        np.savez_compressed(temporary, curve=requirement.curve, curve_first=requirement.curve_first)


def read_requirement(path: Path) -> Requirement:
    """Read a requirement as written; numbers edited in the CSV hold, the curve stays as computed.

    Raises
    ------
    InvalidData
        With every finding: cells, unknown queues or slots, rows or files that are missing.
    """
    record = load_json(sidecar(path, ".json"), RequirementRecord)
    rows = read_table(path, REQUIREMENT)
    place = places(rows, record.grid, record.queues, path)
    shape = len(record.queues), record.grid.size
    if len(rows) < shape[0] * shape[1]:
        stop([Finding(path.name, None, None, f"{len(rows)} rows", f"{shape[0] * shape[1]} rows, one per queue and slot")])
    first, curve = _curve(sidecar(path, ".npz"), shape)
    whole = {name: on_grid(rows, name, place, shape).astype(np.int64) for name in WHOLE}
    real = {name: on_grid(rows, name, place, shape) for name in REAL}
    return Requirement(
        record.queues,
        record.grid,
        on_phone=whole["on_phone"],
        heads=whole["heads"],
        calls=real["calls"],
        handle_time_s=real["handle_time_s"],
        binding=whole["binding"],
        curve_first=first,
        curve=curve,
        shrinkage=real["shrinkage"],
        method=record.method,
        origin=record.origin,
    )


def _curve(path: Path, shape: tuple[int, int]) -> tuple[IntArray, FloatArray]:
    try:
        with np.load(path) as arrays:
            first, curve = arrays["curve_first"], arrays["curve"]
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        finding = Finding(path.name, None, None, f"no staffing curve ({error})", "the curve written beside the requirement")
        raise InvalidData([finding]) from error
    if curve.shape[:2] != shape or first.shape != shape:
        stop([Finding(path.name, None, None, f"a curve of shape {curve.shape}", f"shape {shape} x points")])
    return first, curve
