"""Attention maps by name: `attention_maps` for one call by hand, `run_seeing` for the monitor."""

from __future__ import annotations

import fnmatch
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from lightning_callbacks.attention.capture import AttentionCapture, SeenMap, Source
from lightning_callbacks.batches import BatchKey, chunks, find_input, to_model
from lightning_callbacks.calls import running_modules
from lightning_callbacks.forwarding import ForwardSpec, run
from lightning_callbacks.guard import untouched

# Samples run through the model at once: maps grow with the square of the tokens.
DEFAULT_BATCH_SIZE = 8


class AttentionError(ValueError):
    """No attention maps were found, or none that were asked for."""


@dataclass(frozen=True)
class AttentionMap:
    """Attention of one call of one layer.

    Attributes:
      name: path of the module that attended, with "#2" behind it at its second call.
      source: "module" (multi-head attention as torch has it) or "function" (scaled dot-product
        attention, or a softmax whose result is multiplied).
      weights: float32 [N, H, Tq, Tk] on the CPU: how much each query takes from each key; rows
        sum to 1.
    """

    name: str
    source: Source
    weights: Tensor


@dataclass(frozen=True)
class LayerMaps:
    """One call's map inside the model's graph.

    Attributes:
      name: as in `AttentionMap`.
      source: likewise.
      weights: [N, H, Tq, Tk], on the model's device, in its dtype.
      factor: the tensor to take gradients with respect to, of as many values.
    """

    name: str
    source: Source
    weights: Tensor
    factor: Tensor


def attention_maps(
    model: nn.Module,
    inputs: Any,
    *,
    layers: Sequence[str] | str | None = None,
    forward: ForwardSpec | None = None,
    input_key: BatchKey | None = None,
    batch_size: int = DEFAULT_BATCH_SIZE,
) -> list[AttentionMap]:
    """Returns the maps of every layer and head, in the order in which the model attends.

    The model is left as it was, to the bit, and its outputs do not depend on being looked at (by
    more than rounding). Attention says where information can come from, not what decides. Layers
    that attend within parts of samples, as windows, are left out with a warning.

    Args:
      model: any eager, compiled or wrapped module; it runs in eval mode.
      inputs: a batch, of which `forward` takes what it needs.
      layers: names or globs; by default all.
      forward: as in `forwarding.run`.
      input_key: where the input tensor is in `inputs`, if it isn't found.
      batch_size: samples run at once.

    Raises:
      AttentionError: the model does not attend in a way that can be seen; says what was looked for.
      GuardError: the model has lazy parameters.
    """
    samples = len(find_input(inputs, input_key))
    call = partial(run, forward=forward, input_key=input_key)
    parts: dict[str, list[AttentionMap]] = {}
    left_out: list[str] = []
    with untouched(model) as module, torch.no_grad():
        for part, batch in chunks(to_model(inputs, module), samples, batch_size):

            def keep(seen: LayerMaps) -> None:
                weights = seen.weights.float().cpu()
                parts.setdefault(seen.name, []).append(
                    AttentionMap(seen.name, seen.source, weights)
                )

            size = part.stop - part.start
            _, left_out = run_seeing(module, partial(call, batch=batch), size, keep)
    if left_out:
        warnings.warn(left_out_note(left_out), stacklevel=2)
    return [
        replace(parts[name][0], weights=torch.cat([one.weights for one in parts[name]]))
        for name in chosen_layers(list(parts), layers)
    ]


def left_out_note(layers: Sequence[str]) -> str:
    """Returns what is said of layers without maps over all tokens."""
    return f"layers that attend within parts of samples have no maps: {', '.join(layers)}"


def chosen_layers(names: Sequence[str], layers: Sequence[str] | str | None) -> list[str]:
    """Returns the names that `layers` (names or globs; None: all) matches, in their order.

    Raises:
      AttentionError: none.
    """
    globs = ["*"] if layers is None else [layers] if isinstance(layers, str) else layers
    chosen = [name for name in names if any(fnmatch.fnmatchcase(name, glob) for glob in globs)]
    if not chosen:
        raise AttentionError(
            f"layers={layers!r} names none of the layers that attend: {', '.join(names)}."
        )
    return chosen


def run_seeing(
    module: nn.Module,
    forward: Callable[[nn.Module], Any],
    samples: int,
    see: Callable[[LayerMaps], None],
    *,
    differentiable: bool = False,
) -> tuple[Any, list[str]]:
    """Calls `see` with each map on the way; returns (what `forward` returns, layers left out).

    Left out are layers that attend within parts of samples, as windows; with their shapes.

    Args:
      module: the model, inside the guard.
      forward: runs it.
      samples: N of what it is run on.
      see: what takes the maps.
      differentiable: as in `AttentionCapture`.

    Raises:
      AttentionError: no map of N samples was seen; says what was looked for.
    """
    next_name = _Namer(module)
    fit, unfit = [], []

    def sort(seen: SeenMap) -> None:
        name = next_name(seen.name)
        weights = _by_head(seen.weights, samples)
        if weights is None:
            unfit.append(f"{name} {list(seen.weights.shape)}")
        else:
            fit.append(name)
            see(LayerMaps(name, seen.source, weights, seen.factor))

    with running_modules(module) as running:
        capture = AttentionCapture(running, sort, differentiable=differentiable)
        with capture:
            output = forward(module)
    if not fit:
        raise AttentionError(_nothing_seen(module, unfit))
    return output, unfit


class _Namer:
    """Gives every call a name of its own."""

    def __init__(self, module: nn.Module) -> None:
        self._root = type(module).__name__
        self._calls: dict[str, int] = {}

    def __call__(self, path: str) -> str:
        path = path or self._root
        self._calls[path] = self._calls.get(path, 0) + 1
        return path if self._calls[path] == 1 else f"{path}#{self._calls[path]}"


def _by_head(weights: Tensor, samples: int) -> Tensor | None:
    """Returns weights as [N, H, Tq, Tk]; None if their rows are of no whole samples, as windows."""
    if weights.dim() == 4 and len(weights) == samples:
        return weights
    if weights.dim() == 3 and len(weights) % samples == 0:
        return weights.reshape(samples, -1, *weights.shape[1:])
    return None


def _nothing_seen(module: nn.Module, unfit: list[str]) -> str:
    if unfit:
        return (
            f"{type(module).__name__} attends within parts of samples (as windows) only: "
            f"{', '.join(unfit[:5])}. Maps over all tokens need [N, H, Tq, Tk]."
        )
    return (
        f"{type(module).__name__} was not seen to attend. Looked for: nn.MultiheadAttention and "
        "F.multi_head_attention_forward, F.scaled_dot_product_attention, and a softmax over the "
        "last axis of [N, H, Tq, Tk] whose result is multiplied. Scripted modules, flex_attention "
        "and kernels of other packages (flash-attn, xformers) can't be seen: load Hugging Face "
        "models with attn_implementation='eager' or 'sdpa'."
    )
