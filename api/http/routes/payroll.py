"""The payroll of a period: drawn up, submitted, approved by somebody else; approved lines are the same bytes for ever."""

import hashlib
import tempfile
from pathlib import Path as File
from typing import Annotated, Any, Literal

from fastapi import Path, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, Field

from api.http.access import DatabaseOf, SettingsOf, hand
from api.http.etags import IfMatch, must_match, tag
from api.http.openapi import api_router
from api.http.paging import After, Limit, keys_of, page_of
from api.http.permissions import Caller
from api.http.problems import Conflict, Forbidden
from api.http.whole import need_whole
from api.paid import drawn_up
from data.exchange.payroll_lines import PAY_CODES, Line, lines_of, period_days, totals_of, write_lines
from data.model.errors import Finding, InvalidData
from data.store.documents import content, keep_blob
from data.store.events import emit
from data.store.payroll import PayState, add_period, last_period, period_row, periods, set_period
from data.store.revisions import Change, changing, revision_of
from data.store.working_copy import check_out

router = api_router("/centres/{centre}/payroll", tags=["payroll"])

Period = Annotated[
    str,
    Path(
        pattern=r"^\d{4}-\d{2}(-\d{2}_\d{4}-\d{2}-\d{2})?$",
        description="A month, `2026-06`, or its days, `2026-06-01_2026-06-14`.",
    ),
]
MayPay = Annotated[Caller, need_whole("people:write")]


class Checks(BaseModel):
    """What was recomputed from the lines when they were drawn up; a contradiction would have stopped it."""

    persons: int
    minutes: dict[str, int] = Field(description="Sum of the minutes by pay code; equals the payroll of the roster.")
    called_out_minutes: int = Field(description="Of those, emergency duties beside the roster.")
    points: int = Field(description="Points given out of the budgets in the period; equals the ledger.")
    roster_versions: list[str]


class PeriodOut(BaseModel):
    """A period of the payroll as it stands."""

    period: str
    number: int = Field(description="How often it was drawn up.")
    state: PayState
    sha256: str = Field(description="Of the bytes of the lines as CSV; also the ETag.")
    lines: int
    base: int = Field(description="Revision of the centre that it was drawn from.")
    behind: int = Field(description="Revisions of the centre since then, steps of this period among them; see its reconciliation.")
    checks: Checks
    drawn_by: str
    drawn_at: AwareDatetime
    submitted_by: str | None
    submitted_at: AwareDatetime | None
    decided_by: str | None
    decided_at: AwareDatetime | None
    note: str


class PayLine(BaseModel):
    """What one person is paid for on one day under one code."""

    employee_no: str
    period: str
    work_date: str = Field(description="Day on which the shift starts.")
    day_type: Literal["work", "rest", "holiday", "makeup"]
    hours_system: str
    shift_code: str | None
    planned_start: str | None
    planned_end: str | None
    planned_minutes: int | None = Field(description="Of the whole shift, in each of its lines; without the meal.")
    actual_minutes: int | None = Field(description="Only of emergency duties: shifts are paid as the roster in force has them.")
    night_minutes: int | None = Field(description="Of the whole shift, in each of its lines.")
    pay_code: str = Field(description="REG, OT150, OT200, HOL300, NIGHT, LEAVE_*, INCENTIVE, or the code of an echelon.")
    pay_factor: float | None = Field(description="Of the wage; 0 = an allowance or points, beside it.")
    minutes: int = Field(description="The only column that adds up.")
    project: str | None
    echelon_level: str | None = Field(description="Of emergency duties.")
    incentive_points: int | None
    legal_ref: str | None
    roster_version: str | None
    approved_by: str | None = Field(description="Who approved the version of the roster.")


class LinesOut(BaseModel):
    """A page of the lines of a period."""

    period: str
    state: PayState
    sha256: str
    items: list[PayLine]
    next: str | None = None


class TotalOut(BaseModel):
    """Sum of one person and pay code."""

    employee_no: str
    pay_code: str
    minutes: int
    points: int


class StepIn(BaseModel):
    """Why a step is taken."""

    note: str = Field("", max_length=2000)


def _out(row: dict[str, Any], revision: int) -> PeriodOut:
    return PeriodOut.model_validate({**row, "sha256": row["sha"], "behind": revision - row["base"]})


def _days(period: str) -> tuple[Any, Any]:
    try:
        return period_days(period)
    except ValueError as error:
        expected = "a month such as 2026-06, or days such as 2026-06-01_2026-06-14"
        raise InvalidData([Finding("path", None, "period", repr(period), expected)]) from error


def _whole(caller: Caller) -> None:
    """The payroll is of the whole centre."""
    if caller.sites or caller.teams:
        raise Forbidden("the payroll is of the whole centre: sites and teams confine this key")


@router.get("")
def list_periods(centre: str, database: DatabaseOf, caller: MayPay) -> list[PeriodOut]:
    """Periods that were drawn up."""
    _whole(caller)
    with database.reading() as connection:
        revision = revision_of(connection, centre)
        return [_out(row, revision) for row in periods(connection, centre)]


@router.post("/{period}", status_code=201)
def draw_up(
    request: Request, response: Response, centre: str, period: Period, database: DatabaseOf, settings: SettingsOf, caller: MayPay
) -> PeriodOut:
    """Draw a period up from the rosters in force. It may be drawn up anew until it is submitted, and after it was rejected."""
    _whole(caller)
    first, last = _days(period)
    with database.reading() as connection:
        revision_of(connection, centre)
        _must_be_open(last_period(connection, centre, period))
    with tempfile.TemporaryDirectory() as folder:
        base = check_out(database, centre, File(folder) / "centre", settings.files).revision
        paid, lines = drawn_up(File(folder) / "centre", first, last)
        named = [{**line, "period": period} for line in lines]
        write_lines(named, File(folder) / "lines.csv")
        data = (File(folder) / "lines.csv").read_bytes()
    with changing(database, centre, hand(request, caller), "payroll.drawn", period) as change:
        _must_be_open(last_period(change.connection, centre, period))
        sha = keep_blob(change.connection, data)
        row = add_period(change, period, sha, len(named), base, _checks(named, len(paid.paid.roster.agents)))
    tag(response, row["sha"])
    return _out(row, row["base"])


def _must_be_open(row: dict[str, Any] | None) -> None:
    if row is not None and row["state"] in ("submitted", "approved"):
        raise Conflict(f"the payroll of {row['period']} is {row['state']}")


def _checks(lines: list[Line], persons: int) -> dict[str, Any]:
    sums, minutes, points = totals_of(lines), dict[str, int](), 0
    for (_, code), (held, given) in sums.items():
        minutes[code] = minutes.get(code, 0) + held
        points += given
    return {
        "persons": persons,
        "minutes": minutes,
        "called_out_minutes": sum(int(line["minutes"]) for line in lines if line.get("echelon_level")),
        "points": points,
        "roster_versions": sorted({str(line["roster_version"]) for line in lines}),
    }


@router.get("/{period}/status")
def get_period(response: Response, centre: str, period: Period, database: DatabaseOf, caller: MayPay) -> PeriodOut:
    """Where a period stands, and what was recomputed of it."""
    _whole(caller)
    with database.reading() as connection:
        revision, row = revision_of(connection, centre), period_row(connection, centre, period)
    tag(response, row["sha"])
    return _out(row, revision)


@router.get(
    "/{period}",
    response_model=LinesOut,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}, "description": "Lines, as JSON or CSV."}},
)
def get_lines(
    response: Response,
    centre: str,
    period: Period,
    database: DatabaseOf,
    caller: MayPay,
    format: Annotated[Literal["json", "csv"], Query(description="csv: all lines at once.")] = "json",  # noqa: A002
    limit: Limit = 1000,
    after: After = None,
) -> Any:
    """Lines of a period: one for each person, day and pay code. Once it is approved they are the same bytes for ever."""
    _whole(caller)
    keys = keys_of(after, 1)
    with database.reading() as connection:
        revision_of(connection, centre)
        row = period_row(connection, centre, period)
        data = content(connection, row["sha"])
    if format == "csv":
        return Response(data, media_type="text/csv", headers=_csv_headers(row))
    first = int(keys[0]) if keys else 0
    lines = [(first + k, line) for k, line in enumerate(lines_of(data)[first : first + limit + 1], 1)]
    page = page_of(lines, limit, lambda one: (one[0],))
    tag(response, row["sha"])
    items = [PayLine.model_validate(line) for _, line in page.items]
    return LinesOut(period=period, state=row["state"], sha256=row["sha"], items=items, next=page.next)


def _csv_headers(row: dict[str, Any]) -> dict[str, str]:
    name = f"payroll-{row['period']}-{row['number']}-{row['state']}.csv"
    return {"ETag": f'"{row["sha"]}"', "Content-Disposition": f'attachment; filename="{name}"'}


@router.get("/{period}/totals")
def get_totals(centre: str, period: Period, database: DatabaseOf, caller: MayPay) -> list[TotalOut]:
    """Minutes and points of each person and pay code."""
    _whole(caller)
    with database.reading() as connection:
        revision_of(connection, centre)
        data = content(connection, period_row(connection, centre, period)["sha"])
    sums = totals_of(lines_of(data))
    return [TotalOut(employee_no=who, pay_code=code, minutes=held, points=given) for (who, code), (held, given) in sums.items()]


class ReconciliationOut(BaseModel):
    """Whether what is kept still is what was drawn up."""

    period: str
    sha256: str
    same_bytes: bool = Field(description="The bytes kept have the hash that was told.")
    same_sums: bool = Field(description="The sums of the lines kept are those that were checked.")
    drawn_anew: dict[str, dict[str, int]] = Field(
        description="Pay codes whose sum would be another one if the period were drawn up now: `kept` and `now`."
    )
    points: dict[str, int] = Field(description="Points `kept` and those of the ledger `now`.")


@router.get("/{period}/reconciliation")
def reconcile(centre: str, period: Period, database: DatabaseOf, settings: SettingsOf, caller: MayPay) -> ReconciliationOut:
    """Compare a period with its hash, its sums, and with the rosters that are in force by now."""
    _whole(caller)
    first, last = _days(period)
    with database.reading() as connection:
        revision_of(connection, centre)
        row = period_row(connection, centre, period)
        data = content(connection, row["sha"])
    kept = _checks(lines_of(data), row["checks"]["persons"])
    with tempfile.TemporaryDirectory() as folder:
        check_out(database, centre, File(folder) / "centre", settings.files)
        now = _checks(drawn_up(File(folder) / "centre", first, last)[1], 0)
    codes = sorted({*kept["minutes"], *now["minutes"], *PAY_CODES.values()})
    pairs = {code: {"kept": kept["minutes"].get(code, 0), "now": now["minutes"].get(code, 0)} for code in codes}
    return ReconciliationOut(
        period=period,
        sha256=row["sha"],
        same_bytes=hashlib.sha256(data).hexdigest() == row["sha"],
        same_sums=kept["minutes"] == row["checks"]["minutes"] and kept["points"] == row["checks"]["points"],
        drawn_anew={code: pair for code, pair in pairs.items() if pair["kept"] != pair["now"]},
        points={"kept": kept["points"], "now": now["points"]},
    )


@router.post("/{period}/submit")
def submit(
    request: Request, centre: str, period: Period, body: StepIn, database: DatabaseOf, caller: MayPay, if_match: IfMatch = None
) -> PeriodOut:
    """Submit a period for approval; If-Match names the hash that was looked at."""
    return _step(request, database, centre, period, caller, if_match, ("open",), "submitted", body.note)


@router.post("/{period}/approve")
def approve(
    request: Request, centre: str, period: Period, body: StepIn, database: DatabaseOf, caller: MayPay, if_match: IfMatch = None
) -> PeriodOut:
    """Approve a period: another person than who submitted it or drew it up. Its lines are frozen from then on."""
    return _step(request, database, centre, period, caller, if_match, ("submitted",), "approved", body.note)


@router.post("/{period}/reject")
def reject(
    request: Request, centre: str, period: Period, body: StepIn, database: DatabaseOf, caller: MayPay, if_match: IfMatch = None
) -> PeriodOut:
    """Send a submitted period back: it may be drawn up anew."""
    return _step(request, database, centre, period, caller, if_match, ("submitted",), "rejected", body.note)


def _step(
    request: Request,
    database: Any,
    centre: str,
    period: str,
    caller: Caller,
    if_match: str | None,
    of: tuple[PayState, ...],
    to: PayState,
    note: str,
) -> PeriodOut:
    _whole(caller)
    with changing(database, centre, hand(request, caller, note), f"payroll.{to}", period) as change:
        row = period_row(change.connection, centre, period)
        must_match(if_match, row["sha"])
        if row["state"] not in of:
            raise Conflict(f"the payroll of {period} is {row['state']}; it must be {' or '.join(of)}")
        if to == "approved" and caller.name in (row["drawn_by"], row["submitted_by"]):
            raise Forbidden(f"another person than {caller.name} approves the payroll of {period}")
        return _stepped(change, row, to, note)


def _stepped(change: Change, row: dict[str, Any], to: PayState, note: str) -> PeriodOut:
    after = set_period(change, row, to, note)
    emit(change, f"payroll.{to}", {"period": row["period"], "sha256": row["sha"], "number": row["number"]})
    return _out(after, change.number)
