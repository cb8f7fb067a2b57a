"""What a roster version was made from, by hashes (rulebook, requirement, forecast, code, its own rows), and what differs by now."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from importlib.metadata import version as installed_version
from pathlib import Path

from api.planned import Planned
from api.planning import with_week_minutes
from data.exchange.files import stop
from data.exchange.forecast_versions import load_version, version_records
from data.exchange.people import read_leave
from data.exchange.rosters import read_roster_record
from data.exchange.rulebook_life import find_rulebook
from data.model.demand import Forecast
from data.model.errors import Finding
from data.model.people import Absence
from data.model.roster import Roster
from data.model.rulebook import Rulebook
from optimizer.rostering.certificate import roster_hash
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.ruling import check_rulebook

RULEBOOK, REQUIREMENT, FORECAST, ROSTER = (f"{name}_sha256" for name in ("rulebook", "requirement", "forecast", "roster"))
"""Keys of `Roster.origin`; those of a version made before they were kept are missing, and nothing is said of them."""

CODE = "code"


def code_version() -> str:
    """Version of the code that runs."""
    return installed_version("echelon")


def made_from(planned: Planned, requirement: Path) -> dict[str, str]:
    """What a version is made from, for its origin.

    Parameters
    ----------
    requirement : Path
        File that its requirement was written to.
    """
    book = planned.problem.rulebook
    hashes = {RULEBOOK: book.sha256, REQUIREMENT: file_hash(requirement), FORECAST: forecast_hash(planned.forecast)}
    named = {"rulebook": book.id, "rulebook_version": book.version, CODE: code_version()}
    return named | hashes | {ROSTER: roster_hash(planned.roster)}


def file_hash(path: Path) -> str:
    """SHA-256 of the bytes of a file; empty if it is gone."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def forecast_hash(forecast: Forecast) -> str:
    """SHA-256 of the rows of a forecast, the same after they were written and read."""
    return hashlib.sha256(forecast.to_frame().to_csv(index=False, lineterminator="\n").encode()).hexdigest()


def of_its_time(problem: RosterProblem, roster: Roster, out: Path) -> RosterProblem:
    """The problem with the rulebook and the leave that a version was made by; as it is where they are not kept (`strayed`)."""
    leave = leave_file(out, roster.version)
    if leave.is_file():
        problem = replace(problem, absences=_leave_of(leave))
        problem = problem if problem.max_line_minutes is None else with_week_minutes(problem)
    sha256 = roster.origin.get(RULEBOOK, problem.rulebook.sha256)
    found = None if sha256 == problem.rulebook.sha256 else find_rulebook(out, sha256)
    if found is None:
        return problem
    check_rulebook(found)
    return replace(problem, rulebook=found)


def leave_file(out: Path, version: str) -> Path:
    """Where the leave that was granted when a version was made is kept."""
    return out / "versions" / "leave" / f"{version}.csv"


def _leave_of(path: Path) -> tuple[Absence, ...]:
    findings = list[Finding]()
    found = tuple(absence for _, absence in read_leave(path, findings))
    stop(findings)
    return found


def strayed(versions: Iterable[Path], book: Rulebook, out: Path) -> Iterator[str]:
    """What is to be said of versions that cannot be judged by their own rulebook, for it is not kept, but by the one in force."""
    for path in versions:
        origin = read_roster_record(path).origin
        sha256 = origin.get(RULEBOOK, book.sha256)
        if sha256 != book.sha256 and find_rulebook(out, sha256) is None:
            own = f"{origin.get('rulebook', '')} {origin.get('rulebook_version', '')} ({sha256[:8]})"
            told = f"its rulebook {own} is not kept: judged by {book.id} {book.version}, which is in force"
            yield f"{path.stem}: {told} 其规则集未保存，按现行规则集校验"


def changed_since(planned: Planned, requirement: Path, out: Path) -> Iterator[str]:
    """Names of what a version was made from that is another one by now, or gone: rulebook, requirement, forecast, roster, code.

    Parameters
    ----------
    planned : Planned
        The version as it reads now, its problem that of its time.
    requirement : Path
        File of its requirement.
    """
    origin = planned.roster.origin
    now = {
        RULEBOOK: planned.problem.rulebook.sha256,
        REQUIREMENT: file_hash(requirement),
        ROSTER: roster_hash(planned.roster),
        CODE: code_version(),
    }
    for key, value in now.items():
        if origin.get(key, value) != value:
            yield key.removesuffix("_sha256")
    if FORECAST in origin and origin[FORECAST] not in _forecasts(planned, out):
        yield "forecast"


def _forecasts(planned: Planned, out: Path) -> Iterator[str]:
    """Hashes of the newest forecast and of every version that is kept, newest first."""
    yield forecast_hash(planned.forecast)
    for record in reversed(version_records(out)):
        yield forecast_hash(load_version(out, record.version).forecast)
