"""A method of one module, wrapped for a while: what a callback has no hook for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import nn


def override(
    module: nn.Module, name: str, wrap: Callable[[Callable[..., Any]], Callable[..., Any]]
) -> Callable[[], None]:
    """Makes `module.<name>` what `wrap` makes of it, and returns what takes that back.

    Others of the class stay as they are. Taking it back twice does no harm.
    """
    has_own = name in vars(module)
    before = getattr(module, name)
    setattr(module, name, wrap(before))

    def take_back() -> None:
        if has_own:
            setattr(module, name, before)
        else:
            vars(module).pop(name, None)

    return take_back
