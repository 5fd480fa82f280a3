"""Seeing attention maps while a model runs: a function mode that looks at three ways of attending.

- `F.multi_head_attention_forward`, which `nn.MultiheadAttention` calls, is asked for its weights.
- Of `F.scaled_dot_product_attention` the weights are computed beside it.
- A softmax over the last axis of [N, H, Tq, Tk] or [N x H, Tq, Tk] whose result is a factor of a
  matrix product is a map by itself: so attend timm's blocks without fused attention, Hugging
  Face's with "eager" attention, and most that are written by hand.

Fused kernels of torch are not taken under a function mode, so nn.TransformerEncoder's fast path is
seen too. It knows functions and tensors, nothing of samples or records.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from lightning_callbacks.attention.functional import attention_weights, repeat_heads

Source = Literal["module", "function"]

_SOFTMAX = (torch.softmax, Tensor.softmax, functional.softmax)
_PRODUCTS = (
    torch.matmul, Tensor.matmul, Tensor.__matmul__, torch.bmm, Tensor.bmm, torch.einsum,
)  # fmt: skip
# What may happen to a map between its softmax and its product. (What returns the tensor itself or
# a view of it, as dropout in eval mode does, need not be named.)
_CASTS = (
    Tensor.to, Tensor.type_as, Tensor.type, Tensor.float, Tensor.half, Tensor.bfloat16,
    Tensor.contiguous, Tensor.clone,
)  # fmt: skip
_SDPA = inspect.signature(attention_weights)
_MULTI_HEAD = inspect.signature(functional.multi_head_attention_forward)


@dataclass(frozen=True)
class SeenMap:
    """One map, when it was used.

    Attributes:
      name: of the innermost module that was running; "" for the model itself.
      source: "module" of multi-head attention as torch has it, else "function".
      weights: [..., Tq, Tk], as the model has it.
      factor: the tensor that the output was computed from, of as many values.
    """

    name: str
    source: Source
    weights: Tensor
    factor: Tensor


class AttentionCapture(TorchFunctionMode):
    """Calls `see` with every map, while active.

    Args:
      running: names of the modules now running, innermost last (see `running_modules`).
      see: what takes the maps.
      differentiable: let the output depend on the maps, so that it has gradients with respect to
        `factor`. The outputs then agree with the model's own up to rounding; else they are its own.
    """

    def __init__(
        self, running: Sequence[str], see: Callable[[SeenMap], None], *, differentiable: bool
    ) -> None:
        super().__init__()
        self._running = running
        self._see = see
        self._differentiable = differentiable
        # By place in memory: (the softmax, what it became, kept so that its place stays taken).
        self._softmaxes: dict[tuple[int, int], tuple[Tensor, Tensor]] = {}
        self._handlers: dict[Any, Callable[..., Any]] = {
            functional.multi_head_attention_forward: self._multi_head,
            functional.scaled_dot_product_attention: self._scaled_dot_product,
            **dict.fromkeys(_SOFTMAX, self._softmax),
            **dict.fromkeys(_PRODUCTS, self._product),
            **dict.fromkeys(_CASTS, self._cast),
        }

    def __torch_function__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Runs `func`, through its handler if it has one."""
        handler = self._handlers.get(func)
        if handler is None:
            return func(*args, **(kwargs or {}))
        return handler(func, args, kwargs or {})

    def _emit(self, source: Source, weights: Tensor, factor: Tensor) -> None:
        name = self._running[-1] if self._running else ""
        self._see(SeenMap(name, source, weights, factor))

    def _multi_head(self, func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
        call = _MULTI_HEAD.bind(*args, **kwargs)
        call.apply_defaults()
        given = call.arguments
        wanted, averaged = given["need_weights"], given["average_attn_weights"]
        given.update(need_weights=True, average_attn_weights=False)
        if self._differentiable:
            given.update(_into_graph(given))
        output, weights = func(*call.args, **call.kwargs)
        # What is returned is a view; the output was computed from what it is a view of.
        self._emit("module", weights, weights if weights._base is None else weights._base)  # noqa: SLF001
        if not wanted:
            return output, None
        return output, weights.mean(dim=-3) if averaged else weights

    def _scaled_dot_product(self, func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
        call = _SDPA.bind(*args, **kwargs)
        call.apply_defaults()
        weights = attention_weights(*call.args, **call.kwargs)
        if not self._differentiable:
            self._emit("function", weights, weights)
            return func(*args, **kwargs)
        weights = _requiring_grad(weights)
        self._emit("function", weights, weights)
        query, value = call.arguments["query"], call.arguments["value"]
        value = repeat_heads(value, query) if call.arguments["enable_gqa"] else value
        return weights.to(value.dtype) @ value

    def _softmax(self, func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
        output = func(*args, **kwargs)
        dim = kwargs.get("dim", args[1] if len(args) > 1 else None)
        if output.dim() in (3, 4) and dim in (-1, output.dim() - 1) and output.numel():
            output = _requiring_grad(output) if self._differentiable else output
            self._softmaxes[_place(output)] = (output, output)
        return output

    def _cast(self, func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
        output = func(*args, **kwargs)
        if self._known(args[0]) and isinstance(output, Tensor):
            softmax, _ = self._softmaxes[_place(args[0])]
            self._softmaxes[_place(output)] = (softmax, output)
        return output

    def _product(self, func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
        for factor in args:
            if self._known(factor):
                softmax, _ = self._softmaxes.pop(_place(factor))
                self._emit("function", softmax.reshape_as(factor), factor)
        return func(*args, **kwargs)

    def _known(self, value: Any) -> bool:
        return isinstance(value, Tensor) and _place(value) in self._softmaxes


def _place(tensor: Tensor) -> tuple[int, int]:
    return tensor.data_ptr(), tensor.numel()


def _requiring_grad(tensor: Tensor) -> Tensor:
    return tensor if tensor.requires_grad else tensor.detach().requires_grad_()


def _into_graph(given: dict[str, Any]) -> dict[str, Tensor]:
    """Returns query, key and value, of which the query requires grad: the map then does, too.

    What was the same tensor still is: torch asks for that.
    """
    query = given["query"]
    fresh = query if query.requires_grad else query.detach().requires_grad_()
    names = ("query", "key", "value")
    return {name: fresh if given[name] is query else given[name] for name in names}
