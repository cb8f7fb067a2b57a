"""The map of service risks as an SVG picture: a row for each project and scenario, a column for each hour."""

from collections.abc import Sequence
from html import escape
from itertools import product

from api.report.charts import INK, LEVEL_COLOURS
from data.model.response import WarningLevel
from data.model.risk import Band, RiskCell

COLOURS: dict[Band, str] = {
    "low": "#e8f1ec",
    "middle": LEVEL_COLOURS[WarningLevel.YELLOW],
    "high": LEVEL_COLOURS[WarningLevel.ORANGE],
    "crisis": LEVEL_COLOURS[WarningLevel.RED],
}
BAND_LABELS: dict[Band, str] = {"low": "low 低", "middle": "middle 中", "high": "high 高", "crisis": "crisis 危机"}
LEFT, TOP, ROW, COLUMN = 220, 56, 18, 7
FONT = "font-family=\"system-ui, 'Noto Sans', 'Noto Sans CJK SC', sans-serif\" font-size=\"11\""


def risk_picture(cells: Sequence[RiskCell], texts: Sequence[str], title: str) -> str:
    """The picture; each cell tells its formula when pointed at.

    Parameters
    ----------
    texts : sequence of str
        What each cell tells.
    """
    projects, scenarios = (tuple(dict.fromkeys(names)) for names in zip(*((c.project, c.scenario) for c in cells), strict=True))
    rows = {key: k for k, key in enumerate(product(projects, scenarios))}
    columns = {at: k for k, at in enumerate(sorted({cell.start for cell in cells}))}
    width, height = LEFT + COLUMN * len(columns) + 20, TOP + ROW * len(rows) + 20
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} {FONT} fill="{INK}">',
        '<rect width="100%" height="100%" fill="white"/>',
    ]
    parts += [f'<text x="8" y="16" font-size="13">{escape(title)}</text>', *_legend()]
    parts += [
        f'<text x="{LEFT + COLUMN * k}" y="{TOP - 6}">{at:%m-%d}</text>' for at, k in columns.items() if at.hour == 0 or not k
    ]
    parts += [f'<text x="8" y="{TOP + ROW * k + 13}">{escape(" · ".join(key))}</text>' for key, k in rows.items()]
    for cell, text in zip(cells, texts, strict=True):
        x, y = LEFT + COLUMN * columns[cell.start], TOP + ROW * rows[cell.project, cell.scenario]
        told = escape(f"{cell.project} {cell.scenario} {cell.start:%m-%d %H:%M}: {text}")
        box = f'x="{x}" y="{y}" width="{COLUMN}" height="{ROW - 2}" fill="{COLOURS[cell.band]}"'
        parts.append(f"<rect {box}><title>{told}</title></rect>")
    midnights = [LEFT + COLUMN * k for at, k in columns.items() if at.hour == 0]
    parts += [f'<path d="M{x} {TOP - 4}V{height - 20}" stroke="{INK}" stroke-width="0.5"/>' for x in midnights]
    return "\n".join([*parts, "</svg>\n"])


def _legend() -> list[str]:
    parts = list[str]()
    for k, (band, colour) in enumerate(COLOURS.items()):
        parts.append(f'<rect x="{8 + 90 * k}" y="24" width="12" height="12" fill="{colour}"/>')
        parts.append(f'<text x="{24 + 90 * k}" y="34">{BAND_LABELS[band]}</text>')
    return [*parts, f'<text x="{8 + 90 * len(COLOURS)}" y="34">white: closed 空白：未营业</text>']
