"""Lines of a payroll: periods, totals, and texts that no spreadsheet calculates."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from data.exchange.payroll_lines import LINES, lines_of, period_days, totals_of, write_lines


def line(**told: Any) -> dict[str, Any]:
    shared = {"employee_no": "A1", "period": "2026-06", "work_date": date(2026, 6, 1), "day_type": "work"}
    return {**shared, "hours_system": "standard", "pay_code": "REG", "minutes": 480, **told}


@pytest.mark.parametrize(
    ("period", "days"),
    [
        ("2026-06", (date(2026, 6, 1), date(2026, 6, 30))),
        ("2026-12", (date(2026, 12, 1), date(2026, 12, 31))),
        ("2028-02", (date(2028, 2, 1), date(2028, 2, 29))),
        ("2026-06-01_2026-06-14", (date(2026, 6, 1), date(2026, 6, 14))),
    ],
)
def test_a_period_is_a_month_or_its_days(period: str, days: tuple[date, date]) -> None:
    assert period_days(period) == days


@pytest.mark.parametrize("period", ["2026-13", "2026-06-14_2026-06-01", "2026", "2026-06-31_2026-07-02"])
def test_what_is_no_period_is_refused(period: str) -> None:
    with pytest.raises(ValueError, match=r"day|month|format|2026"):
        period_days(period)


def test_lines_read_as_they_were_written_and_no_text_is_a_formula(tmp_path: Path) -> None:
    told = [line(employee_no="=1+1", pay_factor=1.0), line(pay_code="INCENTIVE", minutes=0, incentive_points=-3)]
    write_lines(told, tmp_path / "lines.csv")
    data = (tmp_path / "lines.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf" + ",".join(column.name for column in LINES.columns).encode())
    read = lines_of(data)
    assert read[0]["employee_no"] == "'=1+1"
    assert (read[0]["work_date"], read[0]["pay_factor"], read[0]["echelon_level"]) == ("2026-06-01", 1.0, None)
    assert totals_of(read) == {("'=1+1", "REG"): (480, 0), ("A1", "INCENTIVE"): (0, -3)}


def test_the_same_lines_are_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        write_lines([line(), line(pay_code="NIGHT", minutes=30)], tmp_path / name)
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
