"""``echelon risk ...``: the map of service risks 服务风险, and the register from identified to responded."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal

import typer
from pydantic import ValidationError
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from api import planning
from api.commands.options import AtOrNow, Author, Days, Folder, Moment, day_of, hand_of, instant_of
from api.commands.screen import texts_table, wide_console
from api.commands.sources import origin_of
from api.report.risk_picture import BAND_LABELS, risk_picture
from api.risk import Register, risk_map
from api.scenarios import scenarios_of
from api.workspace import Workspace
from data.exchange.atomic import write_text
from data.exchange.documents import findings_of
from data.exchange.files import stop
from data.exchange.risk import RISK_MAP_FILE, write_risk_map, write_risks
from data.model.errors import Finding, InvalidData
from data.model.risk import REGISTERED, RiskCell, RiskPolicy
from data.model.risk_register import Cause, Rating, RiskItem, RiskStep, Treatment
from data.model.stress import Scenario
from optimizer.response.risk.index import worst_cells
from optimizer.response.risk.wording import (
    CAUSES_ZH,
    SOURCES_ZH,
    STATES_ZH,
    effect_text,
    formula,
    terms_text,
    treatment_text,
)

app = typer.Typer(
    no_args_is_help=True, help="Service risks 服务风险: map; add, assess, treat, respond, review and list the register."
)

PICTURE = "risk_map.svg"
BAND_STYLES = {"low": "", "middle": "yellow", "high": "dark_orange", "crisis": "bold red"}

Risk = Annotated[str, typer.Argument(help="Id of a risk, e.g. r0001.")]
Likelihood = Annotated[int, typer.Option(help="Class of likelihood 可能性等级, from 1.")]
Severity = Annotated[int, typer.Option(help="Class of severity 严重性等级, from 1.")]
Review = Annotated[str, typer.Option(help="Day by which it is looked at again; by its band if left out.")]


@app.command("map")
def show_map(
    folder: Folder,
    at: Moment,
    days: Days = 7,
    enter: Annotated[bool, typer.Option("--register", help="Put what is high or a crisis into the register.")] = False,
    author: Author = "",
) -> None:
    """Service-risk map 服务风险热力图: project x hour x scenario, likelihood x severity (risk_map.csv, risk_map.svg)."""
    console, workspace = wide_console(), Workspace.at(folder)
    history = planning.learn(workspace.centre)
    now, policy = origin_of(at, history), workspace.policies.risk
    with console.status("service risks 服务风险"):
        cells = risk_map(workspace, history, now, days)
    texts = [(formula(cell, policy, "en"), formula(cell, policy, "zh")) for cell in cells]
    told = [(cell, *text) for cell, text in zip(cells, texts, strict=True)]
    title = f"service-risk map 服务风险热力图 · {now:%Y-%m-%d %H:%M}"
    write_risk_map(told, workspace.out / RISK_MAP_FILE)
    write_text(workspace.out / PICTURE, risk_picture(cells, [f"{en} {zh}" for en, zh in texts], title))
    known = Register.of(workspace)
    book = known.from_map(cells, hand_of(author, "").name, now)
    new = len(book.items) - len(known.book.items)
    if enter:
        write_risks(book, workspace.out)
    console.print(_map_table(cells, title, scenarios_of(workspace)))
    for cell in _told_first(cells):
        where = f"{cell.project} · {cell.scenario} · {cell.start:%m-%d %H:%M}"
        console.print(f"{where}\n{formula(cell, policy, 'en')}\n{formula(cell, policy, 'zh')}", markup=False)
    console.print(f"Every cell 全部单元: {RISK_MAP_FILE}, {PICTURE}", markup=False)
    told_en = "put into the register" if enter else "not in the register yet: --register puts them there"
    told_zh = "已登记" if enter else "尚未登记，可用 --register 登记"
    console.print(f"{new} risks {told_en}. {new} 项风险{told_zh}。", markup=False)


def _told_first(cells: Sequence[RiskCell]) -> list[RiskCell]:
    """The worst cells of the three worst projects."""
    first: dict[str, RiskCell] = {}
    for cell in worst_cells(cells).values():
        first.setdefault(cell.project, cell)
    return list(first.values())[:3]


def _map_table(cells: Sequence[RiskCell], title: str, known: Mapping[str, Scenario]) -> Table:
    """Projects by scenarios: the index of the worst hour, when that is, and the hours that are high or a crisis."""
    worst, scenarios = worst_cells(cells), tuple(dict.fromkeys(cell.scenario for cell in cells))
    hours = Counter((cell.project, cell.scenario) for cell in cells if cell.band in REGISTERED)
    caption = "index of the worst hour, when, and hours that are high or a crisis 最差小时的指数、时间，高及危机小时数"
    table = Table(title=title, caption=caption, show_lines=True)
    titles = (f"{known[name].named(name)} {known[name].named(name, zh=True)}" for name in scenarios)
    for heading in ("project 项目", *map(escape, titles)):
        table.add_column(heading, overflow="fold")
    for project in dict.fromkeys(cell.project for cell in cells):
        row = [(worst[project, name], hours[project, name]) for name in scenarios]
        told = (f"{cell.index} {BAND_LABELS[cell.band]}\n{cell.start:%m-%d %H:%M}\n{count} h" for cell, count in row)
        styles = (BAND_STYLES[cell.band] for cell, _ in row)
        table.add_row(escape(project), *(Text(text, style) for text, style in zip(told, styles, strict=True)))
    return table


@app.command()
def add(
    folder: Folder,
    title: Annotated[str, typer.Option(help="What may happen.")],
    cause: Annotated[Cause, typer.Option(help="people 人员, process 流程, environment 环境 or technology 技术.")],
    owner: Annotated[str, typer.Option(help="Who answers for it.")],
    source: Annotated[Literal["inside", "outside"], typer.Option(help="Where it comes from 来源.")] = "inside",
    project: Annotated[str, typer.Option(help="Project that it meets; empty = none alone.")] = "",
    scenario: Annotated[str, typer.Option(help="Scenario of the map that it belongs to.")] = "",
    title_zh: Annotated[str, typer.Option(help="The same in Chinese.")] = "",
    at: AtOrNow = "",
    author: Author = "",
) -> None:
    """Identify a risk 识别."""
    register = Register.of(Workspace.at(folder))
    name = register.book.next_id()
    item = _item(
        register,
        id=name,
        title=title,
        title_zh=title_zh,
        source=source,
        cause=cause,
        project=project,
        scenario=scenario,
        owner=owner,
    )
    by, when = _hand(register, author, at)
    _take(register, RiskStep(risk=name, deed="identified", by=by, at=when, item=item))


def _item(register: Register, **told: str) -> RiskItem:
    """A risk of the command line; all that is wrong with it is told at once."""
    known, project = [one.id for one in register.workspace.centre.centre.projects], told["project"]
    unknown = Finding("command line", None, "--project", repr(project), f"one of {', '.join(known)}")
    findings = [unknown] if project and project not in known else []
    try:
        item = RiskItem.model_validate(told)
    except ValidationError as error:
        raise InvalidData([*findings_of(error, "command line"), *findings]) from error
    stop(findings)
    return item


def _hand(register: Register, author: str, at: str) -> tuple[str, datetime]:
    """Who does it, and when."""
    hand = hand_of(author, "")
    return hand.name, instant_of("--at", at, register.workspace.centre.centre.zone) if at else hand.at


def _take(register: Register, step: RiskStep) -> None:
    """Keep a step, and say how the risk stands."""
    if step.item is None:
        register.book.known(step.risk)
    book = register.book.take(step)
    write_risks(book, register.workspace.out)
    state, rating = book.state(step.risk), book.rating(step.risk)
    wide_console().print(f"{step.risk}: {state} {STATES_ZH[state]}", markup=False)
    if rating is not None:
        band = register.policy.band(rating.index)
        terms = register.policy.terms(band)
        index = f"{rating.likelihood} x {rating.severity} = {rating.index}: {BAND_LABELS[band]}"
        wide_console().print(f"{index}\n{terms_text(terms, 'en')}\n{terms_text(terms, 'zh')}", markup=False)


@app.command()
def assess(
    folder: Folder,
    risk: Risk,
    likelihood: Likelihood = 0,
    severity: Severity = 0,
    computed: Annotated[bool, typer.Option("--from-history", help="Compute both from the surges of past calls.")] = False,
    days: Annotated[int, typer.Option(min=1, help="Days ahead for which a computed likelihood holds.")] = 30,
    review: Review = "",
    at: AtOrNow = "",
    author: Author = "",
) -> None:
    """Assess a risk 评估: by judgement on the scale, or computed from how often its project's calls surged."""
    register = Register.of(Workspace.at(folder))
    by, when = _hand(register, author, at)
    if computed:
        rating = register.from_history(risk, planning.learn(register.workspace.centre), when, days)
    else:
        rating = register.rating(likelihood, severity, when)
    _take(register, RiskStep(risk=risk, deed="assessed", by=by, at=when, rating=_reviewed(rating, review)))


def _reviewed(rating: Rating, review: str) -> Rating:
    return rating.model_copy(update={"review_by": day_of("--review", review)}) if review else rating


@app.command()
def treat(
    folder: Folder,
    risk: Risk,
    option: Annotated[
        list[str],
        typer.Option(help="KIND:HOURS:LIKELIHOOD:SEVERITY:TEXT, with avoid, transfer, reduce or accept; may be repeated."),
    ],
    choose: Annotated[int | None, typer.Option(min=1, help="Which option is taken; the cheapest that helps if left out.")] = None,
    at: AtOrNow = "",
    author: Author = "",
) -> None:
    """Control a risk 控制: weigh its treatments, and take the cheapest that leaves a bearable risk."""
    register = Register.of(Workspace.at(folder))
    by, when = _hand(register, author, at)
    options = _options(option)
    if choose is not None and choose > len(options):
        raise InvalidData([Finding("command line", None, "--choose", str(choose), f"1 to {len(options)}")])
    step = register.treated(risk, options, None if choose is None else choose - 1, by, when)
    _take(register, step)
    for place, one in enumerate(step.options):
        mark = "->" if place == step.chosen else "  "
        told = f"{mark} {treatment_text(one, 'en')}\n   {treatment_text(one, 'zh')}"
        band = register.policy.band(one.index)
        wide_console().print(escape(told), style=BAND_STYLES[band])


def _options(texts: Sequence[str]) -> list[Treatment]:
    """Treatments of the command line; all that does not read is told at once."""
    findings, read = list[Finding](), list[Treatment]()
    for text in texts:
        parts = dict(zip(("kind", "cost_hours", "likelihood", "severity", "text"), text.split(":", 4), strict=False))
        try:
            read.append(Treatment.model_validate(parts))
        except ValidationError as error:
            findings += findings_of(error, f"--option {text}")
    if findings:
        raise InvalidData(findings)
    return read


@app.command()
def respond(
    folder: Folder,
    risk: Risk,
    plan: Annotated[str, typer.Option(help="The plan, or where it stands.")] = "",
    told: Annotated[str, typer.Option(help="Who was told.")] = "",
    at: AtOrNow = "",
    author: Author = "",
) -> None:
    """Respond to a risk 应对: who was told, and the plan; high and crisis risks need both."""
    register = Register.of(Workspace.at(folder))
    by, when = _hand(register, author, at)
    _take(register, register.responded(risk, plan, told, by, when))


@app.command()
def review(
    folder: Folder,
    risk: Risk,
    likelihood: Likelihood,
    severity: Severity,
    review: Review = "",
    at: AtOrNow = "",
    author: Author = "",
) -> None:
    """Look at a risk again 复核: whether the treatment works, by the index before and after."""
    register = Register.of(Workspace.at(folder))
    by, when = _hand(register, author, at)
    rating = _reviewed(register.rating(likelihood, severity, when), review)
    step = RiskStep(risk=risk, deed="reviewed", by=by, at=when, rating=rating)
    _take(register, step)
    effect = register.book.take(step).effect(risk)
    if effect is not None:
        wide_console().print(f"{effect_text(*effect, 'en')}\n{effect_text(*effect, 'zh')}", markup=False)


@app.command("list")
def show_list(folder: Folder, at: AtOrNow = "") -> None:
    """The register 风险台账: how each risk stands, what is due, what is stale."""
    register = Register.of(Workspace.at(folder))
    when = _hand(register, "", at)[1]
    if not register.book.items:
        wide_console().print("No risk yet: run `echelon risk map --register` or `echelon risk add`. 暂无风险。", markup=False)
        return
    headings = (
        "id",
        "risk 风险",
        "source, cause 来源、原因",
        "state 状态",
        "index 指数",
        "treatment 措施",
        "owner 责任人",
        "due 到期",
    )
    table = texts_table(f"risk register 风险台账 · {when:%Y-%m-%d %H:%M}", *headings)
    for item in register.book.items.values():
        row, style = _row(register, item, register.policy, when)
        table.add_row(*map(escape, row), style=style)
    wide_console().print(table)


def _row(register: Register, item: RiskItem, policy: RiskPolicy, when: datetime) -> tuple[list[str], str]:
    """A risk as a row, and its style."""
    book, rating = register.book, register.book.rating(item.id)
    state, treated = book.state(item.id), book.last(item.id, "treated")
    notice, band = book.notice_due(item.id, policy), None if rating is None else policy.band(rating.index)
    due = [] if rating is None else [f"review 复核 {rating.review_by}"]
    due += ["STALE 逾期未复核"] if book.stale(item.id, when.date()) else []
    due += [] if notice is None else [f"notice 上报 {notice:%m-%d %H:%M}{' OVERDUE 已超时' if notice < when else ''}"]
    origin = f"{item.source} {SOURCES_ZH[item.source]}, {item.cause} {CAUSES_ZH[item.cause]}"
    index = (
        "-" if rating is None or band is None else f"{rating.likelihood} x {rating.severity} = {rating.index} {BAND_LABELS[band]}"
    )
    treatment = "-" if treated is None else f"{treatment_text(treated.treatment, 'en')}\n{treatment_text(treated.treatment, 'zh')}"
    title, told = "\n".join(filter(None, (item.title, item.title_zh))), f"{state} {STATES_ZH[state]}"
    row = [item.id, title, origin, told, index, treatment, item.owner, "\n".join(due)]
    return row, "" if band is None else BAND_STYLES[band]
