"""`ExplainCallback`: the same monitors under the Trainer of Hugging Face transformers.

It translates that trainer's events for a `Recording`; nothing else. Import this module by name:
`lightning_callbacks` itself does not need transformers.
"""

# ruff: noqa: ARG002  # every event has the arguments that transformers names
from __future__ import annotations

import json
import math
import os
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from torch.utils.data import DataLoader
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from lightning_callbacks.causes import MonitorWarning
from lightning_callbacks.destinations import new_version
from lightning_callbacks.host import checked_monitors
from lightning_callbacks.lightning_base import LightningCallback
from lightning_callbacks.recording import Recording, record

# What is saved beside each of the trainer's checkpoints.
STATE_FILE = "tb_explain_state.json"
# Epochs are counted in fractions there: 1.9999999 are two.
_TINY = 1e-6


class ExplainCallback(TrainerCallback):
    """Records with `monitors` while a `transformers.Trainer` trains.

        Trainer(..., callbacks=[ExplainCallback([AttentionMonitor(), GradientMonitor()])])

    What is recorded lies in `tb_explain` below the output directory. A training that is resumed
    from a checkpoint goes on in the same files. `OutputMonitor` is refused: evaluation hands out no
    batches.

    Args:
      monitors: what to record.
      logdir: another folder or URL, or the `SummaryWriter` that was given to TensorBoardCallback.
      data: the evaluation data that the probe is drawn from, collated as the trainer does. This
        trainer keeps its own to itself until it evaluates: None takes training data, and says so.

    Raises:
      TypeError: `monitors` holds something else; at the beginning of training, `data` is neither
        loader nor data set.
      ValueError: two monitors of one name, or one that needs what this trainer does not tell.
    """

    def __init__(
        self,
        monitors: LightningCallback | Sequence[LightningCallback],
        *,
        logdir: str | os.PathLike[str] | Any = None,
        data: Any = None,
    ) -> None:
        self._monitors = checked_monitors(monitors, ("optimizer steps",), "A transformers Trainer")
        self._logdir = logdir
        self._data = data
        self._recording: Recording | None = None

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **given: Any
    ) -> None:
        """Begins to record, or goes on where the checkpoint was saved."""
        optimizer, training_data = given["optimizer"], given.get("train_dataloader")
        saved = _saved_state(args, state)
        self._recording = record(
            given["model"],
            self._logdir or (saved or {}).get("directory") or new_version(_below(args)),
            self._monitors,
            data=_collated(self._data, training_data),
            training_data=training_data,
            # Accelerate's wrapper has no hooks of its own.
            optimizer=getattr(optimizer, "optimizer", optimizer),
            epochs=math.ceil(args.num_train_epochs),
        )
        host = self._recording.host
        host.validates, host.max_steps = False, state.max_steps
        host.accumulate_grad_batches = args.gradient_accumulation_steps
        host.num_training_batches = _length(training_data)
        if saved is not None:
            self._recording.load_state_dict(saved)
        # A checkpoint of an epoch's last step was saved before the epoch was over.
        self._recording.start_at(state.global_step, math.floor((state.epoch or 0) + _TINY))
        self._recording.__enter__()

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **given: Any
    ) -> None:
        """Records what is due after an optimizer step."""
        recording = self._in_training()
        recording.step()
        if recording.should_stop:
            control.should_training_stop = True

    def on_epoch_end(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **given: Any,
    ) -> None:
        """Records what is due after an epoch."""
        self._in_training().end_epoch()

    def on_save(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **given: Any
    ) -> None:
        """Saves what a resumed training continues from, beside the checkpoint."""
        if state.is_world_process_zero:
            _save_state(_state_file(args, state), self._in_training().state_dict())

    def on_train_end(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **given: Any,
    ) -> None:
        """Records the final model."""
        self._in_training().__exit__(None, None, None)
        self._recording = None

    def _in_training(self) -> Recording:
        if self._recording is None:
            raise RuntimeError("ExplainCallback was told of training before on_train_begin.")
        return self._recording


def _collated(data: Any, training_data: Any) -> Any:
    """Returns a loader of a data set, which puts samples together as that of training does."""
    if data is None or isinstance(data, DataLoader):
        return data
    collate = getattr(training_data, "collate_fn", None)
    return DataLoader(data, getattr(training_data, "batch_size", None) or 8, collate_fn=collate)


def _length(data: Any) -> float:
    try:
        return len(data)
    except TypeError:  # a stream
        return math.inf


def _below(args: TrainingArguments) -> str:
    return os.path.join(args.output_dir or "", "tb_explain")  # noqa: PTH118  # may be a URL


def _state_file(args: TrainingArguments, state: TrainerState) -> Path:
    return Path(args.output_dir or "", f"checkpoint-{state.global_step}", STATE_FILE)


def _save_state(path: Path, state: dict[str, Any]) -> None:
    """Saves `state`, whole or not at all; what keeps from it does not end the training."""
    unfinished = path.with_suffix(".tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_text(json.dumps(state))
        unfinished.replace(path)
    except OSError as error:
        _warn(f"{path} could not be written ({error}): what resumes from there records anew.")


def _saved_state(args: TrainingArguments, state: TrainerState) -> dict[str, Any] | None:
    path = _state_file(args, state)
    if not state.global_step or not path.is_file():
        return None
    try:
        saved: dict[str, Any] = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        _warn(f"{path} could not be read ({error}): records begin anew, in a run of their own.")
        return None
    return saved


def _warn(text: str) -> None:
    warnings.warn(text, MonitorWarning, stacklevel=3)
