"""Numbers of the searches; results depend on them, on the budget in steps and on nothing else."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SearchParams:
    """How the month and the week are searched.

    Parameters
    ----------
    seed : int
    start_width : float
        First half-width of the smoothing without prices, as a share of the largest requirement.
    lean_width : float
        First half-width of the smoothing that leans on prices, agents.
    bound_share : float
        Share of the seconds left that the bound may take before the sweeps begin.
    end_width : float
        Last half-width that is not zero, agents.
    exact_sweeps : int
        Sweeps without smoothing at the end.
    chunks : int
        Steps in which the agents of a month are first placed.
    batch : int
        Agents under the same rules who answer one after the other.
    week_widths : tuple of float
        Half-widths of a week adjustment, agents; one for each sweep.
    trials : int
        Rosters tried side by side in each round of improvement, all from the best one.
    trial_widths : tuple of float
        Least and greatest half-width at which a trial begins, agents.
    trial_sweeps, trial_exact_sweeps : int
        Sweeps of a trial with and without smoothing.
    partners : int
        Agents under the same rules with whom each agent may exchange days in a trial.
    """

    seed: int = 0
    start_width: float = 0.3
    lean_width: float = 50.0
    bound_share: float = 0.5
    end_width: float = 0.5
    exact_sweeps: int = 4
    chunks: int = 20
    batch: int = 8
    week_widths: tuple[float, ...] = (6.0, 3.0, 1.5, 0.7, 0.0, 0.0)
    trials: int = 2
    trial_widths: tuple[float, float] = (1.5, 3.0)
    trial_sweeps: int = 4
    trial_exact_sweeps: int = 2
    partners: int = 40


@dataclass(frozen=True, slots=True)
class TweakParams:
    """What may be done to a day that is under way.

    Parameters
    ----------
    notice_minutes : int
        Nothing that begins or ends sooner than this may be changed.
    step_minutes : int
        Step of all changes; rounded up to whole slots.
    max_extend_minutes, max_early_minutes, max_shift_minutes : int
        Longest overtime, longest early leave, farthest move of a shift that has not begun.
    max_extra_paid_minutes : int
        Paid minutes that the day may gain in all.
    sweeps : int
        Sweeps for each price of an hour that is tried.
    bound_steps : int
        Steps of the bound; 0 = none.
    """

    seed: int = 0
    notice_minutes: int = 30
    step_minutes: int = 30
    max_extend_minutes: int = 120
    max_early_minutes: int = 120
    max_shift_minutes: int = 90
    max_extra_paid_minutes: int = 0
    sweeps: int = 5
    bound_steps: int = 80
