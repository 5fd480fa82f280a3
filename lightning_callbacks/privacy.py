"""Releasing aggregates with differential privacy: clipping, Gaussian noise, accounting.

The accountant is Google's `dp-accounting`. It knows vectors; nothing of what they are of.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

# Replacing one sample moves a sum of clipped vectors by at most twice the clip.
_SENSITIVITY = 2.0


class PrivacyError(RuntimeError):
    """The privacy budget does not allow another release."""


@dataclass(frozen=True)
class DifferentialPrivacy:
    """How much may become known of any one sample, by all releases of a run together.

    The Gaussian mechanism (Dwork and Roth 2014): of every sample's vector at most `clip` in
    Euclidean norm counts, and the mean of N of them gets noise of standard deviation
    `multiplier` * 2 * clip / N in each component. Neighbours are two probes of which one sample is
    replaced; N is public. What the model's own weights give away is not covered, nor which samples
    of a data set are drawn. A run that is resumed knows of the releases up to its checkpoint: those
    made after it, before a crash, come on top.

    Attributes:
      epsilon: the budget of all releases.
      delta: likewise; well below one over the number of samples.
      clip: the largest Euclidean norm of one sample's vector, in the unit of the attributions.
      releases: how many records share the budget; after them nothing is released.

    Raises:
      ValueError: a value out of range.
    """

    epsilon: float
    delta: float
    clip: float
    releases: int = 1

    def __post_init__(self) -> None:
        for name in ("epsilon", "clip"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be positive, not {getattr(self, name)}.")
        if not 0 < self.delta < 1:
            raise ValueError(f"delta must be between 0 and 1, not {self.delta}.")
        if self.releases < 1:
            raise ValueError(f"releases must be 1 or more, not {self.releases}.")


@dataclass
class Ledger:
    """What has been released so far under one `DifferentialPrivacy`.

    Attributes:
      privacy: the budget.
      released: how many releases there were.
      multiplier: standard deviation of the noise on a sum, in units of its sensitivity.
    """

    privacy: DifferentialPrivacy
    released: int = 0
    multiplier: float = field(init=False)

    def __post_init__(self) -> None:
        dp, rdp = _accounting()

        def event(multiplier: float) -> Any:
            one = dp.GaussianDpEvent(multiplier)
            return dp.SelfComposedDpEvent(one, self.privacy.releases)

        self.multiplier = dp.calibrate_dp_mechanism(
            rdp.RdpAccountant, event, self.privacy.epsilon, self.privacy.delta
        )

    @property
    def spent(self) -> float:
        """The epsilon of all releases so far, at the budget's delta."""
        if not self.released:
            return 0.0
        dp, rdp = _accounting()
        accountant = rdp.RdpAccountant()
        accountant.compose(dp.GaussianDpEvent(self.multiplier), self.released)
        return float(accountant.get_epsilon(self.privacy.delta))

    def noise(self, samples: int) -> float:
        """Returns the standard deviation of the noise on a mean over `samples`."""
        return self.multiplier * _SENSITIVITY * self.privacy.clip / samples

    def require(self) -> None:
        """Makes sure that another release is allowed.

        Raises:
          PrivacyError: all of the budget's releases have been made.
        """
        if self.released >= self.privacy.releases:
            raise PrivacyError(
                f"All {self.privacy.releases} releases of the privacy budget (epsilon "
                f"{self.privacy.epsilon:g}) have been made. For more records, plan for them: "
                "DifferentialPrivacy(..., releases=...), which adds more noise to each."
            )

    def mean(self, vectors: np.ndarray) -> np.ndarray:
        """Returns the clipped, noised mean of `vectors`, float64 [D] of [N, D]: one release.

        Raises:
          PrivacyError: all of the budget's releases have been made.
        """
        self.require()
        clipped = clip_rows(np.asarray(vectors, np.float64), self.privacy.clip)
        # From the system's entropy: a seed that others know would take the noise off again.
        noise = np.random.default_rng().normal(0, self.noise(len(vectors)), clipped.shape[1])
        self.released += 1
        released: np.ndarray = clipped.mean(axis=0) + noise
        return released

    def fields(self, samples: int) -> dict[str, Any]:
        """Returns the field `privacy` of a record."""
        return {
            "epsilon": self.privacy.epsilon,
            "delta": self.privacy.delta,
            "clip": self.privacy.clip,
            "noise": self.noise(samples),
            "spent_epsilon": self.spent,
            "releases": self.released,
            "planned_releases": self.privacy.releases,
        }


def clip_rows(vectors: np.ndarray, clip: float) -> np.ndarray:
    """Returns `vectors` [N, D], each scaled down to a Euclidean norm of at most `clip`.

    A vector with NaN or infinity counts as zeros.
    """
    finite = np.where(np.isfinite(vectors).all(axis=1, keepdims=True), vectors, 0.0)
    norms = np.linalg.norm(finite, axis=1, keepdims=True)
    clipped: np.ndarray = finite * (clip / np.maximum(norms, clip))
    return clipped


def _accounting() -> tuple[Any, Any]:
    try:
        import dp_accounting
        from dp_accounting import rdp
    except ImportError as error:
        raise ImportError(
            "DifferentialPrivacy needs the package dp-accounting: pip install tb-explain[privacy]."
        ) from error
    return dp_accounting, rdp
