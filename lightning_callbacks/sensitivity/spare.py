"""Activations in place, where nobody holds the input any more: the same numbers, less memory.

Without gradients, a tensor that only its caller's stack refers to can't be read again, whatever the
program does next. How many references that makes is measured, since it differs between versions of
Python; where it can't be told from a tensor in a variable, nothing is done in place.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor, nn

from lightning_callbacks.sensitivity.interception import intercepted


def is_spare_activation(module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Returns whether a call is that of a ReLU on a tensor that is held by its caller's stack only.

    To be asked by an `interception.Answer`, with the very tuple that it was given.
    """
    if type(module) is not nn.ReLU or module.inplace or kwargs or len(args) != 1:
        return False
    if not isinstance(args[0], Tensor) or not args[0].untyped_storage().resizable():
        return False  # memory that numpy holds, too
    return _references(args) == _of_temporaries()


def _references(args: tuple[Any, ...]) -> tuple[int, int]:
    storage = args[0].untyped_storage()
    return sys.getrefcount(args[0]), torch._C._storage_Use_Count(storage._cdata)  # noqa: SLF001  # there is no public way


@lru_cache(maxsize=1)
def _of_temporaries() -> tuple[int, int] | None:
    """Returns how often a temporary is referred to; None if it is as often as a variable is."""
    if not hasattr(torch._C, "_storage_Use_Count") or not hasattr(sys, "getrefcount"):  # noqa: SLF001  # as above
        return None
    found: list[tuple[int, int]] = []

    def answer(module: nn.Module, forward: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        found.append(_asked(module, args, kwargs))
        return forward(*args, **kwargs)

    model = _Example()
    with torch.no_grad(), intercepted(model, answer):
        model(torch.zeros(2))
    temporary, variable = found
    return temporary if temporary[0] < variable[0] else None


def _asked(_module: nn.Module, args: tuple[Any, ...], _kwargs: dict[str, Any]) -> tuple[int, int]:
    # As deep as `is_spare_activation`.
    return _references(args)


class _Example(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.relu(x + 1)
        z = y + 1
        return self.relu(z)  # type: ignore[no-any-return]  # a tensor
