"""``echelon signals ...``: what is heard before the calls show it 预警信号, and what a person makes of it."""

from math import isnan
from typing import Annotated

import typer
from rich.markup import escape

from api.commands.options import Folder, hand_of, instant_of, instants_of
from api.commands.screen import texts_table, wide_console
from api.signals import Uplift, add_signal, heard, inbox, take_over, taken_over, uplifts
from data.exchange.folder import read_folder
from data.exchange.forecasts import read_forecast
from data.model.signal import Signal

app = typer.Typer(no_args_is_help=True, help="Signal inbox 预警信号: add, list, take over into the forecast.")

SOURCES_ZH = {
    "weather": "气象",
    "outage": "停电",
    "media": "媒体",
    "suggestion": "有奖建议",
    "feedback": "意见单",
    "survey": "问卷",
    "inspection": "明察暗访",
    "visit": "走访代表",
    "press": "媒体联络",
    "forum": "城市论坛",
    "hotline": "95598与意见箱",
    "meeting": "座谈会",
}
"""The ways of listening, and the authorities."""


@app.command()
def add(
    folder: Folder,
    source: Annotated[str, typer.Argument(help=f"One of {', '.join(SOURCES_ZH)}.")],
    at: Annotated[str, typer.Option(help="Local time from which on it moves calls, e.g. 2026-10-14T10:00.")],
    until: Annotated[str, typer.Option(help="Until when.")],
    heard_at: Annotated[str, typer.Option(help="When it was heard; --at if left out.")] = "",
    region: Annotated[str, typer.Option(help="Id of a region; everywhere if left out.")] = "",
    queue: Annotated[list[str] | None, typer.Option(help="Queue that it moves; may be repeated; all if left out.")] = None,
    level: Annotated[str, typer.Option(help="Colour of the authority: blue, yellow, orange or red.")] = "none",
    weight: Annotated[float, typer.Option(help="How far it is to be believed, above 0 to 1.")] = 1.0,
    uplift: Annotated[float, typer.Option(help="1.2 = a fifth more calls; 1 = not said.")] = 1.0,
    scenario: Annotated[str, typer.Option(help="Playbook that it raises, e.g. typhoon; any if left out.")] = "",
    text: Annotated[str, typer.Option(help="What was heard.")] = "",
    by: Annotated[str, typer.Option(help="Who enters it; $ECHELON_AUTHOR or the user of this machine if left out.")] = "",
) -> None:
    """Add a signal 录入信号 to signals.csv."""
    centre = read_folder(folder)
    asked = {"--at": at, "--until": until} | ({"--heard-at": heard_at} if heard_at else {})
    moments = instants_of(asked, centre.centre.zone)
    signal = add_signal(
        centre,
        source=source,
        at=moments["--at"],
        until=moments["--until"],
        heard_at=moments.get("--heard-at"),
        region=region,
        queues=tuple(queue or ()),
        level=level,
        weight=weight,
        uplift=uplift,
        scenario=scenario,
        text=text,
        by=hand_of(by, "").name,
    )
    wide_console().print(f"{signal.id} added 已录入: {_source(signal)}", markup=False)


def _source(signal: Signal) -> str:
    return f"{signal.source} {SOURCES_ZH[signal.source]}"


@app.command("list")
def list_signals(
    folder: Folder,
    at: Annotated[str, typer.Option(help="Local time: only what is known by then and not over; all if left out.")] = "",
) -> None:
    """List signals 信号清单 with the calls that each would bring: factor = 1 + weight x (uplift - 1) x share of the region."""
    centre, path = read_folder(folder), folder / "forecast.csv"
    now = instant_of("--at", at, centre.centre.zone) if at else None
    made = read_forecast(path) if path.is_file() else None
    headings = "id", "source 来源", "when 时间", "weight 可信度", "uplift 倍数", "calls 预计增量", "text 内容", "forecast 预测"
    table = texts_table("signals 预警信号", *headings)
    for signal in heard(inbox(centre), now):
        span, found = f"{signal.at:%Y-%m-%d %H:%M}\n{signal.until:%Y-%m-%d %H:%M}", uplifts(signal, centre.centre, made)
        state = "taken over 已采用" if taken_over(signal, centre) else "open 待定" if found else "no uplift 未给倍数"
        calls = "\n".join(_told(one) for one in found)
        cells = signal.id, _source(signal), span, f"{signal.weight:g}", f"{signal.uplift:g}", calls, signal.text, state
        table.add_row(*map(escape, cells))
    wide_console().print(table)


def _told(one: Uplift) -> str:
    return f"{one.event.queue} ×{one.event.factor:.2f}: " + ("beyond forecast" if isnan(one.calls) else f"{one.calls:+,.0f}")


@app.command()
def take(folder: Folder, signal: Annotated[str, typer.Argument(help="Id of a signal, e.g. s0001.")]) -> None:
    """Take a signal over 采用信号: its events go into events.csv, and the next forecast counts with them."""
    for event in take_over(read_folder(folder), signal):
        told = f"{event.queue}: {event.name}, ×{event.factor:.2f}, {event.start:%Y-%m-%d %H:%M} - {event.end:%Y-%m-%d %H:%M}"
        wide_console().print(f"{told}. Run `echelon forecast` 请重新预测.", markup=False)
