"""Why off-phone work has no place, English and Chinese."""

from datetime import datetime

from data.model.offphone import Task
from optimizer.rostering.rules import Tongue

REASONS: dict[str, dict[Tongue, str]] = {
    "nobody": {"en": "nobody may do it", "zh": "无人可做"},
    "late": {
        "en": "there is no time left between its earliest start and its deadline",
        "zh": "最早开始与截止时间之间已无足够时间",
    },
    "no_shift": {
        "en": "nobody who may do it is on shift for {minutes} minutes in a row without a pause",
        "zh": "可做人员在班且连续{minutes}分钟无休息的时段不存在",
    },
    "group": {
        "en": "at most {most} of the {least} needed have {minutes} minutes at the same time",
        "zh": "至少需{least}人同时参加{minutes}分钟，最多只有{most}人同时有空",
    },
    "taken": {"en": "other off-phone work has taken the time", "zh": "时间已被其他离线任务占用"},
    "place": {"en": "the place {place} is taken", "zh": "场地{place}已被占用"},
    "share": {"en": "too many would be off the phones at the same time", "zh": "同时离线人数将超过上限"},
    "dear": {"en": "it would cost calls more than it is allowed to", "zh": "对接通的影响超过允许值"},
    "roster": {"en": "the roster has changed under it", "zh": "班表变动后原安排不再成立"},
}
"""Why a piece has no place, in the order in which the causes are looked for."""


def unplaced_text(
    task: Task, code: str, minutes: int, least: int, most: int, nearest: datetime | None, deadline: datetime, tongue: Tongue
) -> str:
    """One sentence that says what is not placed, why, and where it could be."""
    name = (task.name_zh if tongue == "zh" else "") or task.name or task.id
    why = REASONS[code][tongue].format(minutes=minutes, least=least, most=most, place=task.place)
    if tongue == "zh":
        near = f"最近的可行时间：{nearest:%Y-%m-%d %H:%M}" if nearest else "本班表内没有可行时间"
        return f"{name}（截止{deadline:%Y-%m-%d %H:%M}）未排入：{why}；{near}。"
    near = f"the nearest possible start is {nearest:%Y-%m-%d %H:%M}" if nearest else "no other time in this roster would do"
    return f"{name} (due {deadline:%Y-%m-%d %H:%M}) has no place: {why}; {near}."
