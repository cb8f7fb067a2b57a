"""Daily tweak 日微调 as proposals: what could still be done to the rest of a day, what it gains, and what happens on a yes."""

from optimizer.response.tweak.acts import (
    Act,
    Look,
    activity_acts,
    call_in_acts,
    compatible,
    kept,
    order,
    proposal_of,
    roster_acts,
    together,
)
from optimizer.response.tweak.apply import Applied, apply_all, debts_after
from optimizer.response.tweak.effect import Rest, with_work_off
from optimizer.response.tweak.offers import duties, early_acts
from optimizer.response.tweak.queues import queue_acts
from optimizer.response.tweak.signal import Signal, beside_forecast, signal_of
from optimizer.response.tweak.wording import KINDS, STATES_ZH, Refusal, signal_text, who

__all__ = [
    "KINDS",
    "STATES_ZH",
    "Act",
    "Applied",
    "Look",
    "Refusal",
    "Rest",
    "Signal",
    "activity_acts",
    "apply_all",
    "beside_forecast",
    "call_in_acts",
    "compatible",
    "debts_after",
    "duties",
    "early_acts",
    "kept",
    "order",
    "proposal_of",
    "queue_acts",
    "roster_acts",
    "signal_of",
    "signal_text",
    "together",
    "who",
    "with_work_off",
]
