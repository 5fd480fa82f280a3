"""`share_weights` and `ShareWeights`: few values that many weights share, found by k-means.

Deep compression, Han et al. 2016 (arXiv:1510.00149), section 3: a weight is stored as the number of
its value, in log2(k) bits.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from lightning_callbacks.causes import MonitorWarning
from lightning_callbacks.editing.plan_recorder import refuse_averaging, shrinks
from lightning_callbacks.editing.plans import read_plan
from lightning_callbacks.guard import unwrap
from lightning_callbacks.layers import LayerSpec
from lightning_callbacks.lightning_base import LightningCallback
from lightning_callbacks.sensitivity.edits.clusters import SortedWeights, nearest
from lightning_callbacks.sensitivity.prunable import prunable_weights
from tb_explain.planning import Plan, PlanError

Clusters = int | Mapping[str, int] | Plan | str | Path
_MOST = 2**16


@dataclass(frozen=True)
class Shared:
    """The values of one parameter, and which weight has which.

    Attributes:
      values: [k], in the parameter's dtype; the first is 0 where zeros were kept.
      codes: int64, of the parameter's shape: indices into `values`.
    """

    values: Tensor
    codes: Tensor

    @property
    def bits(self) -> int:
        """Of a code."""
        return max(1, math.ceil(math.log2(len(self.values))))

    def weight(self) -> Tensor:
        """Returns the parameter's values."""
        return self.values[self.codes]

    def packed(self) -> np.ndarray:
        """Returns the codes as uint8 [bytes], `bits` bits each, the highest first."""
        codes = self.codes.flatten().cpu().numpy().astype(np.uint32)
        places = np.arange(self.bits)[::-1].astype(np.uint32)
        return np.packbits(((codes[:, None] >> places) & 1).astype(np.uint8))


def unpack(packed: np.ndarray, values: Tensor, shape: Sequence[int]) -> Shared:
    """Returns what `Shared.packed` made `packed` of."""
    empty = Shared(values, torch.zeros(0, dtype=torch.int64))
    bits = np.unpackbits(packed, count=math.prod(shape) * empty.bits).reshape(-1, empty.bits)
    codes = bits.astype(np.int64) @ (1 << np.arange(empty.bits)[::-1])
    return Shared(values, torch.from_numpy(codes).reshape(*shape))


def share_weights(
    model: nn.Module,
    clusters: Clusters = 16,
    *,
    layers: Sequence[LayerSpec] | None = None,
    keep_zeros: bool = True,
) -> dict[str, Shared]:
    """Moves each weight to the nearest of a few values, in place.

    Args:
      model: its convolutions, linear, embedding, attention and recurrent layers are changed.
      clusters: how many values each parameter has, 2 or more; or how many by name of the
        parameter; or a plan of edit "clusters", or its path. What is not named stays.
      layers: names, globs or classes; None: all.
      keep_zeros: weights that are exactly zero, as pruned ones, stay so, by a value of their own.

    Returns:
      By name of the parameter, what it consists of now.

    Raises:
      PlanError: the plan is of another edit.
      ValueError: a number of clusters is below 2, or a name is none of the model's weights.
    """
    weights = {w.name: w for w in prunable_weights(unwrap(model), layers)}
    counts = _counts(clusters, list(weights))
    shared = {}
    with torch.no_grad():
        for name, count in counts.items():
            weight = weights[name]
            shared[name] = _share(weight.effective(), count, keep_zeros=keep_zeros)
            weight.parameter.copy_(shared[name].weight())
    return shared


def _counts(clusters: Clusters, names: Sequence[str]) -> dict[str, int]:
    if isinstance(clusters, int):
        counts = dict.fromkeys(names, clusters)
    elif isinstance(clusters, Mapping):
        counts = dict(clusters)
    else:
        plan = read_plan(clusters)
        if plan.edit != "clusters":
            raise PlanError(f"A plan of {plan.edit!r} shares no weights; expected 'clusters'.")
        counts = {unit.name: round(unit.level) for unit in plan.units if unit.level}
    unknown = sorted(set(counts) - set(names))
    if unknown:
        raise ValueError(f"clusters: {unknown[0]!r} is none of the weights {', '.join(names)}.")
    wrong = [(name, count) for name, count in counts.items() if not 2 <= count <= _MOST]
    if wrong:
        raise ValueError(f"clusters: {wrong[0][1]} for {wrong[0][0]}; expected 2 to {_MOST}.")
    return counts


def _share(weights: Tensor, count: int, *, keep_zeros: bool) -> Shared:
    zero = weights == 0
    if not (keep_zeros and bool(zero.any())):
        return _coded(weights, SortedWeights(weights).centres(count))
    if bool(zero.all()):
        return Shared(weights.new_zeros(1), torch.zeros_like(weights, dtype=torch.int64))
    rest = _coded(weights, SortedWeights(weights[~zero]).centres(max(1, count - 1)))
    codes = torch.where(zero, 0, rest.codes + 1)
    return Shared(torch.cat([weights.new_zeros(1), rest.values]), codes)


def _coded(weights: Tensor, centres: Tensor) -> Shared:
    values = centres.to(weights.dtype)
    moved = nearest(weights, centres)
    return Shared(values, torch.searchsorted(values, moved).clamp_(max=len(values) - 1))


class ShareWeights(LightningCallback):
    """Shares weights at the beginning of an epoch, and trains the shared values from then on.

    The weights of a cluster get the mean of their gradients, so that any optimizer moves them
    alike, and the mean of their values after its step. (Han et al. take the sum; the mean keeps the
    learning rate's meaning.) Who shares with whom stays as it is, and travels in checkpoints.

    Args:
      clusters: as for `share_weights`.
      begin_epoch: index of the epoch at whose beginning weights are shared; the last ones do.
      layers: likewise.
      keep_zeros: likewise.

    Raises:
      ValueError: begin_epoch is below 0; at that epoch, as `share_weights`.
    """

    def __init__(
        self,
        clusters: Clusters = 16,
        *,
        begin_epoch: int = 0,
        layers: Sequence[LayerSpec] | None = None,
        keep_zeros: bool = True,
    ) -> None:
        super().__init__()
        if begin_epoch < 0:
            raise ValueError(f"begin_epoch must be 0 or more, not {begin_epoch}.")
        self._clusters = clusters
        self._begin = begin_epoch
        self._layers = layers
        self._keep_zeros = keep_zeros
        self._codes: dict[str, Tensor] = {}
        self._has_zeros: set[str] = set()
        self._parameters: dict[str, nn.Parameter] = {}
        self._handles: list[RemovableHandle] = []

    @property
    def shared(self) -> dict[str, Shared]:
        """What each parameter consists of now, by name; empty before `begin_epoch`."""
        return {
            name: Shared(_means(self._parameters[name].detach(), codes), codes)
            for name, codes in self._codes.items()
        }

    # Lightning's hooks.

    def state_dict(self) -> dict[str, Any]:
        """Returns which weight shares which value."""
        return {"codes": dict(self._codes), "has_zeros": sorted(self._has_zeros)}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Continues the run that is resumed."""
        self._codes = dict(state_dict.get("codes", {}))
        self._has_zeros = set(state_dict.get("has_zeros", ()))

    def setup(self, trainer: Any, pl_module: Any, stage: str) -> None:  # noqa: ARG002  # Lightning's
        """Makes sure that no other callback undoes it.

        Raises:
          PlanError: weights are averaged, or the model shrinks, behind its back.
        """
        refuse_averaging(trainer, self)
        shrinks(trainer, self, self._begin)

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        """Watches the optimizers' steps."""
        weights = {w.name: w.parameter for w in prunable_weights(pl_module, self._layers)}
        self._parameters = weights
        self._codes = {n: codes.to(weights[n].device) for n, codes in self._codes.items()}
        self._handles = [
            optimizer.register_step_post_hook(self._after_step) for optimizer in trainer.optimizers
        ]

    def on_train_epoch_start(self, trainer: Any, pl_module: Any) -> None:
        """Shares weights, if it is time to and was not done yet."""
        if trainer.current_epoch >= self._begin and not self._codes:
            weights = {w.name: w.parameter for w in prunable_weights(pl_module, self._layers)}
            self._parameters = weights  # others than before, if the model has shrunk
            shared = share_weights(
                pl_module, self._clusters, layers=self._layers, keep_zeros=self._keep_zeros
            )
            self._codes = {name: one.codes for name, one in shared.items()}
            self._has_zeros = {name for name, one in shared.items() if one.values[0] == 0}

    def on_before_optimizer_step(self, trainer: Any, pl_module: Any, optimizer: Any) -> None:  # noqa: ARG002  # Lightning's
        """Gives all weights of a cluster the mean of their gradients."""
        for name, codes in self._codes.items():
            gradient = self._parameters[name].grad
            if gradient is not None:
                self._tie(name, gradient, codes)

    def on_train_end(self, trainer: Any, pl_module: Any) -> None:  # noqa: ARG002  # Lightning's
        """Takes the hooks off."""
        self._remove_hooks()
        if not self._codes:
            warnings.warn(
                f"ShareWeights did nothing: it was to begin at epoch {self._begin}, and the "
                f"training ended in epoch {trainer.current_epoch}.",
                MonitorWarning,
                stacklevel=2,
            )

    def on_exception(self, *_what: Any) -> None:
        """Takes the hooks off optimizers of a run that fails."""
        self._remove_hooks()

    def _after_step(self, _optimizer: torch.optim.Optimizer, _args: Any, _kwargs: Any) -> None:
        with torch.no_grad():
            for name, codes in self._codes.items():
                self._tie(name, self._parameters[name], codes)

    def _tie(self, name: str, values: Tensor, codes: Tensor) -> None:
        means = _means(values, codes)
        if name in self._has_zeros:
            means[0] = 0
        values.copy_(means[codes])

    def _remove_hooks(self) -> None:
        for handle in self._handles:
            handle.remove()
        self._handles = []


def _means(values: Tensor, codes: Tensor) -> Tensor:
    """Returns [k] in the dtype of `values`: the mean of those with each code."""
    flat = codes.flatten()
    members = torch.bincount(flat)
    sums = torch.zeros(len(members), dtype=torch.float64, device=values.device)
    sums.index_add_(0, flat, values.flatten().double())
    return (sums / members.clamp_min(1)).to(values.dtype)
