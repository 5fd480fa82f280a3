"""The trace of the loss's Hessian for each weight, by Hutchinson's probes.

HAWQ-V2 (Dong et al. 2020, arXiv:1911.03852) ranks layers by the mean trace times the squared norm
of the change; half of that is the change of loss if the Hessian were a multiple of the identity.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from lightning_callbacks.sensitivity.deltas import deltas
from lightning_callbacks.sensitivity.edits.edited import Edits
from lightning_callbacks.sensitivity.likelihood import Likelihood
from lightning_callbacks.sensitivity.moments import Moments
from lightning_callbacks.sensitivity.replay import in_statistics
from lightning_callbacks.sensitivity.samples import Chunk
from lightning_callbacks.sensitivity.subject import Subject

PROBES = 4  # per chunk of samples, of random signs
_SEED = 1_946  # any


def from_traces(
    found: Subject, edits: Edits, likelihood: Likelihood, *, batch_statistics: bool
) -> Moments:
    """Returns moments of which only the second is known: twice the change of loss.

    The loss is minus the mean log-likelihood; see `output_space.in_output_space`.
    """
    moments = Moments(len(edits.units), len(edits.levels))
    tensors = [t for unit in edits.units for t in unit.tensors if isinstance(t, nn.Parameter)]
    traces = _over_chunks(found, tensors, likelihood, batch_statistics=batch_statistics)
    by_tensor = {id(tensor): trace for tensor, trace in zip(tensors, traces, strict=True)}
    for number, unit in enumerate(edits.units):
        for level, changes in enumerate(deltas(unit, len(edits.levels))):
            moments.first[number, level] = 0.0
            moments.second[number, level] = sum(
                by_tensor.get(id(tensor), 0.0) * float(change.double().square().sum())
                for tensor, change in zip(unit.tensors, changes, strict=True)
            )
    return moments


def _over_chunks(
    found: Subject, tensors: Sequence[Tensor], likelihood: Likelihood, *, batch_statistics: bool
) -> list[float]:
    generator = torch.Generator().manual_seed(_SEED)
    samples = sum(chunk.samples for chunk in found.chunks)
    totals = [0.0] * len(tensors)
    for chunk in found.chunks:

        def loss(chunk: Chunk = chunk) -> Tensor:
            with in_statistics(found.model, of_batch=batch_statistics):
                outputs = found.forward(chunk)()
            return -likelihood.of(outputs, found.truths(chunk, outputs)).sum() / samples

        for place, trace in enumerate(mean_traces(loss, tensors, generator)):
            totals[place] += trace
    return totals


def mean_traces(
    loss: Callable[[], Tensor], parameters: Sequence[Tensor], generator: torch.Generator
) -> list[float]:
    """Returns the mean of the Hessian's diagonal for each of `parameters`.

    Args:
      loss: runs the model; returns the mean loss.
      parameters: whose gradients are taken.
      generator: draws the probes.
    """
    for parameter in parameters:
        parameter.requires_grad_()
    try:
        return _mean_traces(loss, parameters, generator)
    finally:
        for parameter in parameters:
            parameter.requires_grad = False


def _mean_traces(
    loss: Callable[[], Tensor], parameters: Sequence[Tensor], generator: torch.Generator
) -> list[float]:
    # The fused attention has no second derivative.
    with torch.enable_grad(), nn.attention.sdpa_kernel(nn.attention.SDPBackend.MATH):
        first = torch.autograd.grad(loss(), parameters, create_graph=True, allow_unused=True)
        used = [(i, g) for i, g in enumerate(first) if g is not None and g.requires_grad]
        traces = [0.0] * len(parameters)
        for _ in range(PROBES):
            for i, product in _probed(used, parameters, generator):
                traces[i] += product / PROBES / parameters[i].numel()
    return traces


def _probed(
    used: Sequence[tuple[int, Tensor]], parameters: Sequence[Tensor], generator: torch.Generator
) -> list[tuple[int, float]]:
    signs = [
        torch.randint(0, 2, g.shape, generator=generator).to(g).mul_(2).sub_(1) for _, g in used
    ]
    wanted = [parameters[i] for i, _ in used]
    seconds = torch.autograd.grad(
        [g for _, g in used], wanted, signs, retain_graph=True, allow_unused=True
    )
    return [
        (i, float((sign * second).sum(dtype=torch.float64)))
        for (i, _), sign, second in zip(used, signs, seconds, strict=True)
        if second is not None
    ]
