"""Estimates from gradients of the weights themselves, over minibatches of a few samples.

With the gradient g_b of the summed log-likelihood of a minibatch b of B samples, the diagonal F of
the Fisher information is the mean over minibatches of g_b^2 / B (exact in expectation if labels are
drawn, since samples are then independent with mean zero); a change D of the weights makes a KL of
half the sum of F D^2. Of units of several tensors, and of weights without a layer of their own, the
changes are taken together: half the mean of <g_b, D>^2 / B.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from lightning_callbacks.sensitivity.deltas import deltas
from lightning_callbacks.sensitivity.edits.edited import EditedUnit, Edits
from lightning_callbacks.sensitivity.likelihood import Likelihood
from lightning_callbacks.sensitivity.moments import Moments
from lightning_callbacks.sensitivity.replay import in_statistics
from lightning_callbacks.sensitivity.samples import Chunk, split
from lightning_callbacks.sensitivity.subject import Subject

# Samples in a minibatch: large ones run faster, but an average wants at least some of them.
_SMALLEST, _LARGEST, _MINIBATCHES = 8, 32, 16


def minibatch(samples: int) -> int:
    """Returns how many of all samples a minibatch has."""
    return min(max(samples // _MINIBATCHES, _SMALLEST), _LARGEST)


class Diagonal:
    """Adds up gradients of one unit, and estimates from them; see the module docstring."""

    def __init__(self, unit: EditedUnit, levels: int) -> None:
        self._unit = unit
        self._levels = levels
        self._sum = [torch.zeros_like(tensor) for tensor in unit.tensors]
        self._fisher = [torch.zeros_like(tensor) for tensor in unit.tensors]
        self._samples = 0

    def add(self, gradients: Sequence[Tensor], samples: int) -> None:
        """Adds the gradients of the summed log-likelihood of a minibatch."""
        for total, fisher, gradient in zip(self._sum, self._fisher, gradients, strict=True):
            total.add_(gradient)
            fisher.addcmul_(gradient, gradient)
        self._samples += samples

    def moments(self) -> tuple[np.ndarray, np.ndarray]:
        """Returns mean q and mean q^2 float64 [K], q being a sample's change of log-likelihood."""
        first, second = np.zeros(self._levels), np.zeros(self._levels)
        for level, changes in enumerate(deltas(self._unit, self._levels)):
            for change, total, fisher in zip(changes, self._sum, self._fisher, strict=True):
                first[level] += float((total * change).sum(dtype=torch.float64))
                second[level] += float((fisher * change.square()).sum(dtype=torch.float64))
        return first / self._samples, second / self._samples


class Together:
    """The same, of changes taken together."""

    def __init__(self, unit: EditedUnit, levels: int) -> None:
        self._deltas = list(deltas(unit, levels))
        self._products: list[np.ndarray] = []
        self._sizes: list[int] = []

    def add(self, gradients: Sequence[Tensor], samples: int) -> None:
        """Adds the gradients of the summed log-likelihood of a minibatch."""
        products = [
            sum(float((g * c).sum(dtype=torch.float64)) for g, c in zip(gradients, cs, strict=True))
            for cs in self._deltas
        ]
        self._products.append(np.array(products))
        self._sizes.append(samples)

    def moments(self) -> tuple[np.ndarray, np.ndarray]:
        """Returns mean q and mean q^2 float64 [K], q being a sample's change of log-likelihood."""
        products, sizes = np.array(self._products), np.array(self._sizes)[:, None]
        mean = products.sum(0) / sizes.sum()
        # Of sums over B samples: B variances of one, around B means.
        spread = ((products - sizes * mean) ** 2).sum(0) / sizes.sum()
        return mean, spread + mean**2


def gradients(
    model: nn.Module,
    forward: Callable[[], Tensor],
    likelihood: Callable[[Tensor], Tensor],
    tensors: Sequence[Tensor],
    *,
    batch_statistics: bool,
) -> list[Tensor]:
    """Returns the gradients of the summed log-likelihood with respect to `tensors`.

    Args:
      model: inside the guard.
      forward: runs it on a minibatch.
      likelihood: of its outputs, float [N].
      tensors: parameters; zeros for those that nothing depends on, and for buffers.
      batch_statistics: whether BatchNorm uses the batch's statistics.
    """
    wanted = [tensor for tensor in tensors if isinstance(tensor, nn.Parameter)]
    for tensor in wanted:
        tensor.requires_grad_()
    try:
        with torch.enable_grad(), in_statistics(model, of_batch=batch_statistics):
            total = likelihood(forward()).sum()
        found = torch.autograd.grad(total, wanted, allow_unused=True)
    finally:
        for tensor in wanted:
            tensor.requires_grad = False
    known = {id(t): g for t, g in zip(wanted, found, strict=True) if g is not None}
    return [known.get(id(t), torch.zeros_like(t)).detach() for t in tensors]


def in_weight_space(
    found: Subject, edits: Edits, likelihood: Likelihood, *, batch_statistics: bool
) -> Moments:
    """Returns moments of all units; see `output_space.in_output_space`."""
    moments = Moments(len(edits.units), len(edits.levels))
    add_from_weights(moments, found, edits, likelihood, batch_statistics=batch_statistics)
    return moments


def add_from_weights(
    moments: Moments,
    found: Subject,
    edits: Edits,
    likelihood: Likelihood,
    *,
    batch_statistics: bool,
    others: Sequence[int] | None = None,
) -> None:
    """Fills in the moments of all units, or of the `others`, whose changes are taken together."""
    numbers = range(len(edits.units)) if others is None else others
    units = {number: edits.units[number] for number in numbers}
    sums = {
        number: (Diagonal if others is None and len(unit.tensors) == 1 else Together)(
            unit, len(edits.levels)
        )
        for number, unit in units.items()
    }
    tensors = [tensor for unit in units.values() for tensor in unit.tensors]
    if units:
        likelihood.restart()
    size = minibatch(sum(chunk.samples for chunk in found.chunks))
    for chunk in found.chunks if units else []:
        for part in split(chunk, size):
            slopes = iter(_slopes(found, part, likelihood, tensors, batch=batch_statistics))
            for number, unit in units.items():
                sums[number].add([next(slopes) for _ in unit.tensors], part.samples)
    for number, one in sums.items():
        moments.first[number], moments.second[number] = one.moments()


def _slopes(
    found: Subject, part: Chunk, likelihood: Likelihood, tensors: Sequence[Tensor], *, batch: bool
) -> list[Tensor]:
    def of(outputs: Tensor) -> Tensor:
        return likelihood.of(outputs, found.truths(part, outputs))

    return gradients(found.model, found.forward(part), of, tensors, batch_statistics=batch)
