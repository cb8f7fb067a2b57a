"""Three kill trials, one of each process (`python -m benchmarks.kills` makes many)."""

from pathlib import Path

from benchmarks.kills import installed, trials


def test_nothing_is_lost_or_doubled_when_processes_are_killed(tmp_path: Path) -> None:
    trial = installed(tmp_path / "data", "", fresh=True)
    try:
        assert trials(trial, 3, seed=1, say=False) == []
        assert trial.kills["worker"] == trial.kills["api"] == 1
    finally:
        trial.stop()
        trial.settings.database.engine.dispose()
