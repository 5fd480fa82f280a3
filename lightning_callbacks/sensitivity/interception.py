"""Seeing every call of a model's parts, and answering for them. It knows modules and calls only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from torch import nn
from torch.jit import ScriptModule

# Given the module that is called, its own forward, and what it is called with.
Answer = Callable[[nn.Module, Callable[..., Any], tuple[Any, ...], dict[str, Any]], Any]


@contextmanager
def intercepted(model: nn.Module, answer: Answer) -> Iterator[None]:
    """Has every call of a part of `model` answered by `answer`; afterwards all is as before.

    The whole model's own call is not seen, nor those inside of scripted modules. Hooks are not
    used, since torch's own transformer layers run differently where there are any.
    """
    parts = [m for m in model.modules() if m is not model and not isinstance(m, ScriptModule)]
    with replaced({part: _answered(part, part.forward, answer) for part in parts}):
        yield


@contextmanager
def replaced(forwards: Mapping[nn.Module, Callable[..., Any]]) -> Iterator[None]:
    """Gives modules other forwards; afterwards they have their own again, whatever happens."""
    before = {module: module.__dict__.get("forward") for module in forwards}
    try:
        for module, forward in forwards.items():
            # Not setattr: a model's own __setattr__ must not see this.
            module.__dict__["forward"] = forward
        yield
    finally:
        for module, own in before.items():
            if own is None:
                module.__dict__.pop("forward", None)
            else:
                module.__dict__["forward"] = own


def _answered(module: nn.Module, forward: Callable[..., Any], answer: Answer) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        return answer(module, forward, args, kwargs)

    # So that who asks for the signature sees the forward's own; functools.wraps takes far longer.
    call.__wrapped__ = forward  # type: ignore[attr-defined]  # as functools sets it
    return call
