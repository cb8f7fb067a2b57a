"""Files from and for people: suffixes that are read, bombs that are not unpacked, cells that are no formulas."""

import gzip
import re
import zipfile
import zlib
from pathlib import Path
from typing import Any, BinaryIO

import pandas as pd

from api.http.problems import TooLarge, Unsupported
from data.exchange.files import SUFFIXES
from data.model.errors import Finding, InvalidData

UNPACKED = 10
"""A packed file may unpack to so many times the limit of uploads (house choice)."""

MOST_FILES = 10_000
CHUNK = 1 << 20
FORMULA = re.compile(r"['=+\-@\t\r]")
"""How a cell begins that a spreadsheet would take for a formula, or that was made safe itself."""

MEMBER = re.compile(r"[A-Za-z0-9_][\w.-]*(/[A-Za-z0-9_][\w.-]*)*")


def suffix_of(name: str | None) -> str:
    """Suffix by which a file is read; nothing else of its name is used.

    Raises
    ------
    Unsupported
        It is none that is read.
    """
    found = next((one for one in sorted(SUFFIXES, key=len, reverse=True) if (name or "").lower().endswith(one)), None)
    if found is None:
        raise Unsupported(f"the name of the file says how it is read: it ends with one of {', '.join(SUFFIXES)}")
    return found


def check_bomb(file: Path, limit: int) -> None:
    """Refuse a packed file that unpacks to more than a limit.

    Parameters
    ----------
    limit : int
        Bytes.

    Raises
    ------
    TooLarge
        It does.
    InvalidData
        It is no such file.
    """
    try:
        size = _unpacked(file, limit)
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile) as error:
        raise InvalidData([Finding(file.name, None, None, f"an unreadable file ({error})", f"a file {file.suffix}")]) from error
    if size > limit:
        raise TooLarge(f"the file unpacks to more than {limit} bytes")


def _unpacked(file: Path, limit: int) -> int:
    if file.name.endswith(".xlsx"):
        with zipfile.ZipFile(file) as book:
            return sum(one.file_size for one in book.infolist())
    size = 0
    if file.name.endswith(".gz"):
        with gzip.open(file) as packed:
            while size <= limit and (part := packed.read(CHUNK)):
                size += len(part)
    return size


def unzip(source: BinaryIO, folder: Path, limit: int) -> None:
    """Unpack the files of a centre's folder; a single folder around them is left out.

    Raises
    ------
    TooLarge
        They unpack to more than `limit` bytes, or are too many.
    InvalidData
        It is no zip, or names leave the folder.
    """
    try:
        with zipfile.ZipFile(source) as archive:
            files = [one for one in archive.infolist() if not one.is_dir()]
            if sum(one.file_size for one in files) > limit or len(files) > MOST_FILES:
                raise TooLarge(f"the archive unpacks to more than {limit} bytes, or {MOST_FILES} files")
            _check_names(files)
            around = _around([one.filename for one in files])
            for one in files:
                target = folder / one.filename.removeprefix(around)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(archive.read(one))
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError) as error:
        raise InvalidData([Finding("archive", None, None, f"an unreadable file ({error})", "a zip archive")]) from error


def _check_names(files: list[zipfile.ZipInfo]) -> None:
    odd = [one.filename for one in files if not MEMBER.fullmatch(one.filename)]
    if odd:
        expected = "paths of letters, digits, _, - and ., none hidden or upwards"
        raise InvalidData([Finding("archive", None, name, repr(name), expected) for name in odd])


def _around(names: list[str]) -> str:
    first = names[0].split("/")[0] + "/" if names else ""
    return first if all(name.startswith(first) for name in names) else ""


def safe(frame: pd.DataFrame) -> pd.DataFrame:
    """Cells of text that could be formulas, and those that begin with a `'` already, with a `'` before them."""
    return frame.map(_safe)


def plain(text: pd.DataFrame) -> pd.DataFrame:
    """Cells as they were before `safe`."""
    return text.map(_plain)


def _safe(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and FORMULA.match(cell) else cell


def _plain(cell: str) -> str:
    return cell[1:] if cell[:1] == "'" and FORMULA.match(cell[1:]) else cell
