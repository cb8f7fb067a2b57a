"""Many requests, one after the other: each is judged on the roster that those before it left."""

from collections.abc import Sequence
from dataclasses import replace

from data.model.people import Absence
from data.model.request import Request, RequestPolicy
from data.model.roster import Roster
from optimizer.rostering.requests.desk import Desk, desk_of
from optimizer.rostering.requests.judge import MOST_ALTERNATIVES, Judged, judge_at


def judge_all(
    desk: Desk,
    requests: Sequence[Request],
    policy: RequestPolicy,
    *,
    granted: Sequence[Request] = (),
    most: int = MOST_ALTERNATIVES,
) -> tuple[tuple[Judged, ...], Desk]:
    """Decide on requests in the order in which they were made, those of one instant by their ids.

    Parameters
    ----------
    desk, policy, granted, most
        As of `judge_at`.

    Returns
    -------
    judged : tuple of Judged
        In that order.
    desk : Desk
        With the last version.
    """
    found, before = list[Judged](), list(granted)
    for request in sorted(requests, key=lambda one: (one.made_at, one.id)):
        judged = judge_at(desk, request, policy, granted=before, most=most)
        found.append(judged)
        if judged.roster is not None:
            before.append(request)
            desk = next_desk(desk, judged.roster, judged.absences)
    return tuple(found), desk


def next_desk(desk: Desk, roster: Roster, granted: Sequence[Absence] = ()) -> Desk:
    """The desk with the version that a granted request made of its roster.

    Tables are kept unless leave was granted: they know the days before the open ones and leave, not the lines.
    """
    problem = replace(desk.problem, absences=(*desk.problem.absences, *granted), locked=desk.locked)
    seen = {**desk.seen, desk.roster.version: desk.roster}
    following = desk_of(problem, roster, desk.now, desk.chance, seen)
    kept = ("curves", "store", *(() if granted else ("goal_walks", "rule_walks")))
    vars(following).update({name: vars(desk)[name] for name in kept if name in vars(desk)})
    return following
