"""Tables of figures: on the console, in a file, in a page between two marks."""

import importlib.metadata
import json
import os
import platform
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from math import inf
from pathlib import Path
from time import process_time
from typing import Any

from rich.console import Console
from rich.table import Table

PACKAGES = ("numpy", "scipy", "numba", "pyworkforce", "simpy", "ciw")


@dataclass(frozen=True)
class Section:
    """A table with its title."""

    title: str
    heads: tuple[str, ...]
    lines: Sequence[Sequence[str]]


def best(work: Callable[[], object], times: int) -> float:
    """Least CPU seconds of some runs: what else the machine does counts little."""
    least = inf
    for _ in range(times):
        start = process_time()
        work()
        least = min(least, process_time() - start)
    return least


def environment() -> dict[str, str]:
    """What the figures depend on beside the code."""
    versions = {name: importlib.metadata.version(name) for name in PACKAGES}
    return {"cores": str(os.cpu_count()), "Python": platform.python_version()} | versions


def show(sections: Sequence[Section]) -> None:
    """Print the tables."""
    console = Console(width=150)
    for section in sections:
        table = Table(*section.heads, title=section.title, title_justify="left")
        for line in section.lines:
            table.add_row(*(cell.replace("*", "") for cell in line))
        console.print(table)


def write(path: Path, rows: Sequence[Any]) -> None:
    """Keep rows, dataclasses all, as JSON."""
    content = {"environment": environment(), "rows": [asdict(row) for row in rows]}
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def fill(page: Path, mark: str, sections: Sequence[Section]) -> None:
    """Put the tables into a page, between ``<!-- mark -->`` and ``<!-- end of mark -->``."""
    begin, end = f"<!-- {mark} -->", f"<!-- end of {mark} -->"
    before, _, rest = page.read_text(encoding="utf-8").partition(begin)
    after = rest.partition(end)[2]
    known = environment()
    versions = ", ".join(f"{name} {version}" for name, version in known.items() if name != "cores")
    parts = [f"Measured with {versions}, on {known['cores']} cores."]
    parts += [f"### {section.title}\n\n{_markdown(section)}" for section in sections]
    page.write_text(before + begin + "\n" + "\n\n".join(parts) + "\n" + end + after, encoding="utf-8")


def _markdown(section: Section) -> str:
    rule = ["---", *["---:"] * (len(section.heads) - 1)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in [section.heads, rule, *section.lines])
