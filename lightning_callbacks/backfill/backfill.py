"""Loading checkpoints, telling monitors of them, and sharing them out over processes."""

from __future__ import annotations

import os
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import nn
from tqdm.auto import tqdm

from lightning_callbacks.backfill.checkpoints import (
    Checkpoint,
    CheckpointError,
    find,
    in_order,
    load,
    shortened,
)
from lightning_callbacks.backfill.results import Kept, Run
from lightning_callbacks.backfill.validation import validate, validation_data
from lightning_callbacks.destinations import open_with
from lightning_callbacks.explaining import Explain
from lightning_callbacks.host import Doing, Host, State, checked_monitors
from lightning_callbacks.lightning_base import LightningCallback
from lightning_callbacks.overhead import SharedBudget


@dataclass(frozen=True)
class Backfilled:
    """What a backfill did.

    Attributes:
      directory: where the records are.
      checkpoints: those that were found, by ascending step.
      records: how many were written now; those that were there already are not counted.
      gaps: why monitors failed, which their records say too.
      failed: why checkpoints could not be explained, or not by all monitors, by path.
      left_out: checkpoints at a step of which another one was explained.
    """

    directory: str
    checkpoints: Sequence[Checkpoint]
    records: int
    gaps: Sequence[str]
    failed: dict[str, str] = field(default_factory=dict)
    left_out: Sequence[str] = ()


def backfill(  # noqa: PLR0913  # one flat list of what there is to say
    module: Any,
    checkpoints: str | Sequence[str],
    monitors: LightningCallback | Sequence[LightningCallback],
    *,
    datamodule: Any = None,
    data: Any = None,
    logdir: str | os.PathLike[str] | None = None,
    weights_only: bool = True,
    fabric: Any = None,
    progress: bool = True,
) -> Backfilled:
    """Writes what `monitors` would have recorded when `checkpoints` were saved.

    Steps and epochs are the checkpoints' own. What is recorded already is left out, so that a
    backfill that was interrupted can be run again, and one of a training that goes on, too.

    Args:
      module: a LightningModule, or its class, of which one is made with the hyperparameters that
        the first checkpoint holds.
      checkpoints: paths, globs or URLs.
      monitors: as for a Trainer; those of optimizer steps have nothing to look at.
      datamodule: gives the validation data, if the module doesn't.
      data: a validation loader or data set, in place of both.
      logdir: where records go; None: "backfill" beside the folder "checkpoints" or in the folder
        that the checkpoints are in.
      weights_only: refuse checkpoints that hold pickled objects, which could run any code.
      fabric: a launched `lightning.fabric.Fabric`: its processes, on one machine or several, share
        the work, each on its device; the first one writes.
      progress: show a bar.

    Raises:
      CheckpointError: no checkpoint is found, one can't be read, or they lie in several folders.
      TypeError: `monitors` holds something else.
      ValueError: two monitors of one name, or one that needs what a checkpoint is not.
    """
    paths = find(checkpoints)
    _check_one_run(paths)
    found = in_order(paths, weights_only=weights_only)
    module = _made(module, found[0], weights_only)
    if fabric is not None:
        module.to(fabric.device)
    directory = os.fspath(logdir) if logdir is not None else _beside(found[0].path)
    host = Host(
        callbacks=checked_monitors(monitors, ("validation",), "A checkpoint"),
        default_root_dir=directory,
        datamodule=datamodule,
        state=State(Doing.VALIDATING, Doing.VALIDATING),
        val_dataloaders=validation_data(module, datamodule, fabric) if data is None else data,
    )
    work = _Work(host, module, fabric, weights_only)
    done = work.explain(found, progress=progress)
    explained = {checkpoint.path for checkpoint in found}
    return replace(done, left_out=[path for path in paths if path not in explained])


class _Work:
    """One process's part of a backfill."""

    def __init__(self, host: Host, module: nn.Module, fabric: Any, weights_only: bool) -> None:
        self._host = host
        self._module = module
        self._weights_only = weights_only
        self._rank: int = fabric.global_rank if fabric else 0
        self._processes: int = fabric.world_size if fabric else 1
        self._kept = Kept(host.default_root_dir)
        self._failed: dict[str, str] = {}

    def explain(self, checkpoints: Sequence[Checkpoint], *, progress: bool) -> Backfilled:
        """Explains all that is not recorded yet; every process must be here."""
        monitors = self._set_up()
        run = Run(self._host.default_root_dir) if self._rank == 0 else None
        # Only the first process looks: the others may not see its disk.
        has = self._from_all(run and run.steps)[0]
        hidden = self._rank != 0 or not progress
        try:
            with tqdm(
                total=len(checkpoints), desc="explaining", unit="ckpt", disable=hidden
            ) as bar:
                for block in _blocks(checkpoints, self._processes):
                    self._explain_block(block, monitors, has)
                    batches = self._from_all(self._kept.taken())
                    if run is not None:
                        run.add(batch for part in batches for batch in part)
                    bar.update(len(block))
        finally:
            if run is not None:
                run.close()
        failed = {path: why for part in self._from_all(self._failed) for path, why in part.items()}
        if run is None:
            return Backfilled(self._host.default_root_dir, checkpoints, 0, (), failed)
        return Backfilled(run.directory, checkpoints, run.records, run.gaps, failed)

    def _explain_block(
        self, block: Sequence[Checkpoint], monitors: Sequence[Any], has: set[tuple[str, int]]
    ) -> None:
        for place, checkpoint in enumerate(block):
            own = self._mine(monitors, place)
            mine = [monitor for monitor in own if self._is_due(monitor, checkpoint, has)]
            if mine:
                self._look_at(checkpoint, mine)

    def _set_up(self) -> list[Any]:
        """Returns the monitors, those that a callback holds one by one, ready to record."""
        host = self._host
        open_with(host, lambda: self._kept)
        host.tell("setup", self._module, "validate")
        for callback in host.callbacks:
            if isinstance(callback, Explain):
                callback.choose(host, self._module)
        budget = SharedBudget(None)
        for monitor in host.monitors:
            monitor.share_budget(budget)
        return [monitor for monitor in host.monitors if monitor.needs <= {"validation"}]

    def _mine(self, monitors: Sequence[Any], place: int) -> Iterator[Any]:
        """Yields those that this process asks about the checkpoint at `place` of a block.

        A monitor that remembers is asked about all checkpoints, in their order, by one process.
        """
        for index, monitor in enumerate(monitors):
            turn = index if monitor.remembers else place
            if turn % self._processes == self._rank:
                yield monitor

    def _is_due(self, monitor: Any, checkpoint: Checkpoint, has: set[tuple[str, int]]) -> bool:
        return monitor.remembers or (monitor.name, checkpoint.step) not in has

    def _look_at(self, checkpoint: Checkpoint, monitors: Sequence[Any]) -> None:
        try:
            loaded = load(checkpoint.path, weights_only=self._weights_only)
            _fill(self._module, loaded)
        except (CheckpointError, RuntimeError) as error:
            self._failed[checkpoint.path] = shortened(str(error))
            return
        listening = [monitor for monitor in monitors if "validation" in monitor.needs]
        self._tell([monitor for monitor in monitors if monitor not in listening], loaded)
        try:
            self._tell(listening, loaded)
        except Exception as error:  # noqa: BLE001  # validation_step is the user's: others go on
            self._failed[checkpoint.path] = f"its validation_step failed: {_where(error)}"
            self._host.tell("on_exception", self._module, error)

    def _tell(self, monitors: Sequence[Any], loaded: dict[str, Any]) -> None:
        self._host.callbacks = monitors
        self._host.tell("on_load_checkpoint", self._module, loaded)
        self._host.tell("on_validation_start", self._module)
        validate(self._host, self._module)
        self._host.tell("on_validation_end", self._module)

    def _from_all(self, value: Any) -> list[Any]:
        """Returns what each process holds."""
        if self._processes == 1:
            return [value]
        values: list[Any] = [None] * self._processes
        torch.distributed.all_gather_object(values, value)
        return values


def _where(error: Exception) -> str:
    """Returns an error in words, with the line it comes from."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} ({last.filename}:{last.lineno})"


def _check_one_run(paths: Sequence[str]) -> None:
    """Checkpoints of two trainings have steps in common, and would become one run."""
    folders = sorted({path.rpartition("/")[0] for path in paths})
    if len(folders) > 1:
        raise CheckpointError(
            f"Checkpoints lie in {len(folders)} folders, as {folders[0]!r} and {folders[1]!r}: "
            "explain each by itself, since each is a run of its own."
        )


def _made(module: Any, first: Checkpoint, weights_only: bool) -> nn.Module:
    if isinstance(module, nn.Module):
        return module
    if not isinstance(module, type):
        raise TypeError(f"module is {module!r}; expected a LightningModule or its class.")
    try:
        made: nn.Module = module.load_from_checkpoint(  # type: ignore[attr-defined]  # Lightning's
            first.path, map_location="cpu", weights_only=weights_only
        )
    except (AttributeError, TypeError) as error:
        raise TypeError(
            f"{module.__name__} can't be made from {first.path}: {error}. Pass an instance; for "
            "later trainings, call self.save_hyperparameters() in its __init__."
        ) from error
    return made


def _fill(module: nn.Module, checkpoint: dict[str, Any]) -> None:
    module.on_load_checkpoint(checkpoint)  # type: ignore[operator]  # LightningModule's
    module.load_state_dict(checkpoint["state_dict"])


def _beside(path: str) -> str:
    folder = path.rpartition("/")[0] or "."
    parent, _, name = folder.rpartition("/")
    return f"{(parent or '.') if name == 'checkpoints' else folder}/backfill"


def _blocks(checkpoints: Sequence[Checkpoint], size: int) -> Iterator[Sequence[Checkpoint]]:
    for start in range(0, len(checkpoints), size):
        yield checkpoints[start : start + size]
