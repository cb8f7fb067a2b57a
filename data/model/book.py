"""Books of steps: what people did with the things of one kind, only ever added to; how a thing stands follows from its steps."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count
from typing import Any, ClassVar, Generic, Protocol, Self, TypeVar

from data.model.base import Frozen
from data.model.errors import Finding, InvalidData, NotFound, there_are


class Dated(Protocol):
    """A deed at an instant."""

    @property
    def deed(self) -> str:
        """What was done."""
        ...

    @property
    def at(self) -> datetime:
        """When."""
        ...


Step = TypeVar("Step", bound=Dated)
Thing = TypeVar("Thing")
Entity = TypeVar("Entity", bound=Frozen)


@dataclass(frozen=True)
class Book(ABC, Generic[Step, Thing]):
    """All that was done with the things of one kind, oldest first; it begins empty, and `take` gives a longer book.

    Parameters
    ----------
    steps : tuple
        In the order in which they were taken.
    """

    FILE: ClassVar[str]
    """Where it is kept in a centre's folder."""
    OF: ClassVar[str]
    """Field of a step that holds the id of its thing; ids begin with its first letter."""

    steps: tuple[Step, ...] = ()

    @property
    @abstractmethod
    def _things(self) -> Mapping[str, Thing]:
        """Every thing by id."""

    @abstractmethod
    def _wrong(self, step: Step) -> Iterator[tuple[str, str]]:
        """What is read and what is expected, for each thing that speaks against a step."""

    def known(self, name: str) -> Thing:
        """A thing by id.

        Raises
        ------
        NotFound
            There is none.
        """
        if name not in self._things:
            raise NotFound(f"no {self.OF.replace('_', '-')} {name!r}; {there_are(self._things)}")
        return self._things[name]

    def free_ids(self) -> Iterator[str]:
        """Ids that no thing has yet, in their order."""
        return (f"{self.OF[0]}{number:04d}" for number in count(len(self._things) + 1))

    def next_id(self) -> str:
        """Id of the next thing."""
        return next(self.free_ids())

    def take(self, *steps: Step) -> Self:
        """The book with some more steps.

        Raises
        ------
        InvalidData
            Everything that speaks against the steps that cannot be taken.
        """
        book, wrong = self.judged(steps)
        if wrong:
            raise InvalidData(finding for _, finding in wrong)
        return book

    def judged(self, steps: Iterable[Step]) -> tuple[Self, list[tuple[int, Finding]]]:
        """The book with those steps that can be taken, and what speaks against each other one, by its place."""
        book, findings = self, list[tuple[int, Finding]]()
        for k, step in enumerate(steps):
            wrong = [(k, book._finding(step, *told)) for told in book._wrong(step)]
            findings += wrong
            book = book if wrong else book._with(step)
        return book, findings

    def _with(self, step: Step) -> Self:
        return replace(self, steps=(*self.steps, step))

    def _finding(self, step: Step, read: str, expected: str) -> Finding:
        return Finding(self.FILE, None, str(getattr(step, self.OF)), read, expected)


def early(step: Dated, since: datetime) -> Iterator[tuple[str, str]]:
    """What speaks against a step taken before an instant."""
    if step.at < since:
        yield f"{step.deed} at {step.at.isoformat()}", f"a time from {since.isoformat()} on"


def numbered(book: Book[Any, Entity], made: Iterable[Entity]) -> tuple[Entity, ...]:
    """Things under the next ids of a book."""
    return tuple(one.model_copy(update={"id": name}) for one, name in zip(made, book.free_ids(), strict=False))
