"""Why a roster is as it is: changes, shifts, short intervals, wishes, and what stands in the way of a legal roster."""

from optimizer.rostering.explain.changes import allotted, changes_of
from optimizer.rostering.explain.conflict import AgentConflict, Repair, conflicts
from optimizer.rostering.explain.demand import Crowding, Help, Unmet, crowding, helps, shadow_prices, unmet
from optimizer.rostering.explain.shift import Alternative, ShiftReason, WishReason, why_refused, why_shift
from optimizer.rostering.explain.short import ShortReason, why_short
from optimizer.rostering.explain.stage import Stage, stage_of

__all__ = [
    "AgentConflict",
    "Alternative",
    "Crowding",
    "Help",
    "Repair",
    "ShiftReason",
    "ShortReason",
    "Stage",
    "Unmet",
    "WishReason",
    "allotted",
    "changes_of",
    "conflicts",
    "crowding",
    "helps",
    "shadow_prices",
    "stage_of",
    "unmet",
    "why_refused",
    "why_shift",
    "why_short",
]
