"""BatchNorm statistics, estimated anew: what an edited model needs before it is judged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import nn

from lightning_callbacks.batches import BatchError, BatchKey, to_model
from lightning_callbacks.forwarding import ForwardSpec, run
from lightning_callbacks.guard import unwrap
from lightning_callbacks.sensitivity.samples import inputs_listed

BatchNorm = nn.modules.batchnorm._BatchNorm  # noqa: SLF001  # torch's base of all of them


def recalibrate_batchnorm(
    model: nn.Module,
    batches: Any,
    *,
    forward: ForwardSpec | None = None,
    input_key: BatchKey | None = None,
) -> int:
    """Estimates the running statistics of every BatchNorm of `model` anew, in place.

    Adaptive BatchNorm (Li et al. 2020, EagleEye, arXiv:2007.02491): statistics of an edited model
    are those of the unedited one, which makes it look worse than it is. Each batch counts the same:
    give batches as in training, 1,000 samples or more in all; no labels are needed. Dropout and all
    else stays in evaluation mode; weights, flags and momentum stay as they are.

    Args:
      model: eager, compiled or wrapped.
      batches: as training's, or a DataLoader; (images, labels) are one batch, tensors that are
        alike, as of `images.split(64)`, a batch each.
      forward: how to call the model, as for every monitor.
      input_key: where the input tensor of a batch is, if it isn't found.

    Returns:
      How many BatchNorms there are; 0 leaves `batches` alone.

    Raises:
      BatchError: there is no batch.
    """
    return recalibrate_together([model], batches, forward, input_key)


def recalibrate_together(
    models: Sequence[nn.Module],
    batches: Any,
    forward: ForwardSpec | None = None,
    input_key: BatchKey | None = None,
) -> int:
    """Does what `recalibrate_batchnorm` does, to several models on the very same batches."""
    modules = [unwrap(model) for model in models]
    norms = [_tracking(module) for module in modules]
    if not any(norms):
        return 0
    seen = 0
    with ExitStack() as stack:
        for module, own in zip(modules, norms, strict=True):
            stack.enter_context(_estimating(module, own))
        stack.enter_context(torch.no_grad())
        for batch in inputs_listed(batches):
            for module in modules:
                run(module, to_model(batch, module), forward, input_key)
            seen += 1
    if not seen:
        raise BatchError("batches=... is empty: BatchNorm can't be recalibrated without samples.")
    return max(map(len, norms))


def _tracking(module: nn.Module) -> list[Any]:
    return [m for m in module.modules() if isinstance(m, BatchNorm) and m.track_running_stats]


@contextmanager
def _estimating(module: nn.Module, norms: list[Any]) -> Iterator[None]:
    """Makes `norms` average what they see, and all else evaluate."""
    flags = [(part, part.training) for part in module.modules()]
    momenta = [norm.momentum for norm in norms]
    before = [{name: t.clone() for name, t in norm.named_buffers()} for norm in norms]
    finished = False
    module.eval()
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the plain mean of all batches
        norm.train()
    try:
        yield
        finished = True
    finally:
        for norm, momentum, buffers in zip(norms, momenta, before, strict=True):
            norm.momentum = momentum
            # One that was never called, or not to the end, keeps what it knew.
            if not finished or not int(norm.num_batches_tracked):
                _take_back(norm, buffers)
        for part, flag in flags:
            part.training = flag


def _take_back(norm: nn.Module, buffers: dict[str, torch.Tensor]) -> None:
    with torch.no_grad():
        for name, values in buffers.items():
            norm.get_buffer(name).copy_(values)
