"""The plain way to measure sensitivity, a second writing: edit, run all, restore."""

from __future__ import annotations

from collections import Counter

import numpy as np
import torch
from torch import nn

SHARES = (0.5, 0.9)


def magnitude(weight, share):
    """Zeroes the round(share n) smallest; of equal ones the first."""
    flat = weight.detach().flatten()
    sizes = flat.abs().tolist()
    order = sorted(range(len(sizes)), key=lambda i: (sizes[i], i))
    flat = flat.clone()
    flat[order[: round(share * len(sizes))]] = 0
    return flat.view_as(weight)


def run(model, x):
    with torch.no_grad(), torch.random.fork_rng():
        # As the guard does, for models that draw random numbers, and for torch's encoders.
        torch.manual_seed(20_170_801)
        fast = torch.backends.mha.get_fastpath_enabled()
        torch.backends.mha.set_fastpath_enabled(False)
        found = model(x.clone())
        torch.backends.mha.set_fastpath_enabled(fast)
    return found.flatten(2).transpose(1, 2) if found.dim() == 4 else found


def run_in_batch_statistics(model, x, weight):
    """Runs with BatchNorms in training mode that begin after `weight` is first used."""
    names = {module: name for name, module in model.named_modules()}
    state = {name: value.clone() for name, value in model.state_dict().items()}
    seen = Counter()

    def enter(module, _args):
        seen[names[module]] += 1
        holds = any(parameter is weight for parameter in module.parameters(recurse=False))
        seen["edited"] += holds
        if isinstance(module, nn.BatchNorm2d) and seen["edited"]:
            module.train()

    handles = [module.register_forward_pre_hook(enter) for module in model.modules()]
    outputs = run(model, x)
    for handle in handles:
        handle.remove()
    model.eval()
    edited = weight.detach().clone()
    model.load_state_dict(state)
    assert torch.equal(edited, weight)
    return outputs


def kl(dense, edited):
    """Returns float64 [N]."""
    p, q = dense.double().log_softmax(-1), edited.double().log_softmax(-1)
    each = (p.exp() * (p - q)).sum(-1)
    return each if each.dim() == 1 else each.mean(1)


def losses(outputs, labels):
    return -outputs.double().log_softmax(-1).gather(1, labels[:, None])[:, 0]


def changes(model, x, labels, weight, edited):
    """Returns float64 [n] by measure for one edited weight."""
    before, in_batch = run(model, x), run_in_batch_statistics(model, x, weight)
    kept = weight.detach().clone()
    with torch.no_grad():
        weight.copy_(edited)
    after, in_batch_after = run(model, x), run_in_batch_statistics(model, x, weight)
    with torch.no_grad():
        weight.copy_(kept)
    found = {"kl": kl(before, after), "kl_batch": kl(in_batch, in_batch_after)}
    if before.dim() == 2:
        found["loss"] = losses(after, labels) - losses(before, labels)
        right = [(o.argmax(1) == labels).double() for o in (after, before)]
        found["metric"] = right[0] - right[1]
    return found


def scan(model, chunks, weights, levels=SHARES, edit=magnitude):
    """Returns means over samples float64 [U, K] by measure.

    Args:
      model: in evaluation mode.
      chunks: (x, labels) pairs.
      weights: parameters to edit, U.
      levels: K.
      edit: (weight, level) -> edited weight.
    """
    sums = {}
    samples = sum(len(labels) for _, labels in chunks)
    for x, labels in chunks:
        for u, weight in enumerate(weights):
            for k, level in enumerate(levels):
                found = changes(model, x, labels, weight, edit(weight, level))
                for name, values in found.items():
                    table = sums.setdefault(name, np.zeros((len(weights), len(levels))))
                    table[u, k] += float(values.sum())
    return {name: table / samples for name, table in sums.items()}
