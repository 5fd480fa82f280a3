"""Models with random weights, layer by layer from the output: for sanity checks of explanations."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn


def weighted_modules(model: nn.Module) -> list[nn.Module]:
    """Returns the modules that hold parameters of their own, in order of definition."""
    return [
        module for module in model.modules() if any(True for _ in module.parameters(recurse=False))
    ]


@contextmanager
def randomised(model: nn.Module, share: float) -> Iterator[None]:
    """Gives the last `share` of the modules with weights random ones, and takes them back.

    Adebayo et al. 2018 (arXiv:1810.03292), cascading randomisation: what the module's own
    `reset_parameters` draws, or values of the same mean and spread. Random numbers come from
    torch's global generator: use it inside the guard.
    """
    modules = weighted_modules(model)
    chosen = modules[len(modules) - max(1, round(share * len(modules))) :]
    tensors = [t for m in chosen for t in (*m.parameters(recurse=False), *m.buffers(recurse=False))]
    before = [tensor.detach().clone() for tensor in tensors]
    try:
        with torch.no_grad():
            for module in chosen:
                _draw(module)
        yield
    finally:
        with torch.no_grad():
            for tensor, values in zip(tensors, before, strict=True):
                tensor.copy_(values)


def _draw(module: nn.Module) -> None:
    reset = getattr(module, "reset_parameters", None)
    normalises = isinstance(module, nn.modules.batchnorm._NormBase)  # noqa: SLF001  # torch's base
    if callable(reset) and not normalises:
        reset()
        return
    for parameter in module.parameters(recurse=False):
        mean, spread = float(parameter.mean()), float(parameter.std(unbiased=False))
        parameter.normal_(mean, spread if spread > 0 else 0.1)
