"""Distillation sensitivity: which share of the damage refitting the damaged layer alone repairs.

repaired = 1 - KL after / KL before. Before: weights are cut. After: what is left of them was fitted
so that the layer's own output is the uncut layer's again, on the same samples (no labels, no
gradient through the network). Where it is high, layer-wise distillation or fine-tuning will undo
the cut; where it is low it won't. Our own measure: none is established.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional

from lightning_callbacks.forwarding import ForwardSpec
from lightning_callbacks.sensitivity.edits.edited import EditedUnit, Layers
from lightning_callbacks.sensitivity.edits.weights import WeightUnit
from lightning_callbacks.sensitivity.scores import Reference, Scorer
from lightning_callbacks.sensitivity.subject import Subject, subject
from tb_explain.planning import Sensitivity

STEPS = 40
# Of Adam, in root mean squares of the layer's weights.
_RATE = 0.1
_PRODUCTS = (nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.Linear)


@dataclass(frozen=True)
class _Layer:
    """A layer, and all it was given and gave on the samples."""

    module: nn.Module
    attribute: str
    inputs: Tensor
    outputs: Tensor


def with_repaired(  # noqa: PLR0913  # what there is to say, in one flat list
    model: nn.Module,
    batches: Any,
    sensitivity: Sensitivity,
    *,
    level: float = 0.8,
    layers: Layers = None,
    chunk: int = 64,
    forward: ForwardSpec | None = None,
) -> Sensitivity:
    """Returns `sensitivity` with `repaired` float64 [U, K], NaN but at the level nearest `level`.

    Units that are no weight of a convolution or linear layer of their own, and those whose cut
    changes nothing, stay NaN.

    Args:
      model: as it was scanned; it is left as it was.
      batches: as for `scan_sensitivity`; some hundred samples.
      sensitivity: a scan or estimate of edit "unstructured" or "n:m".
      level: share of zeros.
      layers: as the sensitivity was made with.
      chunk: samples run at once.
      forward: as in every monitor.

    Raises:
      ValueError: the sensitivity is of another edit, or of other units than the model's.
    """
    if sensitivity.edit not in ("unstructured", "n:m"):
        raise ValueError(
            f"Refitting is for weights that are cut, 'unstructured' or 'n:m', not for "
            f"{sensitivity.edit!r}."
        )
    levels: Any = sensitivity.levels.tolist()
    if sensitivity.edit == "n:m":
        levels = list(sensitivity.level_names)
    place = int(np.abs(sensitivity.levels - level).argmin())
    with subject(model, batches, chunk=chunk, forward=forward) as found:
        edits = found.edits(sensitivity.edit, levels, layers)
        names = [unit.unit.name for unit in edits.units]
        if names != [unit.name for unit in sensitivity.units]:
            raise ValueError(f"The sensitivity is of other units than the model's {names[:5]}...")
        repaired = np.full((len(names), len(sensitivity.levels)), np.nan)
        references = _references(found)
        for row, unit in enumerate(edits.units):
            repaired[row, place] = _repaired(found, unit, place, references)
    return replace(sensitivity, repaired=repaired)


def _references(found: Subject) -> list[Reference]:
    outputs = [found.forward(chunk)() for chunk in found.chunks]
    return [Scorer().reference(output, None) for output in outputs]


def _repaired(
    found: Subject, unit: EditedUnit, level: int, references: Sequence[Reference]
) -> float:
    layer = _layer_of(found, unit)
    if layer is None:
        return float("nan")
    weight = unit.tensors[0]
    with _restored(weight):
        unit.write(level)
        before = _divergence(found, references)
        if before == 0:
            return float("nan")
        weight.copy_(_refitted(layer, weight.detach().clone()))
        return 1 - _divergence(found, references) / before


def _divergence(found: Subject, references: Sequence[Reference]) -> float:
    parts = [
        reference.divergence(found.forward(chunk)())
        for reference, chunk in zip(references, found.chunks, strict=True)
    ]
    return float(torch.cat(parts).mean())


def _layer_of(found: Subject, unit: EditedUnit) -> _Layer | None:
    if not isinstance(unit, WeightUnit) or len(unit.weight.owners) > 1:
        return None
    module = unit.weight.module
    if type(module) not in _PRODUCTS:
        return None
    inputs: list[Tensor] = []
    outputs: list[Tensor] = []

    def keep(_module: nn.Module, args: tuple[Tensor, ...], result: Tensor) -> None:
        inputs.append(args[0].clone())
        outputs.append(result.clone())

    handle = module.register_forward_hook(keep)
    try:
        for chunk in found.chunks:
            found.forward(chunk)()
    finally:
        handle.remove()
    same = {tensor.shape[1:] for tensor in inputs}
    if len(same) != 1:  # never called, or on inputs of several shapes
        return None
    return _Layer(module, unit.weight.attribute, torch.cat(inputs), torch.cat(outputs))


def _refitted(layer: _Layer, weight: Tensor) -> Tensor:
    """Returns the weights, zeros where they are zero, that give the layer's outputs best."""
    mask = weight != 0
    if not bool(mask.any()):
        return weight
    rate = _RATE * float(weight[mask].square().mean().sqrt())
    best, least = weight, _distance(layer, weight)
    with torch.enable_grad():
        fitted = weight.clone().requires_grad_()
        optimizer = torch.optim.Adam([fitted], lr=rate)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, STEPS)
        for _ in range(STEPS):
            optimizer.zero_grad()
            loss = _loss(layer, fitted * mask)
            loss.backward()  # type: ignore[no-untyped-call]  # torch's; to our own copy alone
            optimizer.step()
            schedule.step()
    after = fitted.detach() * mask
    return after if _distance(layer, after) < least else best


def _loss(layer: _Layer, weight: Tensor) -> Tensor:
    values = functional_call(layer.module, {layer.attribute: weight}, (layer.inputs,))
    return functional.mse_loss(values, layer.outputs)


def _distance(layer: _Layer, weight: Tensor) -> float:
    with torch.no_grad():
        return float(_loss(layer, weight))


@contextmanager
def _restored(weight: Tensor) -> Iterator[None]:
    before = weight.detach().clone()
    try:
        yield
    finally:
        weight.copy_(before)
