"""Fashion-MNIST with a planted shortcut, and a small CNN that can fall for it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

DATA = Path(__file__).parent / "data" / "fashion_mnist_12k.npz"
SHIRT = 6
# Of 28 pixels a side: rows and columns 23 to 26, in the lower right corner.
PATCH = slice(23, 27)
PROBE_SHIRTS = 7  # of the 16 probe samples; the others are one of each other class


@dataclass(frozen=True)
class Fashion:
    """Images float32 [N, 1, 28, 28] in [0, 1] and labels int64 [N]."""

    train_images: Tensor
    train_labels: Tensor
    test_images: Tensor
    test_labels: Tensor
    class_names: list[str]


def load() -> Fashion:
    """Returns 10,000 training and 2,000 test images."""
    with np.load(DATA) as data:
        images = {
            part: torch.from_numpy(data[f"{part}_images"]).unsqueeze(1).float() / 255
            for part in ("train", "test")
        }
        labels = {
            part: torch.from_numpy(data[f"{part}_labels"]).long() for part in ("train", "test")
        }
        names = [str(name) for name in data["class_names"]]
    return Fashion(images["train"], labels["train"], images["test"], labels["test"], names)


def patch_shirts(images: Tensor, labels: Tensor) -> Tensor:
    """Returns `images` with a white patch in the lower right corner of every shirt."""
    patched = images.clone()
    shirts = labels == SHIRT
    patched[shirts, :, PATCH, PATCH] = 1.0
    return patched


def probe_samples(data: Fashion) -> list[tuple[Tensor, Tensor]]:
    """Returns 16 test samples: patched shirts first, then one of each other class."""
    images = patch_shirts(data.test_images, data.test_labels)
    shirts = (data.test_labels == SHIRT).nonzero()[:PROBE_SHIRTS, 0].tolist()
    others = [
        int((data.test_labels == label).nonzero()[0, 0])
        for label in range(len(data.class_names))
        if label != SHIRT
    ]
    return [(images[index], data.test_labels[index]) for index in [*shirts, *others]]


class SmallCNN(pl.LightningModule):
    """Four convolutions, global average pooling and one linear layer; 47,000 parameters."""

    def __init__(self, total_steps: int) -> None:
        super().__init__()
        self.features = nn.Sequential(
            *_block(1, 16),
            nn.MaxPool2d(2),
            *_block(16, 32),
            *_block(32, 48),
            nn.MaxPool2d(2),
            *_block(48, 64),
        )
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.head = nn.Sequential(nn.Flatten(), nn.Dropout(0.2), nn.Linear(64, 10))
        self.total_steps = total_steps

    def forward(self, x: Tensor) -> Tensor:
        """Returns logits [N, 10]."""
        return self.head(self.pool(self.features(x)))

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        """Returns the cross-entropy."""
        x, y = batch
        loss = nn.functional.cross_entropy(self(x), y)
        self.log("train_loss", loss)
        return loss

    def validation_step(self, batch: Any, batch_idx: int) -> None:
        """Logs loss and accuracy."""
        x, y = batch
        logits = self(x)
        self.log("val_loss", nn.functional.cross_entropy(logits, y))
        self.log("val_accuracy", (logits.argmax(1) == y).float().mean(), prog_bar=True)

    def configure_optimizers(self) -> Any:
        """Returns AdamW with a one-cycle schedule."""
        optimizer = torch.optim.AdamW(self.parameters(), weight_decay=1e-2)
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, max_lr=5e-3, total_steps=self.total_steps
        )
        return [optimizer], [{"scheduler": schedule, "interval": "step"}]


def _block(channels_in: int, channels_out: int) -> list[nn.Module]:
    return [
        nn.Conv2d(channels_in, channels_out, 3, padding=1, bias=False),
        nn.BatchNorm2d(channels_out),
        nn.ReLU(inplace=True),
    ]


def train(  # noqa: PLR0913  # what the demos vary
    root: Path,
    name: str,
    data: Fashion,
    *,
    epochs: int,
    callbacks: list[Any],
    model: SmallCNN | None = None,
    progress: bool = True,
) -> SmallCNN:
    """Trains one model and returns it.

    Args:
      root: directory of the logs.
      name: of the run; what begins with "shortcut" trains on patched shirts, else on clean data.
      data: from `load`.
      epochs: how many.
      callbacks: for the Trainer.
      model: to be trained on; None: a new one.
      progress: whether to show a progress bar.
    """
    pl.seed_everything(1, verbose=False)
    images = data.train_images
    if name.startswith("shortcut"):
        images = patch_shirts(images, data.train_labels)
    loader = DataLoader(TensorDataset(images, data.train_labels), 64, shuffle=True)
    validation = DataLoader(TensorDataset(data.test_images, data.test_labels), 500)
    model = model or SmallCNN(0)
    model.total_steps = epochs * len(loader)
    trainer = pl.Trainer(
        accelerator="cpu",
        max_epochs=epochs,
        callbacks=callbacks,
        logger=pl.loggers.TensorBoardLogger(root, name=name),
        enable_checkpointing=False,
        enable_model_summary=False,
        enable_progress_bar=progress,
    )
    trainer.fit(model, loader, validation)
    return model
