"""A model's own calls to other processes: observed in one process alone, they would wait in vain.

It knows the dispatcher's operators; nothing of models or monitors.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch.distributed
from torch.utils._python_dispatch import TorchDispatchMode

_NAMESPACES = frozenset({"c10d", "_c10d_functional", "_c10d_functional_autograd"})


class CollectiveError(RuntimeError):
    """A model that is observed calls other processes, which are not there to answer."""


def no_collectives() -> AbstractContextManager[Any]:
    """Returns a context in which calls to other processes raise, before they are sent.

    Without it such a call keeps this process waiting until the group's timeout ends the training,
    or is answered by what another process sent for something else. Where there is only one
    process there is nobody to wait for, and nothing is refused.

    Raises:
      CollectiveError: inside, an operator of torch.distributed was called.
    """
    grouped = torch.distributed.is_available() and torch.distributed.is_initialized()
    is_alone = not grouped or torch.distributed.get_world_size() == 1
    return nullcontext() if is_alone else _Refusing()


class _Refusing(TorchDispatchMode):  # type: ignore[no-untyped-call]  # the base has no types
    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # the base has no types

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        if func.namespace in _NAMESPACES:
            name = func._schema.name.partition("::")[2].rstrip("_")  # noqa: SLF001  # torch has no public form of it
            raise CollectiveError(
                f"The model calls other processes ({name}), but is observed in one at a time. Pass "
                "forward=... that does without, or explain checkpoints of this run in one process "
                "(python -m lightning_callbacks.backfill)"
            )
        return func(*args, **(kwargs or {}))
