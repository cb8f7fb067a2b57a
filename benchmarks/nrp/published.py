"""What the literature has found: facts about the instances, to compare with.

References
----------
Curtois, Qu (2014), Computational results on new staff scheduling benchmark instances; schedulingbenchmarks.org.
"""

BEST_KNOWN = {
    1: 607, 2: 828, 3: 1001, 4: 1716, 5: 1143, 7: 1056, 8: 1300, 9: 439, 10: 4631, 11: 3443, 12: 4040, 13: 1348, 14: 1278, 16: 3225,
    18: 4459, 20: 4769,
}  # fmt: skip
"""Least cost known, by number of the instance."""

TEN_MINUTES = {5: 1143, 7: 1056, 9: 439, 11: 3443, 14: 1281, 16: 3253, 18: 5000}
"""Least published cost after ten minutes, by number of the instance."""


def number_of(instance: str) -> int:
    """Number in the name of an instance, ``Instance7``; 0 = none."""
    digits = "".join(letter for letter in instance if letter.isdigit())
    return int(digits or 0)
