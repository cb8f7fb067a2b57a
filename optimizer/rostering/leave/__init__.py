"""Leave before a month is planned: quotas by service risk, an auction within them, and what everyone is told."""

from optimizer.rostering.leave.decide import concerned, plan_leave
from optimizer.rostering.leave.quota_words import quota_words
from optimizer.rostering.leave.room import LeaveRoom, leave_room

__all__ = ["LeaveRoom", "concerned", "leave_room", "plan_leave", "quota_words"]
