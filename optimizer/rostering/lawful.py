"""Whether a rulebook keeps the rules of law as strict as the law has them: numbers, weight, scope and dates.

What a number bounds is said by its name: of ``max_...`` less is stricter, of those in `AT_LEAST` more is. Any other number of a
rule of law may not be changed, for nothing says which way is looser. A rule may bind fewer than the law says only if nobody of the
staff is left out.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from data.model.centre import Centre
from data.model.errors import Finding
from data.model.people import Agent
from data.model.rulebook import Rulebook, RuleSpec
from optimizer.rostering.rules import params_of

AT_LEAST = frozenset({"min_minutes", "min_days", "rest_minutes"})
"""Numbers of the kinds of rules that are minima of what agents get: more is stricter."""

ONE_OF = ("cn.system.comprehensive.",)
"""Of the rules whose ids begin so one is enough: the approval names one period (劳部发〔1994〕503号 arts. 3, 5)."""

FIX = "a rule of law may be made stricter, not looser: take the change out"


def law_findings(
    draft: Rulebook, now: Rulebook, law: Mapping[str, RuleSpec], centre: Centre, agents: Sequence[Agent], where: str
) -> Iterator[Finding]:
    """Rules of law that a draft loosens, or leaves out though they are in force now and bind somebody.

    Parameters
    ----------
    draft : Rulebook
        One whose kinds and numbers are sound (`check_rulebook`).
    now : Rulebook
        The one in force.
    law : mapping
        Rules of law as shipped, by id.
    """
    held, standing = {rule.id: rule for rule in draft.rules}, {rule.id for rule in now.rules}
    for name, rule in law.items():
        bound = [agent for agent in agents if rule.scope.covers(agent, centre.contract(agent.contract))]
        if name in held:
            for field, read, expected in (*_looser(rule, held[name]), *_narrower(held[name], centre, bound)):
                yield Finding(where, None, f"{name}.{field}", read, f"{expected} ({rule.source})", FIX)
        elif name in standing and bound and not _stands_for(name, held):
            yield Finding(where, None, name, "left out", f"the rule, as in force now ({rule.source})", FIX)


def _stands_for(name: str, held: Mapping[str, RuleSpec]) -> bool:
    """Whether another rule that stands is enough."""
    return any(name.startswith(prefix) and other.startswith(prefix) for prefix in ONE_OF for other in held)


def _looser(law: RuleSpec, rule: RuleSpec) -> Iterator[tuple[str, str, str]]:
    """What of a rule is looser than the law: field, what stands there, what should."""
    if rule.kind != law.kind:
        yield "kind", rule.kind, law.kind
        return
    if rule.weight is not None and (law.weight is None or rule.weight < law.weight):
        yield "weight", f"{rule.weight:g}", "none: the rule is hard" if law.weight is None else f"at least {law.weight:g}"
    if rule.waivable and not law.waivable:
        yield "waivable", "true", "false"
    yield from _late(law, rule)
    ours, theirs = params_of(rule).model_dump(), params_of(law).model_dump()
    for number, legal in theirs.items():
        expected = _expected(number, legal, ours[number])
        if expected:
            yield f"numbers.{number}", str(ours[number]), expected


def _late(law: RuleSpec, rule: RuleSpec) -> Iterator[tuple[str, str, str]]:
    """Dates on which the law binds and the rule does not."""
    if (rule.valid_from or date.min) > (law.valid_from or date.min):
        yield "valid_from", str(rule.valid_from), f"{law.valid_from} or earlier"
    if (rule.valid_until or date.max) < (law.valid_until or date.max):
        yield "valid_until", str(rule.valid_until), "no end" if law.valid_until is None else f"{law.valid_until} or later"


def _expected(number: str, legal: Any, ours: Any) -> str:
    """What a number should be; empty = it is as strict as the law."""
    if ours == legal:
        return ""
    if number.startswith("max_"):
        kept = legal is None or (ours is not None and ours <= legal)
        return "" if kept else f"at most {legal}"
    if number in AT_LEAST:
        return "" if (ours or 0) >= (legal or 0) else f"at least {legal}"
    return str(legal)


def _narrower(rule: RuleSpec, centre: Centre, bound: Sequence[Agent]) -> Iterator[tuple[str, str, str]]:
    """Agents whom the law binds and the rule does not."""
    free = [agent.id for agent in bound if not rule.scope.covers(agent, centre.contract(agent.contract))]
    if free:
        named = ", ".join(free[:8]) + (f" and {len(free) - 8} more" if len(free) > 8 else "")
        yield "scope", f"{named} not bound", "everyone whom the law binds"
