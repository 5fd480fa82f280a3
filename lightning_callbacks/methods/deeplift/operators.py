"""What the passes run: operators, as the dispatcher hands them over, made calls that rules read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

import torch
from torch import Tensor
from torch.nn import Parameter
from torch.utils._python_dispatch import TorchDispatchMode

from lightning_callbacks.methods.deeplift.call import Call, Rule
from lightning_callbacks.methods.deeplift.linear import LINEAR
from lightning_callbacks.methods.deeplift.rules import CONDITIONS, RULES, UNCOVERED


class Listener(Protocol):
    """Is told of a pass's operators, in order."""

    def before(self, written: Sequence[Tensor]) -> None:
        """Is told that an operator will run, and which tensors it will overwrite."""

    def after(self, call: Call, result: Tensor, rule: Rule | None) -> None:
        """Is given a call, the first tensor it returned, and its rule unless it is linear."""


class Listening(TorchDispatchMode):  # type: ignore[no-untyped-call]  # the base has no types
    """Tells a listener of every operator that runs with gradients and has a rule.

    It sees operators below autograd, so modules, functions, methods, in-place forms and what
    composite functions (attention, einsum, normalisation) call inside are all alike. Nothing of
    the model is touched.
    """

    def __init__(self, listener: Listener) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # the base has no types
        self._listener = listener

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        operator, kwargs = _operator(func), kwargs or {}
        self._listener.before([args[i] for i in operator.written if i < len(args)])
        if operator.rule is None or not torch.is_grad_enabled():
            return func(*args, **kwargs)
        call = _call(operator, args, kwargs)
        if not operator.rule.applies(call):
            result = func(*args, **kwargs)
            self._listener.after(call, _results(result)[0], None)
            return result
        light = operator.rule.compares(call)
        wanted = call.loose if light else range(len(args))
        call.args = tuple(
            _kept(i, arg, operator) if i in wanted else None for i, arg in enumerate(args)
        )
        result = func(*args, **kwargs)
        results = _results(result)
        call.outputs = () if light else tuple(tensor.detach() for tensor in results)
        self._listener.after(call, results[0], operator.rule)
        return result


@dataclass(frozen=True)
class _Operator:
    """What is known of an operator before it is called.

    Attributes:
      name: without overload, and without the underscore of in-place forms.
      function: its form that works out of place.
      slots: positions of the arguments that autograd may have gradients of.
      written: positions of the arguments that it writes to.
      rule: how contributions pass through it, if it has a rule.
    """

    name: str
    function: Callable[..., Any]
    slots: tuple[int, ...]
    written: tuple[int, ...]
    rule: Rule | None


@cache
def _operator(func: Any) -> _Operator:
    schema = func._schema  # noqa: SLF001  # torch has no public form of it
    name = schema.name.partition("::")[2].removesuffix("_")
    arguments = list(enumerate(schema.arguments))
    written = tuple(i for i, a in arguments if a.alias_info and a.alias_info.is_write)
    tensors = (i for i, a in arguments if str(a.type) in {"Tensor", "Optional[Tensor]"})
    slots = tuple(i for i in tensors if i != CONDITIONS.get(name))
    # What has no rule is found in autograd's graph by its name, unless a `CopySlices` hides it.
    hidden = bool(written) and name not in LINEAR
    function = getattr(torch.ops.aten, name, func)
    return _Operator(name, function, slots, written, RULES.get(name, UNCOVERED if hidden else None))


def _call(operator: _Operator, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Call:
    varying, fixed = [], []
    for i, arg in enumerate(args):
        if isinstance(arg, Tensor):
            if _is_fixed(arg):
                fixed.append(i)
            elif arg.requires_grad:
                varying.append(i)
    known = operator.name, operator.function, operator.slots
    return Call(*known, args, kwargs, frozenset(varying), frozenset(fixed))


def _is_fixed(tensor: Tensor) -> bool:
    """Returns whether a tensor is a parameter, or a view of one: it can't depend on the inputs."""
    base = tensor._base  # noqa: SLF001  # torch's documented name for the viewed tensor
    owner = tensor if base is None else base
    return owner.is_leaf and (owner.requires_grad or isinstance(owner, Parameter))


def _kept(position: int, arg: Any, operator: _Operator) -> Any:
    """Returns an argument as it is before the call, whatever the call writes to it."""
    if isinstance(arg, list | tuple):
        return [part.detach() if isinstance(part, Tensor) else part for part in arg]
    if not isinstance(arg, Tensor):
        return arg
    return arg.clone() if position in operator.written else arg.detach()


def _results(result: Any) -> tuple[Tensor, ...]:
    return result if isinstance(result, tuple) else (result,)
