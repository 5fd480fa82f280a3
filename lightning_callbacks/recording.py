"""`record(...)`: the same monitors in a training loop of one's own, without Lightning's Trainer.

It counts steps and epochs, and calls the monitors where Lightning would. It knows nothing of what
they record.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Any

import torch.distributed
from torch import nn, optim
from torch.utils.data import DataLoader, Dataset
from torch.utils.tensorboard import SummaryWriter
from typing_extensions import Self

from lightning_callbacks.destinations import free_directory, let_go, open_with
from lightning_callbacks.host import Doing, Host, Precision, checked_monitors
from lightning_callbacks.lightning_base import LightningCallback
from lightning_callbacks.recorder import Need
from lightning_callbacks.writer import RecordWriter, writing

_AFTER_CLIPPING = "gradients are as the optimizer got them: after clipping, if the loop clips them"


def record(  # noqa: PLR0913  # one flat list of what there is to say of a loop
    model: nn.Module,
    logdir: str | os.PathLike[str] | Any,
    monitors: LightningCallback | Sequence[LightningCallback],
    *,
    data: DataLoader[Any] | Dataset[Any] | None = None,
    training_data: DataLoader[Any] | Dataset[Any] | None = None,
    optimizer: optim.Optimizer | Sequence[optim.Optimizer] = (),
    steps_per_epoch: int | None = None,
    epochs: int | None = None,
    scaler: Any = None,
) -> Recording:
    """Returns a context in which `recorder.step()` records what is due.

        with record(model, "runs/mine", [GradCAMMonitor()], data=validation) as recorder:
            for epoch in range(10):
                for inputs, labels in loader:
                    ...
                    optimizer.step()
                    recorder.step()
                recorder.end_epoch()

    The untrained model is recorded at the beginning, the final one at the end. Training is left
    untouched as it is under a Trainer, and no error of a monitor ends it. With several processes
    (torch.distributed) each makes a recorder and calls it likewise; the first one writes.

    Args:
      model: what is trained; wrapped by DistributedDataParallel or torch.compile, or not.
      logdir: a folder or URL for the run, or the `SummaryWriter` that the loop has anyway: then
        records go into its file. A folder that already has an event file gets a sub-directory.
      monitors: what to record, as for a Trainer.
      data: what the probe is drawn from, for monitors that were not given one.
      training_data: what it is drawn from where there is no `data`; the records say so.
      optimizer: all whose steps are to be counted. Monitors of gradients and weights need it;
        without any, a `step()` counts one.
      steps_per_epoch: calls of `step()` after which an epoch ends by itself; `end_epoch()` may be
        called all the same.
      epochs: how many there will be, if that is known; lets the last record be an exact one.
      scaler: a `torch.amp.GradScaler`, for monitors of gradients under fused optimizers.

    Raises:
      TypeError: `monitors` or `data` are something else.
      ValueError: two monitors of one name, or one that needs what a loop can't tell it.
    """
    optimizers = [optimizer] if isinstance(optimizer, optim.Optimizer) else list(optimizer)
    given: list[Need] = ["validation", "optimizer steps"] if optimizers else ["validation"]
    host = Host(
        callbacks=checked_monitors(monitors, given, _where(optimizers)),
        default_root_dir="",
        val_dataloaders=_checked_data(data),
        train_dataloader=_checked_data(training_data),
        optimizers=optimizers,
        max_epochs=epochs,
        num_training_batches=steps_per_epoch or float("inf"),
        precision_plugin=Precision(scaler),
    )
    if torch.distributed.is_initialized():
        host.global_rank, host.world_size = (
            torch.distributed.get_rank(),
            torch.distributed.get_world_size(),
        )
        host.is_global_zero = host.global_rank == 0
    _check_epochs_are_known(host)
    return Recording(model, host, logdir, steps_per_epoch)


class Recording:
    """A training loop, as monitors see it; made by `record`.

    Args:
      model: what is trained.
      host: what monitors may ask.
      logdir: as for `record`.
      steps_per_epoch: likewise.
    """

    def __init__(
        self, model: nn.Module, host: Host, logdir: Any, steps_per_epoch: int | None = None
    ) -> None:
        self._model = model
        self.host = host
        self._logdir = logdir
        self._steps_per_epoch = steps_per_epoch
        self._ended_by_itself = False
        self._resumed: str | None = None
        self._has_begun = False
        self._batches = 0
        self._open = ExitStack()

    # The context.

    def __enter__(self) -> Self:
        """Records the untrained model."""
        try:
            self._begin()
        except BaseException:
            self._open.close()
            raise
        return self

    def _begin(self) -> None:
        host = self.host
        self._has_begun = True
        self._begin_to_write()
        host.tell("setup", self._model, "fit")
        for optimizer in host.optimizers:
            before = optimizer.register_step_pre_hook(self._before_step)
            after = optimizer.register_step_post_hook(self._after_step)
            self._open.callback(before.remove)
            self._open.callback(after.remove)
        host.tell("on_train_start", self._model)
        for monitor in _of_steps(host):
            monitor.note(_AFTER_CLIPPING)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Records the final model, or what there is if the loop failed, and closes the file."""
        try:
            if error is None:
                self.host.tell("on_train_end", self._model)
            else:
                self.host.tell("on_exception", self._model, error)
        finally:
            self._open.close()

    # What the loop says.

    def step(self) -> None:
        """Says that a batch is done, after `optimizer.step()`; records what is due."""
        host = self.host
        if not host.optimizers:
            host.global_step += 1
        host.tell("on_train_batch_end", self._model, None, None, self._batches)
        self._batches += 1
        self._ended_by_itself = False
        if self._batches == self._steps_per_epoch:
            self.end_epoch()
            self._ended_by_itself = True

    def end_epoch(self) -> None:
        """Says that all batches of an epoch are done; records what is due.

        Right after an epoch that `steps_per_epoch` has ended it does nothing.
        """
        if self._ended_by_itself:
            self._ended_by_itself = False
            return
        self.host.tell("on_train_epoch_end", self._model)
        self.host.current_epoch += 1
        self._batches = 0

    def validation(self) -> Validation:
        """Returns a context for a pass over validation data, for `OutputMonitor`.

        with recorder.validation() as validation:
            for inputs, labels in validation_loader:
                validation.batch(model(inputs), (inputs, labels))
        """
        return Validation(self.host, self._model)

    @property
    def should_stop(self) -> bool:
        """Whether a monitor with `stop_on` has seen what it was to stop on."""
        return self.host.should_stop

    @property
    def steps(self) -> int:
        """Completed optimizer steps."""
        return self.host.global_step

    # Checkpoints.

    def state_dict(self) -> dict[str, Any]:
        """Returns what a resumed loop continues from; to be saved with the model's own."""
        host = self.host
        return {
            "global_step": host.global_step,
            "current_epoch": host.current_epoch,
            "directory": host.default_root_dir or self._resumed,
            "monitors": {m.state_key: m.state_dict() for m in host.callbacks},
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continues the loop that `state` is of; to be called before the context is entered.

        Raises:
          RuntimeError: it is entered already, and has recorded the model as untrained.
        """
        if self._has_begun:
            raise RuntimeError(
                "load_state_dict comes too late: the context has been entered, and has begun "
                "another run. Make the recorder, load its state, and then enter it: recorder = "
                "record(...); recorder.load_state_dict(state); with recorder: ..."
            )
        self._resumed = state["directory"]
        self.host.global_step = state["global_step"]
        self.host.current_epoch = state["current_epoch"]
        # A monitor starts over when it is set up for another host, and loads after that.
        self.host.tell("setup", self._model, "fit")
        for monitor in self.host.callbacks:
            if monitor.state_key in state["monitors"]:
                monitor.load_state_dict(state["monitors"][monitor.state_key])

    def start_at(self, step: int, epoch: int) -> None:
        """Continues counting from another program's checkpoint, before the context is entered."""
        self.host.global_step, self.host.current_epoch = step, epoch

    # Inside.

    def _begin_to_write(self) -> None:
        host = self.host
        if not host.is_global_zero:
            return
        if hasattr(self._logdir, "get_logdir"):
            open_with(host, lambda: self._writes_to(self._logdir))
        else:
            place = os.fspath(self._logdir)
            open_with(host, lambda: self._opened(place))

    def _opened(self, place: str) -> RecordWriter:
        """Returns a writer of a file of our own; what keeps from it does not end the loop."""
        with writing(place):
            own = SummaryWriter(self._resumed or free_directory(place))
        self._open.callback(let_go, own)
        return self._writes_to(own)

    def _writes_to(self, target: Any) -> RecordWriter:
        writer = RecordWriter(target)
        self.host.default_root_dir = writer.directory
        return writer

    def _before_step(self, optimizer: optim.Optimizer, *_arguments: Any) -> None:
        host = self.host
        host.is_last_batch = self._batches + 1 == self._steps_per_epoch
        host.tell("on_before_optimizer_step", self._model, optimizer)

    def _after_step(self, *_arguments: Any) -> None:
        self.host.global_step += 1


class Validation:
    """A pass over validation data; made by `Recording.validation`."""

    def __init__(self, host: Host, model: nn.Module) -> None:
        self._tell: Callable[..., None] = host.tell
        self.host = host
        self._model = model
        self._batches = 0

    def __enter__(self) -> Self:
        """Begins to add up."""
        self.host.state.stage = Doing.VALIDATING
        self._tell("on_validation_start", self._model)
        return self

    def batch(self, outputs: Any, batch: Any) -> None:
        """Adds what the model made of a batch: logits [N, C] or a dict of them, and the batch."""
        told = {"logits": outputs} if isinstance(outputs, torch.Tensor) else outputs
        self._tell("on_validation_batch_end", self._model, told, batch, self._batches)
        self._batches += 1

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: object
    ) -> None:
        """Records what was added up; nothing if the pass failed."""
        self.host.state.stage = Doing.TRAINING
        if error is None:
            self._tell("on_validation_end", self._model)
        else:
            self._tell("on_exception", self._model, error)


def _where(optimizers: Sequence[Any]) -> str:
    return "A loop of one's own" if optimizers else "record(...) without optimizer="


def _checked_data(data: Any) -> Any:
    if data is None or isinstance(data, (DataLoader, Dataset)):
        return data
    raise TypeError(
        f"data must be a DataLoader or a Dataset, not {type(data).__name__}. A batch or a list of "
        "samples is given to the monitors: GradCAMMonitor(probe=batch)."
    )


def _of_steps(host: Host) -> list[Any]:
    return [monitor for monitor in host.monitors if "optimizer steps" in monitor.needs]


def _check_epochs_are_known(host: Host) -> None:
    """Monitors of optimizer steps that record by epochs must know which step is an epoch's last."""
    for monitor in _of_steps(host):
        if monitor.schedule.counts_epochs and host.num_training_batches == float("inf"):
            raise ValueError(
                f"{monitor.name} records the last step of epochs, so record(...) must know "
                "steps_per_epoch=... ; or give the monitor every_n_train_steps=... ."
            )
