"""Explaining batch after batch by class activation maps of the same layers: `CamExplainer`."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from lightning_callbacks import capture, layers
from lightning_callbacks.batches import chunks, to_model
from lightning_callbacks.capture import Forward
from lightning_callbacks.forwarding import call, on_copies
from lightning_callbacks.layers import LayerSpec
from lightning_callbacks.methods import find_methods
from lightning_callbacks.methods.cam import Cam, CamBatch, CamRequest, compute_cams
from lightning_callbacks.targets import Target, TargetError, TargetSpec

# Samples run through the model at once; bounds the memory of one record.
DEFAULT_BATCH_SIZE = 32
# The layer is chosen by looking at this many samples.
_LAYER_SEARCH_SAMPLES = 2


@dataclass(frozen=True)
class CamResult:
    """Maps of every (target, layer, method), the targets, the logits [N, C] and the cost."""

    cams: Sequence[Cam]
    targets: Sequence[Target]
    logits: Tensor
    cost_ms: float


class CamExplainer:
    """Computes class activation maps of the same methods, layers and targets again and again.

    Layers are chosen at the first call and kept, so that maps of different epochs compare.

    Args:
      methods: names in METHODS.
      targets: as in `attribute`, and "top-k".
      layers: names, globs or modules; None chooses the last layer with maps.
      forward: as in `attribute`.
      relu: as in `attribute`.
      batch_size: samples run at once.

    Raises:
      ValueError: an unknown method, or a batch size below 1.
    """

    def __init__(
        self,
        *,
        methods: Sequence[str],
        targets: Sequence[TargetSpec],
        layers: Sequence[LayerSpec] | None = None,
        forward: Forward | None = None,
        relu: bool | None = None,
        batch_size: int = DEFAULT_BATCH_SIZE,
    ) -> None:
        if batch_size < 1:
            raise ValueError(f"batch_size must be 1 or more, not {batch_size}.")
        self._methods = find_methods(methods)
        self.targets = list(targets)
        self._wanted = layers
        self._forward = on_copies(forward or call)
        self._relu = relu
        self._batch_size = batch_size
        self._names: list[str] | None = None
        self._grid: tuple[int, int] | None = None

    def explain(
        self, module: nn.Module, inputs: Any, input_shape: Sequence[int], labels: Tensor | None
    ) -> CamResult:
        """Returns the maps of all samples in `inputs`; call it inside the guard.

        Args:
          module: the model, as `untouched` yields it.
          inputs: what `forward` takes.
          input_shape: of the input tensor in `inputs`, with N.
          labels: int [N] or None.

        Raises:
          ValueError: as `attribute`.
        """
        start = time.perf_counter()
        samples = input_shape[0]
        inputs = to_model(inputs, module)
        request = self._request(module, inputs, input_shape)
        parts = []
        for part, chunk in chunks(inputs, samples, self._batch_size):
            shape = (part.stop - part.start, *input_shape[1:])
            targets = [_cut_target(spec, samples, part) for spec in self.targets]
            chunk_labels = None if labels is None else labels[part]
            batch = CamBatch(chunk, shape, targets, chunk_labels)
            parts.append(compute_cams(module, request, batch))
        return _joined(parts, 1e3 * (time.perf_counter() - start))

    def _request(self, module: nn.Module, inputs: Any, input_shape: Sequence[int]) -> CamRequest:
        if self._names is None:
            self._names = self._choose(module, inputs, input_shape)
        chosen = layers.named_layers(module, self._names)
        return CamRequest(self._methods, chosen, self._forward, self._grid, self._relu)

    def _choose(self, module: nn.Module, inputs: Any, input_shape: Sequence[int]) -> list[str]:
        _, few = next(iter(chunks(inputs, input_shape[0], _LAYER_SEARCH_SAMPLES)))
        few_shape = (min(_LAYER_SEARCH_SAMPLES, input_shape[0]), *input_shape[1:])
        calls = capture.call_order(module, self._forward, few)
        self._grid = layers.patch_grid(calls)
        if self._wanted is None:
            return [layers.last_spatial_layer(module, self._forward, few, few_shape)]
        return list(layers.named_layers(module, self._wanted))


def _cut_target(spec: TargetSpec, samples: int, part: slice) -> TargetSpec:
    per_sample = isinstance(spec, (Tensor, list, tuple)) and len(torch.as_tensor(spec).shape) == 1
    if not per_sample:
        return spec
    classes = torch.as_tensor(spec)
    if len(classes) != samples:
        raise TargetError(f"Target has {len(classes)} class indices for {samples} samples.")
    return classes[part]


def _joined(parts: Sequence[tuple[list[Cam], list[Target], Tensor]], cost_ms: float) -> CamResult:
    if len(parts) == 1:
        return CamResult(*parts[0], cost_ms)
    cams_of, targets_of, logits_of = zip(*parts, strict=True)
    cams = [
        replace(same[0], values=torch.cat([cam.values for cam in same]))
        for same in zip(*cams_of, strict=True)
    ]
    targets = [
        replace(
            same[0],
            classes=torch.cat([target.classes for target in same]),
            values=torch.cat([target.values for target in same]),
        )
        for same in zip(*targets_of, strict=True)
    ]
    return CamResult(cams, targets, torch.cat(logits_of), cost_ms)
