"""Whatever happens on the way, a push without faults in the end leaves the other system with the roster, once."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from push_case import FAKES, as_held, fake_of, pushed, rota

from data.exchange.hr.wire import Line

FAULTS = [
    "lost_request", "timeout_after_commit", "duplicate_delivery", "error_5xx", "partial_then_5xx", "partial_silently", "html_page",
    "busy",
]  # fmt: skip


class Killed(BaseException):
    """The process dies."""


def dying(after: int) -> Any:
    """Lines on which no call is made after some."""
    made, whole = [0], Line.call

    def call(line: Line, *told: Any) -> Any:
        made[0] += 1
        if made[0] > after:
            raise Killed
        return whole(line, *told)

    return mock.patch.object(Line, "call", call)


steps = st.lists(
    st.tuples(st.integers(0, 3), st.lists(st.sampled_from(FAULTS), max_size=6), st.integers(1, 12)), min_size=1, max_size=4
)


@pytest.mark.parametrize("system", sorted(FAKES))
@settings(max_examples=3, deadline=None, derandomize=True)
@given(steps=steps, last=st.integers(0, 3))
def test_every_story_ends_with_the_roster_once(system: str, steps: list[tuple[int, list[Any], int]], last: int) -> None:
    with TemporaryDirectory() as folder, fake_of(system, agents=4) as fake:
        for turn, faults, lives in steps:
            fake.faults.extend((fake.send_path, fault) for fault in faults)
            try:
                # accepted in silence without being kept: nobody can know of a system that cannot be read
                if system == "shift_export":
                    fake.faults = type(fake.faults)(one for one in fake.faults if one[1] != "partial_silently")
                with dying(lives):
                    pushed(
                        fake, system, Path(folder), rota(agents=4, days=8, turn=turn), per_call=6 if system != "shift_export" else 2
                    )
            except Killed:
                pass
            fake.faults.clear()
            fake.clock.sleep(900)
        wanted = rota(agents=4, days=8, turn=last)
        for _ in range(2):
            pushed(fake, system, Path(folder), wanted)
        assert pushed(fake, system, Path(folder), wanted).outcomes == {}
        held = {key: shift for key, shift in fake.held().items() if shift != "rest"}
        assert held == {key: shift for key, shift in as_held(wanted, system).items() if shift != "rest"}
