"""What is asked of a Lightning trainer, in one place: its data, its state, its other callbacks."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any, Literal

import torch
import torch.distributed
from torch import nn
from torch.utils.data import DistributedSampler

from lightning_callbacks.guard import generator_states, untouched
from lightning_callbacks.probe import DrawnProbe, Probe, draw
from lightning_callbacks.samples import text_list

# Data sets wrapped in data sets (Subset of ConcatDataset of ...): beyond this it is a cycle.
_DEEPEST_NESTING = 30

# Strategies whose ranks hold a part of the parameters each: one rank alone can't run the model.
_SHARDING = ("FSDPStrategy", "ModelParallelStrategy", "DeepSpeedStrategy", "XLAFSDPStrategy")
# Of these, those whose ranks have samples of their own, and run modules as they are.
_OWN_SAMPLES = ("FSDPStrategy", "ModelParallelStrategy")
_NOT_WHOLE = "; OutputMonitor and ActivationMonitor(source='training') work here"
Weights = Literal["raw", "averaged"]
# Of these, the first puts its average in while validation runs, too.
_IN_VALIDATION = "WeightAveraging"
_AVERAGING = (_IN_VALIDATION, "StochasticWeightAveraging")


def cannot_observe(trainer: Any, *, whole_model: bool = True) -> str | None:
    """Returns why a model can't be explained under the trainer's strategy; None if it can.

    Args:
      trainer: Lightning's, or a `host.Host`.
      whole_model: whether parameters are needed; else what modules return in training is enough.
    """
    names = [base.__name__ for base in type(trainer.strategy).__mro__]
    sharding = next((name for name in names if name in _SHARDING), None)
    if sharding is None:
        return None
    # Set by Lightning before callbacks are set up.
    tensor_parallel = getattr(trainer.strategy, "_tensor_parallel_size", 1)
    own_samples = sharding in _OWN_SAMPLES and tensor_parallel == 1
    if whole_model:
        return (
            f"{sharding} spreads the parameters over processes, and a monitor needs them whole in "
            "one. Explain checkpoints of this run on one device (python -m "
            f"lightning_callbacks.backfill), or train with DDP{_NOT_WHOLE if own_samples else ''}"
        )
    if own_samples:
        return None
    return (
        f"Under {sharding} as it is set up here processes have no samples of their own, so that "
        "what they see does not add up. Explain checkpoints of this run on one device (python -m "
        "lightning_callbacks.backfill)"
    )


def weights_at_end(trainer: Any, monitor: Any) -> Weights:
    """Returns "averaged" if a weight-averaging callback before `monitor` has put its average in."""
    callbacks = list(trainer.callbacks)
    # A callback may hold monitors of its own.
    held = [
        callback is monitor or monitor in getattr(callback, "monitors", ())
        for callback in callbacks
    ]
    before = callbacks[: held.index(True)] if True in held else []
    names = {base.__name__ for callback in before for base in type(callback).__mro__}
    return "averaged" if names & set(_AVERAGING) else "raw"


@dataclass(frozen=True)
class LossScale:
    """By how much a GradScaler has multiplied the loss, and whether gradients still are."""

    value: float
    still_in: bool


def loss_scale(trainer: Any, optimizer: Any) -> LossScale | None:
    """Returns the loss scale at `on_before_optimizer_step`; None without a GradScaler."""
    scaler = getattr(trainer.precision_plugin, "scaler", None)
    if scaler is None or not scaler.is_enabled():
        return None
    # Lightning leaves unscaling to optimizers that do it within their own step.
    inner = getattr(optimizer, "optimizer", optimizer)
    still_in = bool(getattr(inner, "_step_supports_amp_scaling", False))
    return LossScale(float(scaler.get_scale()), still_in)


def gathered(trainer: Any, value: Any) -> list[Any]:
    """Returns `value` of every rank; a collective call wherever there are several."""
    if trainer.world_size == 1 or not torch.distributed.is_initialized():
        return [value]
    values: list[Any] = [None] * trainer.world_size
    torch.distributed.all_gather_object(values, value)
    return values


def weights_in_validation(trainer: Any) -> Weights:
    """Returns "averaged" if a callback puts its average in while `fit` validates."""
    names = {base.__name__ for callback in trainer.callbacks for base in type(callback).__mro__}
    return "averaged" if _IN_VALIDATION in names else "raw"


def unrepeated_samples(loader: Any) -> int | None:
    """Returns how many samples of a loader's share in this process are no repeats.

    Samplers that share data out repeat its first samples at the end where it does not divide by
    the number of processes. None: all, or it is not known.
    """
    batches = getattr(loader, "batch_sampler", None)
    samplers = (getattr(loader, "sampler", None), getattr(batches, "sampler", None))
    shared = (one for one in samplers if isinstance(one, DistributedSampler))
    found = next(shared, None)
    if found is None or found.drop_last:
        return None
    return len(range(found.rank, len(found.dataset), found.num_replicas))  # type: ignore[arg-type]  # samplers ask for it too


def in_validate(trainer: Any) -> bool:
    """Whether `trainer.validate` is running, not `fit`'s validation or sanity check."""
    return trainer.state.fn is not None and str(trainer.state.fn.value) == "validate"


def is_lightning(module: nn.Module) -> bool:
    """Whether `module` is a LightningModule, of whichever package."""
    return hasattr(module, "_apply_batch_transfer_handler")


@contextmanager
def unlogged(pl_module: Any) -> Iterator[None]:
    """Makes `self.log` and `self.log_dict` do nothing: the probe is no part of anyone's metrics."""
    names = ("log", "log_dict") if is_lightning(pl_module) else ()
    own = {name: pl_module.__dict__[name] for name in names if name in pl_module.__dict__}
    pl_module.__dict__.update(dict.fromkeys(names, _ignore))
    try:
        yield
    finally:
        for name in names:
            del pl_module.__dict__[name]
        pl_module.__dict__.update(own)


def _ignore(*_args: Any, **_kwargs: Any) -> None:
    """Takes what is logged, and forgets it."""


def draw_for(trainer: Any, pl_module: nn.Module, probe: Probe) -> tuple[DrawnProbe, list[str]]:
    """Returns (probe, notes), drawn from what was asked for, or else the trainer's validation data.

    Without validation data it is drawn from the training data, with a warning and a note. The
    batch goes through the module's and data module's transfer hooks, as in validation. All this
    happens inside the guard: it draws no random number from the training's.

    Raises:
      ProbeError: there is no data to draw from.
      BatchError: the input tensor can't be found.
    """
    loader, notes = first_loader(trainer.val_dataloaders), []
    if probe.data is None and loader is None:
        loader = first_loader(trainer.train_dataloader)
        notes = ["there is no validation data: the probe is drawn from the training data"]
        warnings.warn(notes[0], UserWarning, stacklevel=2)
    owners = [trainer.datamodule, pl_module]
    names = [probe.class_names, *(getattr(owner, "class_names", None) for owner in owners)]
    asked = replace(probe, class_names=next(filter(None, map(text_list, names)), None))
    with unlogged(pl_module), untouched(pl_module), ExitStack() as stack:
        for restore in _data_generators(probe.data if probe.data is not None else loader):
            stack.callback(restore)
        drawn = draw(asked, loader)
        return replace(drawn, batch=transferred(trainer, pl_module, drawn.batch)), notes


def _data_generators(data: Any) -> list[Callable[[], None]]:
    """Returns what restores the random generators of a loader, its samplers and its data sets."""
    owners: list[object] = []
    while data is not None and len(owners) < _DEEPEST_NESTING:
        owners += [data, getattr(data, "sampler", None), getattr(data, "batch_sampler", None)]
        data = getattr(data, "dataset", None)
    return [generator_states(owners)]


def first_loader(loaders: Any) -> Any:
    """Returns the first loader in a loader, list or dict; None if there is none."""
    values = loaders.values() if isinstance(loaders, dict) else loaders
    if isinstance(loaders, (dict, list, tuple)):
        found = (first_loader(item) for item in values)
        return next((loader for loader in found if loader is not None), None)
    return loaders


def transferred(trainer: Any, pl_module: Any, batch: Any) -> Any:
    """Returns `batch` on the module's device, as validation hands it to the module."""
    if not is_lightning(pl_module):
        return batch
    stage = trainer.state.stage
    # Hooks ask the trainer whether to augment; a probe is never augmented.
    trainer.state.stage = type(stage).VALIDATING
    try:
        # Lightning's own way to its transfer hooks; there is no public one.
        batch = pl_module._on_before_batch_transfer(batch, dataloader_idx=0)  # noqa: SLF001
        return pl_module._apply_batch_transfer_handler(batch, dataloader_idx=0)  # noqa: SLF001
    finally:
        trainer.state.stage = stage
