"""The table of settings in ``docs/operation.md``, made from the settings themselves: ``python -m api.settings_page``."""

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr

from api.settings import Settings

PAGE = Path("docs") / "operation.md"
MARK, END = "<!-- settings -->\n", "<!-- /settings -->"
FIELD = re.compile(r"^(\w[\w, ]*) : .+$")


def told(kind: type[BaseModel]) -> dict[str, str]:
    """What the docstring of a model says of each field."""
    found, names = dict[str, list[str]](), list[str]()
    for line in inspect.cleandoc(kind.__doc__ or "").partition("Parameters\n")[2].splitlines()[1:]:
        if match := FIELD.match(line):
            names = [name.strip() for name in match[1].split(",")]
            found |= {name: list[str]() for name in names}
        elif line.startswith("    "):
            for name in names:
                found[name].append(line.strip())
    return {name: " ".join(lines) for name, lines in found.items()}


def rows(kind: type[BaseModel] = Settings) -> Iterator[tuple[str, str, str, str]]:
    """Setting, its variable, its default, and what it says."""
    says = told(kind)
    for name, field in kind.model_fields.items():
        yield name, f"ECHELON_{name.upper()}", _default(field.get_default(call_default_factory=True)), says.get(name, "")


def _default(value: Any) -> str:
    if isinstance(value, SecretStr) or value in ("", None):
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def table() -> str:
    """The table as it stands in the page."""
    head = "| echelon.toml | environment 环境变量 | default 默认 | |\n| --- | --- | --- | --- |\n"
    return head + "".join(f"| `{name}` | `{variable}` | {default} | {says} |\n" for name, variable, default, says in rows())


def brought_up_to_date(page: str) -> str:
    """The page with the table of now."""
    before, _, rest = page.partition(MARK)
    return f"{before}{MARK}{table()}{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    PAGE.write_text(brought_up_to_date(PAGE.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
