"""A quarter of the sample centre by commands alone: three month plans, weeks, days, absences, swaps, a storm, rights used."""

from datetime import date, time
from pathlib import Path

import pandas as pd
from planner import echelon

from api.workspace import Workspace
from benchmarks.quarter.centre import write_centre
from benchmarks.quarter.figures import figures
from benchmarks.quarter.report import page
from benchmarks.quarter.walk import Quarter, Walk

AGENTS, STORM = 36, date(2026, 8, 12)
QUARTER = Quarter(
    first=date(2026, 8, 3),
    storm=STORM,
    every_weeks=4,
    tweaked=(),
    looks=(time(15),),
    ill=0.04,
    budget=("--sweeps", "4", "--bound-steps", "10", "--rounds", "1", "--effort", "0"),
    stress_days=1,
    replications=2,
)


def test_a_quarter(tmp_path: Path) -> None:
    """One walk, for it takes minutes; what is looked at are the files that it leaves."""
    write_centre(tmp_path / "centre", AGENTS, QUARTER, history_days=126)
    walk = Walk(tmp_path / "centre", QUARTER, echelon)
    walk.run()
    every_rhythm_was_walked(walk)
    plans_follow_one_another_and_none_is_overwritten(walk)
    the_storm_was_seen_and_points_were_earned_and_spent(walk)
    the_figures_of_the_quarter_are_told(walk)


def every_rhythm_was_walked(walk: Walk) -> None:
    runs = pd.Series([step.name for step in walk.steps]).value_counts()
    assert (runs["month plan"], runs["week adjustment"], runs["stress test"]) == (3, 12, 3)
    assert (runs["verify"], runs["certify"], runs["payroll"], runs["warning"]) == (1, 1, 3, 1)
    versions = pd.read_csv(walk.folder / "versions.csv")
    assert set(versions["rhythm"].dropna()) == {"month", "week", "day"}


def plans_follow_one_another_and_none_is_overwritten(walk: Walk) -> None:
    chain = Workspace.at(walk.folder).chain
    plans = [chain.proposed[name] for name, step in chain.proposed.items() if step.rhythm == "month" and not step.parent]
    assert [str(plan.first) for plan in plans] == ["2026-08-03", "2026-08-31", "2026-09-28"]
    assert len(chain.heads) == 3
    assert all((walk.folder / "versions" / f"{name}.csv").is_file() for name in chain.proposed)


def the_storm_was_seen_and_points_were_earned_and_spent(walk: Walk) -> None:
    proposed = pd.read_csv(walk.folder / "proposals.csv")
    assert (proposed["at"].str[:10] == str(STORM)).all()
    assert "accepted" in set(proposed["deed"])
    ledger = pd.read_csv(walk.folder / "ledger.csv")
    assert ledger["points"].sum() == 0
    assert "redemption" in set(ledger["reason"])
    assert "granted" in set(pd.read_csv(walk.folder / "rights.csv")["state"])


def the_figures_of_the_quarter_are_told(walk: Walk) -> None:
    found = figures(walk.folder, QUARTER, walk.steps)
    assert [one["first"] for one in found["service"]] == ["2026-08-03", "2026-08-31", "2026-09-28"]
    assert all(0.3 < one[key]["service_level"] <= 1 for one in found["service"] for key in ("alone", "worked"))
    assert found["changes"]["week"] > 0
    assert "week adjustment" in page(found)
