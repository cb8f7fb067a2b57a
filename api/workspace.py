"""A centre's folder at work: what each step reads there and what it leaves behind.

``forecast.csv``, ``requirement.csv``, ``coverage.csv``, ``changes.csv``, ``roster.csv``, ``roster.xlsx`` and
``balances_carried.csv`` are those of the version published last; ``versions/`` keeps every roster with its requirement (in
``requirements``), the balances that it began with (in ``balances``) and, for a plan with history, what stood before it (in
``before``), and ``versions.csv`` says who proposed, approved, published or withdrew it. Both are only ever added to.
"""

from dataclasses import asdict, dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from api.planned import PAST, Planned, as_worked, available_agents, judged_whole, plan_start, whole_plan
from api.planning import Response, with_week_minutes
from api.policies import Policies, read_policies
from api.problems import problem_of
from api.provenance import leave_file, made_from, of_its_time
from api.version_files import BEFORE, keep_roster, stands_aside, status_of, version_record
from data.exchange.balances import CARRIED_FILE, balances_of, write_balances
from data.exchange.files import read_table, stop, write_table
from data.exchange.folder import CentreFolder, read_folder
from data.exchange.forecasts import read_forecast
from data.exchange.measures import read_catalogue, read_measures
from data.exchange.numbers import next_number
from data.exchange.people import write_leave
from data.exchange.points import RIGHTS_FILE, read_rights
from data.exchange.requirements import read_requirement, write_requirement
from data.exchange.rosters import RosterRecord, read_roster, read_roster_record, record_of
from data.exchange.rulebook_life import keep_rulebook
from data.exchange.versions import read_chain, write_chain
from data.exchange.workbook import write_workbook
from data.model.demand import Requirement, long_frame
from data.model.errors import Finding, InvalidData, NotFound, there_are
from data.model.ledger import Balance
from data.model.measure import Catalogue, Right
from data.model.response import CapacityWarning
from data.model.roster import Change, Roster, Verdict
from data.model.splice import Edits, locked_days
from data.model.time import Horizon
from data.model.version import UNJUDGED, Chain, Hand, is_unjudged
from data.tables import CALL_OUTS, CHANGES, WARNINGS
from optimizer.response.award import with_rights
from optimizer.rostering.carried import carried
from optimizer.rostering.explain import changes_of
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.ruling import check_rulebook
from optimizer.rostering.solution import Solution
from optimizer.rostering.verify import verify

VERSIONS = "versions"
BALANCES = "balances"
NEWEST = "roster.csv"
CALL_OUTS_FILE = "call_outs.csv"
NEW_PLAN = "put it back as it was, or make a new plan with `echelon plan`"


@dataclass(frozen=True)
class Workspace:
    """A centre's folder and where the results go (the folder itself unless said otherwise)."""

    centre: CentreFolder
    out: Path
    policies: Policies = field(default_factory=Policies)
    catalogue: Catalogue = field(default_factory=read_measures)
    rights: tuple[Right, ...] = ()

    @classmethod
    def at(cls, folder: Path) -> "Workspace":
        """Read the folder; its rulebook is checked too, all findings at once."""
        centre = read_folder(folder)
        check_rulebook(centre.rulebook, codes=[shift.code for shift in centre.centre.shifts])
        catalogue, agents = read_catalogue(folder), [agent.id for agent in centre.agents]
        return cls(centre, folder, read_policies(folder), catalogue, read_rights(folder / RIGHTS_FILE, catalogue, agents))

    @property
    def agents(self) -> list[str]:
        """Ids of the agents."""
        return [agent.id for agent in self.centre.agents]

    @property
    def versions(self) -> list[Path]:
        """Roster files, oldest first."""
        return sorted((self.out / VERSIONS).glob("v[0-9]*.csv"))

    def honoured(self, version: str = "") -> tuple[Right, ...]:
        """Rights that a version honours; empty = the next one."""
        return tuple(right for right in self.rights if right.honoured_by(version))

    @property
    def chain(self) -> Chain:
        """Who did what with the versions."""
        return read_chain(self.out, self.centre.rulebook.second_person)

    def keep(self, chain: Chain) -> None:
        """Write a longer chain."""
        write_chain(chain, self.out)

    def propose(self, planned: Planned, hand: Hand) -> Planned:
        """Keep a new version with its requirement as a proposal; it is given back under its name."""
        named = self._write(self._named(planned))
        roster, problem = named.roster, named.problem
        days = roster.horizon.dates[plan_start(problem)], roster.horizon.last
        step = hand.step(roster.version, "proposed", parent=roster.parent, rhythm=problem.rhythm, first=days[0], last=days[1])
        self.keep(self.chain.propose(step))
        return named

    def _named(self, planned: Planned) -> Planned:
        taken = (int(path.stem[1:].split("-")[0]) for path in self.versions)
        number, base = next_number(self.out, "roster", taken), planned.problem.base
        parent = "" if planned.problem.rhythm == "month" or base is None else base.version
        roster = replace(planned.roster, version=f"v{number:03d}-{planned.problem.rhythm}", parent=parent)
        return replace(planned, solution=replace(planned.solution, roster=roster))

    def save_aside(self, planned: Planned, name: str) -> Planned:
        """Keep a roster that is no version of the chain (a baseline to compare with)."""
        named = replace(planned, solution=replace(planned.solution, roster=replace(planned.roster, version=name)))
        return self._write(named)

    def _write(self, planned: Planned) -> Planned:
        path = self.out / VERSIONS / f"{planned.roster.version}.csv"
        requirement = path.parent / "requirements" / path.name
        write_requirement(planned.problem.requirement, requirement)
        keep_rulebook(planned.problem.rulebook, self.out)
        write_leave(planned.problem.absences, leave_file(self.out, planned.roster.version))
        roster = replace(planned.roster, origin=planned.roster.origin | made_from(planned, requirement))
        named = replace(planned, solution=replace(planned.solution, roster=roster))
        if named.problem.balances:
            write_balances(named.problem.balances, path.parent / BALANCES / path.name)
        base = named.problem.base
        if base is not None and stands_aside(named):
            keep_roster(base, record_of(base), path.parent / BEFORE / path.name)
        keep_roster(named.roster, version_record(named), path)
        return named

    def publish(self, planned: Planned, hand: Hand, *, newest: bool = True) -> tuple[Change, ...]:
        """Put an approved version in force: write the newest files, and append what it changed, and why, to ``changes.csv``.

        Parameters
        ----------
        newest : bool
            Whether the newest files are written; a run of many versions leaves that to its last one (`write_newest`).

        Raises
        ------
        Superseded
            The version that it changes is no longer in force.
        """
        name = planned.roster.version
        stop([Finding(name, None, None, UNJUDGED, "a version that is judged")] if is_unjudged(planned.roster.origin) else [])
        chain = self.chain.publish(hand.step(name, "published"))
        if newest:
            self.write_newest(planned)
        changes, path = changes_of(planned.problem, planned.roster), self.out / "changes.csv"
        earlier = [read_table(path, CHANGES).astype({"minutes": int})] if path.is_file() else []
        write_table(pd.concat([*earlier, CHANGES.frame(asdict(change) for change in changes)]), path)
        self.keep(chain)
        return changes

    def write_newest(self, planned: Planned) -> None:
        """Roster, workbook, requirement, coverage and balances of a version."""
        problem, roster = planned.problem, planned.roster
        whole = whole_plan(planned)
        available = available_agents(whole)
        write_requirement(problem.requirement, self.out / "requirement.csv")
        write_table(coverage_frame(whole), self.out / "coverage.csv")
        write_balances(carried(problem, roster), self.out / CARRIED_FILE)
        keep_roster(roster, version_record(planned), self.out / NEWEST)
        write_workbook(
            self.out / "roster.xlsx",
            problem.centre,
            problem.agents,
            roster,
            problem.requirement,
            available.round().astype(np.int64),
        )

    def add_response(self, response: Response) -> None:
        """Write ``warnings.csv`` and ``call_outs.csv``."""
        write_table(WARNINGS.frame(map(warning_row, response.warnings)), self.out / "warnings.csv")
        calls = [asdict(a) | {"members": ";".join(a.members)} for a in response.call_outs.activations]
        write_table(CALL_OUTS.frame(calls), self.out / CALL_OUTS_FILE)

    def newest(self, day: date | None = None) -> Planned:
        """The version in force, for a day if there is one, else for the latest days, with its problem, from the files.

        The days before its plan are as the plan in force for them has them by now.

        Raises
        ------
        InvalidData
            None is published.
        """
        chain = self.chain
        if not chain.heads:
            raise InvalidData(
                [Finding(str(self.out), None, None, "no roster in force", "a month plan", "run `echelon plan` first")]
            )
        return self._current(chain.head(day))

    def _current(self, version: str) -> Planned:
        planned = self.named(version)
        day = planned.roster.horizon.dates[plan_start(planned.problem)] - timedelta(days=1)
        before = next((name for name in self.chain.heads if name != version and self.chain.covers(name, day)), "")
        return as_worked(planned, self.roster(before)) if before else planned

    def edits(self, horizon: Horizon) -> Edits | None:
        """What was set by hand in the newest version, not withdrawn, of a plan of some days."""
        for name, step in reversed(self.chain.proposed.items()):
            if step.meets(horizon.first, horizon.last) and self.chain.states[name] != "withdrawn":
                path = self.out / VERSIONS / f"{name}.csv"
                record = read_roster_record(path)
                days = (*record.locked, *record.edited)
                return Edits(read_roster(path, self.centre.centre, self._leave_codes), days) if days else None
        return None

    @property
    def _leave_codes(self) -> list[str]:
        return sorted({absence.code for absence in self.centre.absences} | self.catalogue.leave_codes)

    def named(self, version: str) -> Planned:
        """A version by its name.

        Raises
        ------
        NotFound
            There is none of that name.
        """
        path = self.out / VERSIONS / f"{version}.csv"
        if path not in self.versions:
            raise NotFound(f"no version {version!r}; {there_are(path.stem for path in self.versions)}")
        return self.load(path)

    def load(self, path: Path) -> Planned:
        """A version with the problem it answered, and the newest forecast."""
        problem, solution = self._read(path)
        return Planned(problem, solution, read_forecast(self.out / "forecast.csv"), read_roster_record(path).edited)

    def roster(self, version: str) -> Roster:
        """A version's roster alone, with the agents of its time."""
        path = self.out / VERSIONS / f"{version}.csv"
        return read_roster(path, self.centre.centre, self._leave_codes)

    def _read(self, path: Path) -> tuple[RosterProblem, Solution]:
        record = read_roster_record(path)
        requirement = read_requirement(self.out / VERSIONS / record.requirement)
        self._check(record, requirement, path.name)
        roster = read_roster(path, self.centre.centre, self._leave_codes, self._staff_of(record))
        self._check_shifts(roster, path.name)
        solution = Solution(status_of(record, path), roster, dict(record.costs), record.bound, 0.0, 0)
        return self._problem(record, roster, requirement), solution

    def _check(self, record: RosterRecord, requirement: Requirement, where: str) -> None:
        """Raise `InvalidData` if the centre is no longer the one that a version was made for."""
        findings = [
            Finding("staff.csv", None, "agent", f"{agent} is gone", f"the agents of {where}", NEW_PLAN)
            for agent in sorted(set(record.agents) - set(self.agents))
        ]
        centre = self.centre.centre
        keys = {
            "queues": (", ".join(queue.id for queue in centre.queues), ", ".join(requirement.queues)),
            "interval_minutes": (str(centre.interval_minutes), str(requirement.grid.minutes)),
            "zone": (centre.zone, record.horizon.zone),
        }
        findings += [
            Finding("centre.toml", None, key, now, f"{then}, as in {where}", NEW_PLAN)
            for key, (now, then) in keys.items()
            if now != then
        ]
        stop(findings)

    def _check_shifts(self, roster: Roster, where: str) -> None:
        """Raise `InvalidData` if a roster holds shifts that are no longer defined."""
        known = {shift.code for shift in self.centre.centre.shifts}
        worked = {roster.codes[symbol] for symbol in set(roster.symbol[roster.start >= 0].tolist())}
        stop(
            [
                Finding("shifts.csv", None, "code", f"no shift {code}", f"the shifts of {where}", NEW_PLAN)
                for code in sorted(worked - known)
            ]
        )

    def _problem(self, record: RosterRecord, roster: Roster, requirement: Requirement) -> RosterProblem:
        open_days = record.horizon.index(record.first_open), record.horizon.index(record.end_open)
        base, problem = self._base(record, roster), problem_of(self._of_its_staff(record), requirement, *open_days)
        locked = locked_days(record.locked, roster)
        problem = replace(problem, base=base, rhythm=record.rhythm, balances=self._balances(record.version), locked=locked)
        problem = with_rights(problem, self.honoured(record.version), self.catalogue)
        return problem if base is None or record.rhythm != "week" else with_week_minutes(problem)

    def _staff_of(self, record: RosterRecord) -> list[str]:
        """Agents that a version was made for: whoever was hired since is in no day of it."""
        known = set(record.agents or self.agents)
        return [agent for agent in self.agents if agent in known]

    def _of_its_staff(self, record: RosterRecord) -> CentreFolder:
        """The centre with the agents that a version was made for."""
        known = set(self._staff_of(record))
        if len(known) == len(self.agents):
            return self.centre
        held = {
            "agents": tuple(agent for agent in self.centre.agents if agent.id in known),
            "absences": tuple(one for one in self.centre.absences if one.agent in known),
            "wishes": tuple(one for one in self.centre.wishes if one.agent in known),
        }
        return replace(self.centre, **held)

    def _balances(self, version: str) -> tuple[Balance, ...]:
        return balances_of(self.out / VERSIONS / BALANCES / f"{version}.csv")

    def _base(self, record: RosterRecord, roster: Roster) -> Roster | None:
        if not record.base:
            return None
        return read_roster(self.out / VERSIONS / record.base, self.centre.centre, roster.codes, self._staff_of(record))

    def verify(self) -> dict[str, Verdict]:
        """Judge every roster of the folder with no help from the solver: rules, shapes, frozen days and claimed costs.

        Each by the rulebook that it was made by, if that is kept; of the plans before the newest only those that the centre as it
        is now could have made.
        """
        read = self._versions_read()
        judges = dict.fromkeys(read, _judged) | {NEWEST: _judged_whole}
        heads = [self._current(name) for name in self.chain.heads if f"{VERSIONS}/{name}.csv" in read]
        bordering = {f"{one.roster.version} after {one.roster.origin[PAST]}": one for one in heads if PAST in one.roster.origin}
        borders = {name: verify(judged_whole(one.problem), one.roster) for name, one in bordering.items()}
        return {name: judges[name](*version) for name, version in read.items()} | borders

    def _versions_read(self) -> dict[str, tuple[RosterProblem, Solution]]:
        newest = self.out / NEWEST
        if not newest.is_file():
            raise InvalidData([Finding(NEWEST, None, None, "no file", "a roster", "run `echelon plan` first")])
        paths = [*sorted((self.out / VERSIONS).glob("*.csv")), newest]
        read = {path.relative_to(self.out).as_posix(): self._read_if_current(path) for path in paths}
        sound = {name: version for name, version in read.items() if version is not None and not self._is_aside(version[1].roster)}
        return {name: (of_its_time(problem, made.roster, self.out), made) for name, (problem, made) in sound.items() if made.roster}

    def _is_aside(self, roster: Roster | None) -> bool:
        """Whether nobody claims that a version is legal: it was never judged, and waits or was withdrawn."""
        if roster is None or not is_unjudged(roster.origin):
            return False
        return self.chain.states.get(roster.version) in ("proposal", "withdrawn")

    def _read_if_current(self, path: Path) -> tuple[RosterProblem, Solution] | None:
        """A version; None if it belongs to an earlier plan and no longer fits the centre (staff, shifts or leave have changed)."""
        months = [k for k, version in enumerate(self.versions) if version.stem.endswith("-month")]
        try:
            return self._read(path)
        except InvalidData:
            if path in self.versions[: max(months, default=0)]:
                return None
            raise


def _judged(problem: RosterProblem, solution: Solution) -> Verdict:
    """Verdict on a version as it was made: the rules on its charged days, its frozen days and its costs."""
    assert solution.roster is not None
    return verify(problem, solution.roster, solution.costs)


def _judged_whole(problem: RosterProblem, solution: Solution) -> Verdict:
    """Verdict on the newest version, and every rule over the whole plan, days that were frozen for it included."""
    own = _judged(problem, solution)
    if problem.rhythm == "month" or solution.roster is None:
        return own
    plan = verify(judged_whole(problem), solution.roster)
    breaches, faults = (*own.breaches, *plan.breaches), (*own.faults, *plan.faults)
    return replace(own, breaches=tuple(dict.fromkeys(breaches)), faults=tuple(dict.fromkeys(faults)))


def warning_row(warning: CapacityWarning) -> dict[str, Any]:
    """A warning as a row of ``warnings.csv``."""
    causes = {f"missing_by_{cause}": round(heads, 3) for cause, heads in warning.causes.items()}
    reasons = ";".join(f"{one.threshold}={one.measured:.4g} ({one.limit:.4g})" for one in warning.reasons)
    moments = ";".join(f"{one.name}={one.until.isoformat(timespec='minutes')}" for one in warning.remedies)
    parts = ";".join(f"{start.isoformat(timespec='minutes')}/{end.isoformat(timespec='minutes')}" for start, end in warning.parts)
    told = {"level": warning.level.colour, "reasons": reasons, "remedies": moments, "parts": parts}
    return asdict(warning) | causes | told


def coverage_frame(planned: Planned) -> pd.DataFrame:
    """Long table ``queue, timestamp, calls, required, rostered, service_level`` of the charged slots with calls or agents.

    Of a plan whose bound was computed also ``worth``: what one agent more is worth in the slot.
    """
    requirement, available = planned.problem.requirement, available_agents(planned)
    on_phone = available * (1 - requirement.shrinkage)
    columns = {
        "calls": requirement.calls,
        "required": requirement.heads,
        "rostered": available,
        "service_level": requirement.service(on_phone),
    }
    if planned.solution.prices is not None:
        columns["worth"] = planned.solution.prices.round(3)
    frame = long_frame(requirement.grid, requirement.queues, columns)
    return frame[(frame["calls"] > 0) | (frame["rostered"] > 0)].reset_index(drop=True)
