"""The picture of the sizes of the echelons: cost against risk, each point with its sizes."""

from pathlib import Path

import plotly.graph_objects as go

from api.report.charts import ACCENT, BAD, GOOD, INK
from data.exchange.atomic import write_text
from data.model.echelon_size import EchelonSizes, SizePoint


def size_curve(sizes: EchelonSizes) -> go.Figure:
    """Cost a day over the agent-hours missing on the worst days, as claimed and on fresh scenarios."""
    points = (sizes.without, *sizes.points)
    figure = go.Figure()
    labels = [_members(sizes, point) for point in points]
    figure.add_scatter(
        x=[point.tail_hours for point in points], y=[point.cost for point in points], text=labels, mode="lines+markers",
        line={"color": ACCENT}, name="as sized 设定情景",
    )  # fmt: skip
    for point, label in zip(points, labels, strict=True):
        place = {"x": point.tail_hours, "y": point.cost, "xanchor": "left", "yanchor": "bottom", "yshift": 4}
        figure.add_annotation(text=label, textangle=-40, showarrow=False, font={"color": ACCENT}, **place)
    figure.add_scatter(
        x=[point.fresh_tail_hours for point in points], y=[point.fresh for point in points], text=labels, mode="markers",
        error_y={"type": "data", "array": [point.fresh_half for point in points]}, marker={"color": BAD}, name="fresh 新情景",
    )  # fmt: skip
    best = sizes.points[0]
    figure.add_scatter(
        x=[best.tail_hours], y=[best.cost], mode="markers", marker={"color": GOOD, "size": 13}, name="cheapest 代价最低"
    )
    figure.update_xaxes(title="agent-hours missing on the worst days 最差日缺员人时", rangemode="tozero")
    figure.update_yaxes(title="cost a day 每日代价", rangemode="tozero")
    figure.update_layout(template="plotly_white", font={"color": INK}, title="Cost against risk 代价与风险")
    return figure


def _members(sizes: EchelonSizes, point: SizePoint) -> str:
    told = [f"{tier} {size}" for tier, size in zip(sizes.tiers, point.sizes, strict=True) if size]
    return " / ".join(told) or "nobody 无人"


def write_chart(sizes: EchelonSizes, path: Path) -> None:
    """Write the picture as a page of its own; nothing is fetched."""
    write_text(path, size_curve(sizes).to_html(include_plotlyjs=True, div_id="echelon-sizes"))
