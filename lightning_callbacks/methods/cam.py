"""Class activation maps: what the variants share. One forward, one backward per target.

A variant is a function of a layer's activations and gradients; all variants and layers asked for
are computed from the same gradients. The variants are in the files beside this one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from lightning_callbacks import capture
from lightning_callbacks.capture import Forward
from lightning_callbacks.layout import find_layout
from lightning_callbacks.targets import Target, TargetSpec, choose_targets, logits_of


@dataclass(frozen=True)
class CamMethod:
    """A variant of class activation mapping.

    Attributes:
      name: as users write it.
      title: as the paper writes it.
      source: the paper.
      weigh: (A [N, K, h, w], g [N, K, h, w]) -> maps [N, h, w] before any ReLU, where g is the
        gradient of the target with respect to A.
      relu: whether the definition ends in a ReLU, so that maps have no negative values.
      unit: of the map's values.
    """

    name: str
    title: str
    source: str
    weigh: Callable[[Tensor, Tensor], Tensor]
    relu: bool
    unit: str


@dataclass(frozen=True)
class Cam:
    """Maps of one (method, layer, target).

    Attributes:
      method: the variant.
      layer: name of the layer.
      target: index into the targets.
      relu: whether negative values were set to 0.
      values: float32 [N, h, w] on the CPU, not normalised, not upsampled.
    """

    method: CamMethod
    layer: str
    target: int
    relu: bool
    values: Tensor


@dataclass(frozen=True)
class CamRequest:
    """How to explain every batch.

    Attributes:
      methods: the variants.
      layers: name -> module.
      forward: how to run the model.
      grid: rows and columns of the model's patch embedding, where it has one.
      relu: overrides the variants' own choice.
    """

    methods: Sequence[CamMethod]
    layers: Mapping[str, nn.Module]
    forward: Forward
    grid: tuple[int, int] | None = None
    relu: bool | None = None


@dataclass(frozen=True)
class CamBatch:
    """What to explain.

    Attributes:
      inputs: what `forward` takes.
      shape: of the input tensor in `inputs`, with N.
      targets: what of the output is explained.
      labels: int64 [N] or None.
    """

    inputs: Any
    shape: Sequence[int]
    targets: Sequence[TargetSpec]
    labels: Tensor | None


def weighted_sum(weights: Tensor, activations: Tensor) -> Tensor:
    """Returns sum_k w_k A_k, float [N, h, w], of weights [N, K] and activations [N, K, h, w]."""
    N, _, h, w = activations.shape
    return torch.bmm(weights.unsqueeze(1), activations.flatten(2)).reshape(N, h, w)


def compute_cams(
    module: nn.Module, request: CamRequest, batch: CamBatch
) -> tuple[list[Cam], list[Target], Tensor]:
    """Returns (maps, targets, logits [N, C]) of one batch; call it inside the guard.

    Raises:
      LayoutError: a layer's output can't be read as maps.
      TargetError: a target does not fit.
      ValueError: a target does not depend on a layer, or a layer was not called.
    """
    with capture.captured(request.layers) as seen:
        logits = logits_of(request.forward(module, batch.inputs), batch.shape[0])
        _require_called(request.layers, seen)
        targets = choose_targets(batch.targets, logits, batch.labels)
        # Hooks are still there for the gradients: a checkpoint runs its layers again.
        outputs = dict(seen)
        by_target = [
            _gradients(target, outputs, keep_graph=target is not targets[-1]) for target in targets
        ]
    cams = []
    for index, gradients in enumerate(by_target):
        for layer, gradient in gradients.items():
            shape = outputs[layer].shape
            layout = find_layout(request.layers[layer], shape, batch.shape, request.grid)
            activations = layout.to_maps(outputs[layer].detach()).float()
            pair = (activations, layout.to_maps(gradient).float())
            cams += _variants(pair, request, layer, index)
    return cams, [_on_cpu(target) for target in targets], logits.detach().cpu()


def _on_cpu(target: Target) -> Target:
    return replace(
        target, classes=target.classes.cpu(), values=target.values.detach().float().cpu()
    )


def _variants(
    pair: tuple[Tensor, Tensor], request: CamRequest, layer: str, target: int
) -> list[Cam]:
    cams = []
    for method in request.methods:
        relu = method.relu if request.relu is None else request.relu
        values = method.weigh(*pair)
        values = values.relu() if relu else values
        cams.append(Cam(method, layer, target, relu, values.cpu()))
    return cams


def _require_called(layers: Mapping[str, nn.Module], outputs: Mapping[str, Tensor]) -> None:
    missing = [name for name in layers if name not in outputs]
    if missing:
        raise ValueError(
            f"Layer {missing[0]!r} was not called in the forward pass, so it has no activations. "
            "Choose a layer that the model calls as a module."
        )


def _gradients(
    target: Target, outputs: Mapping[str, Tensor], *, keep_graph: bool
) -> dict[str, Tensor]:
    if not target.values.requires_grad:
        gradients: Sequence[Tensor | None] = [None] * len(outputs)
    else:
        gradients = torch.autograd.grad(
            target.values.sum(), list(outputs.values()), retain_graph=keep_graph, allow_unused=True
        )
    found = {name: g for name, g in zip(outputs, gradients, strict=True) if g is not None}
    if len(found) < len(outputs):
        missing = next(name for name in outputs if name not in found)
        raise ValueError(
            f"Target {target.spec!r} does not depend on layer {missing!r}: it has no gradient "
            "there. Choose a layer on the way to the output (one inside "
            "torch.utils.checkpoint has none unless use_reentrant=False)."
        )
    return found
