"""A figure with what it is compared to, and how it is written down."""

from __future__ import annotations

import platform
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """One line of the report: what was measured, what came out, and what was wanted."""

    what: str
    measured: str
    target: str
    met: bool | None
    """None where there is nothing to meet"""
    why: str = ""
    """what keeps it from its target, as far as is known; written down only where it falls short"""


@dataclass(frozen=True)
class Section:
    """Figures of one kind of work, with a sentence on how they were had."""

    title: str
    how: str
    figures: Sequence[Figure]


def median(values: Iterable[float]) -> float:
    return statistics.median(values)


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which this share (0 to 1) of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def at_most(what: str, value: float, limit: float, unit: str, digits: int = 0, note: str = "", why: str = "") -> Figure:
    return Figure(what, f"{value:.{digits}f} {unit}{note}", f"<= {limit:g} {unit}", value <= limit, why)


def at_least(
    what: str, value: float, limit: float, unit: str = "x", digits: int = 1, note: str = "", why: str = ""
) -> Figure:
    return Figure(what, f"{value:.{digits}f} {unit}{note}", f">= {limit:g} {unit}", value >= limit, why)


def plain(what: str, measured: str) -> Figure:
    return Figure(what, measured, "", None)


def report(sections: Sequence[Section]) -> str:
    """The Markdown page."""
    lines = [
        "# Benchmarks",
        "",
        "Made by `make bench`. Both sides of a ratio are measured in the same run, on the machine below; "
        "ratios above 1.5 travel, milliseconds don't.",
        "",
        f"{datetime.now(UTC):%Y-%m-%d}, {_machine()}, {platform.python_implementation()} {platform.python_version()}, "
        + ", ".join(f"{name} {version(name)}" for name in ("textual", "aiohttp", "msgspec", "lupa", "kubernetes")),
    ]
    for section in sections:
        lines += ["", f"## {section.title}", "", section.how, "", "| what | measured | target | |", "|---|---|---|---|"]
        lines += [f"| {f.what} | {f.measured} | {f.target} | {_mark(f.met)} |" for f in section.figures]
        reasons = [f"- *{f.what}*: {f.why}" for f in section.figures if f.met is False and f.why]
        lines += ["", "Why what is short is short:", "", *reasons] if reasons else []
    return "\n".join(lines) + "\n"


def _mark(met: bool | None) -> str:
    return "" if met is None else "met" if met else "**short**"


def _machine() -> str:
    info = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    models = [line.partition(":")[2].strip() for line in info.splitlines() if line.startswith("model name")]
    return f"{len(models)} cores of {models[0] if models else platform.machine()}"
