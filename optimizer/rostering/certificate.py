"""A legality certificate: what the independent verifier found in a roster, rule by rule, and what it was asked about.

It is made from the verifier's verdict alone, and holds what another needs to check it: the version of the roster, hashes of its
rows and of the rulebook, the version of the code. A roster that is not legal has one too, which says so.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

import numpy as np

from data.model.base import Frozen, IntArray
from data.model.roster import Breach, Roster, Verdict
from data.model.rulebook import Derogation, Note, RuleSpec
from data.model.splice import SHAPE
from optimizer.rostering import rules
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.rules import Tongue
from optimizer.rostering.verify import verify

MADE_FROM = frozenset({"rulebook", "rulebook_version", "rulebook_sha256", "requirement_sha256", "forecast_sha256", "code"})
"""What of a roster's origin a page tells."""

SHOWN = 20
"""Breaches of a rule, and faults, that a page tells one by one (house choice); it says how many there are beside."""


class BreachFound(Frozen):
    """A breach as the verifier tells it."""

    agent: str
    first: date
    last: date
    measured: float
    limit: float
    amount: float
    message: str


class RuleChecked(Frozen):
    """A rule that binds somebody, and how the roster keeps it.

    Parameters
    ----------
    sentence, sentence_zh : str
        What it says with its numbers.
    weight : float or None
        None = hard; else what a unit of breach costs.
    agents : int
        How many agents it was checked for; 0 = not checked at all.
    breaches : int
    amount : float
        How far all breaches together are beyond the limit, in the unit of the rule.
    told : tuple of BreachFound
        The first `SHOWN` of them.
    """

    id: str
    kind: str
    title: str
    title_zh: str
    sentence: str
    sentence_zh: str
    numbers: dict[str, Any]
    weight: float | None
    source: str
    agents: int
    breaches: int
    amount: float
    told: tuple[BreachFound, ...]

    @property
    def hard(self) -> bool:
        """Whether a breach makes the roster illegal."""
        return self.weight is None


class DerogationInForce(Frozen):
    """A derogation that lifts a rule of the roster, and for how many of its agents."""

    derogation: Derogation
    agents: int


class Certificate(Frozen):
    """What was checked in a roster, and what was found.

    Parameters
    ----------
    legal : bool
        Whether no hard rule is broken and the roster has no fault.
    checked : bool
        Whether the rules were asked at all: not if agents, days or codes are not those of the problem.
    first, last : date
        Days that were checked; those from `known_from` to `first` are history, in which nothing is charged.
    faults : tuple of str
        What makes rows no roster at all.
    unbound : tuple of str
        Ids of rules of the rulebook that bind nobody on these days: out of scope or date, or lifted for all.
    notes : tuple of Note
        What law and policy say that no rule of the same id keeps, and who or what keeps it.
    roster_sha256, rulebook_sha256 : str
        Of the rows, whatever the order of the codes, and of rules, goals, derogations and notes.
    origin : dict
        What the roster says that it was made from (`Roster.origin`).
    changed : tuple of str
        What of that is another one by now, or gone: rulebook, requirement, forecast, roster, code.
    """

    centre: str
    centre_zh: str
    roster_version: str
    roster_sha256: str
    rulebook: str
    rulebook_version: str
    rulebook_sha256: str
    code_version: str
    known_from: date
    first: date
    last: date
    agents: int
    legal: bool
    checked: bool
    faults: tuple[str, ...]
    rules: tuple[RuleChecked, ...]
    unbound: tuple[str, ...]
    derogations: tuple[DerogationInForce, ...]
    notes: tuple[Note, ...]
    origin: dict[str, str] = {}
    changed: tuple[str, ...] = ()


def certify(problem: RosterProblem, roster: Roster, code_version: str, *, changed: tuple[str, ...] = ()) -> Certificate:
    """The certificate of a roster, legal or not.

    Parameters
    ----------
    code_version : str
        Version of the code that verifies.
    changed : tuple of str
        As in `Certificate`.
    """
    verdict, days = verify(problem, roster), problem.grid.horizon.dates
    checked = not verdict.faults or _comparable(problem, roster)
    bound, book = _bound(problem), problem.rulebook
    held = tuple(_checked(rule, bound[rule.id] if checked else 0, verdict) for rule in book.rules if rule.id in bound)
    return Certificate(
        centre=problem.centre.name,
        centre_zh=problem.centre.name_zh,
        roster_version=roster.version,
        roster_sha256=roster_hash(roster),
        rulebook=book.id,
        rulebook_version=book.version,
        rulebook_sha256=book.sha256,
        code_version=code_version,
        known_from=days[0],
        first=days[problem.first_open],
        last=days[-1],
        agents=len(problem.agents),
        legal=verdict.legal,
        checked=checked,
        faults=verdict.faults,
        rules=held,
        unbound=tuple(rule.id for rule in book.rules if rule.id not in bound),
        derogations=tuple(_in_force(problem)),
        notes=book.notes,
        origin=roster.origin,
        changed=changed,
    )


def _comparable(problem: RosterProblem, roster: Roster) -> bool:
    """Whether agents, days and codes are those of the problem, so that the verifier asks the rules."""
    held = set(np.unique(roster.symbol).tolist())
    known = all(0 <= k < len(roster.codes) and roster.codes[k] in problem.alphabet.codes for k in held)
    return known and roster.agents == tuple(agent.id for agent in problem.agents) and roster.horizon == problem.grid.horizon


def _bound(problem: RosterProblem) -> dict[str, int]:
    """How many agents each rule binds, for those that bind any."""
    count: defaultdict[str, int] = defaultdict(int)
    for agent in problem.agents:
        for rule in problem.binding(agent):
            count[rule.id] += 1
    return count


def _checked(rule: RuleSpec, agents: int, verdict: Verdict) -> RuleChecked:
    kind, params = rules.kinds()[rule.kind], rules.params_of(rule)
    found = [breach for breach in (*verdict.breaches, *verdict.priced) if breach.rule == rule.id]
    return RuleChecked(
        **rule.model_dump(include={"id", "kind", "title", "title_zh", "weight", "source"}),
        numbers=params.model_dump(mode="json"),
        sentence=kind.sentence(params, "en"),
        sentence_zh=kind.sentence(params, "zh"),
        agents=agents,
        breaches=len(found),
        amount=sum(breach.amount for breach in found),
        told=tuple(map(_found, found[:SHOWN])),
    )


def _found(breach: Breach) -> BreachFound:
    return BreachFound(**{name: getattr(breach, name) for name in BreachFound.model_fields})


def _in_force(problem: RosterProblem) -> Iterator[DerogationInForce]:
    """Derogations that lift a rule for some agent on some day that is checked."""
    days, spec = problem.grid.horizon.dates, {rule.id: rule for rule in problem.rulebook.rules}
    for one in problem.rulebook.derogations:
        rule = spec.get(one.rule)
        if rule is None or one.last < days[problem.first_open] or one.first > days[-1]:
            continue
        covered = (a for a in problem.agents if rule.scope.covers(a, problem.centre.contract(a.contract)))
        agents = sum(one.lifts(rule, agent) for agent in covered)
        if agents:
            yield DerogationInForce(derogation=one, agents=agents)


def roster_hash(roster: Roster) -> str:
    """SHA-256 of agents, days and what each holds: code, times and pauses; the same on every machine."""
    width = max((k + 1 for k in np.flatnonzero((roster.breaks >= 0).any(axis=(0, 1))).tolist()), default=0)
    head = {"agents": roster.agents, "horizon": roster.horizon.model_dump(mode="json")}
    digest = hashlib.sha256(json.dumps(head, sort_keys=True).encode())
    names, symbol = _named(roster)
    digest.update("\n".join(names).encode())
    for array in (symbol, *(getattr(roster, name) for name in SHAPE), roster.breaks[:, :, :width]):
        digest.update(f"{array.shape}".encode() + np.ascontiguousarray(array, dtype="<i8").tobytes())
    return digest.hexdigest()


def _named(roster: Roster) -> tuple[list[str], IntArray]:
    """The codes that stand in a roster, sorted, and which of them stands where; shape (agents, days)."""
    used = np.unique(roster.symbol)
    codes = [roster.codes[k] if 0 <= k < len(roster.codes) else f"symbol {k}" for k in used.tolist()]
    rank = np.argsort(np.argsort(codes))
    return sorted(codes), rank[np.searchsorted(used, roster.symbol)]


# -- the page

WORDS: dict[Tongue, dict[str, str]] = {
    "en": {
        "title": "Legality certificate",
        "legal": "**LEGAL.** No hard rule is broken: {rules} rules, {agents} agents, {first} to {last}.",
        "illegal": "**NOT LEGAL.** {broken} breaches of hard rules, {faults} faults: {agents} agents, {first} to {last}.",
        "unchecked": "**NOT LEGAL, AND NOT CHECKED.** The rows are no roster of these agents, days and codes; no rule was asked.",
        "scope": "Checked by the independent verifier alone, which shares no code with what made the roster.",
        "history": "Days before {first}, known from {known_from}, are read as history and not charged.",
        "identity": "What was checked",
        "roster": "roster {roster_version}, sha256 {roster_sha256}",
        "rulebook": "rulebook {rulebook}, version {rulebook_version}, sha256 {rulebook_sha256}",
        "code": "code {code_version}",
        "made": "made from {name} {value}",
        "changed": "**not what it was made from: {name}** (edited since, no longer kept, or another version)",
        "faults": "Faults",
        "rules": "Rules",
        "rules_head": "| rule | says | | source | agents | breaches |",
        "hard": "hard",
        "weighted": "weight {weight:g}",
        "breaches": "Breaches",
        "breach": "- {mark} `{rule}` {agent}, {first} to {last}: {message}, beyond by {amount:g}",
        "more": "- and {count} more",
        "derogations": "Derogations in force",
        "derogations_head": "| rule | days | approved by | reason | agents |",
        "unbound": "Rules that bind nobody here",
        "notes": "What the roster does not carry",
        "notes_head": "| law or policy | kept by | source |",
        "none": "None.",
    },
    "zh": {
        "title": "合规证书",
        "legal": "**合规。** 未违反任何硬性规则：{rules} 条规则、{agents} 名坐席，{first} 至 {last}。",
        "illegal": "**不合规。** 违反硬性规则 {broken} 处、数据错误 {faults} 处：{agents} 名坐席，{first} 至 {last}。",
        "unchecked": "**不合规，且未校验。** 数据不是这些坐席、日期与代码的排班表，未校验任何规则。",
        "scope": "仅由独立校验器校验，与生成排班的程序不共用代码。",
        "history": "{first} 之前（自 {known_from} 起）作为历史读取，不计违规。",
        "identity": "校验对象",
        "roster": "排班表 {roster_version}，sha256 {roster_sha256}",
        "rulebook": "规则集 {rulebook}，版本 {rulebook_version}，sha256 {rulebook_sha256}",
        "code": "程序 {code_version}",
        "made": "编制依据 {name} {value}",
        "changed": "**与编制时不一致：{name}**（其后被修改、未保存或已换版本）",
        "faults": "数据错误",
        "rules": "规则",
        "rules_head": "| 规则 | 内容 | | 来源 | 坐席数 | 违规数 |",
        "hard": "硬性",
        "weighted": "权重 {weight:g}",
        "breaches": "违规",
        "breach": "- {mark} `{rule}` {agent}，{first} 至 {last}：实际 {measured:g}、限值 {limit:g}、超出 {amount:g}",
        "more": "- 另有 {count} 处",
        "derogations": "生效的豁免",
        "derogations_head": "| 规则 | 日期 | 批准人 | 理由 | 坐席数 |",
        "unbound": "本期不约束任何人的规则",
        "notes": "排班表不承载的事项",
        "notes_head": "| 法规或制度 | 由何落实 | 来源 |",
        "none": "无。",
    },
}
"""What a page says."""


def page(certificate: Certificate, tongue: Tongue) -> str:
    """The certificate as Markdown."""
    words, told = WORDS[tongue], dict(certificate)
    centre = (tongue == "zh" and certificate.centre_zh) or certificate.centre
    parts = [f"# {words['title']}: {_cell(centre)}", _finding(certificate, tongue), words["scope"]]
    parts += [words["history"].format(**told)] if certificate.known_from < certificate.first else []
    parts += [_section(words["identity"], [f"- {line}" for line in _identity(certificate, words)], words)]
    faults = _first([f"- {fault}" for fault in certificate.faults[:SHOWN]], len(certificate.faults), words)
    parts += [_section(words["faults"], faults, words)]
    parts += [_section(words["breaches"], [line for rule in _worst_first(certificate) for line in _breaches(rule, tongue)], words)]
    parts += [_table(words["rules"], words["rules_head"], (_rule(rule, tongue) for rule in certificate.rules), words)]
    lifted = (_derogation(one) for one in certificate.derogations)
    parts += [_table(words["derogations"], words["derogations_head"], lifted, words)]
    parts += [_table(words["notes"], words["notes_head"], (_note(note, tongue) for note in certificate.notes), words)]
    parts += [_section(words["unbound"], [f"- `{name}`" for name in certificate.unbound], words)]
    return "\n\n".join(parts) + "\n"


def _identity(certificate: Certificate, words: dict[str, str]) -> Iterator[str]:
    """What was checked, what it says that it was made from, and what of that is another one by now."""
    for name in ("roster", "rulebook", "code"):
        yield words[name].format(**dict(certificate))
    for name in sorted(set(certificate.origin) & MADE_FROM):
        yield words["made"].format(name=name.replace("_", " "), value=certificate.origin[name])
    for name in certificate.changed:
        yield words["changed"].format(name=name)


def _finding(certificate: Certificate, tongue: Tongue) -> str:
    """Legal, not legal, or not even checked."""
    words, told, broken = WORDS[tongue], dict(certificate), sum(rule.breaches for rule in certificate.rules if rule.hard)
    name = "legal" if certificate.legal else "illegal" if certificate.checked else "unchecked"
    return words[name].format(**told | {"rules": len(certificate.rules), "broken": broken, "faults": len(certificate.faults)})


def _worst_first(certificate: Certificate) -> list[RuleChecked]:
    """Rules with the hard ones in front."""
    return sorted(certificate.rules, key=lambda rule: not rule.hard)


def _breaches(rule: RuleChecked, tongue: Tongue) -> list[str]:
    words = WORDS[tongue]
    fields = ({"mark": _mark(rule, tongue), "rule": rule.id, **dict(breach)} for breach in rule.told)
    return _first([words["breach"].format(**one) for one in fields], rule.breaches, words)


def _mark(rule: RuleChecked, tongue: Tongue) -> str:
    name = "hard" if rule.hard else "weighted"
    return WORDS[tongue][name].format(weight=rule.weight)


def _rule(rule: RuleChecked, tongue: Tongue) -> Iterable[object]:
    title, says = (rule.title_zh, rule.sentence_zh) if tongue == "zh" else (rule.title, rule.sentence)
    return f"`{rule.id}`", f"{title}: {says}" if title else says, _mark(rule, tongue), rule.source, rule.agents, rule.breaches


def _derogation(one: DerogationInForce) -> Iterable[object]:
    held = one.derogation
    return f"`{held.rule}`", f"{held.first} - {held.last}", held.approved_by, held.reason, one.agents


def _note(note: Note, tongue: Tongue) -> Iterable[object]:
    title, keeper = (note.title_zh, note.kept_by_zh) if tongue == "zh" else (note.title, note.kept_by)
    return f"`{note.id}` {title}", keeper, note.source


def _first(lines: list[str], count: int, words: dict[str, str]) -> list[str]:
    """The first lines of so many, and how many more there are."""
    return lines[:SHOWN] + [words["more"].format(count=count - SHOWN)] * (count > SHOWN)


def _section(title: str, lines: list[str], words: dict[str, str]) -> str:
    return "\n".join([f"## {title}", "", *(line.replace("<", "&lt;") for line in lines or [words["none"]])])


def _table(title: str, head: str, rows: Iterable[Iterable[object]], words: dict[str, str]) -> str:
    lines = [f"| {' | '.join(map(_cell, row))} |" for row in rows]
    return _section(title, [head, "|---" * (head.count("|") - 1) + "|", *lines] if lines else [], words)


def _cell(value: object) -> str:
    """A value that does not break a table."""
    return " ".join(str(value).replace("|", "\\|").split())
