"""What processes do together: trainings with all monitors, under each way of sharing them."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from pytorch_lightning.strategies import DDPStrategy, ModelParallelStrategy
from torch import nn
from torch.utils.data import DataLoader, DistributedSampler, IterableDataset, Sampler

from lightning_callbacks import AttributionMonitor, SensitivityMonitor
from tests import toys
from tests.matrix import nets
from tests.matrix.monitors import all_monitors
from tests.matrix.state import differing, state_of

# Not a multiple of the processes: samplers repeat some to make it one.
VALIDATION = 18
GLOBAL_BATCH = 8
SHARE = 4  # a process's of two
_STEPS = 3


class Even(nets.Classifier):
    """Trains alike however its batches are shared out: no noise, no statistics of batches."""

    def __init__(self, *, buffers: bool = True) -> None:
        super().__init__()
        self.net.stem[1] = nn.Identity()
        # Its state is compared, too.
        self.optimizer_class = partial(torch.optim.SGD, momentum=0.9)
        if buffers:
            self.register_buffer("steps", torch.zeros(()))

    def training_step(self, batch: Any, batch_idx: int) -> Any:
        logits = self(batch[0])
        return nn.functional.cross_entropy(logits, batch[1])

    def on_fit_start(self) -> None:
        for part in self.modules():
            if isinstance(part, nn.Dropout):
                part.p = 0.0
        self.net.encoder.self_attn.dropout = 0.0


class Unused(Even):
    """Has a parameter that no loss depends on."""

    def __init__(self) -> None:
        super().__init__()
        self.spare = nn.Linear(3, 3)


class UnevenlyValidated(Even):
    """Validates with more batches in the first process than in the others."""

    def __init__(self) -> None:
        super().__init__(buffers=False)

    def val_dataloader(self) -> DataLoader:
        whole = toys.dataset(VALIDATION, size=nets.SIDE, seed=1)
        rank, world = self.trainer.global_rank, self.trainer.world_size
        shares = [range(VALIDATION - 4 * (world - 1))]
        shares += [range(VALIDATION - 4 * n, VALIDATION - 4 * (n - 1)) for n in range(1, world)]
        # No sampler of Lightning's: it would even them out.
        sampler = SequentialShare(shares[rank] if world > 1 else range(VALIDATION))
        return DataLoader(whole, batch_sampler=sampler)


class Stream(IterableDataset):
    """Gives each process batches of its own until they run out; nobody knows before how many."""

    def __init__(self, batches: int, rank: int) -> None:
        self.batches, self.rank = batches, rank

    def __iter__(self) -> Iterator[Any]:
        data = toys.dataset(self.batches * SHARE, size=nets.SIDE, seed=self.rank)
        return (data[place] for place in range(len(data)))


class UnevenlyTrained(Even):
    """Trains with one batch more in one of two processes: in the first, or in the second."""

    def __init__(self, more_in: int) -> None:
        super().__init__(buffers=False)
        self.more_in = more_in

    def train_dataloader(self) -> DataLoader:
        rank = self.trainer.global_rank
        return DataLoader(Stream(_STEPS + (rank == self.more_in), rank), SHARE)


class Unsynchronised(DDPStrategy):
    """Averages nothing, so that no process waits for another: each trains a model of its own."""

    def _setup_model(self, model: Any) -> Any:
        return model

    def _register_ddp_hooks(self) -> None:
        """Registers none: they are of a wrapper that is not there."""


class SequentialShare(Sampler[list[int]]):
    """Gives pairs of indices."""

    def __init__(self, indices: Sequence[int]) -> None:
        self.indices = list(indices)

    def __iter__(self) -> Iterator[list[int]]:
        return (self.indices[start : start + 2] for start in range(0, len(self), 2))

    def __len__(self) -> int:
        return len(self.indices)


@dataclass(frozen=True)
class Shared:
    """A way of sharing a training out: the strategy's arguments, the module, the Trainer's."""

    title: str
    strategy: Mapping[str, Any]
    build: Callable[[], Any] = Even
    trainer: Mapping[str, Any] | None = None
    synchronises: Callable[..., Any] = DDPStrategy


WAYS: Mapping[str, Shared] = {
    "ddp": Shared("DDP", {}),
    "bucket_view": Shared("DDP, `gradient_as_bucket_view`", {"gradient_as_bucket_view": True}),
    "static_graph": Shared("DDP, `static_graph`", {"static_graph": True}),
    "unused": Shared("DDP, unused parameters", {"find_unused_parameters": True}, Unused),
    "find_unused": Shared(
        "DDP, `find_unused_parameters` with none", {"find_unused_parameters": True}
    ),
    "accumulation": Shared(
        "DDP, gradient accumulation", {}, trainer={"accumulate_grad_batches": 2}
    ),
    "uneven": Shared("DDP, validation data of uneven length", {}, UnevenlyValidated),
}
_TWICE = {"max_epochs": 2}
# Trainings whose data run out in one process before the other.
UNEVEN: Mapping[str, Shared] = {
    f"{kind}_{more_in}": Shared(
        f"{title}, more training data in the {order} process",
        {},
        partial(UnevenlyTrained, more_in),
        _TWICE,
        strategy,
    )
    for kind, title, strategy in (
        ("unsynchronised", "No synchronisation", Unsynchronised),
        ("ddp", "DDP", DDPStrategy),
    )
    for more_in, order in enumerate(("first", "second"))
}


def train(root: Path, name: str) -> None:
    """Trains without and with all monitors, and keeps the state of this process."""
    _quietly()
    for kind in ("alone", "watched"):
        trainer, module = fit(root / name / kind, WAYS[name], kind == "watched")
        _keep(root / name, kind, trainer, module)


def train_unevenly(root: Path, name: str) -> None:
    """Trains with all monitors, or "alone", and keeps the state of this process."""
    _quietly()
    way, _, kind = name.partition("@")
    trainer, module = fit(root / way / kind, UNEVEN[way], kind == "watched")
    _keep(root / way, kind, trainer, module)


def _keep(root: Path, kind: str, trainer: Any, module: Any) -> None:
    torch.save(state_of(trainer, module), root / f"{kind}-{trainer.global_rank}.pt")


def fit(
    root: Path,
    way: Shared,
    watched: bool,
    *monitors: Any,
    world: int | None = None,
    nodes: int = 1,
) -> Any:
    """Returns (trainer, module) after a training with loaders whose order is fixed."""
    world = world or int(os.environ.get("WORLD_SIZE", "1"))
    pl.seed_everything(1, verbose=False)
    module = way.build()
    strategy: Any = way.synchronises(**way.strategy) if world > 1 else "auto"
    callbacks = [*monitors, *(all_monitors() if watched else [])]
    options = {
        "max_epochs": 1,
        "strategy": strategy,
        "devices": world // nodes,
        "num_nodes": nodes,
        "num_sanity_val_steps": 0,
        "use_distributed_sampler": way.build is not UnevenlyValidated,
        **(way.trainer or {}),
    }
    trainer = toys.trainer(root, *callbacks, **options)
    loaders: dict[str, Any] = {}
    if "train_dataloader" not in vars(type(module)):
        loaders["train_dataloaders"] = _training_data(
            world // way.strategy.get("tensor_parallel_size", 1)
        )
    if "val_dataloader" not in vars(type(module)):
        validation = toys.dataset(VALIDATION, size=nets.SIDE, seed=1)
        loaders["val_dataloaders"] = DataLoader(validation, max(1, GLOBAL_BATCH // world))
    trainer.fit(module, **loaders)
    return trainer, module


def _training_data(shares: int) -> DataLoader:
    data = toys.dataset(_STEPS * GLOBAL_BATCH, size=nets.SIDE)
    # In order, unlike Lightning's own: so that all together see what one process does.
    rank = int(os.environ.get("RANK", "0")) % shares
    sampler = DistributedSampler(data, shares, rank, shuffle=False)
    return DataLoader(data, GLOBAL_BATCH // shares, sampler=sampler)


def share_out(root: Path, name: str) -> None:
    """Trains a model whose running statistics differ, watched by all and by the first alone."""
    _quietly()
    kind, _, strategy = name.partition("@")
    monitors = [SHARING[kind](every_n_epochs=1, name=by) for by in ("shared", "alone")]
    monitors[1].worth_sharing = lambda _probe: False
    synchronises = Unsynchronised if strategy == "unsynchronised" else DDPStrategy
    sharing = Shared("", {}, toys.Classifier, _TWICE, synchronises)
    fit(root / name, sharing, False, *monitors)


SHARING: Mapping[str, Callable[..., Any]] = {
    "sensitivity": partial(SensitivityMonitor, levels=[0.5], samples=8, estimate=None),
    "attributions": partial(
        AttributionMonitor,
        ["integrated_gradients", "kernel_shap", "gradient_shap", "saliency", "smoothgrad"],
        ["label", 1],
    ),
}


class Sharded(Even):
    """Spreads its parameters over the processes, as FSDP2 does."""

    def configure_model(self) -> None:
        from torch.distributed.fsdp import fully_shard

        if not hasattr(self, "sharded"):
            self.sharded = True
            mesh = self.device_mesh["data_parallel"]
            for part in (self.net.conv, self.net.encoder, self.net.head, self.net):
                fully_shard(part, mesh=mesh)


class TensorParallel(Even):
    """Splits its head by columns; all processes work on the same samples."""

    def configure_model(self) -> None:
        from torch.distributed.tensor import Replicate
        from torch.distributed.tensor.parallel import ColwiseParallel, parallelize_module

        if not hasattr(self, "split"):
            self.split = True
            plan = ColwiseParallel(output_layouts=Replicate())
            parallelize_module(self.net.head, self.device_mesh["tensor_parallel"], plan)


SHARDED: Mapping[str, Shared] = {
    name: Shared(
        title,
        {"data_parallel_size": 2 // size, "tensor_parallel_size": size},
        build,
        synchronises=ModelParallelStrategy,
    )
    for name, title, size, build in (
        ("fsdp2", "FSDP2", 1, Sharded),
        ("tensor_parallel", "Tensor parallelism", 2, TensorParallel),
    )
}


def shard(root: Path, name: str) -> None:
    """Trains a sharded model without and with all monitors, and keeps the state of this process."""
    _quietly()
    for kind in ("alone", "watched"):
        trainer, module = fit(root / name / kind, SHARDED[name], kind == "watched")
        assert trainer.global_step == _STEPS
        _keep(root / name, kind, trainer, module)


def on_node(root: str, rank: int) -> None:
    """Trains with all monitors on one of two nodes, each with a disk of its own."""
    _quietly()
    _, module = fit(Path(root) / f"node_{rank}", WAYS["ddp"], True, nodes=2)
    torch.save(module.state_dict(), Path(root) / f"{rank}.pt")


def _quietly() -> None:
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    for name in ("pytorch_lightning", "pytorch_lightning.utilities.rank_zero"):
        logging.getLogger(name).setLevel(logging.ERROR)


class PurposeError(Exception):
    """What a monitor raises on purpose."""


# Methods of monitors that do the work at their hooks, by monitor's class.
WORK = (
    "observe", "own_share", "joined", "before_step", "after_step", "_add", "_begin",
    "_begin_to_watch", "_checked", "_write_totals",
)  # fmt: skip


def fail_alone(root: Path, name: str) -> None:
    """Trains with monitors that all fail, at one of their methods, in the process `name`."""
    _quietly()
    method, _, rank = name.partition("@")
    trainer, module = fit(root / name / "alone", WAYS["ddp"], watched=False)
    alone = state_of(trainer, module)
    monitors = all_monitors()
    for monitor in monitors:
        if hasattr(monitor, method) and int(rank) == trainer.global_rank:
            setattr(monitor, method, _fail)
    watched = state_of(*fit(root / name / "watched", WAYS["ddp"], False, *monitors))
    assert not differing(alone, watched)


def _fail(*_: Any, **__: Any) -> None:
    raise PurposeError("on purpose")
