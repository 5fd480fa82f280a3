"""`AttentionMonitor`: attention maps, what follows from them, and statistics of every head."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from typing_extensions import Unpack

from lightning_callbacks.attention.encode import map_arrays
from lightning_callbacks.attention.look import CloseLook, look, look_closely
from lightning_callbacks.attention.maps import LayerMaps, chosen_layers, left_out_note
from lightning_callbacks.attention.rollout import Readout
from lightning_callbacks.attention.statistics import (
    HeadStatistics,
    TokenGrid,
    find_grid,
    real_tokens,
)
from lightning_callbacks.batches import chunks, find_input, find_mask, to_model
from lightning_callbacks.capture import call_order
from lightning_callbacks.forwarding import ForwardSpec, run
from lightning_callbacks.layers import patch_grid
from lightning_callbacks.monitor import Monitor, MonitorOptions
from lightning_callbacks.probe import DrawnProbe
from lightning_callbacks.records import Observation, Part
from lightning_callbacks.targets import TargetSpec

_NO_RELEVANCE = (
    "relevance cannot explain this model: its logits have no gradients with respect to its "
    "attention, as where it calls torch.utils.checkpoint with use_reentrant=True in eval mode too. "
    "Pass use_reentrant=False, or checkpoint only where self.training is set"
)


class AttentionMonitor(Monitor):
    """Records where each head looks: maps of some samples, statistics over the whole probe.

    Beside the maps stand their rollout (Abnar and Zuidema 2020) where all layers attend within one
    sequence, and the relevance of each token for the target (Chefer, Gur and Wolf 2021) where the
    model gives logits too. Attention says where information can come from, not what decides.

    Args:
      samples: how many of the probe's first samples have their maps recorded.
      top_k: of rows longer than `full_up_to`, this many weights are kept, if a sequence attends to
        itself.
      full_up_to: the longest row, in tokens, that is kept whole.
      layers: names or globs of the layers to record; None: all.
      forward: how to run the model, as in `forwarding.run`.
      target: what relevance is asked for: "prediction", "label", a class index or a callable, as in
        `attribute`; None: no relevance.
      **options: as for every `Monitor`.

    Raises:
      ValueError: a count below 1, or arguments that exclude one another or are out of range.
    """

    default_name = "attention"
    remembers = False

    def __init__(
        self,
        samples: int = 4,
        top_k: int = 8,
        full_up_to: int = 64,
        layers: Sequence[str] | str | None = None,
        forward: ForwardSpec | None = None,
        target: TargetSpec | None = "prediction",
        **options: Unpack[MonitorOptions],
    ) -> None:
        super().__init__(**options)
        for name, count in (("samples", samples), ("top_k", top_k), ("full_up_to", full_up_to)):
            if count < 1:
                raise ValueError(f"{name} must be 1 or more, not {count}.")
        self._samples = samples
        self._top_k = top_k
        self._full_up_to = full_up_to
        self._layers = layers
        self._forward = partial(run, forward=forward, input_key=self._probe.input_key)
        self._target = target

    def observe(self, model: nn.Module, probe: DrawnProbe) -> Observation:
        """Returns `attention_statistics` of the probe and `attention` of its first samples."""
        inputs = find_input(probe.batch, self._probe.input_key)
        mask = find_mask(probe.batch, inputs.shape[:2])
        batch = to_model(probe.batch, model)
        (first, few), *others = chunks(batch, len(inputs), self._samples)
        labels = None if probe.labels is None else probe.labels[first]
        seen = look_closely(
            model, partial(self._forward, batch=few), first.stop, self._target, labels
        )
        if seen.left_out:
            self._records.notes.append(left_out_note(seen.left_out))
        if self._target is not None and seen.logits is not None and seen.gradients is None:
            self._records.notes.append(_NO_RELEVANCE)
        grid = self._find_grid(model, few, seen.maps[0], inputs.shape)
        statistics = HeadStatistics(mask, grid)
        for layer in seen.maps:
            statistics.add(layer.name, layer.weights, first)
        logits = [seen.logits]
        for part, rest in others:
            see = partial(_add, statistics, part)
            count = part.stop - part.start
            logits.append(look(model, partial(self._forward, batch=rest), count, see))
        real = real_tokens(seen.maps[0].weights, None if mask is None else mask[first])
        parts = [self._statistics(seen, statistics), self._maps(seen, real.cpu(), grid)]
        shared = {"probe": probe.digest}
        return Observation(
            [Part(part.kind, {**shared, **part.fields}, part.arrays) for part in parts],
            _joined(logits),
        )

    def _find_grid(
        self, model: nn.Module, few: Any, layer: LayerMaps, input_shape: Sequence[int]
    ) -> TokenGrid | None:
        if len(input_shape) != 4:
            return None
        _, one = next(iter(chunks(few, len(layer.weights), 1)))
        patches = patch_grid(call_order(model, self._forward, one))
        return find_grid(layer.weights.shape[-1], input_shape, patches)

    def _chosen(self, seen: CloseLook) -> list[LayerMaps]:
        chosen = chosen_layers([layer.name for layer in seen.maps], self._layers)
        return [layer for layer in seen.maps if layer.name in chosen]

    def _statistics(self, seen: CloseLook, statistics: HeadStatistics) -> Part:
        layers = [_described(layer) for layer in self._chosen(seen)]
        arrays = statistics.arrays(
            [layer["name"] for layer in layers], [layer["heads"] for layer in layers]
        )
        return Part("attention_statistics", {"layers": layers}, arrays)

    def _maps(self, seen: CloseLook, real: Tensor, grid: TokenGrid | None) -> Part:
        chosen = self._chosen(seen)
        arrays: dict[str, np.ndarray] = {}
        for index, layer in enumerate(chosen):
            arrays.update(map_arrays(str(index), layer.weights, self._kept(layer)))
        by_default: Readout = "first token" if grid and grid.prefix else "mean of tokens"
        followed = seen.follow(real, by_default)
        if followed:
            arrays["rollout"] = followed.rollout.float().cpu().numpy()
            if followed.relevance is not None:
                arrays["relevance"] = followed.relevance.float().cpu().numpy()
        fields = {
            "samples": list(range(len(real))),
            "lengths": _lengths(real),
            "prefix": grid.prefix if grid else 0,
            "grid": [grid.height, grid.width] if grid else None,
            "layers": [_described(layer) for layer in chosen],
            "rollout_from": followed.readout if followed else by_default,
            "target": seen.target if "relevance" in arrays else None,
        }
        return Part("attention", fields, arrays)

    def _kept(self, layer: LayerMaps) -> int | None:
        # What a row of a cut map is of, its shape does not say: between sequences all is kept.
        queries, keys = layer.weights.shape[2:]
        return self._top_k if queries == keys and keys > self._full_up_to else None


def _add(statistics: HeadStatistics, samples: slice, layer: LayerMaps) -> None:
    statistics.add(layer.name, layer.weights, samples)


def _described(layer: LayerMaps) -> dict[str, Any]:
    return {"name": layer.name, "heads": layer.weights.shape[1], "source": layer.source}


def _lengths(real: Tensor) -> list[int]:
    """Returns how many tokens each sample has; all of them where padding is not at the end."""
    counts = real.sum(dim=1)
    at_end = (torch.arange(real.shape[1]) < counts.unsqueeze(1)).eq(real).all(dim=1)
    lengths: list[int] = torch.where(at_end, counts, real.shape[1]).tolist()
    return lengths


def _joined(logits: Sequence[Tensor | None]) -> Tensor | None:
    known = [each for each in logits if each is not None]
    return torch.cat(known) if len(known) == len(logits) else None
