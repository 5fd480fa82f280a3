"""The validation data of a module, and a pass over it for the monitors that listen to one."""

from __future__ import annotations

from typing import Any

import torch

from lightning_callbacks.guard import untouched
from lightning_callbacks.host import Host
from lightning_callbacks.trainers import first_loader, transferred, unlogged


def validation_data(module: Any, datamodule: Any, fabric: Any) -> Any:
    """Returns the validation loaders of `datamodule`, or else of `module`; None if it has none."""
    owner = next((one for one in (datamodule, module) if _gives_validation_data(one)), None)
    if owner is None:
        return None
    if fabric is None or fabric.local_rank == 0:
        owner.prepare_data()
    if fabric is not None:
        fabric.barrier()
    owner.setup("fit")
    return owner.val_dataloader()


def _gives_validation_data(owner: Any) -> bool:
    """Whether `val_dataloader` is its own: Lightning's raises."""
    defined = getattr(type(owner), "val_dataloader", None)
    return defined is not None and "lightning" not in defined.__module__.split(".")[0]


def validate(host: Host, module: Any) -> None:
    """Runs `validation_step` on the first validation loader, if a monitor listens."""
    if not any("validation" in monitor.needs for monitor in host.callbacks):
        return
    loader = first_loader(host.val_dataloaders)
    with unlogged(module), untouched(module), torch.no_grad():
        module.eval()
        for index, batch in enumerate(loader):
            moved = transferred(host, module, batch)
            outputs = module.validation_step(moved, index)
            host.tell("on_validation_batch_end", module, outputs, moved, index)
