"""Which channels of which layers belong together, so that they can be removed as one.

The dependency graph is Torch-Pruning's, imported here alone and used for nothing but the question
who shares channels with whom: masks, physical removal, optimizer states all follow from `Slice`s.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from lightning_utilities.core.apply_func import apply_to_collection
from torch import Tensor, nn

from lightning_callbacks.editing.attention_parts import attention_layers
from lightning_callbacks.editing.slices import Slice, reads_input, slices_of

_MISSING = (
    "Coupled channels are found by Torch-Pruning, which is not installed: "
    "pip install 'tb-explain[edit]'."
)
# What removed channels would change for the channels that stay: their mean, their groups.
_MIXING = (nn.LayerNorm, nn.GroupNorm, nn.MultiheadAttention, nn.RNNBase)


class GroupingError(ValueError):
    """Coupled channels can't be found, or not of what was asked for."""


@dataclass(frozen=True)
class Group:
    """Channels that can only be removed together.

    Attributes:
      name: of its first layer in the forward pass.
      type: class of that layer.
      size: how many channels there are.
      slices: what belongs to them, of every layer that makes, normalises or reads them.
      stays: why they can be masked but not removed; None: they can.
    """

    name: str
    type: str
    size: int
    slices: Sequence[Slice]
    stays: str | None = None

    @property
    def layers(self) -> list[str]:
        """Names of the layers that make, normalise or read its channels."""
        return list(dict.fromkeys(part.layer for part in self.slices))


@dataclass(frozen=True)
class Grouping:
    """All groups of a model.

    Attributes:
      groups: in the order of the model's layers.
      kept: name of a group's first layer -> why it can't be narrowed.
    """

    groups: Sequence[Group]
    kept: Mapping[str, str]


def find_groups(model: nn.Module, logits: Callable[[], Any]) -> Grouping:
    """Returns the groups of coupled channels of `model`.

    Args:
      model: in evaluation mode, or inside the guard; it is run once, with gradients.
      logits: runs it and returns its output.

    Raises:
      GroupingError: Torch-Pruning is not installed, or can't follow the model.
    """
    names: dict[Any, str] = {module: name for name, module in model.named_modules()}
    names |= {parameter: name for name, parameter in model.named_parameters()}
    heads = set(attention_layers(model))
    order = {name: place for place, (name, _) in enumerate(model.named_modules())}
    groups, kept = [], {}
    for items in _coupled(model, logits):
        slices = [part for item in items for part in item.slices(names)]
        makers = [part.layer for part in slices if part.ranks and not part.reads]
        first = min(makers, key=order.__getitem__)
        if reason := _why_kept(items, names, heads):
            kept[first] = reason
        else:
            kind = type(model.get_submodule(first)).__name__
            groups.append(Group(first, kind, items[0].size, slices))
    return Grouping(sorted(groups, key=lambda group: order[group.name]), kept)


@dataclass(frozen=True)
class _Item:
    """A layer's part in a group: `positions[i]` of an axis belong to channel `channels[i]`."""

    module: Any
    reads: bool
    positions: Sequence[int]
    channels: Sequence[int]

    @property
    def size(self) -> int:
        return len(self.positions)

    def slices(self, names: Mapping[Any, str]) -> Iterator[Slice]:
        if self.module in names:
            reads = self.reads and reads_input(self.module)
            yield from slices_of(
                self.module, names[self.module], reads=reads, at=(self.positions, self.channels)
            )


def _coupled(model: nn.Module, logits: Callable[[], Any]) -> Iterator[list[_Item]]:
    try:
        import torch_pruning
    except ImportError as error:
        raise GroupingError(_MISSING) from error
    graph = torch_pruning.DependencyGraph()
    with _traceable(model), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # advice to users of Torch-Pruning's own pruners
        try:
            graph.build_dependency(model, (), forward_fn=_multiplied(logits), verbose=False)
            groups = list(graph.get_all_groups())
        except GroupingError:
            raise
        except Exception as error:  # whatever a tracer meets in a user's model
            raise GroupingError(
                f"Torch-Pruning can't follow {type(model).__name__}: {error!r}. Channels of this "
                'model can\'t be coupled; the other edits, as "unstructured", need no coupling.'
            ) from error
    for group in groups:
        writes = graph.is_out_channel_pruning_fn
        yield [
            _Item(item.dep.target.module, not writes(item.dep.handler), item.idxs, item.root_idxs)
            for item in group
        ]


def _multiplied(logits: Callable[[], Any]) -> Callable[..., Any]:
    # Outputs are known by an operation that is no layer's; what else a model returns, as a loss
    # that is None, can't be traced.
    def traced(_model: Any, _inputs: Any) -> list[Tensor]:
        found: list[Tensor] = []
        apply_to_collection(logits(), Tensor, found.append)
        _refuse_unseen(found)
        return [output * 1 for output in found if output.requires_grad]

    return traced


def _refuse_unseen(outputs: Sequence[Tensor]) -> None:
    """Makes sure that autograd's graph shows all that couples channels.

    Raises:
      GroupingError: a part of it is left out by a checkpoint.
    """
    waiting: list[Any] = [output.grad_fn for output in outputs]
    known: set[Any] = set()
    while waiting:
        node = waiting.pop()
        if node is None or node in known:
            continue
        known.add(node)
        if node.name() == "CheckpointFunctionBackward":
            raise GroupingError(
                "The model calls torch.utils.checkpoint with use_reentrant=True in eval mode too, "
                "and which channels belong together is not seen through it. Pass "
                "use_reentrant=False, or checkpoint only where self.training is set."
            )
        waiting += [following for following, _ in node.next_functions]


@contextmanager
def _traceable(model: nn.Module) -> Iterator[None]:
    """Lets autograd see every layer; afterwards flags are as before."""
    flags = [(parameter, parameter.requires_grad) for parameter in model.parameters()]
    modes = [(module, module.training) for module in model.modules()]
    try:
        for parameter, _ in flags:
            parameter.requires_grad_(True)
        with torch.enable_grad():
            yield
    finally:
        for parameter, flag in flags:
            parameter.requires_grad_(flag)
        for module, mode in modes:
            module.training = mode


def _why_kept(items: Iterable[_Item], names: Mapping[Any, str], heads: set[str]) -> str | None:
    for item in items:
        module = item.module
        if type(module).__name__ == "_OutputOp":
            return "its channels are the model's outputs"
        if isinstance(module, _MIXING):
            return f"{names[module]} ({type(module).__name__}) mixes its channels"
        if names.get(module) in heads:
            return f"{names[module]} belongs to attention heads"
        if computed := _computed(module):
            return f"{names[module]}.{computed} is computed, as by weight norm: undo that first"
        if isinstance(module, nn.Parameter):
            return f"{names[module]} is a parameter of its own, whose axes are not known"
        if _is_grouped(module):
            return f"{names[module]} is a convolution in groups"
        if sorted(set(item.positions)) != sorted(item.positions):
            return f"{names.get(module, type(module).__name__)} uses channels twice"
    return None


def _computed(module: Any) -> str | None:
    """Returns which tensor of a layer is made of others; None: all are its own parameters."""
    tensors = ((name, getattr(module, name, None)) for name in ("weight", "bias"))
    made = (name for name, tensor in tensors if isinstance(tensor, Tensor))
    return next((name for name in made if name not in module._parameters), None)  # noqa: SLF001


def _is_grouped(module: Any) -> bool:
    if not isinstance(module, nn.modules.conv._ConvNd):  # noqa: SLF001  # torch's base of all
        return False
    return module.groups > 1 and not module.groups == module.in_channels == module.out_channels


def importance(model: nn.Module, group: Group) -> Tensor:
    """Returns float64 [size]: the sum of magnitudes of the weights of each of its channels.

    Of all layers that make and that read them, as in group L1 of DepGraph (Fang et al. 2023,
    arXiv:2301.12900).
    """
    total = torch.zeros(group.size, dtype=torch.float64)
    for part in group.slices:
        if not part.ranks:
            continue
        weight = model.get_parameter(part.tensor).detach().double().cpu()
        sums = weight.abs().movedim(part.axis, 0).flatten(1).sum(1)
        total.index_add_(0, part.channels, sums[part.positions])
    return total
