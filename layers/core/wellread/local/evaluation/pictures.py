"""An evaluation's pictures. Drawn with matplotlib, which the extra `evaluate` brings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MISSING = (
    "No pictures: matplotlib is not installed. It comes with `python3 scripts/setup.py --extra "
    "evaluate`, or with `pip install 'wellread[evaluate]'`; run the same command again after it."
)
_DPI = 120

Draw = Callable[[Mapping[str, Any], Path], list[str] | None]
"""As `draw`."""


def draw(report: Mapping[str, Any], out: Path) -> list[str] | None:
    """Draw what a report holds the numbers for.

    Returns:
        The names of the files written; None where matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        return None
    curves = report["declines"]
    written = []
    if curves["risk_coverage"]:
        figure = Figure(figsize=(10, 4.2), layout="constrained")
        left, right = figure.subplots(1, 2)
        _risk_coverage(left, report)
        _trade_off(right, report)
        written.append(_save(figure, out / "risk-coverage.png"))
    if curves["calibration"]["answerable"]:
        figure = Figure(figsize=(5.4, 4.2), layout="constrained")
        _calibration(figure.subplots(), curves)
        written.append(_save(figure, out / "calibration.png"))
    gains = [q["metrics"]["ndcg@10"] for q in report["per_question"] if "ndcg@10" in q["metrics"]]
    if gains:
        figure = Figure(figsize=(5.4, 4.2), layout="constrained")
        _histogram(figure.subplots(), gains)
        written.append(_save(figure, out / "ndcg.png"))
    return written


def _risk_coverage(axes: Axes, report: Mapping[str, Any]) -> None:
    curve = report["declines"]["risk_coverage"]
    axes.step([c for c, _ in curve], [r for _, r in curve], where="post")
    axes.plot(*curve[-1], "o", label="as answered now")
    axes.set(
        title="Risk and coverage",
        xlabel="share of all questions answered",
        ylabel="share of the answers that are wrong",
        xlim=(0, 1),
        ylim=(0, 1),
    )
    axes.legend(loc="upper left")
    axes.grid(alpha=0.3)


def _trade_off(axes: Axes, report: Mapping[str, Any]) -> None:
    curve = report["declines"]["trade_off"]
    metrics = report["metrics"]
    if curve:
        axes.plot(
            [answered for _, answered, _ in curve],
            [declined for _, _, declined in curve],
            label=f"threshold on {report['declines']['score']}",
        )
    if "coverage" in metrics and "decline_recall" in metrics:
        point = metrics["coverage"]["value"], metrics["decline_recall"]["value"]
        axes.plot(*point, "o", label="as decided now")
    axes.set(
        title="Answering and declining",
        xlabel="share of answerable questions answered",
        ylabel="share of unanswerable questions declined",
        xlim=(0, 1.02),
        ylim=(0, 1.02),
    )
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc="lower left", fontsize="small")
    axes.grid(alpha=0.3)


def _calibration(axes: Axes, curves: Mapping[str, Any]) -> None:
    for name, label in (
        ("answerable", "answerable, of all questions"),
        ("right", "right, of the answers given"),
    ):
        bins = curves["calibration"][name]
        if bins:
            axes.plot([b["score"] for b in bins], [b["share"] for b in bins], "o-", label=label)
    axes.set(
        title="What the score is worth",
        xlabel=curves["score"],
        ylabel="share",
        ylim=(-0.02, 1.02),
    )
    axes.legend(loc="best", fontsize="small")
    axes.grid(alpha=0.3)


def _histogram(axes: Axes, gains: list[float]) -> None:
    axes.hist(gains, bins=[step / 10 for step in range(11)], edgecolor="white")
    axes.set(title="nDCG@10 by question", xlabel="nDCG@10", ylabel="questions", xlim=(0, 1))
    axes.grid(alpha=0.3, axis="y")


def _save(figure: Figure, path: Path) -> str:
    figure.savefig(path, dpi=_DPI, metadata={"Software": None})
    return path.name
