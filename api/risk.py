"""Service risks put together: the map from forecast and scenarios, what the register takes from it, how often a risk came."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

import numpy as np

from api import planning
from api.scenarios import ahead_of, scenarios_of
from api.workspace import Workspace
from data.exchange.risk import read_risks
from data.model.demand import CallHistory
from data.model.errors import Finding, InvalidData
from data.model.risk import BANDS, REGISTERED, RiskCell, RiskPolicy
from data.model.risk_register import Basis, Rating, RiskBook, RiskItem, RiskStep, Treatment
from data.model.stress import AS_FORECAST, Scenario
from forecasting.anomalies import Kind, anomalies
from optimizer.response.risk.index import cheapest, risk_cells, worst_cells
from optimizer.response.risk.wording import risk_title


@dataclass(frozen=True)
class Register:
    """The register of a centre, and the scale that its risks are judged on."""

    workspace: Workspace
    book: RiskBook

    @classmethod
    def of(cls, workspace: Workspace) -> "Register":
        """Read it."""
        return cls(workspace, read_risks(workspace.out))

    @cached_property
    def policy(self) -> RiskPolicy:
        """Scale and bands."""
        return self.workspace.policies.risk

    def rating(self, likelihood: int, severity: int, at: datetime, basis: Basis = "judged", chance: float | None = None) -> Rating:
        """A rating, with the day by which its band is looked at again.

        Raises
        ------
        InvalidData
            A class that the scale does not have.
        """
        self.check(likelihood, severity)
        terms = self.policy.terms(self.policy.band(likelihood * severity))
        review_by = at.date() + timedelta(days=terms.review_days)
        return Rating(likelihood=likelihood, severity=severity, basis=basis, chance=chance, review_by=review_by)

    def check(self, likelihood: int, severity: int) -> None:
        """Raise `InvalidData` if the scale does not have a class."""
        told = (("--likelihood", likelihood, self.policy.likelihoods), ("--severity", severity, self.policy.severities))
        findings = [
            Finding("command line", None, name, str(value), f"a class from 1 to {most}")
            for name, value, most in told
            if not 1 <= value <= most
        ]
        if findings:
            raise InvalidData(findings)

    def treated(self, risk: str, options: Sequence[Treatment], choose: int | None, by: str, at: datetime) -> RiskStep:
        """The step of a treatment; the cheapest that leaves a bearable risk, unless one is chosen."""
        self.book.known(risk)
        for option in options:
            self.check(option.likelihood, option.severity)
        chosen = cheapest(options, self.policy) if choose is None else choose
        return RiskStep(risk=risk, deed="treated", by=by, at=at, options=tuple(options), chosen=chosen)

    def responded(self, risk: str, plan: str, told: str, by: str, at: datetime) -> RiskStep:
        """The step of a response.

        Raises
        ------
        InvalidData
            A plan, or who was told, lacks where the band of the risk asks for it.
        """
        self.book.known(risk)
        rating = self.book.rating(risk)
        asked = rating is not None and self.policy.terms(self.policy.band(rating.index)).plan
        lacking = [name for name, text in (("--plan", plan), ("--told", told)) if asked and not text]
        expected = "a plan and who was told: the risk is high or a crisis"
        if lacking:
            raise InvalidData([Finding("command line", None, name, "nothing", expected) for name in lacking])
        return RiskStep(risk=risk, deed="responded", by=by, at=at, plan=plan, told=told)

    def from_map(self, cells: Iterable[RiskCell], by: str, at: datetime) -> RiskBook:
        """The register with the risks of the map that it does not hold yet, assessed by the forecast.

        A scenario makes a risk of its own where it lifts a project above the band that it has as forecast.
        """
        book, worst = self.book, worst_cells(tuple(cells))
        for (project, scenario), cell in worst.items():
            plain = worst.get((project, AS_FORECAST))
            lifted = scenario == AS_FORECAST or plain is None or BANDS.index(cell.band) > BANDS.index(plain.band)
            if cell.band in REGISTERED and lifted and not book.holds(project, scenario):
                book = book.take(*self._found(book.next_id(), cell, by, at))
        return book

    def _found(self, name: str, cell: RiskCell, by: str, at: datetime) -> tuple[RiskStep, RiskStep]:
        (project,) = (one for one in self.workspace.centre.centre.projects if one.id == cell.project)
        en = risk_title(project, self._scenarios[cell.scenario].named(cell.scenario), "en")
        zh = risk_title(project, self._scenarios[cell.scenario].named(cell.scenario, zh=True), "zh")
        inside = cell.scenario == AS_FORECAST
        item = RiskItem(
            id=name,
            title=en,
            title_zh=zh,
            source="inside" if inside else "outside",
            cause="people" if inside else "environment",
            project=cell.project,
            scenario=cell.scenario,
            owner=cell.project,
        )
        rating = self.rating(cell.likelihood, cell.severity, at, "forecast", cell.chance * cell.scenario_chance)
        known = RiskStep(risk=name, deed="identified", by=by, at=at, item=item)
        return known, RiskStep(risk=name, deed="assessed", by=by, at=at, rating=rating, reason=f"{cell.start.isoformat()}")

    @cached_property
    def _scenarios(self) -> dict[str, Scenario]:
        return scenarios_of(self.workspace)

    def from_history(self, risk: str, history: CallHistory, at: datetime, days: int) -> Rating:
        """Rating of a risk of a project by the surges of its calls in the history.

        Likelihood: chance of at least one in so many days, if each day is as likely as the share of past days that had one.
        Severity: the middle surge, all of its calls beyond the usual ones lost, in an hour on average.
        """
        item, queues = self.book.known(risk), self.workspace.centre.centre.queues
        known = history.before(at)
        mine = {queue.id for queue in queues if item.project in ("", queue.project)}
        days_known = planning.calendar(self.workspace.centre, known, known.grid.horizon.last)
        surges = [one for one in anomalies(known, days_known) if one.kind is Kind.SURGE and one.queue in mine]
        seen = int(np.isfinite(known.offered).any(axis=0).sum()) * known.grid.minutes / 1440
        share = min(len({one.start.date() for one in surges}) / max(seen, 1.0), 1.0)
        chance = 1 - (1 - share) ** days
        hours = [(one.end - one.start).total_seconds() / 3600 for one in surges]
        beyond = [max(one.observed - one.expected, 0.0) / length for one, length in zip(surges, hours, strict=True)]
        lost, lasted = (float(np.median(values)) if values else 0.0 for values in (beyond, hours))
        missing = float(np.median([1 - one.expected / max(one.observed, 1.0) for one in surges])) if surges else 0.0
        severity = self.policy.severity(*(np.array([value]) for value in (lost, missing, lasted)))
        return self.rating(int(self.policy.likelihood(np.array([chance]))[0]), int(severity[0]), at, "history", chance)


def risk_map(workspace: Workspace, history: CallHistory, now: datetime, days: int) -> tuple[RiskCell, ...]:
    """Every hour of every project in the next days, as forecast and in each scenario."""
    policy, centre = workspace.policies.risk, workspace.centre.centre
    return tuple(
        cell
        for ahead in ahead_of(workspace, history, now, days, scenarios_of(workspace))
        for cell in risk_cells(ahead.scenario, ahead.outlook(), ahead.planned.problem.requirement, centre, policy)
    )
