"""The error tree of Echelon, and the finding that every message is made of.

EchelonError
    InvalidData          input that cannot be used: every finding, with how to fix it
    NotFound             a named thing that does not exist
    Superseded           a version that is no longer the newest
    SolverFailure        a solver broke down (infeasible is a value, not an error)
    VerificationFailed   a roster that its own verifier refuses
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong with the input.

    Parameters
    ----------
    where : str
        File (and sheet), e.g. ``staff.csv``.
    row : int or None
        Line of the file as an editor counts it (the header is line 1); None for the whole file.
    column : str or None
        Column or key; None for the whole row.
    read : str
        What stands there.
    expected : str
        What should stand there.
    fix : str
        What to do about it.
    """

    where: str
    row: int | None
    column: str | None
    read: str
    expected: str
    fix: str = ""

    def __str__(self) -> str:
        place = self.where
        place += f", row {self.row}" if self.row is not None else ""
        place += f", column {self.column}" if self.column else ""
        fix = f" ({self.fix})" if self.fix else ""
        return f"{place}: read {self.read}; expected {self.expected}{fix}"


NAMED = 12
"""So many names are told one by one; of more, the ends."""


def there_are(names: Iterable[str]) -> str:
    """Names that there are, for a message."""
    held = list(names)
    told = [*held[:3], "...", held[-1]] if len(held) > NAMED else held
    return f"there are {', '.join(told) or 'none'}" + (f" ({len(held)})" if len(held) > NAMED else "")


class EchelonError(Exception):
    """Base of every error that Echelon raises on purpose."""


class InvalidData(EchelonError):
    """Input that cannot be used; carries all findings, not the first."""

    def __init__(self, findings: Iterable[Finding]):
        self.findings = tuple(findings)
        super().__init__("\n".join(str(finding) for finding in self.findings))

    def __reduce__(self) -> tuple[type["InvalidData"], tuple[tuple[Finding, ...]]]:
        """Travel between processes with the findings, not with the message."""
        return type(self), (self.findings,)


class NotFound(EchelonError):
    """A named thing that does not exist."""


class Superseded(EchelonError):
    """A version that is no longer the newest."""


class SolverFailure(EchelonError):
    """A solver broke down; an infeasible problem is a value, not this."""


class VerificationFailed(EchelonError):
    """A roster, or a cost, that the independent verifier does not confirm."""
