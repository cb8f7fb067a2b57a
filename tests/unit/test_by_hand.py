"""What people made by hand out of the roster in force: refused where it breaks more than that one does."""

from dataclasses import replace
from datetime import date

import pytest

from api.versions import _refuse  # pyright: ignore[reportPrivateUsage]
from data.model.errors import InvalidData
from data.model.roster import Breach, Verdict

LONG = Breach("run", "A1", date(2026, 6, 1), date(2026, 6, 6), 6, 5, 1, "six days in a row")


def judged(*breaches: Breach, faults: tuple[str, ...] = ()) -> Verdict:
    return Verdict(breaches, (), faults, {})


@pytest.mark.parametrize(
    ("after", "fine"),
    [
        (LONG, True),
        (replace(LONG, measured=7, amount=2), False),
        (replace(LONG, agent="A2"), False),
        (replace(LONG, rule="rest"), False),
        (replace(LONG, first=date(2026, 6, 2)), False),
    ],
)
def test_a_breach_may_stand_but_not_grow(after: Breach, fine: bool) -> None:
    if fine:
        _refuse(judged(after), judged(LONG))
    else:
        with pytest.raises(InvalidData, match="six days in a row"):
            _refuse(judged(LONG, after), judged(LONG))


def test_a_fault_is_refused() -> None:
    with pytest.raises(InvalidData, match="a frozen day was changed"):
        _refuse(judged(faults=("a frozen day was changed",)), judged())
