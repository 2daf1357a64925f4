"""A fine-tuning run's picture. Drawn with matplotlib, which the extra `evaluate` brings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wellread.domain.tune.arms import CANDIDATE, Arm

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PICTURE = "comparison.png"

MISSING = (
    "No picture: matplotlib is not installed. It comes with `python3 scripts/setup.py --extra "
    "evaluate`; run the same command again after it."
)

_DPI = 120
_TITLES = {
    "combined": "combined",
    "correct_and_cited": "right and cited,\nof answerable questions",
    "rightly_declined": "declined,\nof unanswerable questions",
}

Draw = Callable[[Mapping[str, Any], Path], list[str] | None]
"""As `draw`."""


def draw(report: Mapping[str, Any], out: Path) -> list[str] | None:
    """Draw the arms side by side, with their intervals.

    Returns:
        The names of the files written; None where matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        return None
    height = 1.4 + 0.42 * len(report["arms"])
    figure = Figure(figsize=(11, height), layout="constrained")
    for metric, axes in zip(_TITLES, figure.subplots(1, len(_TITLES), sharey=True), strict=True):
        _bars(axes, report, metric)
    figure.suptitle(f"{report['run']}: {report['verdict']}")
    figure.savefig(out / PICTURE, dpi=_DPI, metadata={"Software": None})
    return [PICTURE]


def _bars(axes: Axes, report: Mapping[str, Any], metric: str) -> None:
    names = list(report["arms"])[::-1]
    for place, name in enumerate(names):
        arm = report["arms"][name]
        if arm[metric] is None:
            continue
        low, high = arm["intervals"][metric]
        axes.barh(
            place,
            arm[metric],
            color=_colour(name, report["incumbent"]),
            xerr=[[max(arm[metric] - low, 0.0)], [max(high - arm[metric], 0.0)]],
            error_kw={"elinewidth": 1, "capsize": 3},
        )
    axes.set_yticks(range(len(names)), [Arm(name).says for name in names])
    axes.set(title=_TITLES[metric], xlim=(0, 1))
    axes.grid(alpha=0.3, axis="x")


def _colour(name: str, incumbent: str) -> str:
    if name == CANDIDATE.value:
        return "tab:blue"
    return "tab:orange" if name == incumbent else "tab:gray"
