"""What the figures say in words: which explanations fail a check, and why."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from lightning_callbacks.quality.measures import RANDOM_MODELS

# Medians over samples.
_INCOMPLETE = (0.05, 0.2)  # warn, fail
_UNTOUCHED_BY_WEIGHTS = (0.2, 0.5)
_SAME_FOR_EVERY_CLASS = 0.9
_UNSTABLE = 1.0
_DISAGREE = 0.2

Level = Literal["warn", "fail"]


@dataclass(frozen=True)
class Verdict:
    """One reason for doubt."""

    method: str
    measure: str
    level: Level
    message: str


def verdicts(
    methods: Sequence[str],
    values: Mapping[str, np.ndarray],
    control: Mapping[str, np.ndarray],
    agreement: np.ndarray,
    distinct: Sequence[int],
) -> list[Verdict]:
    """Returns all reasons for doubt.

    Args:
      methods: M names.
      values: by measure, float [M, N].
      control: by measure, float [N], of a random order.
      agreement: float [M, M].
      distinct: of each method, how many different values a map has: few are alike by chance.
    """
    found = []
    for index, method in enumerate(methods):
        own = {name: _median(figures[index]) for name, figures in values.items()}
        found += [
            Verdict(method, *reason)
            for reason in _reasons(own, control, by_chance(distinct[index]))
        ]
    return [*found, *_disagreements(methods, agreement)]


def _median(figures: np.ndarray) -> float:
    known = figures[np.isfinite(figures)]
    return float(np.median(known)) if len(known) else float("nan")


Reason = tuple[str, Level, str]


def by_chance(distinct: int) -> float:
    """Returns which mean correlation with random models one in twenty unrelated maps would have."""
    return 2 / math.sqrt(max(1, distinct - 1) * RANDOM_MODELS)


def _reasons(
    own: Mapping[str, float], control: Mapping[str, np.ndarray], chance: float
) -> Iterator[Reason]:
    error = own.get("completeness", float("nan"))
    if error > _INCOMPLETE[0]:
        yield (
            "completeness",
            "fail" if error > _INCOMPLETE[1] else "warn",
            f"Values should add up to what the output rose by, and miss it by {error:.0%}.",
        )
    alike = own.get("randomised_100", float("nan"))
    if abs(alike) > max(_UNTOUCHED_BY_WEIGHTS[0], chance):
        level: Level = "fail" if abs(alike) > _UNTOUCHED_BY_WEIGHTS[1] else "warn"
        message = (
            f"With all weights random the maps stay alike (Spearman {alike:.2f}): they show the "
            "input more than the model."
        )
        yield "randomised_100", level, message
    same = own.get("random_logit", float("nan"))
    if same > _SAME_FOR_EVERY_CLASS:
        yield (
            "random_logit",
            "warn",
            f"Another class has nearly the same map (Spearman {same:.2f}).",
        )
    unstable = own.get("max_sensitivity", float("nan"))
    if unstable > _UNSTABLE:
        yield (
            "max_sensitivity",
            "warn",
            f"Noise of 2 % on the input changes the map by {unstable:.0%} of itself.",
        )
    yield from _no_better_than_chance(own, control)


def _no_better_than_chance(
    own: Mapping[str, float], control: Mapping[str, np.ndarray]
) -> Iterator[Reason]:
    for name, sign, words in (
        ("deletion", 1, "Removing what it calls important harms no more than a random order"),
        ("insertion", -1, "Inserting what it calls important helps no more than a random order"),
    ):
        chance = _median(control[name]) if name in control else float("nan")
        if sign * (own.get(name, float("nan")) - chance) >= 0:
            yield name, "warn", f"{words} (AUC {own[name]:.2f} against {chance:.2f})."


def _disagreements(methods: Sequence[str], agreement: np.ndarray) -> Iterator[Verdict]:
    for i, first in enumerate(methods):
        for j in range(i + 1, len(methods)):
            if agreement[i, j] < _DISAGREE:
                yield Verdict(
                    first,
                    "agreement",
                    "warn",
                    f"{first} and {methods[j]} disagree on what matters (Spearman "
                    f"{agreement[i, j]:.2f}).",
                )
