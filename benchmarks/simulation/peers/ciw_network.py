"""A single queue in ciw, with its own reneging."""

import ciw
import numpy as np

from benchmarks.simulation.days import Day
from benchmarks.simulation.tally import Tally
from data.model.base import FloatArray


class Given(ciw.dists.Distribution):
    """The value that a call was given, whenever ciw asks for it."""

    def __init__(self, values: FloatArray) -> None:
        self.values = values.tolist()

    def sample(self, t: float | None = None, ind: ciw.Individual | None = None) -> float:  # noqa: ARG002
        """Value of an individual; they are numbered from 1 in order of arrival."""
        assert ind is not None
        return self.values[ind.id_number - 1]


def simulate(day: Day) -> Tally:
    """Run the day to the end of its last call."""
    gaps = np.diff(day.calls.arrival_s, prepend=0.0).tolist()
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Sequential([*gaps, float("inf")])],
        service_distributions=[Given(day.calls.handle_s)],
        reneging_time_distributions=[Given(day.calls.patience_s)],
        number_of_servers=[day.agents],
    )
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_time(float("inf"))
    return counted(simulation, day.model.queues[0].threshold_s)


def counted(simulation: ciw.Simulation, threshold: float) -> Tally:
    """Counts out of ciw's records."""
    tally = Tally(1)
    for record in simulation.get_all_records():
        tally.offered[0] += 1
        if record.record_type == "service":
            tally.answer(0, record.waiting_time, threshold)
        else:
            tally.abandoned[0] += 1
    return tally
