"""What several processes do together, so that a failure of one leaves no other waiting.

A process that raises between two collective calls lets the others wait for ever in the second.
Here what may fail is tried first, and the outcome is what is sent: all go on, or all raise. It
knows collective calls, nothing of monitors.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

from lightning_callbacks.causes import cause_of
from lightning_callbacks.trainers import gathered


class OtherProcessError(RuntimeError):
    """A process could not do its part; the text says which one and why."""


def from_all(trainer: Any, make: Callable[[], Any]) -> list[Any]:
    """Returns what `make` returned in every process; all must call this.

    Raises:
      OtherProcessError: it raised in one of them; in all alike.
      Exception: there is only one process, and it raised.
    """
    if trainer.world_size == 1:
        return [make()]
    outcomes = gathered(trainer, _tried(trainer, make))
    failures = [text for _, text in outcomes if text]
    if failures:
        raise OtherProcessError("; ".join(failures))
    return [pickle.loads(data) for data, _ in outcomes]  # noqa: S301  # of our own processes


def from_this(_trainer: Any, make: Callable[[], Any]) -> list[Any]:
    """Returns what `make` returned in this process, whatever the others do; as `from_all`."""
    return [make()]


def from_first(trainer: Any, make: Callable[[], Any]) -> Any:
    """Returns what `make` returned in the first process, where alone it is called; as `from_all`.

    Raises:
      OtherProcessError: it raised there; in all alike.
      Exception: there is only one process, and it raised.
    """
    if trainer.world_size == 1:
        return make()
    outcome = _tried(trainer, make) if trainer.is_global_zero else None
    data, failure = trainer.strategy.broadcast(outcome)
    if failure:
        raise OtherProcessError(failure)
    return pickle.loads(data)  # noqa: S301  # of our own first process


def _tried(trainer: Any, make: Callable[[], Any]) -> tuple[bytes, str]:
    """Returns (what was made, "") or (nothing, why not)."""
    try:
        # What can't be sent must be known before it is: sending is a collective call.
        return pickle.dumps(make()), ""
    except Exception as error:  # noqa: BLE001  # told to all, and raised there
        return b"", f"process {trainer.global_rank}: {cause_of(error)}"
