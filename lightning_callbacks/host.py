"""`Host`: what monitors ask of a Lightning trainer, where there is none.

A loop of one's own (`recording.py`), another trainer (`hugging_face.py`) or a row of checkpoints
(`backfill/`) sets its counters and calls the monitors' hooks. It knows no model.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import torch.distributed
from torch import nn, optim

from lightning_callbacks.lightning_base import LightningCallback
from lightning_callbacks.recorder import Need


class Doing(str, Enum):
    """What the host is doing; named as Lightning's own functions and stages are."""

    TRAINING = "fit"
    VALIDATING = "validate"


@dataclass
class State:
    """What the host is doing, as Lightning's trainers say it."""

    fn: Doing = Doing.TRAINING
    stage: Doing = Doing.TRAINING


class Strategy:
    """What processes agree on; of one process, or where torch.distributed is not used, its own."""

    def broadcast(self, value: Any, src: int = 0) -> Any:
        """Returns the value of process `src`."""
        values = [value]
        if torch.distributed.is_initialized():
            torch.distributed.broadcast_object_list(values, src)
        return values[0]

    def reduce_boolean_decision(self, decision: bool, all: bool = True) -> bool:  # noqa: A002  # Lightning's signature
        """Returns whether all processes, or any of them, decided for it."""
        decisions: list[Any] = [decision]
        if torch.distributed.is_initialized():
            decisions = [None] * torch.distributed.get_world_size()
            torch.distributed.all_gather_object(decisions, decision)
        return sum(decisions) == len(decisions) if all else any(decisions)


@dataclass(frozen=True)
class Precision:
    """The loss scaler of a loop of one's own; None if there is none."""

    scaler: Any = None


@dataclass(eq=False)
class Host:
    """The counters, data and surroundings that monitors look at, under Lightning's names.

    Attributes:
      callbacks: the monitors.
      default_root_dir: where records go; a folder or a URL.
      val_dataloaders: what the probe is drawn from; train_dataloader where that is None.
      optimizers: those whose steps are counted.
      global_step: completed optimizer steps, of all optimizers together.
      current_epoch: from 0 on.
      num_training_batches: of an epoch; infinite if that is not known.
      validates: whether monitors are told of passes over validation data.
      should_stop: set by monitors whose alert ends the training.
    """

    callbacks: Sequence[Any]
    default_root_dir: str
    val_dataloaders: Any = None
    train_dataloader: Any = None
    datamodule: Any = None
    optimizers: Sequence[optim.Optimizer] = ()
    global_step: int = 0
    current_epoch: int = 0
    max_epochs: int | None = None
    max_steps: int = -1
    num_training_batches: float = float("inf")
    is_last_batch: bool = False
    validates: bool = True
    should_stop: bool = False
    sanity_checking: bool = False
    fast_dev_run: bool = False
    is_global_zero: bool = True
    global_rank: int = 0
    world_size: int = 1
    accumulate_grad_batches: int = 1
    loggers: Sequence[Any] = ()
    precision_plugin: Precision = Precision()
    strategy: Strategy = field(default_factory=Strategy)
    state: State = field(default_factory=State)
    callback_metrics: dict[str, Any] = field(default_factory=dict)

    @property
    def log_dir(self) -> str:
        """Where records go."""
        return self.default_root_dir

    @property
    def monitors(self) -> list[Any]:
        """The callbacks, with what `explain()` has chosen in its place."""
        return [m for callback in self.callbacks for m in getattr(callback, "monitors", [callback])]

    def tell(self, hook: str, model: nn.Module, *arguments: Any) -> None:
        """Calls `hook` of every monitor."""
        for callback in self.callbacks:
            getattr(callback, hook)(self, model, *arguments)


def checked_monitors(monitors: Any, given: Iterable[Need], where: str) -> list[Any]:
    """Returns `monitors` as a list.

    Args:
      monitors: one or several.
      given: what there is of what monitors may need.
      where: who asks, for errors; as "A plain loop".

    Raises:
      TypeError: one of them is no monitor.
      ValueError: there is none, two have one name, or one needs what is not there.
    """
    listed: list[Any] = [monitors] if isinstance(monitors, LightningCallback) else list(monitors)
    for monitor in listed:
        if not isinstance(monitor, LightningCallback):
            raise TypeError(
                f"monitors holds {monitor!r}, which is no monitor of lightning_callbacks. Pass "
                "instances, as monitors=[GradCAMMonitor()]."
            )
        missing = sorted(getattr(monitor, "needs", frozenset()) - frozenset(given))
        if missing:
            raise ValueError(
                f"{where} has no {missing[0]}, which {type(monitor).__name__} needs as it was made."
            )
    if not listed:
        raise ValueError("monitors is empty, so nothing would be recorded.")
    keys = [monitor.state_key for monitor in listed]
    twice = [key for key in keys if keys.count(key) > 1]
    if twice:
        raise ValueError(f"Two monitors are {twice[0]}. Give one of them another name=... .")
    return listed
