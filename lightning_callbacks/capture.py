"""Taking the outputs of chosen layers out of a forward pass, with gradients if asked.

Hooks are attached only while recording. It knows modules and tensors, nothing of methods.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.jit import ScriptModule

Forward = Callable[[nn.Module, Any], Any]


@contextmanager
def captured(layers: Mapping[str, nn.Module]) -> Iterator[dict[str, Tensor]]:
    """Yields a dict that a forward pass fills: layer name -> its output, differentiable.

    Each output is put into the graph as it was when the layer returned: an in-place operation
    behind the layer (ReLU(inplace=True), `x += skip`) changes a copy. Of a layer that is called
    several times the last call is kept. The graph begins at the first captured layer, so with
    frozen parameters nothing before it is stored.

    Args:
      layers: name -> module; outputs may be a tensor, or a tuple, list or dict whose first
        floating tensor is taken.
    """
    outputs: dict[str, Tensor] = {}
    handles = []
    for name, layer in layers.items():

        def hook(_module: nn.Module, args: Any, output: Any, name: str = name) -> Any:
            kept, replaced = _into_graph(output, args)
            outputs[name] = kept
            return replaced

        handles.append(layer.register_forward_hook(hook))
    try:
        yield outputs
    finally:
        for handle in handles:
            handle.remove()


def _into_graph(output: Any, args: Sequence[Any]) -> tuple[Tensor, Any]:
    tensor = first_floating_tensor(output)
    if tensor is None:
        raise TypeError(f"The layer returns no floating tensor but {describe(output)}.")
    # An output that is its layer's input can be changed in place through that, too.
    is_input = any(isinstance(a, Tensor) and a.data_ptr() == tensor.data_ptr() for a in args)
    kept = tensor.clone() if is_input else tensor
    kept = kept if kept.requires_grad else kept.detach().requires_grad_()
    return kept, _replace(output, tensor, kept.clone())


def first_floating_tensor(value: Any) -> Tensor | None:
    """Returns the first floating tensor in a tensor, tuple, list or dict (or HF output)."""
    if isinstance(value, Tensor):
        return value if value.is_floating_point() else None
    items = value.values() if isinstance(value, Mapping) else value
    if isinstance(items, (tuple, list)) or isinstance(value, Mapping):
        return next((item for item in items if _is_floating(item)), None)
    return None


def _is_floating(item: Any) -> bool:
    return isinstance(item, Tensor) and item.is_floating_point()


def _replace(output: Any, old: Tensor, new: Tensor) -> Any:
    if output is old:
        return new
    if isinstance(output, Mapping):
        return type(output)(**{k: new if v is old else v for k, v in output.items()})
    items = [new if item is old else item for item in output]
    return type(output)(*items) if hasattr(output, "_fields") else type(output)(items)


def describe(value: Any) -> str:
    """Returns what `value` holds, in words for an error: names, dtypes and shapes."""
    if isinstance(value, Tensor):
        return f"{str(value.dtype).removeprefix('torch.')} {list(value.shape)}"
    if isinstance(value, Mapping):
        inside = ", ".join(f"{key!r}: {describe(item)}" for key, item in value.items())
        return f"{type(value).__name__} {{{inside}}}"
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return f"{type(value).__name__} ({', '.join(describe(item) for item in value)})"
    return type(value).__name__


def call_order(
    module: nn.Module, forward: Forward, inputs: Any
) -> list[tuple[str, nn.Module, Tensor]]:
    """Returns (name, module, output) of every call that returned a tensor, in order of return.

    Args:
      module: the whole model; its own call is not listed.
      forward: how to run it.
      inputs: what to run it on.
    """
    calls: list[tuple[str, nn.Module, Tensor]] = []
    handles = []
    for name, layer in module.named_modules():
        if layer is module or isinstance(layer, ScriptModule):  # the latter refuse hooks
            continue

        def hook(called: nn.Module, _args: Any, output: Any, name: str = name) -> None:
            tensor = first_floating_tensor(output)
            if tensor is not None:
                calls.append((name, called, tensor))

        handles.append(layer.register_forward_hook(hook))
    try:
        with torch.no_grad():
            forward(module, inputs)
    finally:
        for handle in handles:
            handle.remove()
    return calls
