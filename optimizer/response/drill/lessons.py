"""What a drill shows, in words: tiers that came too late or too few, queues without members to call, intervals that stayed red."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import NamedTuple

from data.model.drill import DrillPolicy, Lesson, Muster, Readiness
from optimizer.response.warning.wording import when

ENOUGH = 0.8
"""Share of the wanted below which too few came (house choice)."""


class RedRun(NamedTuple):
    """Intervals of a queue in a row that miss their target with the echelons; `share` = the highest of the replications."""

    queue: str
    span: tuple[datetime, datetime]
    share: float


def lessons_of(
    musters: Sequence[Muster],
    red: Sequence[RedRun],
    unskilled: Mapping[str, float],
    ready: Sequence[Readiness],
    policy: DrillPolicy,
) -> Iterator[Lesson]:
    """Lessons of a drill, or that there is none.

    Parameters
    ----------
    unskilled : mapping of str to float
        Agents missing in each queue that no echelon could give.
    """
    late = (_late(one) for one in musters if one.late_minutes > policy.late_minutes)
    few = (_few(one) for one in musters if one.came < ENOUGH * one.wanted)
    lacking = (_skill(queue, missing, ready) for queue, missing in unskilled.items())
    found = tuple(chain(late, few, lacking, (_red(one) for one in red)))
    yield from found or [Lesson("room", ("Every queue was held and every tier came in time.", "各队列达标，各梯队按时到岗。"))]


def _late(one: Muster) -> Lesson:
    if one.late_minutes == float("inf"):
        return Lesson(
            "late",
            (
                f"{one.tier}: four of five of the wanted were never on the phones in most replications; put it on standby.",
                f"{one.tier}：多数仿真中始终未达到应到人数的八成；建议安排待命。",
            ),
        )
    return Lesson(
        "late",
        (
            f"{one.tier}: four of five of the wanted were on the phones {one.late_minutes:.0f} min after the planned start; "
            f"call it so much earlier, or put it on standby.",
            f"{one.tier}：八成应到人员比计划晚{one.late_minutes:.0f}分钟到岗；建议提前同样时间召集，或安排待命。",
        ),
    )


def _few(one: Muster) -> Lesson:
    return Lesson(
        "few",
        (
            f"{one.tier}: {one.came:.1f} of {one.wanted:.0f} wanted came, {one.asked:.1f} were asked; "
            f"more members, or more who say yes.",
            f"{one.tier}：应到{one.wanted:.0f}人，实到{one.came:.1f}人，共询问{one.asked:.1f}人；需扩充成员或提高应召率。",
        ),
    )


def _skill(queue: str, missing: float, ready: Sequence[Readiness]) -> Lesson:
    mine = [one for one in ready if one.queue == queue]
    skilled, free, members = (sum(getattr(one, name) for one in mine) for name in ("skilled", "free", "members"))
    return Lesson(
        "skill",
        (
            f"{queue}: {missing:.0f} agents were missing with nobody else to call in time; {skilled} of {members} members have "
            f"the skill, {free} of them could be called.",
            f"{queue}：仍缺{missing:.0f}人且无人可及时召集；梯队{members}人中{skilled}人具备技能，其中{free}人可召。",
        ),
    )


def _red(one: RedRun) -> Lesson:
    return Lesson(
        "red",
        (
            f"{one.queue}: {when(one.span)} missed its target all the same, in up to {one.share:.0%} of the replications.",
            f"{one.queue}：{when(one.span)} 启用梯队后仍未达标，最多占仿真的{one.share:.0%}。",
        ),
    )
