"""Estimates from what a change of weights does to its layer's own output.

With a layer's input a_n and the gradient d_n of sample n's log-likelihood with respect to its
output, a change D of the weights changes the log-likelihood by q_n = <d_n, layer(a_n; D)>, to first
order. One backward pass serves all layers; all levels of a layer are multiplied at once. KL is
estimated as half the mean of q_n^2; the change of loss, with the labels of the data, as the same
minus the mean of q_n (signed first and second order).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from lightning_callbacks.sensitivity.edits.edited import Edits
from lightning_callbacks.sensitivity.layer_products import (
    Tapped,
    first_order,
    has_own_output,
    is_product,
)
from lightning_callbacks.sensitivity.likelihood import Likelihood
from lightning_callbacks.sensitivity.moments import Moments
from lightning_callbacks.sensitivity.samples import Chunk
from lightning_callbacks.sensitivity.subject import Subject
from lightning_callbacks.sensitivity.tap import Tap
from lightning_callbacks.sensitivity.trace import trace
from lightning_callbacks.sensitivity.weight_space import add_from_weights


def in_output_space(
    found: Subject, edits: Edits, likelihood: Likelihood, *, batch_statistics: bool
) -> Moments:
    """Returns moments of all units; of those without outputs of their own from weights' gradients.

    Args:
      found: the model and its samples.
      edits: of it.
      likelihood: what is differentiated.
      batch_statistics: whether BatchNorm uses the batch's statistics.
    """
    moments = Moments(len(edits.units), len(edits.levels))
    owners = _owners(found, edits, batch_statistics=batch_statistics)
    tap = Tap({module for some in owners.values() for module in some}, batch_statistics)
    q: dict[int, list[Tensor]] = {number: [] for number in owners}
    for chunk in found.chunks if owners else []:
        calls = _tapped(found, chunk, tap, likelihood)
        for number, modules in owners.items():
            mine = [call for call in calls if call[0] in modules]
            unit = edits.units[number]
            q[number].append(first_order(unit, len(edits.levels), mine, chunk.samples))
    for number, parts in q.items():
        moments.set_samples(number, torch.cat(parts, 1))
    others = [number for number in range(len(edits.units)) if number not in q]
    add_from_weights(
        moments, found, edits, likelihood, others=others, batch_statistics=batch_statistics
    )
    return moments


def _owners(found: Subject, edits: Edits, *, batch_statistics: bool) -> dict[int, list[nn.Module]]:
    """Returns the layers whose weight a unit is, of those whose outputs show all of its use."""
    owners = [found.owners(unit.tensors) for unit in edits.units]
    layers = {module for some in owners for module in some if is_product(module)}
    tap = Tap(layers, batch_statistics)
    # With gradients, since torch's own transformer layers run differently then.
    forward = found.forward(found.first)
    traced = trace(found.model, lambda: tap.run(found.model, forward))
    return {
        number: owners[number]
        for number, unit in enumerate(edits.units)
        if has_own_output(traced, unit, owners[number])
    }


def _tapped(found: Subject, chunk: Chunk, tap: Tap, likelihood: Likelihood) -> list[Tapped]:
    outputs = tap.run(found.model, found.forward(chunk))
    with torch.enable_grad():
        total = likelihood.of(outputs, found.truths(chunk, outputs)).sum()
    kept = [output for _, _, output in tap.calls]
    slopes = torch.autograd.grad(total, kept, allow_unused=True)
    return [
        (layer, given, torch.zeros_like(output) if slope is None else slope)
        for (layer, given, output), slope in zip(tap.calls, slopes, strict=True)
    ]
