"""Invented measures of how far explanations can be believed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tests.synthetic_attention import status

# name: (label, unit, better, source, value of a good method, of a poor one, of a random order)
MEASURES = {
    "completeness": (
        "completeness error", "fraction", "low", "Sundararajan et al. 2017", 0.004, 0.3, None,
    ),
    "deletion": ("deletion AUC", "", "low", "Petsiuk et al. 2018", 0.18, 0.46, 0.48),
    "insertion": ("insertion AUC", "", "high", "Petsiuk et al. 2018", 0.81, 0.55, 0.53),
    "infidelity": ("infidelity", "logit²", "low", "Yeh et al. 2019", 0.02, 0.2, None),
    "sensitivity": ("max-sensitivity", "", "low", "Yeh et al. 2019", 0.08, 0.6, None),
    "sparseness": ("sparseness (Gini)", "", None, "Chalasani et al. 2020", 0.72, 0.31, None),
    "randomisation": (
        "similarity to random weights", "Spearman", "low", "Adebayo et al. 2018", 0.06, 0.71, None,
    ),
    "drift": ("similarity to the last record", "Spearman", None, "", 0.93, 0.5, None),
}  # fmt: skip
FRACTIONS = np.linspace(0, 1, 21)


def quality(shape: Any, methods: Mapping[str, Any], learned: float, seed: int) -> dict[str, Any]:
    """Returns fields and arrays of an `explanation_quality` record.

    Args:
      shape: an `AttributionShape`.
      methods: `METHODS`, by name.
      learned: 0 (untrained) to 1.
      seed: of the invented spread over samples.
    """
    drawn = np.random.default_rng(seed)
    fields = {
        "probe": shape.digest,
        **status(),
        "target": shape.targets[0],
        "methods": [{"name": name, "title": methods[name].title} for name in shape.methods],
        "measures": [_measure(name) for name in MEASURES],
        "verdicts": [each for name in shape.methods for each in _verdicts(name, methods[name])],
        "fractions": FRACTIONS.tolist(),
    }
    return {"fields": fields, "arrays": _arrays(shape, methods, learned, drawn)}


def _measure(name: str) -> dict[str, Any]:
    label, unit, better, source, *_ = MEASURES[name]
    return {"name": name, "label": label, "unit": unit, "better": better, "source": source}


def _verdicts(name: str, method: Any) -> list[dict[str, str]]:
    verdicts = []
    if method.error > 0.05:
        level = "fail" if method.error > 0.2 else "warn"
        message = f"Values miss the output by {method.error:.0%}; they should add up to it."
        verdicts.append((level, "completeness", message))
    if _poorness(method) > 0.7:
        message = "The maps stay alike when the weights are made random (Spearman 0.71)."
        verdicts.append(("fail", "randomisation", message))
    return [
        {"method": name, "measure": measure, "level": level, "message": message}
        for level, measure, message in verdicts
    ]


def _poorness(method: Any) -> float:
    return min(1.0, method.noise / 0.3)


def _arrays(
    shape: Any, methods: Mapping[str, Any], learned: float, drawn: np.random.Generator
) -> dict[str, np.ndarray]:
    M, S, N = len(shape.methods), len(MEASURES), shape.samples
    values = np.full((M, S, N), np.nan)
    control = np.full((S, N), np.nan)
    for s, (*_, good, poor, chance) in enumerate(MEASURES.values()):
        for m, name in enumerate(shape.methods):
            share = max(_poorness(methods[name]), 1 - learned)
            values[m, s] = (good + share * (poor - good)) * (1 + 0.15 * drawn.normal(size=N))
        if chance is not None:
            control[s] = chance + 0.03 * drawn.normal(size=N)
    incomplete = [not methods[name].complete for name in shape.methods]
    values[incomplete, 0] = np.nan
    poorness = [max(_poorness(methods[name]), 1 - learned) for name in shape.methods]
    agreement = 1 - 0.6 * (np.add.outer(poorness, poorness) / 2)
    np.fill_diagonal(agreement, 1)
    curves = np.array([_fall(share) for share in [*poorness, 1.0]])
    arrays = {
        "values": values,
        "control": control,
        "agreement": agreement,
        "deletion": curves,
        "insertion": 1 - curves,
    }
    return {name: array.astype(np.float32) for name, array in arrays.items()}


def _fall(poorness: float) -> np.ndarray:
    """Returns float [P]: the output as ever more of the input is removed."""
    steep = 7 * (1 - poorness)
    return (
        (np.exp(-steep * FRACTIONS) - np.exp(-steep)) / (1 - np.exp(-steep))
        if steep
        else (1 - FRACTIONS)
    )
