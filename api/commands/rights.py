"""Incentive rights on the command line (``claim``, ``rights``): claimed, priced before they are granted, honoured by the next plan.

``claims.csv`` says who wants what; ``rights.csv`` what is granted, waits or was refused, with cost, validity and reasons. The
catalogue is ``measures.toml`` of the folder, or the ready one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated

import numpy as np
import typer
from pydantic import ValidationError
from rich.console import Console

from api import forecasting, planning
from api.before_plan import centre_on
from api.commands.options import At, Folder, day_of, instant_of
from api.commands.screen import texts_table, wide_console
from api.commands.sources import origin_of
from api.planned import Planned
from api.points import ledger_of, prices_of, undone
from api.rights import honouring, planned_already
from api.workspace import Workspace
from data.exchange.calendars import calendar_for
from data.exchange.documents import findings_of
from data.exchange.files import stop
from data.exchange.points import CLAIMS_FILE, LEDGER_FILE, RIGHTS_FILE, read_claims, write_claims, write_ledger, write_rights
from data.model.errors import Finding, InvalidData
from data.model.measure import Claim, Measure, Right, claim_findings
from data.model.points_ledger import Ledger
from data.model.time import Horizon
from optimizer.response.award import Granting, grant, ineligible, redemption_id, refusal_text
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.verify import verify

LAPSED = ("the claim waited until {day} and has lapsed", "申请等候至 {day}，已失效")

STATES = {"granted": "granted 批准", "waiting": "waiting 候补", "refused": "refused 失效", "revoked": "revoked 撤销"}
"""States in both languages."""


def claim(
    folder: Folder,
    agent: Annotated[str, typer.Argument(help="Id of the agent who claims.")],
    measure: Annotated[str, typer.Argument(help="Id of a measure, e.g. regular_day_shift; `list` shows the catalogue.")],
    at: At = "",
    first: Annotated[str, typer.Option(help="First day that it is for, e.g. 2026-07-01.")] = "",
    last: Annotated[str, typer.Option(help="Last day; the first one if left out.")] = "",
    shift: Annotated[str, typer.Option(help="Code of the shift, of a first pick of shifts.")] = "",
) -> None:
    """Claim an incentive measure 申请激励措施: it is put into claims.csv if the agent is eligible."""
    workspace = Workspace.at(folder)
    if measure == "list":
        _say_catalogue(wide_console(), workspace)
        return
    when = instant_of("--at", at, workspace.centre.centre.zone)
    claims = read_claims(folder / CLAIMS_FILE, workspace.catalogue, workspace.agents)
    told = {"id": f"c{_next_number(claims):04d}", "agent": agent, "measure": measure, "made_at": when, "shift": shift}
    try:
        made = Claim.model_validate(told | {"first": day_of("--first", first), "last": day_of("--last", last or first)})
    except ValidationError as error:
        raise InvalidData(findings_of(error, "command line")) from error
    stop(list(claim_findings([(None, made)], workspace.catalogue, workspace.agents, "command line")))
    ledger = ledger_of(workspace)
    stop(list(_not_eligible(workspace, made, ledger, claims)))
    write_claims([*claims, made], folder / CLAIMS_FILE)
    _say_claim(wide_console(), workspace, made, ledger)


def _next_number(claims: Sequence[Claim]) -> int:
    return 1 + max((int(one.id[1:]) for one in claims if one.id[0] == "c" and one.id[1:].isdigit()), default=0)


def _not_eligible(workspace: Workspace, made: Claim, ledger: Ledger, claims: Sequence[Claim]) -> Iterator[Finding]:
    """Why an agent may not claim a measure for some days."""
    measure, centre = workspace.catalogue.measure(made.measure), workspace.centre.centre
    calendar = calendar_for(centre, made.first, made.last)
    refusal = ineligible(measure, made, calendar, ledger.available(made.agent, made.made_at))
    if refusal is not None:
        why, why_zh = (refusal_text(measure, refusal.code, refusal.numbers, tongue) for tongue in ("en", "zh"))
        yield Finding("command line", None, "measure", made.measure, "a measure that the agent is eligible for", f"{why} {why_zh}")
    if made.first <= made.made_at.date():
        yield Finding("command line", None, "--first", str(made.first), f"a day after {made.made_at.date()}, when it is claimed")
    contract = next(agent.contract for agent in workspace.centre.agents if agent.id == made.agent)
    allowed = centre.contract(contract).shifts
    if made.shift and made.shift not in allowed:
        yield Finding("command line", None, "--shift", made.shift, f"a shift of the agent's contract: {', '.join(allowed)}")
    over = [one.id for one in claims if (one.agent, one.measure) == (made.agent, made.measure) and _meet(one, made)]
    if over:
        yield Finding("command line", None, "--first", f"days of {', '.join(over)}", "days that are not claimed yet")
    if measure.of_roster:
        yield from planned_already(workspace, made.first, made.last)


def _meet(one: Claim, other: Claim) -> bool:
    return one.first <= other.last and other.first <= one.last


def grant_rights(
    folder: Folder,
    first: Annotated[str, typer.Option(help="First day of the plan to come, e.g. 2026-07-01.")],
    at: At,
    days: Annotated[int, typer.Option(min=1, max=366, help="Number of days.")] = 28,
    origin: Annotated[str, typer.Option(help="Local time of the forecast; the end of the known calls if left out.")] = "",
) -> None:
    """Grant claims for a plan to come 权益审批: each right is priced in service first; the others wait, with reasons."""
    workspace = Workspace.at(folder)
    desk = _Desk.of(workspace, day_of("--first", first), days, instant_of("--at", at, workspace.centre.centre.zone))
    problem = desk.problem(origin)
    budget = workspace.policies.rights.budget(problem)
    spent = sum(right.cost or 0.0 for right in desk.held if right.meets(desk.first, desk.last))
    found = grant(
        desk.asked,
        catalogue=workspace.catalogue,
        problem=problem,
        prices=prices_of(problem),
        ledger=desk.ledger,
        at=desk.at,
        service_budget=max(0.0, budget - spent),
        held=desk.held,
    )
    rights = desk.rights_after(found)
    write_rights(rights, folder / RIGHTS_FILE)
    write_ledger(found.ledger, folder / LEDGER_FILE)
    _say_rights(wide_console(), desk, rights, found, budget, spent)


@dataclass(frozen=True, eq=False)
class _Desk:
    """Claims to decide for the days of a plan to come, and the books.

    Parameters
    ----------
    asked : tuple of Claim
        Those that are neither granted nor refused.
    """

    workspace: Workspace
    first: date
    last: date
    at: datetime
    asked: tuple[Claim, ...]
    ledger: Ledger

    @classmethod
    def of(cls, workspace: Workspace, first: date, days: int, at: datetime) -> "_Desk":
        path, last, ledger = workspace.out / CLAIMS_FILE, first + timedelta(days=days - 1), ledger_of(workspace)
        findings = [*planned_already(workspace, first, last), *_unpaid(workspace, ledger)]
        if not path.is_file():
            findings.append(Finding(CLAIMS_FILE, None, None, "no file", "claims of agents", "see `echelon claim`"))
        stop(findings)
        settled = {right.id for right in workspace.rights if right.state != "waiting"}
        claims = read_claims(path, workspace.catalogue, workspace.agents)
        return cls(workspace, first, last, at, tuple(one for one in claims if one.id not in settled), ledger)

    @property
    def held(self) -> tuple[Right, ...]:
        """Rights that stand."""
        return tuple(right for right in self.workspace.rights if right.state == "granted")

    def problem(self, origin: str) -> RosterProblem:
        """The problem of the plan to come, with the rights that stand."""
        centre = centre_on(self.workspace, self.first)
        history = planning.learn(centre)
        horizon = Horizon(zone=centre.centre.zone, first=self.first, days=(self.last - self.first).days + 1)
        made = forecasting.make_version(centre, history, origin_of(origin, history), horizon, reason="rights").forecast
        requirement, edits = planning.require(centre, made), self.workspace.edits(horizon)
        return honouring(self.workspace)(planning.month_problem(centre, requirement, history=centre.history, edits=edits))

    def rights_after(self, found: Granting) -> tuple[Right, ...]:
        """All rights after a granting, in the order of the claims."""
        made = {right.id: right for right in self.workspace.rights} | {right.id: right for right in self._decided(found)}
        return tuple(sorted(made.values(), key=lambda right: (right.made_at, right.id)))

    def _decided(self, found: Granting) -> Iterator[Right]:
        number, price = len(self.workspace.versions) + 1, {one.id: one.price for one in self.workspace.catalogue.measures}
        for one in found.granted:
            points = price[one.claim.measure]
            told = {"state": "granted", "points": points, "cost": round(one.cost, 3), "from_version": number}
            yield self._right(one.claim, told | {"reason": one.why, "reason_zh": one.why_zh})
        for one in found.waiting:
            told = {"state": "waiting", "position": one.position, "code": one.code, "kept_until": one.expires}
            cost = round(one.cost, 3) if np.isfinite(one.cost) else None
            yield self._right(one.claim, told | {"cost": cost, "reason": one.why, "reason_zh": one.why_zh})
        for claim in found.lapsed:
            day = claim.expires(self.workspace.catalogue.measure(claim.measure))
            why, why_zh = (text.format(day=day) for text in LAPSED)
            yield self._right(claim, {"state": "refused", "code": "lapsed", "kept_until": day, "reason": why, "reason_zh": why_zh})

    def _right(self, claim: Claim, told: Mapping[str, object]) -> Right:
        return Right.model_validate(claim.model_dump(include=set(Claim.model_fields)) | {"decided_at": self.at, **told})


def _unpaid(workspace: Workspace, ledger: Ledger) -> Iterator[Finding]:
    """Rights that stand but whose points are not spent: a run that broke off, or a file changed by hand."""
    reversed_ids = undone(ledger)
    for right in workspace.rights:
        entry = redemption_id(right)
        if right.state == "granted" and right.points and (entry not in ledger.by_id or entry in reversed_ids):
            fix = "take the row out of rights.csv: the claim is then decided anew"
            yield Finding(RIGHTS_FILE, None, right.id, "granted, its points not spent", f"the entry {entry} in {LEDGER_FILE}", fix)


def say_honoured(console: Console, workspace: Workspace, planned: Planned) -> None:
    """Which rights a plan honours, as the verifier sees it; nothing if there are none."""
    days, version = planned.roster.horizon, workspace.versions[-1].stem
    rights = [r for r in workspace.honoured(version) if r.meets(days.dates[planned.problem.first_open], days.last)]
    rights = [right for right in rights if workspace.catalogue.measure(right.measure).of_roster]
    if not rights:
        return
    verdict = verify(planned.problem, planned.roster)
    broken = {breach.rule for breach in verdict.breaches}
    table = texts_table("rights honoured 权益兑现", "claim 申请", "agent 坐席", "measure 措施", "days 日期", "verified 核验")
    for right in rights:
        measure = workspace.catalogue.measure(right.measure)
        lost = any(rule.startswith(f"right.{right.id}") for rule in broken) or any(
            one.startswith(f"{right.agent}: ") for one in verdict.faults
        )
        kept = "not honoured 未兑现" if lost else "honoured 已兑现"
        table.add_row(right.id, right.agent, f"{measure.name} {measure.name_zh}", f"{right.first} – {right.last}", kept)
    console.print(table)


def _say_catalogue(console: Console, workspace: Workspace) -> None:
    table = texts_table(
        "measures 激励措施", "id", "name 名称", "points 积分", "quota 名额", "days 天数", "kept 候补天数", "what 说明"
    )
    for one in workspace.catalogue.measures:
        numbers = one.price, f"{one.quota} a month and team 每月每班组", one.most_days, one.valid_days
        table.add_row(one.id, f"{one.name} {one.name_zh}", *map(str, numbers), f"{one.description}\n{one.description_zh}")
    console.print(table)


def _say_claim(console: Console, workspace: Workspace, made: Claim, ledger: Ledger) -> None:
    measure: Measure = workspace.catalogue.measure(made.measure)
    points = f"{measure.price} of {ledger.available(made.agent, made.made_at)} points when it is granted 批准时扣分"
    kept = f"kept until 有效至 {made.expires(measure)}"
    told = f"{made.id}: {made.agent} claims 申请 {measure.name} {measure.name_zh} {made.first} – {made.last}: {points}; {kept}"
    console.print(told, markup=False)
    if measure.of_roster:
        console.print("It is decided before the days are planned: echelon rights. 排班前由 echelon rights 审批。", markup=False)


def _say_rights(console: Console, desk: _Desk, rights: Sequence[Right], found: Granting, budget: float, spent: float) -> None:
    """Every claim that was decided now, and what is left of the service budget."""
    table = texts_table(
        f"rights 权益 · {desk.first} – {desk.last}",
        "claim 申请",
        "agent 坐席",
        "decision 结论",
        "cost in service 服务代价",
        "why 理由",
    )
    decided = {one.id for one in desk.asked}
    for right in sorted((one for one in rights if one.id in decided), key=lambda right: (right.state, right.position)):
        place = f" #{right.position}" if right.position else ""
        cost = "–" if right.cost is None else f"{right.cost:,.1f}"
        table.add_row(right.id, right.agent, f"{STATES[right.state]}{place}", cost, f"{right.reason}\n{right.reason_zh}")
    console.print(table)
    share = desk.workspace.policies.rights.service_share
    told = f"{spent + found.cost:,.1f} of {budget:,.1f} ({share:.1%} of what the required agent-hours would cost if nobody came)"
    console.print(f"service budget used 服务额度已用: {told}", markup=False)
    if any(desk.workspace.catalogue.measure(one.claim.measure).of_roster for one in found.granted):
        console.print("The next plan of these days honours what is granted. 下一次排班将予以兑现。", markup=False)
    away = [one for one in found.granted if one.constraints.absences]
    if away:
        codes = ", ".join(sorted({absence.code for one in away for absence in one.constraints.absences}))
        told = f"Before these days stand in history.csv, put the leave ({codes}) into leave.csv 转入历史前请将休假写入 leave.csv"
        console.print(told, style="yellow", markup=False)
