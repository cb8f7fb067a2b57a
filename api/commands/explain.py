"""``echelon why`` and ``echelon conflicts``: why a roster is as it is, and what stands in the way of a legal one."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from api.commands.options import Folder
from api.commands.screen import wide_console
from api.planned import Planned
from api.workspace import Workspace
from data.exchange.rosters import RosterRecord, read_roster_record
from data.model.errors import Finding, InvalidData
from data.model.time import as_local
from optimizer.rostering.explain import conflicts as agent_conflicts
from optimizer.rostering.explain import crowding, helps, shadow_prices, stage_of, unmet, why_refused, why_shift, why_short
from optimizer.rostering.explain.wording import tell_conflicts, tell_demand, tell_shift, tell_short, tell_wish
from optimizer.rostering.frame import frame_of
from optimizer.rostering.rules import Tongue

Version = Annotated[int | None, typer.Option(help="Number of a version; the newest that gave out the shifts if left out.")]
Lang = Annotated[str, typer.Option(help="Language of the explanation: en or zh.")]


def why(
    folder: Folder,
    agent: Annotated[str, typer.Option(help="Id of an agent, with --date.")] = "",
    day: Annotated[str, typer.Option("--date", help="Day of the agent, e.g. 2026-10-05.")] = "",
    wish: Annotated[bool, typer.Option("--wish", help="What became of the agent's wish for that day.")] = False,
    queue: Annotated[str, typer.Option(help="Id of a queue, with --at.")] = "",
    at: Annotated[str, typer.Option(help="Local time of the interval, e.g. 2026-10-05T10:00.")] = "",
    version: Version = None,
    lang: Lang = "en",
) -> None:
    """Why this shift, why this interval is short, why a wish was refused 排班解释."""
    asked = _Asked(Workspace.at(folder), agent, day, wish, queue, at, version, lang)
    asked.check()
    wide_console().print("\n".join(asked.told()), markup=False, highlight=False)


def conflicts(folder: Folder, version: Version = None, lang: Lang = "en") -> None:
    """Agents without a legal line, demand that no roster can meet, and the cheapest repairs 冲突与修复."""
    workspace = Workspace.at(folder)
    _stop([*_unknown_language(lang), *_unknown_version(workspace, version)])
    planned = workspace.load(_candidates(workspace, version)[-1][0])
    frame, prices = frame_of(planned.problem), shadow_prices(planned.problem, planned.roster)
    crowd, tongue = crowding(frame), _tongue(lang)
    lines = [
        planned.roster.version,
        *tell_conflicts(planned.problem, agent_conflicts(frame, prices), tongue),
        *tell_demand(unmet(crowd), helps(crowd, prices), tongue),
    ]
    wide_console().print("\n".join(lines), markup=False, highlight=False)


@dataclass(frozen=True)
class _Asked:
    """A question as it was typed."""

    workspace: Workspace
    agent: str
    day: str
    wish: bool
    queue: str
    at: str
    version: int | None
    lang: str

    def check(self) -> None:
        """Raise `InvalidData` with everything that is wrong with the question."""
        findings = [*_unknown_language(self.lang), *_unknown_version(self.workspace, self.version)]
        of_agent, of_queue = bool(self.agent or self.day or self.wish), bool(self.queue or self.at)
        if of_agent == of_queue:
            read = "both an agent and a queue" if of_agent else "no question"
            findings.append(_finding("--agent", read, "--agent with --date, or --queue with --at"))
        elif of_agent:
            findings += self._agent_findings()
        else:
            findings += self._queue_findings()
        _stop(findings)

    def _agent_findings(self) -> list[Finding]:
        centre, found = self.workspace.centre, list[Finding]()
        if self.agent not in self.workspace.agents:
            found.append(_finding("--agent", repr(self.agent), "an agent of staff.csv", f"such as {self.workspace.agents[0]}"))
        if _moment(self.day) is None:
            found.append(_finding("--date", repr(self.day), "an ISO date such as 2026-10-05"))
        elif self.wish and not any(self._is_wish(wish.agent, wish.day) for wish in centre.wishes):
            found.append(_finding("--wish", f"no wish of {self.agent!r} for {self.day}", "a wish of wishes.csv"))
        return found

    def _queue_findings(self) -> list[Finding]:
        known, found = [queue.id for queue in self.workspace.centre.centre.queues], list[Finding]()
        if self.queue not in known:
            found.append(_finding("--queue", repr(self.queue), f"one of {', '.join(known)}"))
        if _moment(self.at) is None:
            found.append(_finding("--at", repr(self.at), "a local time such as 2026-10-05T10:00"))
        return found

    def _is_wish(self, agent: str, day: date) -> bool:
        return agent == self.agent and day == self._date

    @property
    def _moment(self) -> datetime:
        moment = _moment(self.day or self.at)
        assert moment is not None
        return moment

    @property
    def _date(self) -> date:
        return self._moment.date()

    def told(self) -> list[str]:
        """The answer, line by line, after the name of the version."""
        planned = self._planned()
        stage, tongue = stage_of(planned.problem, planned.roster), _tongue(self.lang)
        name, problem = planned.roster.version, planned.problem
        if self.queue:
            slot = problem.grid.slot(as_local(self._moment, problem.grid.horizon.zone))
            return [name, *tell_short(problem, why_short(stage, self.queue, slot), tongue)]
        if not self.wish:
            return [name, *tell_shift(problem, why_shift(stage, self.agent, self._date), tongue)]
        wishes = [wish for wish in problem.wishes if self._is_wish(wish.agent, wish.day)]
        return [name, *(line for wish in wishes for line in tell_wish(problem, why_refused(stage, wish), tongue))]

    def _planned(self) -> Planned:
        """The version asked for, or the newest one that gave out the shifts of the day.

        Raises
        ------
        InvalidData
            When the version does not decide on the day at all.
        """
        candidates = _candidates(self.workspace, self.version)
        deciding = [path for path, record in candidates if record.first_open <= self._date < record.end_open]
        if not deciding:
            named, option = ", ".join(path.stem for path, _ in candidates), "--date" if self.day else "--at"
            raise InvalidData([_finding(option, self.day or self.at, f"a day that {named} decided on")])
        return self.workspace.load(deciding[-1])


def _candidates(workspace: Workspace, version: int | None) -> list[tuple[Path, RosterRecord]]:
    """The version of a number, or all that give out shifts, oldest first; the day rhythm only moves them."""
    records = [(path, read_roster_record(path)) for path in workspace.versions]
    return [one for one in records if one[1].rhythm != "day"] if version is None else records[version - 1 : version]


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _tongue(lang: str) -> Tongue:
    return "zh" if lang == "zh" else "en"


def _unknown_language(lang: str) -> list[Finding]:
    return [] if lang in ("en", "zh") else [_finding("--lang", repr(lang), "en or zh")]


def _unknown_version(workspace: Workspace, version: int | None) -> list[Finding]:
    count = len(workspace.versions)
    if count == 0:
        return [Finding(str(workspace.out), None, None, "no roster", "a month plan", "run `echelon plan` first")]
    wrong = version is not None and not 1 <= version <= count
    return [_finding("--version", str(version), f"1 to {count}")] if wrong else []


def _finding(option: str, read: str, expected: str, fix: str = "") -> Finding:
    return Finding("command line", None, option, read, expected, fix)


def _stop(findings: list[Finding]) -> None:
    if findings:
        raise InvalidData(findings)
