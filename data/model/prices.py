"""The one rate at which hours of pay and missing agents are weighed against each other."""

from pydantic import Field

from data.model.base import Frozen


class PricePolicy(Frozen):
    """What an hour of pay is worth where it stands beside other costs (house choice; editable).

    Costs of help are told in hours of normal pay (call-outs, stress tests, drills, treatments of a risk). Beside a missing agent,
    which costs `Queue.under_cost` an hour, an hour of duty of an echelon costs ``EchelonTier.hour_cost x pay_hour``.

    Parameters
    ----------
    pay_hour : float
        An hour of normal pay in the unit of `Queue.under_cost`. It is 10, as rosters weigh it: their hour of overtime, paid at 1.5
        (Labour Law art. 44), costs the 15 of `overtime_cost` of the goal `change`; and with an agent missing at 20, the default,
        an hour of overtime pays if somebody would else be missing for three quarters of it.
    """

    pay_hour: float = Field(default=10.0, gt=0)
