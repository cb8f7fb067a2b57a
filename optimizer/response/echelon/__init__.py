"""Echelons 应急梯队 at work: who can be called now (`register`), who is on standby (`duty`), whom to ask next (`calling`)."""

from optimizer.response.echelon.calling import Candidate, candidates, next_to_ask
from optimizer.response.echelon.duty import DutyList, plan_duty
from optimizer.response.echelon.lawful import broken, keeping
from optimizer.response.echelon.pay import CallOutPay, call_out_pay
from optimizer.response.echelon.register import Ready, register
from optimizer.response.echelon.rest import Broken, shifts_without_rest

__all__ = [
    "Broken",
    "CallOutPay",
    "Candidate",
    "DutyList",
    "Ready",
    "broken",
    "call_out_pay",
    "candidates",
    "keeping",
    "next_to_ask",
    "plan_duty",
    "register",
    "shifts_without_rest",
]
