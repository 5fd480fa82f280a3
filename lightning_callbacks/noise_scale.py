"""The gradient noise scale, from the gradients of the micro-batches of an accumulation window.

McCandlish et al. 2018, "An Empirical Model of Large-Batch Training", appendix A.1: from squared
norms at two batch sizes come unbiased estimates of the true gradient's squared norm |G|^2 and of
the trace of the covariance tr(S) of one sample's gradient. Their ratio is the "simple" noise scale:
the batch size, in samples, up to which larger batches pay. Both are noisy and are averaged over
records before they are divided, as in the paper. It knows gradients; nothing of trainers.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn

from lightning_callbacks.reduce import as_real

# Weight of the past in the running averages.
_MEMORY = 0.9


class NoiseScale:
    """Follows one accumulation window at a time; averages go on over records."""

    def __init__(self) -> None:
        self._averages: dict[str, np.ndarray] = {}
        self._weights: dict[str, float] = {}
        self.start_window()

    def start_window(self) -> None:
        """Forgets the micro-batches of the last window."""
        self._sums: dict[str, Tensor] = {}
        self._squares: dict[str, list[Tensor]] = {}

    def add(self, named: Mapping[str, nn.Parameter], scale: float) -> None:
        """Notes what the last backward pass added to the gradients.

        Args:
          named: parameters by name, whose `.grad` accumulates.
          scale: the loss scale that is still in them.
        """
        for name, parameter in named.items():
            if parameter.grad is None:
                continue
            gradient = parameter.grad.detach()
            gradient = (gradient.to_dense() if gradient.is_sparse else gradient) / scale
            before = self._sums.get(name)
            added = gradient if before is None else gradient - before
            self._squares.setdefault(name, []).append(_squared_norm(added))
            self._sums[name] = gradient

    def estimates(self, name: str, samples: int) -> tuple[float, float]:
        """Returns running averages of (|G|^2, tr(S) of one sample); NaN of a single micro-batch.

        Args:
          name: of a parameter.
          samples: in a micro-batch.
        """
        parts = self._squares.get(name, [])
        count = len(parts)
        if count < 2:
            return float("nan"), float("nan")
        # Each micro-batch's loss, and so its gradient, was divided by their number.
        small = float(torch.stack(parts).mean()) * count**2
        big = float(_squared_norm(self._sums[name]))
        signal = (count * big - small) / (count - 1)
        noise = samples * (small - big) / (1 - 1 / count)
        return self._averaged(name, np.array([signal, noise]))

    def _averaged(self, name: str, values: np.ndarray) -> tuple[float, float]:
        average = self._averages.get(name, np.zeros(2))
        weight = self._weights.get(name, 0.0)
        self._averages[name] = average = _MEMORY * average + (1 - _MEMORY) * values
        self._weights[name] = weight = _MEMORY * weight + (1 - _MEMORY)
        signal, noise = average / weight
        return float(signal), float(noise)


def _squared_norm(tensor: Tensor) -> Tensor:
    norm: Tensor = torch.linalg.vector_norm(as_real(tensor), dtype=torch.float64)
    return norm.square()
