"""The sentences about what is not normal in a history, English and Chinese, with their numbers."""

from datetime import datetime, timedelta
from typing import Literal

Tongue = Literal["en", "zh"]
Span = tuple[datetime, datetime]

ADVICE = {
    "surge": ("leave this stretch out of the learning", "建议学习时剔除该时段"),
    "low": ("leave this stretch out of the learning", "建议学习时剔除该时段"),
    "zeros": ("treat it as unknown: the feed was probably down", "疑似数据中断，建议按未知处理"),
    "copy": ("treat it as unknown and ask for the true counts", "建议按未知处理，并补取真实数据"),
    "missing": ("it stays unknown; bring the counts if there are any", "保持未知；如有数据请补录"),
    "shift": ("let the level be learnt anew from that day", "建议自该日起重新学习水平"),
    "return": ("let the level be learnt anew from that day", "建议自该日起重新学习水平"),
}


def when(span: Span) -> str:
    """A stretch of time, the date once where it is the same."""
    start, end = span
    same = (end - timedelta(minutes=1)).date() == start.date()
    closing = "24:00" if same and f"{end:%H:%M}" == "00:00" else f"{end:%H:%M}"
    return f"{start:%Y-%m-%d %H:%M}–{closing if same else f'{end:%Y-%m-%d %H:%M}'}"


def sentence(queue: str, kind: str, span: Span, calls: tuple[float, float], score: float, source: str, tongue: Tongue) -> str:
    """One sentence: what, when, how many calls against how many expected, and what to do."""
    advice = ADVICE[kind][0 if tongue == "en" else 1]
    fact = _english(kind, span, calls, score, source) if tongue == "en" else _chinese(kind, span, calls, score, source)
    return f"{queue}: {fact}; {advice}." if tongue == "en" else f"{queue}：{fact}；{advice}。"


def _english(kind: str, span: Span, calls: tuple[float, float], score: float, source: str) -> str:
    observed, expected = calls
    against = f"{observed:,.0f} calls where {expected:,.0f} are usual"
    return {
        "surge": f"{when(span)} {against}, {observed / max(expected, 1):.1f} times as many ({score:.0f} standard deviations)",
        "low": f"{when(span)} {against}, {_change(calls)} ({-score:.0f} standard deviations below)",
        "zeros": f"{when(span)} no call at all where {expected:,.0f} are usual",
        "copy": f"the {observed:,.0f} calls of {span[0]:%Y-%m-%d} are those of {source}, count by count",
        "missing": f"{when(span)} not known, about {expected:,.0f} calls",
        "shift": f"from {span[0]:%Y-%m-%d} on the level is {_change(calls)} ({against} in the days after)",
        "return": f"from {span[0]:%Y-%m-%d} on the level is back ({_change(calls)}; {against} just before)",
    }[kind]


def _chinese(kind: str, span: Span, calls: tuple[float, float], score: float, source: str) -> str:
    observed, expected = calls
    against = f"来电{observed:,.0f}，平常{expected:,.0f}"
    return {
        "surge": f"{when(span)} {against}，为平常的{observed / max(expected, 1):.1f}倍（偏离{score:.0f}个标准差）",
        "low": f"{when(span)} {against}，{_change(calls)}（偏低{-score:.0f}个标准差）",
        "zeros": f"{when(span)} 来电为零，平常{expected:,.0f}",
        "copy": f"{span[0]:%Y-%m-%d} 的{observed:,.0f}个来电与 {source} 逐时段相同",
        "missing": f"{when(span)} 数据缺失，约{expected:,.0f}个来电",
        "shift": f"自 {span[0]:%Y-%m-%d} 起话务水平变化{_change(calls)}（此后数日{against}）",
        "return": f"自 {span[0]:%Y-%m-%d} 起话务水平恢复（{_change(calls)}；{against}）",
    }[kind]


def _change(calls: tuple[float, float]) -> str:
    return f"{calls[0] / max(calls[1], 1) - 1:+.0%}"
