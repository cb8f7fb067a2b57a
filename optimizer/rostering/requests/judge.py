"""The decision on a request: form, rules and service, all causes found, and the nearest alternatives."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from data.model.people import Absence
from data.model.request import Alternative, Decision, Effect, Outcome, Reason, Request, RequestPolicy, Terms
from data.model.roster import Roster
from optimizer.rostering.problem import RosterProblem
from optimizer.rostering.requests import wording
from optimizer.rostering.requests.causes import OPEN, Cause, in_order
from optimizer.rostering.requests.checks import against
from optimizer.rostering.requests.desk import Chance, Desk, desk_of
from optimizer.rostering.requests.drafts import Draft, cell_of, with_cells
from optimizer.rostering.requests.kinds import RequestKind, kinds
from optimizer.rostering.requests.limits import risks, untimely
from optimizer.rostering.requests.service import chance_at_the_mean, effect_of, idle_stretch, touched

MOST_ALTERNATIVES = 3
"""Alternatives that are told (house choice)."""

MOST_TRIES = 40
"""Alternatives that are looked at for them (house choice)."""

SETTLED = frozenset(cause.code for cause in (Cause.CONSENT_MISSING, Cause.LEADER_DECIDES))
"""Causes for which alone no alternative is looked for: somebody has only to say yes."""


@dataclass(frozen=True, eq=False)
class Judged:
    """A decision and, if the request is granted, what stands then.

    Parameters
    ----------
    roster : Roster or None
        The next version; the one judged is its parent and as it was.
    absences : tuple of Absence
        Leave that is granted with it: the problem of the next version has it too.
    """

    decision: Decision
    roster: Roster | None = None
    absences: tuple[Absence, ...] = ()


@dataclass(frozen=True, eq=False)
class _Trial:
    """One way to grant a request, and what speaks against it."""

    draft: Draft
    reasons: tuple[Reason, ...]
    effect: Effect | None = None
    after: Roster | None = None


def judge(
    problem: RosterProblem,
    roster: Roster,
    request: Request,
    policy: RequestPolicy,
    now: datetime,
    *,
    chance: Chance | None = None,
    granted: Sequence[Request] = (),
    seen: Mapping[str, Roster] | None = None,
    most: int = MOST_ALTERNATIVES,
) -> Judged:
    """Decide on one request.

    Parameters
    ----------
    problem : RosterProblem
        What the roster answers, looked at from the first day that a request may change to its last day.
    roster : Roster
        The version that stands.
    request : Request
    policy : RequestPolicy
    now : datetime
        Aware.
    chance : function or None
        Chance of missing the target by a forecast; None = at the calls of the requirement (`chance_at_the_mean`).
    granted : sequence of Request
        Requests granted before, for the quota.
    seen : dict or None
        Older versions by name: a request that saw one of them holds if its days are as they were.
    most : int
        Alternatives that are looked for; 0 = none.

    Raises
    ------
    VerificationFailed
        If what a request makes of the roster is none.
    """
    desk = desk_of(problem, roster, now, chance or chance_at_the_mean(problem), seen)
    return judge_at(desk, request, policy, granted=granted, most=most)


def judge_at(
    desk: Desk, request: Request, policy: RequestPolicy, *, granted: Sequence[Request] = (), most: int = MOST_ALTERNATIVES
) -> Judged:
    """Decide on one request at a desk (`judge`); many that are asked of one version share what the desk knows."""
    terms, form = policy.terms(request.kind), tuple(_form(desk, request, policy, granted))
    trial = _tried(desk, request, terms, form)
    reasons = in_order((*form, *trial.reasons))
    outcome = _outcome(terms, reasons)
    if outcome == "to_leader" and not reasons:
        reasons = (Cause.LEADER_DECIDES.of(request.agent),)
    sought = outcome != "granted" and not form and not {reason.cause for reason in reasons} <= SETTLED
    alternatives = tuple(_alternatives(desk, request, policy, most)) if sought and most else ()
    en, zh = (wording.decided(_kind(request).sentence(request, tongue), outcome, reasons, tongue) for tongue in ("en", "zh"))
    decision = Decision(
        request=request.id,
        decided_at=desk.now,
        version=desk.roster.version,
        outcome=outcome,
        cause=reasons[0].cause if reasons else "",
        reasons=reasons,
        sentence=en,
        sentence_zh=zh,
        effect=trial.effect,
        alternatives=alternatives,
        taker=trial.draft.taker if outcome == "granted" else "",
    )
    return _judged(desk, request, decision, trial)


def _judged(desk: Desk, request: Request, decision: Decision, trial: _Trial) -> Judged:
    """The decision with the next version, if there is one."""
    if decision.outcome != "granted" or trial.after is None:
        return Judged(decision)
    stood = desk.roster
    named = {"version": f"{stood.version}+{request.id}", "parent": stood.version, "rhythm": "day"}
    origin = stood.origin | {"request": request.id, "decided": desk.now.isoformat()}
    return Judged(decision, replace(trial.after, origin=origin, **named), trial.draft.absences)


def _kind(request: Request) -> RequestKind:
    return kinds()[request.kind]


def _outcome(terms: Terms, reasons: Sequence[Reason]) -> Outcome:
    """What becomes of a request against which some reasons speak."""
    if any(reason.cause not in OPEN for reason in reasons):
        return "refused"
    return "to_leader" if terms.answer == "review" else "refused" if reasons else "granted"


def _form(desk: Desk, request: Request, policy: RequestPolicy, granted: Sequence[Request]) -> Iterator[Reason]:
    """What speaks against a request before it is looked at what it changes."""
    terms, horizon = policy.terms(request.kind), desk.problem.grid.horizon
    if terms.answer == "refuse":
        yield Cause.KIND_REFUSED.of(request.agent)
    if request.made_at > desk.now:
        yield Cause.FROM_THE_FUTURE.of(request.agent, made=desk.clock(request.made_at), now=desk.clock(desk.now))
    yield from _misplaced(desk, request)
    month = f"{request.made_at.astimezone(horizon.start.tzinfo):%Y-%m}"
    count = sum(
        one.agent == request.agent and one.kind == request.kind and f"{one.made_at.astimezone(horizon.start.tzinfo):%Y-%m}" == month
        for one in granted
    )
    if count >= terms.most_a_month:
        yield Cause.QUOTA_USED_UP.of(request.agent, count=count, month=month, limit=terms.most_a_month)


def _misplaced(desk: Desk, request: Request) -> Iterator[Reason]:
    """Agents who are not there, days that may not change, and days that are no longer what the agent saw."""
    places, horizon = _kind(request).places(request), desk.problem.grid.horizon
    strangers = [agent for agent in dict.fromkeys(agent for agent, _ in places) if agent not in desk.problem.index]
    yield from (Cause.UNKNOWN_AGENT.of(agent) for agent in strangers)
    first = horizon.dates[desk.problem.first_open]
    outside = [day for _, day in places if not first <= day <= horizon.last]
    if outside:
        yield Cause.OUTSIDE_ROSTER.of(request.agent, day=min(outside), first=first, last=horizon.last)
    if not strangers and not outside and request.version not in ("", desk.roster.version):
        yield from _overtaken(desk, request)


def _overtaken(desk: Desk, request: Request) -> Iterator[Reason]:
    """Days that differ from the version that the agent saw; all of them if that version is not known."""
    old = desk.seen.get(request.version)
    for agent, day in _kind(request).places(request):
        if old is None or _differs(desk, old, agent, desk.place(agent, day)[1]):
            yield Cause.NEWER_VERSION.of(agent, seen=request.version, version=desk.roster.version, day=day)


def _differs(desk: Desk, old: Roster, agent: str, d: int) -> bool:
    """Whether an agent's day is another than in an older version, or was not in it."""
    was = old.horizon.index(desk.day(d))
    if agent not in old.agents or not 0 <= was < old.horizon.days:
        return True
    before, now = cell_of(old, (old.agents.index(agent), was)), desk.cell(agent, desk.day(d))
    return before[:5] != now[:5] or [at for at in before.breaks if at >= 0] != [at for at in now.breaks if at >= 0]


def _tried(desk: Desk, request: Request, terms: Terms, form: Sequence[Reason]) -> _Trial:
    """The first draft that nothing speaks against, or all that speaks against all of them."""
    if {reason.cause for reason in form} & _NOWHERE:
        return _Trial(Draft(), ())
    trials: list[_Trial] = []
    for draft in _kind(request).drafts(desk, request):
        trials.append(_trial(desk, request, terms, draft))
        if not trials[-1].reasons:
            return trials[-1]
    nearest = min(trials, key=lambda trial: any(reason.cause not in OPEN for reason in trial.reasons))
    if all(reason.cause in OPEN for reason in nearest.reasons):
        return nearest
    return replace(nearest, reasons=tuple(reason for trial in trials for reason in trial.reasons))


_NOWHERE = frozenset(cause.code for cause in (Cause.UNKNOWN_AGENT, Cause.OUTSIDE_ROSTER))


def _trial(desk: Desk, request: Request, terms: Terms, draft: Draft) -> _Trial:
    """A draft and all that speaks against it."""
    reasons = [*draft.flaws, *_unagreed(request, terms)]
    if not draft.cells:
        return _Trial(draft, tuple(reasons))
    after = with_cells(desk.roster, draft.cells)
    slots, grown = touched(desk, draft, after)
    effect = effect_of(desk, slots, grown)
    reasons += [*untimely(desk, terms, draft, after), *against(desk, draft, after), *risks(desk, request.agent, terms, effect)]
    # who takes over a shift comes for somebody, be that one ill: nobody is added to the plan
    idle = idle_stretch(desk, draft.rows[0], slots, grown) if terms.only_where_short and not draft.taker else None
    if idle is not None:
        reasons.append(Cause.NOT_NEEDED.of(request.agent, start=desk.clock(idle[0]), end=desk.clock(idle[1])))
    return _Trial(draft, tuple(reasons), effect, after)


def _unagreed(request: Request, terms: Terms) -> Iterator[Reason]:
    """Other agents who have not agreed."""
    others = dict.fromkeys(agent for agent, _ in _kind(request).places(request) if agent != request.agent)
    yield from (Cause.CONSENT_MISSING.of(agent) for agent in others if terms.consent and agent not in request.consents)


def _alternatives(desk: Desk, request: Request, policy: RequestPolicy, most: int) -> Iterator[Alternative]:
    """The nearest requests that would be granted, or left to a leader, if the others agreed."""
    found = 0
    for _, other in zip(range(MOST_TRIES), _kind(request).nearest(desk, request), strict=False):
        names = tuple(agent for agent, _ in _kind(other).places(other))
        agreed = other.model_copy(update={"consents": (*other.consents, *names), "version": ""})
        terms = policy.terms(other.kind)
        if any(True for _ in _form(desk, agreed, policy, ())):
            continue
        trial = _tried(desk, agreed, terms, ())
        if not trial.reasons:
            yield _alternative(agreed, trial)
            found += 1
        if found == most:
            return


def _alternative(request: Request, trial: _Trial) -> Alternative:
    """What another request is to the one that asked."""
    places, moved = _kind(request).places(request), getattr(request, "instead", None)
    others = [agent for agent, _ in places if agent != request.agent]
    added = 0.0 if trial.effect is None else trial.effect.added_chance
    texts = [wording.instead(_kind(request).sentence(request, tongue), added, tongue) for tongue in ("en", "zh")]
    return Alternative(
        kind=request.kind,
        agent=others[0] if others else "",
        days=tuple(dict.fromkeys(day for _, day in places if day != moved)),
        instead=moved,
        minutes=getattr(request, "minutes", 0),
        added_chance=added,
        sentence=texts[0],
        sentence_zh=texts[1],
    )
