"""Making tensors and layers smaller in place, and saying so in the model's state.

What stays is a plain object, the manifest, which travels in the state dict as a buffer of bytes:

    {"format": "tb-explain shrunk", "version": 1,
     "kept": {"conv1.weight": {"0": [0, 2, 5], "1": [0]}},
     "attributes": {"encoder.attention": {"num_heads": 3}}}

It knows tensors, layers and their attributes; nothing of plans.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from lightning_callbacks.editing.recalibrate import BatchNorm
from lightning_callbacks.editing.slices import ConvNd, InstanceNorm, narrowed

MANIFEST = "shrunk_manifest"
_FORMAT, _VERSION = "tb-explain shrunk", 1
Kept = Mapping[str, Mapping[int, Tensor]]
Attributes = Mapping[str, Mapping[str, int]]


class ShrinkError(ValueError):
    """A model can't be made smaller, or made as small as a checkpoint."""


def narrow(model: nn.Module, kept: Kept, attributes: Attributes) -> None:
    """Makes tensors of `model` smaller, in place, and notes the manifest in its state.

    Args:
      model: unedited, or shrunk before: then `kept` counts in its present tensors.
      kept: positions int64 that stay, by tensor and axis; all others stay as they are.
      attributes: numbers to be set, by module.
    """
    smaller: dict[int, nn.Parameter] = {}
    for name, axes in kept.items():
        layer, _, own = name.rpartition(".")
        module = model.get_submodule(layer)
        tensor = getattr(module, own)
        if isinstance(tensor, nn.Parameter):
            # Tied weights stay tied.
            made = smaller.setdefault(id(tensor), _parameter(tensor, axes))
            setattr(module, own, made)
        else:
            module.register_buffer(own, narrowed(tensor, axes))
        _set_sizes(module)
    for layer, values in attributes.items():
        for attribute, value in values.items():
            setattr(model.get_submodule(layer), attribute, value)
    _note(model, kept, attributes)


def kept_since(model: nn.Module, smaller: nn.Module) -> Kept:
    """Returns which positions of the tensors of `model` are left in those of `smaller`.

    Raises:
      ShrinkError: `smaller` was not shrunk.
    """
    _, kept, _ = manifest_of(smaller.state_dict())
    earlier = _earlier(model)
    return {
        name: {
            axis: _places(places, earlier.get(name, {}).get(axis)) for axis, places in axes.items()
        }
        for name, axes in kept.items()
    }


def _places(kept: Tensor, earlier: Tensor | None) -> Tensor:
    # Both count in the unedited tensor, and rise.
    return kept if earlier is None else torch.searchsorted(earlier, kept)


def manifest_of(state: Mapping[str, Tensor]) -> tuple[str, Kept, Attributes]:
    """Returns (prefix of the shrunk part, what stays, attributes) of a state dict.

    Raises:
      ShrinkError: it is not of a shrunk model, or of a newer version.
    """
    keys = [key for key in state if key == MANIFEST or key.endswith(f".{MANIFEST}")]
    if len(keys) != 1:
        raise ShrinkError(
            f"The checkpoint holds {len(keys)} manifests of shrunk models; expected one. It is "
            "written by shrink(); an unedited model's checkpoint needs load_state_dict alone."
        )
    found = json.loads(bytes(state[keys[0]].cpu().numpy()))
    if found["format"] != _FORMAT or not 1 <= found["version"] <= _VERSION:
        raise ShrinkError(
            f"The manifest is {found['format']!r}, version {found['version']}; expected "
            f"{_FORMAT!r}, 1 to {_VERSION}. Update tb-explain."
        )
    kept = {
        name: {int(axis): torch.tensor(places) for axis, places in axes.items()}
        for name, axes in found["kept"].items()
    }
    return keys[0].removesuffix(MANIFEST), kept, found["attributes"]


def _parameter(parameter: nn.Parameter, axes: Mapping[int, Tensor]) -> nn.Parameter:
    return nn.Parameter(narrowed(parameter.detach(), axes), parameter.requires_grad)


def _earlier(model: nn.Module) -> Kept:
    return manifest_of(model.state_dict())[1] if hasattr(model, MANIFEST) else {}


def _since_the_first(earlier: Kept, kept: Kept) -> Kept:
    """Returns positions in unedited tensors, of positions in those that were shrunk before."""
    found = {name: dict(axes) for name, axes in earlier.items()}
    for name, axes in kept.items():
        for axis, places in axes.items():
            before = earlier.get(name, {}).get(axis)
            found.setdefault(name, {})[axis] = places if before is None else before[places]
    return found


def _note(model: nn.Module, kept: Kept, attributes: Attributes) -> None:
    plain = {
        name: {str(axis): places.tolist() for axis, places in axes.items()}
        for name, axes in _since_the_first(_earlier(model), kept).items()
    }
    manifest = {"format": _FORMAT, "version": _VERSION, "kept": plain, "attributes": attributes}
    text = json.dumps(manifest, separators=(",", ":")).encode()
    device = next(iter(model.parameters())).device
    model.register_buffer(MANIFEST, torch.tensor(list(text), dtype=torch.uint8, device=device))


def _set_sizes(module: Any) -> None:
    """Makes a layer's own numbers those of its tensors."""
    shape = module.weight.shape if getattr(module, "weight", None) is not None else None
    if isinstance(module, ConvNd) and shape is not None:
        _set_channels(module, shape)
    elif isinstance(module, nn.Linear):
        module.out_features, module.in_features = module.weight.shape
    elif isinstance(module, (BatchNorm, InstanceNorm)):
        sized = module.running_mean if shape is None else module.weight
        module.num_features = module.num_features if sized is None else len(sized)
    elif isinstance(module, nn.PReLU):
        module.num_parameters = module.weight.numel()
    elif isinstance(module, nn.Embedding):
        module.embedding_dim = module.weight.shape[1]


def _set_channels(module: Any, shape: torch.Size) -> None:
    if module.groups > 1:  # depthwise: one filter per channel
        module.groups = module.in_channels = module.out_channels = shape[0]
        return
    first, second = ("in", "out") if module.transposed else ("out", "in")
    setattr(module, f"{first}_channels", shape[0])
    setattr(module, f"{second}_channels", shape[1])
