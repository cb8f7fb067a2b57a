"""The roster problem of a centre's folder: people, shifts, rules and wishes as they stand in its files."""

from data.exchange.calendars import calendar_for
from data.exchange.folder import CentreFolder
from data.model.demand import Requirement
from optimizer.rostering.problem import RosterProblem


def problem_of(centre: CentreFolder, requirement: Requirement, first_open: int, end_open: int) -> RosterProblem:
    """A problem on the grid of a requirement; base and balances are the caller's, for they belong to a version."""
    grid = requirement.grid
    return RosterProblem(
        centre=centre.centre,
        agents=centre.agents,
        grid=grid,
        requirement=requirement,
        rulebook=centre.rulebook,
        first_open=first_open,
        end_open=end_open,
        absences=centre.absences,
        wishes=centre.wishes,
        calendar=calendar_for(centre.centre, grid.horizon.first, grid.horizon.last),
        shift_demand=centre.shift_demand,
    )
