"""What is asked of a Lightning trainer, in one place: its data, its state, its other callbacks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

from torch import nn
from torch.utils.data import DataLoader

from lightning_callbacks.guard import untouched
from lightning_callbacks.probe import DrawnProbe, Probe, draw

# Strategies whose ranks hold a part of the parameters each: one rank alone can't run the model.
_SHARDING = ("FSDPStrategy", "ModelParallelStrategy", "DeepSpeedStrategy", "XLAFSDPStrategy")
Weights = Literal["raw", "averaged"]
_AVERAGING = ("WeightAveraging", "StochasticWeightAveraging")


def cannot_observe(trainer: Any) -> str | None:
    """Returns why a model can't be explained under the trainer's strategy; None if it can."""
    names = [base.__name__ for base in type(trainer.strategy).__mro__]
    sharding = next((name for name in names if name in _SHARDING), None)
    if sharding is None:
        return None
    return (
        f"{sharding} spreads the parameters over ranks, and a monitor runs on one of them. "
        "Explain a checkpoint of this run on one device instead."
    )


def weights_at_end(trainer: Any, monitor: Any) -> Weights:
    """Returns "averaged" if a weight-averaging callback before `monitor` has put its average in."""
    callbacks = list(trainer.callbacks)
    before = callbacks[: callbacks.index(monitor)] if monitor in callbacks else []
    names = {base.__name__ for callback in before for base in type(callback).__mro__}
    return "averaged" if names & set(_AVERAGING) else "raw"


def in_validate(trainer: Any) -> bool:
    """Whether `trainer.validate` is running, not `fit`'s validation or sanity check."""
    return trainer.state.fn is not None and str(trainer.state.fn.value) == "validate"


def draw_for(trainer: Any, pl_module: nn.Module, probe: Probe) -> DrawnProbe:
    """Draws the probe from what was asked for, or else the trainer's validation (or training) data.

    The batch goes through the module's and data module's transfer hooks, as in validation. All
    this happens inside the guard: it draws no random number from the training's.

    Raises:
      ProbeError: there is no data to draw from.
      BatchError: the input tensor can't be found.
    """
    loader = _first_loader(trainer.val_dataloaders) or _first_loader(trainer.train_dataloader)
    names = probe.class_names or getattr(trainer.datamodule, "class_names", None)
    names = names or getattr(pl_module, "class_names", None)
    with untouched(pl_module):
        drawn = draw(replace(probe, class_names=names), loader)
        return replace(drawn, batch=_transferred(trainer, pl_module, drawn.batch))


def _first_loader(loaders: Any) -> DataLoader[Any] | None:
    if isinstance(loaders, DataLoader):
        return loaders
    values = loaders.values() if isinstance(loaders, dict) else loaders
    if isinstance(values, (list, tuple)) or isinstance(loaders, dict):
        return next((found for item in values if (found := _first_loader(item))), None)
    return None


def _transferred(trainer: Any, pl_module: Any, batch: Any) -> Any:
    stage = trainer.state.stage
    # Hooks ask the trainer whether to augment; a probe is never augmented.
    trainer.state.stage = type(stage).VALIDATING
    try:
        # Lightning's own way to its transfer hooks; there is no public one.
        batch = pl_module._on_before_batch_transfer(batch, dataloader_idx=0)  # noqa: SLF001
        return pl_module._apply_batch_transfer_handler(batch, dataloader_idx=0)  # noqa: SLF001
    finally:
        trainer.state.stage = stage
