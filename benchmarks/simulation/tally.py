"""What a side counted on a day."""

from dataclasses import dataclass, field


@dataclass
class Tally:
    """Calls of each queue; redials count as calls.

    Parameters
    ----------
    in_time : list of int
        Answered within the threshold.
    """

    queues: int
    offered: list[int] = field(init=False)
    answered: list[int] = field(init=False)
    in_time: list[int] = field(init=False)
    abandoned: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.offered, self.answered, self.in_time, self.abandoned = ([0] * self.queues for _ in range(4))

    @property
    def service_level(self) -> float:
        """Answered within the threshold / offered, all queues together."""
        return sum(self.in_time) / sum(self.offered)

    @property
    def abandon_rate(self) -> float:
        """Abandoned / offered, all queues together."""
        return sum(self.abandoned) / sum(self.offered)

    def answer(self, queue: int, wait: float, threshold: float) -> None:
        """Count a call that is answered."""
        self.answered[queue] += 1
        self.in_time[queue] += wait <= threshold
