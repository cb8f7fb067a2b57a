"""``echelon score-warnings``: how good the warnings of a folder were, by the calls that came."""

from collections.abc import Iterator, Sequence
from math import isnan
from typing import Any

from rich.table import Table

from api import planning
from api.commands.options import Folder
from api.commands.screen import colour_of, figures_table, wide_console
from api.report.reliability import reliability
from api.warning_scores import KINDS, WarningScores, score_warnings
from api.workspace import Workspace
from data.exchange.atomic import write_text
from data.exchange.warning_scores import SCORES_FILE, write_scores
from optimizer.response.warning.scoring import ChanceScore, LevelScore
from optimizer.response.warning.wording import CHANCES

PICTURE = "warning_scores.svg"

CHANCE_HEADS = (
    *("ahead\n提前", "slots\n时段", "stated\n所述", "missed\n未达标"),
    *("Brier", "skill\n技巧", "off by\n偏差", "calibrated\n校准"),
)
LEVEL_HEADS = (
    *("level\n等级", "warnings\n预警", "false alarms\n误报", "%"),
    *("intervals\n时段", "in vain\n落空", "misses\n未达标", "foreseen\n已预警", "%"),
    "hours ahead\n提前小时",
)


def score_warnings_of(folder: Folder) -> None:
    """How good the warnings were 预警回测: chances and levels kept at every look, against the calls that came."""
    console, workspace = wide_console(), Workspace.at(folder)
    found = score_warnings(workspace, planning.learn(workspace.centre))
    names = {kind: f"{en}\n{zh}" for kind, en, zh in zip(KINDS, CHANCES["en"], CHANCES["zh"], strict=True)}
    for kind, name in names.items():
        console.print(_chances(found, kind, name))
        if kind in found.mended:
            console.print(_mended(*found.mended[kind]), markup=False)
        console.print(_levels(found.levels[kind], name))
    write_scores((row for kind in KINDS for row in _rows(kind, found)), workspace.out / SCORES_FILE)
    titles = dict(zip(KINDS, CHANCES["en"], strict=True))
    whole = {titles[kind]: found.chances[kind]["all"] for kind in KINDS}
    write_text(workspace.out / PICTURE, reliability(whole, "stated chance 所述概率", "share that missed 实际未达标比例"))
    console.print(
        f"{found.looks} looks 次预警, {found.slots} slots whose calls came 个已知时段. Reliability picture 可靠性图: {PICTURE}; "
        f"the next `echelon warn` tells them beside its warnings 下次预警一并显示 ({SCORES_FILE}).",
        markup=False,
    )


def _rows(kind: str, found: WarningScores) -> Iterator[dict[str, Any]]:
    """Rows of ``warning_scores.csv``."""
    score = found.chances[kind]["all"]
    yield {"kind": kind, "count": score.count, "stated": score.chance, "missed": score.rate, "brier": score.brier}
    for one in found.levels[kind]:
        told = {"kind": kind, "level": one.level.colour, "count": one.warnings, "lead_hours": one.lead_quartiles[1] / 60}
        yield told | {"false_alarm_rate": one.false_alarm_rate, "foreseen": one.hit_rate}


def _chances(found: WarningScores, kind: str, name: str) -> Table:
    """Scores by lead time."""
    caption = (
        "Brier: 0 is best; skill: over the miss rate known beforehand. Calibrated: p-value over days; below 5 % the chances are "
        "off, – too few days.\n"
        "Brier 越小越好；技巧：相对于事先已知的未达标率；校准：按日检验的 p 值，低于 5% 说明概率有偏差，– 表示天数不足。"
    )
    table = figures_table(name, *CHANCE_HEADS, caption=caption)
    for lead, score in found.chances[kind].items():
        shares = (f"{share:.1%}" for share in (score.chance, score.rate))
        true = "–" if isnan(score.calibrated) else f"{score.calibrated:.2g}"
        quality = (f"{score.brier:.4f}", _share(score.skill), f"{score.reliability**0.5:.1%}", true)
        table.add_row(lead, f"{score.count:,}", *shares, *quality)
    return table


def _mended(raw: ChanceScore, mended: ChanceScore) -> str:
    """Whether reading the chances as earlier days teach would have helped."""
    told = f"{raw.brier:.4f} → {mended.brier:.4f} ({raw.count:,})"
    return f"Recalibrated by what had come before 按此前结果校准: Brier {told}"


def _levels(scores: Sequence[LevelScore], name: str) -> Table:
    """Fate of the warnings of each level or higher."""
    caption = (
        "A level counts the warnings that reached it or more; a false alarm is one in which no slot missed; ahead: from first "
        "raising it to the first slot that missed, median (quartiles); in vain: intervals warned of that did not miss.\n"
        "各等级含更高等级；误报：预警时段内无一未达标；提前：首次发布至首个未达标时段，中位数（四分位数）；落空：被预警而达标的时段。"
    )
    table = figures_table(name, *LEVEL_HEADS, caption=caption)
    for score in scores:
        table.add_row(*_level(score))
    return table


def _level(score: LevelScore) -> Iterator[str]:
    yield colour_of(score.level)
    yield from (f"{score.warnings:,}", f"{score.false_alarms:,}", _share(score.false_alarm_rate))
    yield from (f"{score.slots:,}", _share(score.in_vain_rate))
    yield from (f"{score.misses:,}", f"{score.foreseen:,}", _share(score.hit_rate))
    low, middle, high = (minutes / 60 for minutes in score.lead_quartiles)
    yield "–" if isnan(middle) else f"{middle:.1f} ({low:.1f}–{high:.1f})"


def _share(value: float) -> str:
    return "–" if isnan(value) else f"{value:.0%}"
