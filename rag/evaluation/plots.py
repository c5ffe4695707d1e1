"""Figures as pictures, by matplotlib: what answering less gains, whether confidence can be believed, recall by depth."""

from pathlib import Path
from typing import TYPE_CHECKING

from rag.evaluation import calibration
from rag.evaluation.result import Result, metrics
from rag.extras import explain_missing_extra

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SIZE, _DPI = (5.0, 4.0), 120  # inches and dots per inch


def draw(result: Result, folder: Path) -> list[Path]:
    """The pictures of a task, as PNG files in the folder; none for a task that its table tells enough of."""
    with explain_missing_extra():
        from matplotlib.figure import Figure
    pictures = {
        "refusal": {"risk-coverage": _risk_coverage, "calibration": _calibration},
        "retrieval": {"recall": _recall},
    }.get(result.task, {})
    made = []
    for name, paint in pictures.items():
        figure = Figure(figsize=_SIZE, dpi=_DPI, layout="constrained")
        paint(figure.add_subplot(), result)
        figure.savefig(folder / f"{name}.png")
        made.append(folder / f"{name}.png")
    return made


def _risk_coverage(axes: "Axes", result: Result) -> None:
    coverage, risk = calibration.risk_coverage(result.scores["confidence"], result.scores["right"])
    axes.plot(coverage, risk)
    shipped = float(result.scores["answered"].mean())
    axes.axvline(shipped, linestyle="--", color="grey", label="answered by the product")
    axes.set(xlabel="share of questions answered", ylabel="share of these wrong", xlim=(0, 1), ylim=(0, 1))
    axes.legend()


def _calibration(axes: "Axes", result: Result) -> None:
    means, shares, counts = calibration.reliability(result.scores["confidence"], result.scores["right"])
    axes.plot([0, 1], [0, 1], linestyle="--", color="grey", label="calibrated")
    axes.scatter(means, shares, s=20 + 200 * counts / counts.max(), label="size: questions")
    axes.set(xlabel="confidence", ylabel="share right", xlim=(0, 1), ylim=(0, 1))
    axes.legend()


def _recall(axes: "Axes", result: Result) -> None:
    found = {int(name[2:]): value for name, value in metrics(result).items() if name.startswith("R@")}
    axes.plot(list(found), list(found.values()), marker="o")
    axes.set(xlabel="documents looked at", ylabel="recall", ylim=(0, 1), xticks=list(found))
