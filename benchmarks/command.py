"""How a benchmark that reads files ends when they cannot be used: with the findings, not with a trace."""

import sys
from collections.abc import Callable

from data.model.errors import InvalidData


def ended_well(main: Callable[[], None]) -> None:
    """Run a command; findings are printed, one a line, and end it with 1."""
    try:
        main()
    except InvalidData as error:
        sys.exit(str(error))
