"""The page `docs/rules.md`: what every kind of rule says, written from the kinds themselves.

``python -m optimizer.rostering.rules_page`` prints it.
"""

import inspect
from typing import Any

from optimizer.rostering.rules import Example, RuleKind, kinds

HEAD = """# Work rules

Every kind of rule that a rulebook may name, in `[[rules]]` tables with `id`, `kind`, `numbers`, and either nothing more (a
hard rule) or a `weight`: the cost of one unit of breach. Written by `python -m optimizer.rostering.rules_page`.

In the example lines `-` is a day off, `AL` paid and `UL` unpaid leave; E runs 07:00-15:30, D 09:00-17:30, L 14:00-22:30, N
22:00-06:30 (eight paid hours each) and S 10:00-14:00. Days before `|` are history; the first day is a Monday.
"""


def page() -> str:
    """Text of the page."""
    return "\n".join([HEAD, *(_section(name, kind) for name, kind in kinds().items())])


def _section(name: str, kind: RuleKind) -> str:
    """One kind: its docstring, numbers, sentences and examples."""
    example = kind.examples()[0]
    params = kind.Params.model_validate(example.numbers)
    text = inspect.cleandoc(kind.__doc__ or "").replace("References\n----------\n", "Source: ")
    quotes = [f"> {kind.sentence(params, 'en')}", ">", f"> {kind.sentence(params, 'zh')}", ""]
    lines = [_example(e) for e in kind.examples()]
    return "\n".join([f"## {name}\n", text, "", *_numbers(kind), *quotes, "| line | numbers | |", "|---|---|---|", *lines, ""])


def _numbers(kind: RuleKind) -> list[str]:
    """Table of the parameters with their ranges and defaults."""
    fields: dict[str, Any] = kind.Params.model_json_schema().get("properties", {})
    if not fields:
        return []
    rows = [f"| `{name}` | {_range(field)} | {_default(field)} |" for name, field in fields.items()]
    return ["| number | values | if left out |", "|---|---|---|", *rows, ""]


def _range(field: dict[str, Any]) -> str:
    """Values that a parameter may take."""
    if "anyOf" in field:
        return " or ".join(_range(option) for option in field["anyOf"])
    if "enum" in field:
        return ", ".join(field["enum"])
    return "none" if field["type"] == "null" else f"{field['minimum']} to {field['maximum']}"


def _default(field: dict[str, Any]) -> str:
    """What stands for a parameter that is left out."""
    value = field.get("default", "must be given")
    return "none" if value is None else str(value)


def _example(example: Example) -> str:
    """One line of the table of examples."""
    days = example.line.split()
    shown = " ".join([*days[: example.history], "\\|", *days[example.history :]]) if example.history else " ".join(days)
    given = [f"{key} {value}" for key, value in example.numbers.items()]
    given += [f"leave {code} on day {day + 1}" for day, code in (example.leave or {}).items()]
    given += [str(value) for value in (example.agent or {}).values()]
    return f"| {shown} | {', '.join(given)} | {'allowed' if example.legal else 'forbidden'} |"


if __name__ == "__main__":
    print(page())
