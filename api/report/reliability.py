"""The reliability picture: how often it came to what was stated, drawn as SVG by hand, as it must open anywhere."""

from collections.abc import Mapping
from html import escape

from api.report.charts import ACCENT, BAD, INK
from optimizer.response.warning.scoring import ChanceScore

SIDE, EDGE, GAP = 300, 48, 56
"""Pixels: side of a square, margin around, and between two."""


def reliability(scores: Mapping[str, ChanceScore], x_title: str, y_title: str) -> str:
    """Squares side by side, one for each score by its title; on the diagonal the chances are true.

    A dot is a bin of stated chances, the larger the more slots; the line through it is the interval of its miss rate.
    """
    width, height = EDGE * 2 + len(scores) * (SIDE + GAP) - GAP, SIDE + 2 * EDGE
    squares = "".join(_square(k, title, score, x_title, y_title) for k, (title, score) in enumerate(scores.items()))
    font = "system-ui, 'Noto Sans', 'Noto Sans CJK SC', sans-serif"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'font-family="{font}" font-size="12" fill="{INK}"><rect width="100%" height="100%" fill="white"/>{squares}</svg>\n'
    )


def _square(place: int, title: str, score: ChanceScore, x_title: str, y_title: str) -> str:
    left, bottom = EDGE + place * (SIDE + GAP), EDGE + SIDE

    def at(x: float, y: float) -> tuple[float, float]:
        return left + x * SIDE, bottom - y * SIDE

    def line(ends: tuple[tuple[float, float], tuple[float, float]], style: str) -> str:
        (x1, y1), (x2, y2) = (at(*end) for end in ends)
        return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" {style}/>'

    def words(x: float, y: float, text: str, more: str = 'text-anchor="middle"') -> str:
        return f'<text x="{x:.1f}" y="{y:.1f}" {more}>{escape(text)}</text>'

    parts = [
        f'<rect x="{left}" y="{EDGE}" width="{SIDE}" height="{SIDE}" fill="none" stroke="{INK}"/>',
        line(((0, 0), (1, 1)), f'stroke="{INK}" stroke-dasharray="4 4"'),
        line(((0, score.rate), (1, score.rate)), f'stroke="{BAD}" stroke-dasharray="1 3"'),
        words(left + SIDE / 2, EDGE - 14, title),
        words(left + SIDE / 2, bottom + 32, x_title),
        words(left - 34, EDGE + SIDE / 2, y_title, f'text-anchor="middle" transform="rotate(-90 {left - 34} {EDGE + SIDE / 2})"'),
    ]
    for tick in (0.0, 0.5, 1.0):
        (x, _), (_, y) = at(tick, 0), at(0, tick)
        parts += [words(x, bottom + 16, f"{tick:.0%}"), words(left - 6, y + 4, f"{tick:.0%}", 'text-anchor="end"')]
    for each in score.bins:
        x, y = at(each.chance, each.rate)
        radius = 3 + 9 * (each.count / score.count) ** 0.5
        told = f"{each.chance:.0%} → {each.rate:.0%} ({each.misses}/{each.count})"
        parts += [
            line(((each.chance, each.low), (each.chance, each.high)), f'stroke="{ACCENT}"'),
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{ACCENT}" fill-opacity="0.6"><title>{told}</title></circle>',
        ]
    return "".join(parts)
