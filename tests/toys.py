"""Small models, data and trainers that several tests use."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from tensorboard.backend.event_processing import event_file_loader
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from tb_explain import schema

CLASSES = 4


def conv_net(channels: int = 1, *, head: nn.Module | None = None) -> nn.Sequential:
    """Returns two convolutions with BatchNorm, in-place ReLU and dropout, then a linear head."""
    return nn.Sequential(
        nn.Conv2d(channels, 6, 3, padding=1),
        nn.BatchNorm2d(6),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(2),
        nn.Conv2d(6, 8, 3, padding=1),
        nn.ReLU(inplace=True),
        nn.AdaptiveAvgPool2d(2),
        nn.Flatten(),
        nn.Dropout(0.2),
        head or nn.Linear(32, CLASSES),
    )


class PaddedEncoder(nn.Module):
    """Classifies token ids by `nn.TransformerEncoder`, which is told of padding (0)."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(20, 16, padding_idx=0)
        layer = nn.TransformerEncoderLayer(16, 2, 32, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2)
        self.head = nn.Linear(16, CLASSES)

    def forward(self, ids: Tensor) -> Tensor:
        real = ids != 0
        features = self.encoder(self.embedding(ids), src_key_padding_mask=~real)
        return self.head((features * real[..., None]).sum(dim=1) / real.sum(dim=1, keepdim=True))


def padded_ids(count: int = 32, *, seed: int = 0) -> Tensor:
    """Returns int64 [count, 7]: 1 to 19, padded with 0 after 3 to 6 of them."""
    generator = torch.Generator().manual_seed(seed)
    ids = torch.randint(1, 20, (count, 7), generator=generator)
    return ids * (torch.arange(7) < 3 + torch.arange(count)[:, None] % 4)


def images(count: int = 32, size: int = 12, channels: int = 1, *, seed: int = 0) -> Tensor:
    """Returns float [count, channels, size, size] in [0, 1]."""
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(count, channels, size, size, generator=generator)


def dataset(count: int = 32, **kwargs: Any) -> TensorDataset:
    """Returns images with labels 0, 1, 2, 3, 0, ..."""
    return TensorDataset(images(count, **kwargs), torch.arange(count) % CLASSES)


class Classifier(pl.LightningModule):
    """Trains `conv_net` with momentum and augmentation by random noise."""

    def __init__(self, net: nn.Module | None = None) -> None:
        super().__init__()
        self.net = net or conv_net()

    def forward(self, x: Tensor) -> Tensor:
        return self.net(x)

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        x, y = batch
        x = x + 0.1 * torch.randn_like(x)
        return nn.functional.cross_entropy(self(x), y)

    def validation_step(self, batch: Any, batch_idx: int) -> None:
        self.log("val_loss", nn.functional.cross_entropy(self(batch[0]), batch[1]))

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=0.05, momentum=0.9)


def loaders(count: int = 32) -> tuple[DataLoader, DataLoader]:
    """Returns a shuffled training loader and a validation loader."""
    data = dataset(count)
    return DataLoader(data, 8, shuffle=True), DataLoader(data, 8)


def trainer(root: Path, *callbacks: Any, **kwargs: Any) -> pl.Trainer:
    """Returns a quiet trainer that logs to TensorBoard below `root`."""
    options = {
        "max_epochs": 2,
        "accelerator": "cpu",
        "enable_progress_bar": False,
        "enable_model_summary": False,
        "enable_checkpointing": False,
        "default_root_dir": root,
        "log_every_n_steps": 1,
    }
    return pl.Trainer(callbacks=list(callbacks), **{**options, **kwargs})


def read_records(run_dir: str | Path) -> list[schema.Record]:
    """Returns all records in a directory's event files, in the order they were written."""
    records = []
    # Names end in seconds, process and a count: as text, a ninth file comes after a tenth.
    for path in sorted(Path(run_dir).rglob("events.out.tfevents.*"), key=natural_order):
        for event in event_file_loader.EventFileLoader(str(path)).Load():
            records += [
                schema.unpack(value.tensor.string_val[0])
                for value in event.summary.value
                if value.tensor.string_val and not value.tag.startswith("hparams")
            ]
    return records


def natural_order(path: Path) -> list[int]:
    """Returns the numbers in a path, to sort by."""
    return [int(number) for number in re.findall("[0-9]+", str(path))]


def of_kind(records: list[schema.Record], kind: str) -> list[schema.Record]:
    """Returns the records of a kind."""
    return [record for record in records if record.kind == kind]
