"""Trains a net too deep to learn, and the same net with its signals normalised, and watches both.

Usage: python -m demo.depth [LOGDIR]
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from demo import command_line, fashion
from lightning_callbacks import (
    ActivationMonitor,
    GradientMonitor,
    ModelGraphMonitor,
    OutputMonitor,
    Probe,
    WeightMonitor,
)

RUNS = ("plain", "normalised")
EPOCHS = 4
DEPTH = 24  # hidden layers
WIDTH = 64
PIXELS = 28 * 28
EVERY_STEPS = 20  # of 79 an epoch


class DeepNet(pl.LightningModule):
    """Sigmoid layers on pixels, and a linear head.

    A sigmoid's slope is 1/4 at most: from layer to layer back the gradient shrinks to about a
    seventh, and so do the differences between samples on their way forward. BatchNorm scales both
    up again. It has no parameters here, so that both nets have the same ones, and begin alike.

    Args:
      normalised: whether a BatchNorm stands before each sigmoid.
    """

    def __init__(self, *, normalised: bool) -> None:
        super().__init__()
        widths = [PIXELS, *[WIDTH] * DEPTH]
        blocks = [_block(*ends, normalised) for ends in pairwise(widths)]
        self.blocks = nn.Sequential(*blocks)
        self.head = nn.Linear(WIDTH, 10)

    def forward(self, x: Tensor) -> Tensor:
        """Returns logits [N, 10] of images [N, 1, 28, 28]."""
        return self.head(self.blocks(x.flatten(1)))

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

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Returns Adam."""
        return torch.optim.Adam(self.parameters(), lr=1e-3)


def _block(inputs: int, outputs: int, normalised: bool) -> nn.Sequential:
    block = nn.Sequential()
    block.add_module("linear", nn.Linear(inputs, outputs, bias=False))
    if normalised:
        block.add_module("norm", nn.BatchNorm1d(outputs, affine=False))
    block.add_module("sigmoid", nn.Sigmoid())
    return block


def monitors(data: fashion.Fashion) -> list[Any]:
    """Returns what a run is watched by."""
    test = TensorDataset(data.test_images, data.test_labels)
    probe = Probe(test, class_names=data.class_names)
    return [
        GradientMonitor(every_n_train_steps=EVERY_STEPS),
        WeightMonitor(every_n_train_steps=EVERY_STEPS),
        ActivationMonitor(probe=probe),
        OutputMonitor(class_names=data.class_names),
        ModelGraphMonitor(probe=probe),
    ]


def train(
    root: Path, name: str, data: fashion.Fashion, *, epochs: int = EPOCHS, progress: bool = True
) -> float:
    """Trains the run `name`, one of RUNS, below `root`; returns its accuracy on the test images."""
    pl.seed_everything(1, verbose=False)
    training = TensorDataset(data.train_images, data.train_labels)
    test = TensorDataset(data.test_images, data.test_labels)
    trainer = pl.Trainer(
        accelerator="cpu",
        max_epochs=epochs,
        callbacks=monitors(data),
        logger=pl.loggers.TensorBoardLogger(root, name=name),
        enable_checkpointing=False,
        enable_model_summary=False,
        enable_progress_bar=progress,
    )
    loader = DataLoader(training, 128, shuffle=True)
    trainer.fit(DeepNet(normalised=name == "normalised"), loader, DataLoader(test, 500))
    return float(trainer.callback_metrics["val_accuracy"])


def main() -> None:
    """Trains both runs, and says what to look at."""
    options = command_line.options("demo.depth", __doc__, epochs=EPOCHS)
    data = fashion.load()
    accuracies = []
    for name in RUNS:
        print(f"\nTraining the run '{name}':", flush=True)
        accuracies.append(train(options.logdir, name, data, epochs=options.epochs))
    plain, normalised = accuracies
    command_line.say_done(
        options.logdir,
        f"of the test images {plain:.1%} are told right by the plain net, {normalised:.1%} by the "
        "normalised one.",
        "panel Layers, Gradients:\nthe alerts name the layers of 'plain' whose gradients vanish, "
        "and since which step.",
    )


if __name__ == "__main__":
    main()
