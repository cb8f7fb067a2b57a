"""The page `docs/rules.md`: what every kind of rule says, and what the ready rulebooks say with them, written from both themselves.

``python -m optimizer.rostering.rules_page`` prints it.
"""

import inspect
from collections.abc import Iterable
from typing import Any

from data.centres.samples import CENTRES
from data.exchange.rulebooks import RULEBOOKS, read_rulebook
from data.model.rulebook import GoalSpec, Note, Rulebook, RuleSpec, Strategy
from optimizer.rostering import goals
from optimizer.rostering.rules import Example, RuleKind, kinds, params_of

HEAD = """# Work rules

Every kind of rule that a rulebook may name, in `[[rules]]` tables with `id`, `kind`, `numbers`, and either nothing more (a
hard rule) or a `weight`: the cost of one unit of breach. Written by `python -m optimizer.rostering.rules_page`.

In the example lines `-` is a day off, `AL` paid and `UL` unpaid leave; E runs 07:00-15:30, D 09:00-17:30, L 14:00-22:30, N
22:00-06:30 (eight paid hours each), S 10:00-14:00 and the split T 09:00-20:00 with a pause of three hours. Days before `|` are
history; the first day is a Monday, and the Friday of the second week a statutory holiday.
"""

BOOKS_HEAD = """# Rulebooks

What `include` in a `rulebook.toml` puts before the centre's own rules. Notes say what keeps the rest of a law or a policy. Two
rules of one id: the centre's own stands. `leave_out` names rules of the rulebooks that do not hold in the centre,
and goals as `goals.KIND`.
"""

STRATEGIES_HEAD = """# Strategies

Headings under which rules, goals and notes stand (`strategy` in each of them), here as the sample centre {centre} fills them.
"""

SAMPLE = "grid95598"
"""The sample centre whose rulebook fills the strategies."""


def page() -> str:
    """Text of the page."""
    books = [read_rulebook(path) for path in sorted(RULEBOOKS.glob("*.toml"))]
    sections = [_section(name, kind) for name, kind in kinds().items()]
    return "\n".join([HEAD, *sections, BOOKS_HEAD, *(_book(b) for b in books if b.rules), _strategies()]).rstrip("\n")


def _book(book: Rulebook) -> str:
    """One ready rulebook: its rules, goals and notes."""
    rules = _table("| rule | says | weight | from | source |", map(_rule, book.rules))
    says = _table("| goal | says |", map(_goal, book.goals))
    notes = _table("| note | what keeps it | source |", map(_note, book.notes))
    return "\n".join([f"## Rulebook {book.id}, version {book.version}\n", *rules, *says, *notes])


def _table(head: str, rows: Iterable[str]) -> list[str]:
    """A table, or nothing without rows."""
    lines = list(rows)
    return [head, "|---" * (head.count("|") - 1) + "|", *lines, ""] if lines else []


def _rule(rule: RuleSpec) -> str:
    """One line of the table of rules."""
    kind, params = kinds()[rule.kind], params_of(rule)
    bound = f" Binds {', '.join(rule.scope.hours_systems)} hours." if rule.scope.hours_systems else ""
    says = f"{rule.title} {rule.title_zh}. `{rule.kind}`: {kind.sentence(params, 'en')}{bound}"
    waived = ", waivable" if rule.waivable else ""
    return f"| `{rule.id}` | {says} | {rule.weight or 'hard'}{waived} | {rule.valid_from or 'always'} | {rule.source} |"


def _goal(goal: GoalSpec) -> str:
    """One line of the table of goals."""
    kind = goals.kinds()[goal.kind]
    params = kind.Params.model_validate(goal.numbers)
    return f"| `{goal.kind}` | {kind.sentence(params, 'en')} {kind.sentence(params, 'zh')} |"


def _note(note: Note) -> str:
    """One line of the table of notes."""
    return f"| `{note.id}`: {note.title} {note.title_zh} | {note.kept_by}; {note.kept_by_zh} | {note.source} |"


def _strategies() -> str:
    """The strategies in their order, and what each holds in the sample centre."""
    book = read_rulebook(CENTRES / SAMPLE / "rulebook.toml")
    rows = (_strategy(one, book) for one in sorted(book.strategies, key=lambda one: one.order))
    return "\n".join([STRATEGIES_HEAD.format(centre=SAMPLE), *_table("| | strategy | owner | what it is for | holds |", rows)])


def _strategy(one: Strategy, book: Rulebook) -> str:
    """One line of the table of strategies."""
    holds = ", ".join(map(_named, book.under(one.id)))
    owner, purpose = f"{one.owner} {one.owner_zh}", f"{one.description} {one.description_zh}"
    return f"| {one.order} | {one.name} {one.name_zh} | {owner} | {purpose} | {holds} |"


def _named(entry: RuleSpec | GoalSpec | Note) -> str:
    """How the page names what a strategy holds."""
    if isinstance(entry, GoalSpec):
        return f"goal `{entry.kind}`"
    return f"`{entry.id}`" if isinstance(entry, RuleSpec) else f"note `{entry.id}`"


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
    schema: dict[str, Any] = kind.Params.model_json_schema()
    fields: dict[str, Any] = schema.get("properties", {})
    if not fields:
        return []
    rows = [f"| `{name}` | {_range(field, schema.get('$defs', {}))} | {_default(field)} |" for name, field in fields.items()]
    return ["| number | values | if left out |", "|---|---|---|", *rows, ""]


def _range(field: dict[str, Any], defs: dict[str, Any]) -> str:
    """Values that a field of a JSON schema may take."""
    if "$ref" in field:
        return _range(defs[field["$ref"].rpartition("/")[2]], defs)
    if "anyOf" in field:
        return " or ".join(_range(option, defs) for option in field["anyOf"])
    if "enum" in field:
        return ", ".join(str(value) for value in field["enum"])
    if "examples" in field:
        return f"such as {', '.join(f'`{value}`' for value in field['examples'])}"
    if field["type"] == "array":
        return f"list: {_range(field['items'], defs)}"
    if field["type"] == "object":
        names, values = field.get("propertyNames", {"type": "string"}), field.get("additionalProperties", field)
        return f"table: {_range(names, defs)} = {_range(values, defs)}"
    plain = {"null": "none", "boolean": "true or false", "string": field.get("format", "text")}
    return plain.get(field["type"]) or f"{field['minimum']} to {field['maximum']}"


def _default(field: dict[str, Any]) -> str:
    """What stands for a parameter that is left out."""
    value = field.get("default", "must be given")
    return {bool: str(value).lower(), type(None): "none"}.get(type(value), str(value)) or "nothing"


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
