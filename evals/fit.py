"""Fit the answerability model on the development cases and print it for ``tuning.toml``."""

from collections.abc import Sequence

import numpy as np

from evals.generate import Output

SIGNALS = ("cosine", "coverage", "best_coverage", "known", "names")


def fit(outputs: Sequence[Output], ridge: float = 0.1, steps: int = 50) -> dict[str, float]:
    """Weights and bias of a ridge-penalized logistic regression, by Newton's method.

    The classes are weighted to count alike, so that the cut at one half treats a wrong answer
    and a wrong refusal as equally bad.
    """
    x = np.array([[o.signals[name] for name in SIGNALS] + [1.0] for o in outputs])
    y = np.array([float(o.case.answerable) for o in outputs])
    share = np.where(y == 1, 0.5 / y.sum(), 0.5 / (1 - y).sum()) * len(y)
    penalty = np.diag([ridge] * len(SIGNALS) + [1e-6])
    weights = np.zeros(x.shape[1])
    for _ in range(steps):
        p = 1 / (1 + np.exp(-x @ weights))
        gradient = x.T @ (share * (p - y)) + penalty @ weights
        curvature = (x * (share * p * (1 - p))[:, None]).T @ x + penalty
        weights -= np.linalg.solve(curvature, gradient)
    names = (*SIGNALS, "bias")
    return {name: round(float(w), 2) for name, w in zip(names, weights, strict=True)}
