"""Tables in files: CSV (also ``.csv.gz``), XLSX and Parquet, chosen by suffix."""

import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import xlsxwriter
from python_calamine import CalamineError, CalamineWorkbook

from data.cells import each_once
from data.columns import Table
from data.exchange.atomic import replacing
from data.model.errors import Finding, InvalidData

SUFFIXES = (".csv", ".csv.gz", ".xlsx", ".parquet")


def stop(findings: list[Finding]) -> None:
    """Raise `InvalidData` if there are findings."""
    if findings:
        raise InvalidData(findings)


def read_text(path: Path) -> pd.DataFrame:
    """Read a table as text: every cell as it stands, stripped; the index is the line (or row) of the file.

    Rows without any value are left out.

    Raises
    ------
    InvalidData
        No such file, an unknown suffix, an unreadable file, no header, or a row longer than the header.
    """
    if not path.is_file():
        raise InvalidData([Finding(path.name, None, None, "no file", f"a file {path.name}", f"put it into {path.parent}")])
    rows = [(line, row) for line, row in _rows(path) if any(row)]
    if not rows:
        raise InvalidData(
            [
                Finding(
                    path.name,
                    None,
                    None,
                    "an empty file",
                    "a header line",
                    "write the header line, or take the file away if it is not needed",
                )
            ]
        )
    return _frame(path.name, rows)


def records(frame: pd.DataFrame) -> Iterator[tuple[int, dict[str, Any]]]:
    """Rows of a table with their lines, without the empty cells."""
    for line, row in zip(frame.index, frame.to_dict("records"), strict=True):
        yield int(line), {str(key): cell for key, cell in row.items() if cell is not None and cell == cell}


def _frame(where: str, rows: list[tuple[int, list[str]]]) -> pd.DataFrame:
    header = rows[0][1]
    while header and not header[-1]:
        header = header[:-1]
    double = sorted({name for name in header if header.count(name) > 1})
    findings = [Finding(where, 1, name, "the column twice", "each column once") for name in double]
    if len(header) == 1 and any(mark in header[0] for mark in ";\t"):
        findings.append(Finding(where, 1, None, repr(header[0]), "columns parted by commas", "save the file as CSV with commas"))
    fix = 'quote a cell that holds a comma: "a,b"'
    for line, row in rows[1:]:
        if any(row[len(header) :]):
            findings.append(Finding(where, line, None, f"{len(row)} cells", f"{len(header)} cells", fix))
    stop(findings)
    cells = [(row + [""] * len(header))[: len(header)] for _, row in rows[1:]]
    return pd.DataFrame(cells, columns=header, index=[line for line, _ in rows[1:]], dtype=object)


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Lines and cells of a file of any known suffix."""
    name = path.name.lower()
    if name.endswith((".csv", ".csv.gz")):
        return _csv_rows(path)
    if name.endswith((".xlsx", ".parquet")):
        return enumerate(_sheet_rows(path) if name.endswith(".xlsx") else _parquet_rows(path), 1)
    raise InvalidData([Finding(path.name, None, None, f"the suffix {path.suffix!r}", f"one of {', '.join(SUFFIXES)}")])


def _csv_rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    try:
        raw = gzip.decompress(path.read_bytes()) if path.suffix.lower() == ".gz" else path.read_bytes()
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        read, fix = f"bytes that are no UTF-8 at byte {error.start}", "save the file as CSV UTF-8"
        raise InvalidData([Finding(path.name, None, None, read, "UTF-8 text", fix)]) from error
    except (OSError, EOFError, zlib.error) as error:
        raise InvalidData([Finding(path.name, None, None, f"an unreadable file ({error})", "a gzip file")]) from error
    reader, line = csv.reader(io.StringIO(text, newline="")), 1
    for row in reader:
        yield line, [cell.strip() for cell in row]
        line = reader.line_num + 1


def _sheet_rows(path: Path) -> Iterator[list[str]]:
    try:
        rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python(skip_empty_area=False)
    except CalamineError as error:
        raise InvalidData([Finding(path.name, None, None, f"an unreadable file ({error})", "an XLSX workbook")]) from error
    return ([_cell_text(cell) for cell in row] for row in rows)


def _cell_text(cell: str | float | int | bool | time | date | datetime | timedelta) -> str:
    """Text of a spreadsheet cell as CSV would have it."""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime | date | time):
        return cell.isoformat()
    return str(cell).strip()


def _parquet_rows(path: Path) -> Iterator[list[str]]:
    try:
        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            found = connection.execute("SELECT CAST(COLUMNS(*) AS VARCHAR) FROM read_parquet(?)", [str(path)])
            yield [str(column[0]) for column in found.description or []]
            yield from ([str(cell).strip() if cell is not None else "" for cell in row] for row in found.fetchall())
    except duckdb.Error as error:
        raise InvalidData([Finding(path.name, None, None, f"an unreadable file ({error})", "a Parquet file")]) from error


def read_table(path: Path, table: Table) -> pd.DataFrame:
    """Read and check a table; the index is the line of the file.

    Raises
    ------
    InvalidData
        With every finding.
    """
    text = read_text(path)
    stop(table.check(text, path.name))
    return table.values(text)


def write_table(frame: pd.DataFrame, path: Path) -> None:
    """Write a frame by suffix: ``.csv``, ``.csv.gz``, ``.xlsx`` or ``.parquet``; instants as ISO 8601 with offset.

    Raises
    ------
    InvalidData
        An unknown suffix.
    """
    writers = {".csv": _write_csv, ".csv.gz": _write_gzip, ".xlsx": _write_sheet, ".parquet": _write_parquet}
    suffix = next((known for known in SUFFIXES if path.name.lower().endswith(known)), None)
    if suffix is None:
        raise InvalidData([Finding(path.name, None, None, f"the suffix {path.suffix!r}", f"one of {', '.join(SUFFIXES)}")])
    with replacing(path) as temporary:
        writers[suffix](frame if suffix == ".parquet" else _cells(frame), temporary)


def _cells(frame: pd.DataFrame) -> pd.DataFrame:
    """The cells of a frame, each on its own: a column of whole numbers with gaps holds no fractions."""
    columns = {k: each_once(frame.iloc[:, k].tolist(), _written) for k in range(frame.shape[1])}
    return pd.DataFrame(columns, dtype=object).set_axis(frame.columns, axis=1)


def _written(value: Any) -> Any:
    """Value as a cell: nothing for a missing one, ISO for times, ids joined by ``;``."""
    if value is None or value is pd.NaT or value != value:
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ";".join(str(part) for part in value)
    if isinstance(value, datetime):
        return value.isoformat(timespec="minutes" if value.second == value.microsecond == 0 else "auto")
    if isinstance(value, time):
        return value.isoformat(timespec="minutes")
    return value.isoformat() if isinstance(value, date) else value


def _write_csv(frame: pd.DataFrame, path: Path) -> None:
    frame.to_csv(path, index=False, encoding="utf-8", lineterminator="\n")


def _write_gzip(frame: pd.DataFrame, path: Path) -> None:
    text = frame.to_csv(index=False, lineterminator="\n")
    path.write_bytes(gzip.compress(text.encode(), mtime=0))


def _write_sheet(frame: pd.DataFrame, path: Path) -> None:
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, list(frame.columns))
        for k, row in enumerate(frame.itertuples(index=False), 1):
            sheet.write_row(k, 0, [None if cell != cell else cell for cell in row])
        sheet.freeze_panes(1, 0)


def _write_parquet(frame: pd.DataFrame, path: Path) -> None:
    with duckdb.connect() as connection:
        connection.register("frame", frame)
        target = str(path).replace("'", "''")
        connection.execute(f"COPY frame TO '{target}' (FORMAT parquet, COMPRESSION zstd)")
