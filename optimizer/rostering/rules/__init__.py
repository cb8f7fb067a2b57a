"""The kinds of work rules: one file each, found by discovery and listed nowhere else.

A kind is a module with

- ``Params``: its numbers, a frozen pydantic model with ranges and units;
- ``sentence(params, language)``: one sentence with the numbers filled in, ``"en"`` or ``"zh"``;
- ``language(params, context, price)``: its automata and counters (`optimizer.rostering.language`); a breach of one unit
  costs ``price`` (inf = forbidden);
- ``breaches(params, line)``: the same rule in plain Python over a finished line, sharing no code with ``language``;
  ``Breach.rule`` is left empty, the caller knows its id;
- ``examples()``: `Example` lines that it allows and lines that it forbids;
- ``shift_names(params)`` if its numbers name shifts (`optimizer.rostering.naming`): the names;
- ``READS_TEAM = True`` if ``language`` depends on the agent's team. It may depend on nothing else that is the agent's own but
  protection, leave and frozen days: agents who agree in these share their tables.
"""

import importlib
import pkgutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Any, Literal, Protocol, cast

from pydantic import ValidationError

from data.exchange.documents import findings_of
from data.model.base import Frozen
from data.model.errors import Finding
from data.model.roster import AgentLine, Breach
from data.model.rulebook import GoalSpec, RuleSpec
from optimizer.rostering.language import Language
from optimizer.rostering.problem import LineContext

Tongue = Literal["en", "zh"]


@dataclass(frozen=True)
class Example:
    """A line that shows a rule at work, in the codes of `EXAMPLE_CENTRE` (tests/contracts).

    Parameters
    ----------
    numbers : dict
        Numbers of the kind.
    line : str
        Day symbols, blank between days; the first day is Monday 2026-06-01.
    legal : bool
        Whether the rule allows the line.
    history : int
        How many leading days are history.
    agent : dict
        Fields of the agent that differ from the standard one, e.g. ``{"protection": Protection(no_night=True)}``.
    leave : dict
        Day index -> leave code.
    """

    numbers: dict[str, Any]
    line: str
    legal: bool
    history: int = 0
    agent: dict[str, Any] | None = None
    leave: dict[int, str] | None = None


class RuleKind(Protocol):
    """What every module of this package offers."""

    Params: type[Frozen]

    def sentence(self, params: Any, language: Tongue) -> str: ...
    def language(self, params: Any, context: LineContext, price: float) -> Language: ...
    def breaches(self, params: Any, line: AgentLine) -> list[Breach]: ...
    def examples(self) -> Sequence[Example]: ...


@cache
def kinds() -> dict[str, RuleKind]:
    """Every kind of rule by its name."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return {name: cast(RuleKind, importlib.import_module(f"{__name__}.{name}")) for name in names}


@lru_cache(maxsize=1024)
def params_of(spec: RuleSpec) -> Frozen:
    """Checked numbers of a rule; verifying asks for them agent by agent."""
    return kinds()[spec.kind].Params.model_validate(spec.numbers)


def misfits(spec: RuleSpec | GoalSpec, name: str, known: Mapping[str, Any], where: str) -> list[Finding]:
    """Findings for an entry of unknown kind or with numbers that its kind refuses; `known` kinds have ``Params``."""
    if spec.kind not in known:
        return [Finding(where, None, f"{name}.kind", repr(spec.kind), f"one of {', '.join(known)}")]
    params = known[spec.kind].Params
    try:
        params.model_validate(spec.numbers)
    except ValidationError as error:
        fix = f"the numbers of {spec.kind} are {', '.join(params.model_fields) or 'none'}"
        return [
            replace(finding, column=f"{name}.{finding.column}" if finding.column else name, fix=fix)
            for finding in findings_of(error, where)
        ]
    return []
