"""The sentences of lending, English and Chinese, with their numbers."""

from collections.abc import Mapping

from data.model.centre import Project, Queue
from data.model.loan import Loan
from optimizer.response.warning.wording import CHANCES, title, when
from optimizer.rostering.rules import Tongue

STATES_ZH = {
    "open": "待答复",
    "expired": "已过期",
    "consented": "已同意",
    "refused": "已拒绝",
    "started": "支援中",
    "returned": "已归还",
}


def loan_reason(loan: Loan, lender: Project, queue: Queue, tongue: Tongue) -> str:
    """Who helps whom, what it brings, and how the lender stands then."""
    name, count = title(lender, tongue), len(loan.agents)
    before, after, kept = f"{loan.chance_before:.0%}", f"{loan.chance_after:.0%}", f"{loan.lender_chance:.0%}"
    if tongue == "zh":
        asked = "长期授权" if loan.consent == "standing" else f"须于{loan.reply_by:%m-%d %H:%M}前答复"
        return (
            f"{name}{count}人支援{title(queue, tongue)}，{when((loan.start, loan.end))}（效率{loan.efficiency:.0%}）：最差时段"
            f"{CHANCES[tongue][0]}由{before}降至{after}；出借方最高{kept}；{asked}。"
        )
    asked = "standing consent" if loan.consent == "standing" else f"reply by {loan.reply_by:%m-%d %H:%M}"
    return (
        f"{count} of {name} for {title(queue, tongue)}, {when((loan.start, loan.end))} (efficiency {loan.efficiency:.0%}): in the "
        f"worst interval the {CHANCES[tongue][0]} goes from {before} to {after} with all orders; the lender stays at {kept} or "
        f"below; {asked}."
    )


def room_text(lender: str, usual: int, left: Mapping[str, int]) -> str:
    """How many a project can lend, and how many are left in each scenario that takes some of them."""
    hit = [f"{name} {count}" for name, count in left.items() if count < usual]
    return f"{lender} {usual}" + (f" ({', '.join(hit)})" if hit else "")
