"""How large each echelon must be: gaps of scenarios (`gaps`), the two-stage programme (`programme`), the curve (`curve`).

The first stage puts members of each tier on standby for a season; the second, day by day in every scenario, calls them where it
pays, no more often than the terms of the tier allow.
"""

from optimizer.response.sizing.curve import cost_against_risk
from optimizer.response.sizing.gaps import Gaps, Season, gaps_of

__all__ = ["Gaps", "Season", "cost_against_risk", "gaps_of"]
