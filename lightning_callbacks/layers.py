"""Choosing layers: the last spatial map, or those a user names by name, glob or module."""

from __future__ import annotations

import difflib
import fnmatch
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.jit import ScriptModule

from lightning_callbacks import capture
from lightning_callbacks.capture import Forward
from lightning_callbacks.layout import Layout, LayoutError, find_layout
from lightning_callbacks.targets import logits_of

LayerSpec = str | nn.Module | type[nn.Module]

# What they return is coarser than what they were given: the finer map explains more. (Linear
# layers, left out too, make queries, keys and values: parts of the tokens in other bases.)
_POOLING = (
    nn.AdaptiveAvgPool1d, nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool1d, nn.AdaptiveMaxPool2d,
    nn.AvgPool1d, nn.AvgPool2d, nn.MaxPool1d, nn.MaxPool2d, nn.LPPool1d, nn.LPPool2d,
)  # fmt: skip


class LayerError(ValueError):
    """A layer was not found, or none can be chosen."""


def layer_names(module: nn.Module) -> dict[str, nn.Module]:
    """Returns name -> module of all sub-modules, without the names `torch.compile` inserts."""
    names = ((name.replace("_orig_mod.", ""), m) for name, m in module.named_modules() if name)
    return {name: m for name, m in names if not name.endswith("_orig_mod")}


def named_layers(module: nn.Module, wanted: Sequence[LayerSpec]) -> dict[str, nn.Module]:
    """Returns name -> module of the layers that `wanted` names, in the order asked.

    Args:
      module: the whole model.
      wanted: names as in `named_modules()`, globs ("features.*"), classes (nn.ReLU), or the
        modules themselves.

    Raises:
      LayerError: something in `wanted` matches no layer.
    """
    known = layer_names(module)
    chosen: dict[str, nn.Module] = {}
    for spec in wanted:
        if isinstance(spec, str) and spec in known:
            chosen[spec] = known[spec]
            continue
        names = [name for name, layer in known.items() if _matches(spec, name, layer)]
        if not names:
            raise LayerError(_not_found(spec, known))
        chosen.update({name: known[name] for name in names})
    return chosen


def _matches(spec: LayerSpec, name: str, layer: nn.Module) -> bool:
    if isinstance(spec, nn.Module):
        return layer is spec
    if isinstance(spec, type):
        return isinstance(layer, spec)
    # Scripted modules refuse hooks, and are only taken where they are asked for by name.
    return fnmatch.fnmatchcase(name, spec) and not isinstance(layer, ScriptModule)


def _not_found(spec: LayerSpec, known: dict[str, nn.Module]) -> str:
    if isinstance(spec, nn.Module):
        return f"The module {type(spec).__name__} given as a layer is not part of the model."
    if isinstance(spec, type):
        classes = sorted({type(layer).__name__ for layer in known.values()})
        return f"The model has no {spec.__name__}. It has {', '.join(classes)}."
    close = difflib.get_close_matches(spec, known, n=5, cutoff=0.4) or list(known)[-5:]
    return (
        f"No layer is called or matches {spec!r}. Close names: {', '.join(close)}. "
        "`[name for name, _ in model.named_modules()]` lists all."
    )


def patch_grid(
    calls: Sequence[tuple[str, nn.Module, Tensor]],
) -> tuple[int, int] | None:
    """Returns rows and columns of a vision transformer's patch embedding, if there is one."""
    for _, layer, output in calls:
        if isinstance(layer, nn.Conv2d) and output.dim() == 4:
            is_patch = layer.stride[0] > 1 and layer.kernel_size == layer.stride
            return (output.shape[2], output.shape[3]) if is_patch else None
    return None


def last_spatial_layer(
    module: nn.Module, forward: Forward, inputs: Any, input_shape: Sequence[int]
) -> str:
    """Returns the name of the last layer with maps that the output depends on.

    Of several modules that return the same tensor the outermost is named ("layer4", not
    "layer4.1.relu"); what a pooling layer returns is passed over. Behind the last attention of a
    transformer only the class token counts, so that the patch tokens there get no gradient: the
    layer is then the last one whose patches do.

    Args:
      module: the model, inside the guard.
      forward: how to run it.
      inputs: one or a few samples.
      input_shape: shape of the input tensor in them, with N.

    Raises:
      LayerError: no layer has maps, or none that the output depends on.
    """
    calls = capture.call_order(module, forward, inputs)
    grid = patch_grid(calls)
    candidates = _candidates(calls, input_shape, grid)
    for name, layer, layout in candidates:
        # Before its tokens a transformer has a patch embedding, whose maps say little.
        if layout.axes != candidates[0][2].axes:
            continue
        gradient = _gradient(module, forward, inputs, name, layer)
        is_map = layout.axes in ("NCHW", "NCL")
        if gradient is not None and (is_map or bool(layout.to_maps(gradient).any())):
            return name.replace("_orig_mod.", "")
    raise LayerError(
        f"No layer {'reaches the output' if candidates else 'has maps'}: none of "
        f"{len(calls)} calls returned maps larger than one cell that the output depends on (a "
        "head that is all zeros has no gradient). Name a layer: layers='...'."
    )


def _candidates(
    calls: Sequence[tuple[str, nn.Module, Tensor]],
    input_shape: Sequence[int],
    grid: tuple[int, int] | None,
) -> list[tuple[str, nn.Module, Layout]]:
    makers: dict[Any, nn.Module] = {}
    outermost: dict[Any, tuple[str, nn.Module, Layout]] = {}
    for name, layer, output in calls:
        key = _identity(output)
        if isinstance(makers.setdefault(key, layer), (*_POOLING, nn.Linear)):
            continue
        try:
            layout = find_layout(layer, output.shape, input_shape, grid)
        except LayoutError:
            continue
        if layout.height * layout.width > 1 and output.shape[0] == input_shape[0]:
            outermost.pop(key, None)
            outermost[key] = (name, layer, layout)
    return list(outermost.values())[::-1]


def _identity(tensor: Tensor) -> tuple[int, tuple[int, ...]]:
    return tensor.data_ptr(), tuple(tensor.shape)


def _gradient(
    module: nn.Module, forward: Forward, inputs: Any, name: str, layer: nn.Module
) -> Tensor | None:
    """Returns a gradient of the logits with respect to a layer; None if they don't depend on it."""
    with capture.captured({name: layer}) as outputs:
        result = forward(module, inputs)
        kept = outputs[name]
        logits = logits_of(result, len(kept))
        if not logits.requires_grad:
            return None
        # The sum over classes can cancel where a softmax or a normalised head follows; squares
        # can't. Hooks are still there: a checkpoint runs the layer again.
        (gradient,) = torch.autograd.grad(logits.square().sum(), [kept], allow_unused=True)
    return gradient
