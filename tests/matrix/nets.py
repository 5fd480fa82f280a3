"""The small model that every situation trains: it has something for each monitor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from tests import toys
from tests.matrix.witness import Step, copies, look_on

SIDE = 8
BATCH = 8


class Net(nn.Module):
    """Convolutions with BatchNorm, attention over the cells of the last one, and a linear head."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(inplace=True)
        )
        self.pool = nn.AvgPool2d(2)
        self.conv = nn.Conv2d(4, 8, 3, padding=1)
        self.act = nn.ReLU()
        self.encoder = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.1, batch_first=True)
        self.head = nn.Linear(8, toys.CLASSES)

    def features(self, x: Tensor) -> Tensor:
        """Returns [N, 16, 8]."""
        return self.act(self.conv(self.pool(self.stem(x)))).flatten(2).transpose(1, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.encoder(self.features(x)).mean(dim=1))


class Classifier(pl.LightningModule):
    """Trains a net, and looks on by itself: what it saw is compared with the records."""

    def __init__(self, net: nn.Module | None = None) -> None:
        super().__init__()
        self.net = Net() if net is None else net
        self.optimizer_class: Callable[..., torch.optim.Optimizer] = torch.optim.SGD
        # What it saw, by step.
        self.witnessed: dict[int, Step] = {}
        self._now = Step()
        self._looking_on: list[Any] = []

    def forward(self, x: Tensor) -> Tensor:
        return self.net(x)

    def loss(self, batch: Any) -> Tensor:
        """Returns the loss of a batch of training, with noise on it."""
        x, y = batch
        return nn.functional.cross_entropy(self(x + 0.1 * torch.randn_like(x)), y)

    def training_step(self, batch: Any, batch_idx: int) -> Tensor | None:
        return self.loss(batch)

    def validation_step(self, batch: Any, batch_idx: int) -> None:
        self.log("val_loss", nn.functional.cross_entropy(self(batch[0]), batch[1]))

    def on_train_batch_start(self, *_batch: Any) -> None:
        self._now = Step()
        # Hooks would have compiled steps compiled anew.
        if self._compiler_ctx is None and self._compiled_call_impl is None:
            self._looking_on = look_on(self, self._now)

    def on_before_backward(self, _loss: Tensor) -> None:
        # What is called from here on is called again by checkpointing.
        while self._looking_on:
            self._looking_on.pop().remove()

    def on_before_optimizer_step(self, optimizer: Any) -> None:
        stepped = {id(p) for group in optimizer.param_groups for p in group["params"]}
        self._now.gradients |= copies(self, lambda p: p.grad, stepped)
        self._now.before |= copies(self, lambda p: p, stepped)

    def on_train_batch_end(self, *_batch: Any) -> None:
        self._now.weights = copies(self, lambda p: p)
        self.witnessed[self.trainer.global_step] = self._now

    def configure_optimizers(self) -> Any:
        trained = [p for p in self.parameters() if p.requires_grad]
        return self.optimizer_class(trained, lr=0.05)


def loaders(count: int = 16) -> tuple[DataLoader, DataLoader]:
    """Returns two batches to train on and two to validate with."""
    data = toys.dataset(count, size=SIDE)
    return DataLoader(data, BATCH, shuffle=True), DataLoader(data, BATCH)
