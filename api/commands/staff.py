"""``echelon staff``: how many agents one queue needs in one stretch of time, with the steps to check by hand."""

import json
import math
from dataclasses import asdict, replace
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from rich.table import Table

from api.commands.screen import wide_console
from data.exchange.documents import findings_of
from data.model.errors import Finding, InvalidData
from optimizer.staffing.explain.pool import PoolAnswer, PoolQuestion, explain_pool

OPTIONS = {
    "calls": "--calls",
    "per_s": "--per",
    "handle_time_s": "--aht",
    "patience_s": "--patience",
    "room": "--room",
    "shrinkage": "--shrinkage",
    "min_staff": "--min-staff",
    "target.service_level": "--target",
    "target.threshold_s": "--within",
    "target.definition": "--definition",
    "target.max_abandon_rate": "--max-abandon",
    "target.max_asa_s": "--max-asa",
    "target.max_occupancy": "--max-occupancy",
    "target.min_answer_rate": "--min-answer-rate",
}
"""Which option a part of the question comes from."""

ENDLESS = {
    "--target": "no staff answers every call in time: ask for less than 1, such as 0.99",
    "--min-answer-rate": "no staff answers every call: ask for less than 1, such as 0.99",
    "--shrinkage": "a share of rostered time, such as 0.3 for 30 %",
}
"""How to fix what no number of agents can do."""

COLUMNS = {
    "agents": ("agents", "坐席", "{:.0f}"),
    "service_level": ("service level", "服务水平", "{:.2%}"),
    "asa_s": ("ASA, s", "平均应答时间，秒", "{:.1f}"),
    "abandon_rate": ("abandonment", "放弃率", "{:.2%}"),
    "blocked_rate": ("blocked", "阻塞率", "{:.2%}"),
    "answer_rate": ("answer rate", "接通率", "{:.2%}"),
    "occupancy": ("occupancy", "占用率", "{:.2%}"),
    "wait_p90_s": ("90 % wait at most, s", "90% 等待不超过，秒", "{:.1f}"),
}
"""Columns of the table: headings in both languages and how their figures are written."""

LANGUAGES = ("en", "zh")


def staff(
    calls: Annotated[float, typer.Option(help="Calls expected.")],
    aht: Annotated[float, typer.Option(help="Mean handle time in seconds, wrap-up included.")],
    per: Annotated[float, typer.Option(help="Seconds in which the calls come.")] = 3600,
    within: Annotated[float, typer.Option(help="Answer-time threshold in seconds.")] = 20,
    target: Annotated[float, typer.Option(help="Service level, above 0 and below 1.")] = 0.8,
    patience: Annotated[float | None, typer.Option(help="Mean patience in seconds; none = nobody hangs up.")] = None,
    max_occupancy: Annotated[float | None, typer.Option(help="Cap on the occupancy.")] = None,
    max_abandon: Annotated[float | None, typer.Option(help="Cap on the abandonment rate.")] = None,
    max_asa: Annotated[float | None, typer.Option(help="Cap on the average speed of answer, seconds.")] = None,
    min_answer_rate: Annotated[float | None, typer.Option(help="Least answer rate 接通率.")] = None,
    room: Annotated[int | None, typer.Option(help="Callers who can wait at once; none = no limit.")] = None,
    definition: Annotated[str, typer.Option(help="Service-level definition.")] = "offered",
    shrinkage: Annotated[float, typer.Option(help="Share of rostered time not on the phones.")] = 0.0,
    min_staff: Annotated[int, typer.Option(help="Least agents on the phones.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    lang: Annotated[str, typer.Option(help="Language of the steps: en or zh.")] = "en",
) -> None:
    """Agents for one queue in one stretch of time 坐席测算, with the steps to check by hand."""
    asked = {
        "calls": calls,
        "per_s": per,
        "handle_time_s": aht,
        "patience_s": math.inf if patience is None else patience,
        "room": room,
        "shrinkage": shrinkage,
        "min_staff": min_staff,
        "target": {
            "service_level": target,
            "threshold_s": within,
            "definition": definition,
            "max_abandon_rate": max_abandon,
            "max_asa_s": max_asa,
            "max_occupancy": max_occupancy,
            "min_answer_rate": min_answer_rate,
        },
    }
    answer = explain_pool(_question(asked, lang))
    if as_json:
        typer.echo(json.dumps(_plain(_record(answer)), ensure_ascii=False, indent=2, allow_nan=False))
    else:
        _show(answer, LANGUAGES.index(lang))


def _question(asked: dict[str, Any], lang: str) -> PoolQuestion:
    """The question, or every option that is wrong."""
    findings = [] if lang in LANGUAGES else [Finding("command line", None, "--lang", repr(lang), " or ".join(LANGUAGES))]
    if asked["target"]["threshold_s"] == math.inf:
        findings.append(Finding("command line", None, "--within", "inf", "a finite number of seconds"))
    try:
        question = PoolQuestion.model_validate(asked)
    except ValidationError as error:
        wrong = [replace(one, column=OPTIONS[one.column or ""]) for one in findings_of(error, "command line")]
        raise InvalidData([*(replace(one, fix=ENDLESS.get(one.column or "", "")) for one in wrong), *findings]) from error
    if findings:
        raise InvalidData(findings)
    return question


def _record(answer: PoolAnswer) -> dict[str, Any]:
    """The answer as a document, with the steps in both languages."""
    record = asdict(answer)
    return record | {"explanation": {"en": record.pop("lines"), "zh": record.pop("lines_zh")}}


def _plain(value: Any) -> Any:
    """A value that JSON can hold: no NaN and no infinity."""
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _show(answer: PoolAnswer, tongue: int) -> None:
    """Print the steps, and a table of a few agents more and fewer."""
    console = wide_console()
    for line in (answer.lines, answer.lines_zh)[tongue]:
        console.print(line, markup=False, highlight=False)
    table = Table()
    for column in COLUMNS.values():
        table.add_column(column[tongue], justify="right")
    for row in answer.nearby:
        style = "bold" if row["agents"] == answer.results["agents"] else None
        table.add_row(*(_cell(row[name], column[2]) for name, column in COLUMNS.items()), style=style)
    console.print(table)


def _cell(value: float, form: str) -> str:
    return form.format(value) if math.isfinite(value) else "∞" if math.isinf(value) else "-"
