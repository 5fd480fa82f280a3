"""Where in a model's tensors channels live, and what it takes to mask or to remove them.

It knows torch's layers and index arithmetic; nothing of how channels are found or chosen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from lightning_callbacks.editing.recalibrate import BatchNorm

ConvNd = nn.modules.conv._ConvNd  # noqa: SLF001  # torch's bases of all of them
_ConvTransposeNd = nn.modules.conv._ConvTransposeNd  # noqa: SLF001
InstanceNorm = nn.modules.instancenorm._InstanceNorm  # noqa: SLF001


@dataclass(frozen=True, eq=False)
class Slice:
    """Along `axis` of one tensor, the places of a group's channels.

    Attributes:
      layer: name of the module.
      tensor: name of the parameter or buffer.
      axis: of the tensor.
      positions: int64 [P], along the axis.
      channels: int64 [P], which channel of the group each place belongs to.
      reads: whether it is an input axis: of the layer's weights that read the channels.
      masked: whether zeros stand for removal; not so of running statistics.
      ranks: whether it is of weights that say how large a channel is.
    """

    layer: str
    tensor: str
    axis: int
    positions: Tensor
    channels: Tensor
    reads: bool
    masked: bool
    ranks: bool

    def places_of(self, removed: Tensor) -> Tensor:
        """Returns the positions int64 of the channels for which bool [size] `removed` is True."""
        return self.positions[removed[self.channels]]


def reads_input(module: nn.Module) -> bool:
    """Returns whether input channels of `module` are another axis than its outputs."""
    return isinstance(module, nn.Linear) or (
        isinstance(module, ConvNd) and not _is_depthwise(module)
    )


def slices_of(
    module: nn.Module, layer: str, *, reads: bool, at: tuple[Sequence[int], Sequence[int]]
) -> Iterator[Slice]:
    """Yields a slice per tensor of `module` that has an entry per channel.

    Args:
      module: a layer of the group.
      layer: its name.
      reads: whether its inputs, not its outputs, are the group's channels.
      at: (positions along the axis, the group's channel at each).
    """
    positions, channels = (torch.tensor(each) for each in at)
    for name, axis in _axes(module, reads=reads):
        if getattr(module, name, None) is None:
            continue
        parameter = name in ("weight", "bias")
        ranks = name == "weight" and isinstance(module, (ConvNd, nn.Linear))
        yield Slice(layer, f"{layer}.{name}", axis, positions, channels, reads, parameter, ranks)


def _axes(module: nn.Module, *, reads: bool) -> list[tuple[str, int]]:
    """Returns (tensor, axis) of the inputs or outputs of a layer."""
    if isinstance(module, (ConvNd, nn.Linear)):
        turned = isinstance(module, _ConvTransposeNd) and not _is_depthwise(module)
        if reads:
            return [("weight", 0 if turned else 1)]
        return [("weight", 1 if turned else 0), ("bias", 0)]
    if isinstance(module, (BatchNorm, InstanceNorm)):
        return [("weight", 0), ("bias", 0), ("running_mean", 0), ("running_var", 0)]
    if isinstance(module, nn.PReLU):
        return [("weight", 0)] if module.num_parameters > 1 else []
    if isinstance(module, nn.Embedding):
        return [("weight", 1)]
    return []


def _is_depthwise(module: Any) -> bool:
    return (
        bool(module.groups == module.in_channels == module.out_channels > 1)
        if isinstance(module, ConvNd)
        else False
    )


def zero(model: nn.Module, slices: Iterable[Slice], removed: Tensor) -> None:
    """Writes zeros where channels were: the model then gives what it would without them."""
    for part in slices:
        if part.masked:
            tensor = _tensor(model, part.tensor)
            places = part.places_of(removed).to(tensor.device)
            tensor.detach().index_fill_(part.axis, places, 0)


def kept_places(
    model: nn.Module, cuts: Iterable[tuple[Sequence[Slice], Tensor]]
) -> dict[str, dict[int, Tensor]]:
    """Returns by tensor and axis the positions int64 that stay.

    Args:
      model: unedited.
      cuts: per group its slices, and bool [size], which of its channels are removed.
    """
    stay: dict[str, dict[int, Tensor]] = {}
    for slices, removed in cuts:
        for part in slices:
            length = _tensor(model, part.tensor).shape[part.axis]
            mask = stay.setdefault(part.tensor, {}).setdefault(
                part.axis, torch.ones(length, dtype=torch.bool)
            )
            mask[part.places_of(removed)] = False
    return {
        name: {axis: mask.nonzero()[:, 0] for axis, mask in axes.items()}
        for name, axes in stay.items()
    }


def narrowed(tensor: Tensor, axes: Mapping[int, Tensor]) -> Tensor:
    """Returns a copy of `tensor` with the positions that stay along each of `axes`."""
    for axis, places in axes.items():
        tensor = tensor.index_select(axis, places.to(tensor.device))
    return tensor.clone()


def _tensor(model: nn.Module, name: str) -> Tensor:
    owner, _, own = name.rpartition(".")
    found: Tensor = getattr(model.get_submodule(owner), own)
    return found
