"""Plots of a run as SVG text, drawn by matplotlib without a display."""

import io
from collections.abc import Sequence
from typing import Any

INK, ACCENT = "#16211f", "#0b5c63"


def reliability(bins: Sequence[tuple[float, float, int]]) -> str:
    """Predicted probability against the share that was answerable; the diagonal is perfect."""
    figure, axes = _figure(4.2, 3.6)
    axes.plot([0, 1], [0, 1], color="#999", linewidth=1, linestyle="--")
    axes.plot([p for p, _, _ in bins], [t for _, t, _ in bins], color=ACCENT, marker="o")
    for predicted, true, count in bins:
        axes.annotate(str(count), (predicted, true), textcoords="offset points", xytext=(5, -11))
    axes.set(xlabel="predicted probability of an answer", ylabel="share that was answerable")
    return _svg(figure)


def histogram(values: Sequence[float], label: str) -> str:
    """How values are spread."""
    figure, axes = _figure(4.2, 2.6)
    axes.hist(values, bins=30, color=ACCENT)
    axes.set(xlabel=label, ylabel="cases")
    return _svg(figure)


def intervals(rows: Sequence[tuple[str, float, float, float]]) -> str:
    """Numbers between 0 and 1 with their intervals, one a line."""
    figure, axes = _figure(6.4, 0.34 * len(rows) + 0.8)
    for n, (_, value, low, high) in enumerate(reversed(rows)):
        axes.plot([low, high], [n, n], color=ACCENT, linewidth=3, alpha=0.35)
        axes.plot(value, n, color=ACCENT, marker="o")
    axes.set_yticks(range(len(rows)), [name for name, *_ in reversed(rows)])
    axes.set_xlim(0, 1.02)
    axes.grid(axis="x", color="#ddd")
    return _svg(figure)


def _figure(width: float, height: float) -> tuple[Any, Any]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(colors=INK, labelsize=9)
    return figure, axes


def _svg(figure: Any) -> str:
    import matplotlib

    out = io.StringIO()
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "run"}):
        figure.savefig(out, format="svg", metadata={"Date": None})
    text = out.getvalue()
    return text[text.index("<svg") :]
