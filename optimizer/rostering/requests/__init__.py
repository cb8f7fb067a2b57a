"""Requests of agents: swaps, covers, shifts given away, overtime, early leave and leave, decided on rules and on service."""

from optimizer.rostering.requests.desk import Chance, Desk, desk_of
from optimizer.rostering.requests.docket import judge_all, next_desk
from optimizer.rostering.requests.judge import Judged, judge, judge_at
from optimizer.rostering.requests.service import chance_at_the_mean
from optimizer.rostering.requests.stand_ins import Refused, StandIn, StandIns, stand_ins, stand_ins_at

__all__ = [
    "Chance",
    "Desk",
    "Judged",
    "Refused",
    "StandIn",
    "StandIns",
    "chance_at_the_mean",
    "desk_of",
    "judge",
    "judge_all",
    "judge_at",
    "next_desk",
    "stand_ins",
    "stand_ins_at",
]
