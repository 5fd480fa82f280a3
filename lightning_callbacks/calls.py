"""Knowing which module is running: a stack of names, kept by hooks while a model runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch import nn
from torch.jit import ScriptModule


@contextmanager
def running_modules(module: nn.Module) -> Iterator[list[str]]:
    """Yields a list that holds, during a forward, the names of the modules now running.

    The outermost comes first and is "": `module` itself. A module known by several names goes by
    its first; scripted ones are never named. The names `torch.compile` inserts are left out.
    """
    running: list[str] = []
    handles = []
    for path, part in module.named_modules():
        if isinstance(part, ScriptModule):  # refuses hooks
            continue
        name = path.replace("_orig_mod.", "")

        def enter(_module: nn.Module, _args: Any, name: str = name) -> None:
            running.append(name)

        def leave(*_call: Any) -> None:
            running.pop()

        handles.append(part.register_forward_pre_hook(enter))
        handles.append(part.register_forward_hook(leave, always_call=True))
    try:
        yield running
    finally:
        for handle in handles:
            handle.remove()
