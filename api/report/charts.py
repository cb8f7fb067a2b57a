"""The pictures of the report, drawn with Plotly: one function a picture, frames in, an HTML fragment out."""

import pandas as pd
import plotly.graph_objects as go

from data.model.response import CapacityWarning, WarningLevel

INK, ACCENT, GOOD, BAD = "#1f2d3d", "#1668a8", "#2a9d6f", "#d1495b"
LEVEL_COLOURS = {
    WarningLevel.BLUE: "#4a90d9",
    WarningLevel.YELLOW: "#e9c02c",
    WarningLevel.ORANGE: "#ef8a34",
    WarningLevel.RED: "#d1373f",
}
RHYTHM_COLOURS = {"week": ACCENT, "day": "#ef8a34"}
RHYTHM_LABELS = {"week": "week 周调整", "day": "day 日微调"}
GAP_COLOURS = [[0, "#b2182b"], [0.25, "#f4a582"], [0.5, "#f7f7f7"], [0.75, "#92c5de"], [1, "#2166ac"]]


def _fragment(figure: go.Figure, name: str, height: int, hover: str = "x unified") -> str:
    figure.update_layout(
        template="plotly_white",
        height=height,
        margin={"l": 56, "r": 16, "t": 16, "b": 40},
        font={"family": "system-ui, 'Noto Sans', 'Noto Sans CJK SC', sans-serif", "size": 12, "color": INK},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        hovermode=hover,
    )
    return figure.to_html(full_html=False, include_plotlyjs=False, div_id=name, config={"displaylogo": False, "responsive": True})


def _band(figure: go.Figure, frame: pd.DataFrame, low: str, high: str, label: str, colour: str) -> None:
    x = frame["timestamp"]
    figure.add_scatter(x=x, y=frame[high], mode="lines", line={"width": 0}, showlegend=False, hoverinfo="skip")
    figure.add_scatter(
        x=x, y=frame[low], mode="lines", line={"width": 0}, fill="tonexty", fillcolor=colour, name=label, hoverinfo="skip"
    )


def fan(frame: pd.DataFrame, name: str) -> str:
    """Forecast with its 80 and 95 % bands, and the calls that came."""
    figure = go.Figure()
    _band(figure, frame, "q025", "q975", "95 %", "rgba(22,104,168,0.12)")
    _band(figure, frame, "q10", "q90", "80 %", "rgba(22,104,168,0.25)")
    figure.add_scatter(
        x=frame["timestamp"], y=frame["mean"], mode="lines", line={"color": ACCENT, "width": 1.5}, name="forecast 预测"
    )
    figure.add_scatter(x=frame["timestamp"], y=frame["actual"], mode="lines", line={"color": INK, "width": 1}, name="came 实际")
    figure.update_yaxes(title="calls 话务量", rangemode="tozero")
    figure.update_xaxes(rangebreaks=_closed(frame), rangeslider={"visible": True, "thickness": 0.06})
    return _fragment(figure, name, 400)


def _closed(frame: pd.DataFrame) -> list[dict[str, object]]:
    """Breaks of the time axis where the queue is closed, so that the nights of a day centre take no room."""
    at = pd.DatetimeIndex(frame["timestamp"])
    step = at.to_series().diff().min()
    gaps = [(a + step, b) for a, b in zip(at, at[1:], strict=False) if b - a > step]
    return [{"bounds": [a.tz_localize(None).isoformat(), b.tz_localize(None).isoformat()]} for a, b in gaps]


def staffing(frame: pd.DataFrame, name: str) -> str:
    """Required against rostered heads."""
    figure = go.Figure()
    line = {"shape": "hv", "width": 1.2}
    figure.add_scatter(
        x=frame["timestamp"], y=frame["rostered"], mode="lines", line=line | {"color": ACCENT}, fill="tozeroy",
        fillcolor="rgba(22,104,168,0.12)", name="rostered 在岗",
    )  # fmt: skip
    figure.add_scatter(x=frame["timestamp"], y=frame["required"], mode="lines", line=line | {"color": BAD}, name="required 需求")
    figure.update_yaxes(title="agents 人数", rangemode="tozero")
    figure.update_xaxes(rangebreaks=_closed(frame), rangeslider={"visible": True, "thickness": 0.06})
    return _fragment(figure, name, 360)


def heat_map(frame: pd.DataFrame, name: str) -> str:
    """Rostered minus required by day and time of day."""
    at = pd.DatetimeIndex(frame["timestamp"])
    gaps = pd.DataFrame(
        {"day": at.strftime("%m-%d %a"), "time": at.strftime("%H:%M"), "gap": frame["rostered"] - frame["required"]}
    )
    grid = gaps.pivot_table(index="time", columns="day", values="gap", aggfunc="mean", sort=True)
    reach = max(float(grid.abs().max().max()), 1.0)
    picture = go.Heatmap(
        z=grid.to_numpy(),
        x=list(grid.columns),
        y=list(grid.index),
        zmin=-reach,
        zmax=reach,
        colorscale=GAP_COLOURS,
        colorbar={"title": "agents<br>人数"},
        hovertemplate="%{x} %{y}: %{z:+.0f}<extra></extra>",
    )
    figure = go.Figure(picture)
    figure.update_yaxes(autorange="reversed")
    return _fragment(figure, name, 420)


def changes(frame: pd.DataFrame, name: str) -> str:
    """Changes a day, by the rhythm that made them."""
    figure = go.Figure()
    for rhythm, label in RHYTHM_LABELS.items():
        counts = frame[frame["rhythm"] == rhythm].groupby("day").size()
        figure.add_bar(x=list(counts.index), y=counts.to_numpy(), name=label, marker={"color": RHYTHM_COLOURS[rhythm]})
    figure.update_layout(barmode="stack")
    figure.update_yaxes(title="changes 变更")
    return _fragment(figure, name, 300)


def service(days: dict[str, tuple[str, pd.DataFrame]], target: float, name: str) -> str:
    """Realised service level a day, one line a roster, by its key in the comparison."""
    colours = {"a": "#8aa1b4", "b": ACCENT, "c": GOOD, "d": BAD}
    figure = go.Figure()
    for key, (label, frame) in days.items():
        line = {"color": colours.get(key, INK), "dash": "dot" if key == "d" else "solid"}
        figure.add_scatter(x=frame["day"], y=frame["service_level"], mode="lines+markers", name=f"({key}) {label}", line=line)
    figure.add_hline(y=target, line={"color": INK, "dash": "dash", "width": 1})
    figure.update_yaxes(title="service level 服务水平", tickformat=".0%")
    figure.update_xaxes(type="category")
    return _fragment(figure, name, 360)


def warning_timeline(warnings: tuple[CapacityWarning, ...], name: str) -> str:
    """Warnings on a time axis, one row a queue, coloured by level."""
    figure = go.Figure()
    for level, colour in LEVEL_COLOURS.items():
        chosen = [w for w in warnings if w.level == level]
        figure.add_bar(
            base=[w.start.replace(tzinfo=None) for w in chosen],
            x=[(w.end - w.start).total_seconds() * 1000 for w in chosen],
            y=[w.queue for w in chosen],
            orientation="h",
            name=level.colour,
            marker={"color": colour},
            customdata=[w.message for w in chosen],
            hovertemplate="%{customdata}<extra></extra>",
        )
    figure.update_layout(barmode="overlay")
    figure.update_xaxes(type="date")
    return _fragment(figure, name, 120 + 40 * len({w.queue for w in warnings}), hover="closest")
