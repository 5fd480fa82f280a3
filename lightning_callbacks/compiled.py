"""Which modules run inside of compiled code, where hooks must not come and go.

A hook that is attached there is compiled with the model, anew each time, until the compiler gives
up and the training runs eagerly for the rest of its days. It knows modules, nothing of monitors.
"""

from __future__ import annotations

from collections.abc import Iterator

from torch import nn


def inside_compiled(model: nn.Module) -> set[int]:
    """Returns the ids of all modules that compiled code calls, as `model` runs in training."""
    return {id(part) for root in _roots(model) for part in root.modules()}


def _roots(model: nn.Module) -> Iterator[nn.Module]:
    if getattr(model, "_compiler_ctx", None) is not None:  # a LightningModule compiled by Lightning
        yield model
    for part in model.modules():
        if getattr(part, "_compiled_call_impl", None) is not None:  # module.compile()
            yield part
        inner = dict(part.named_children()).get("_orig_mod")  # of torch.compile(module)
        if inner is not None:
            yield inner
