"""The small model that every situation trains: it has something for each monitor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from tests import toys

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
        # By step: norms of gradients, weights and logits, as they were.
        self.witnessed: dict[str, list[Any]] = {"gradients": [], "weights": [], "logits": []}

    def forward(self, x: Tensor) -> Tensor:
        return self.net(x)

    def loss(self, batch: Any) -> Tensor:
        """Returns the loss of a batch of training, with noise on it."""
        x, y = batch
        logits = self(x + 0.1 * torch.randn_like(x))
        self.witnessed["logits"].append(float(logits.detach().double().mean()))
        return nn.functional.cross_entropy(logits, y)

    def training_step(self, batch: Any, batch_idx: int) -> Tensor | None:
        return self.loss(batch)

    def validation_step(self, batch: Any, batch_idx: int) -> None:
        self.log("val_loss", nn.functional.cross_entropy(self(batch[0]), batch[1]))

    def on_before_optimizer_step(self, optimizer: Any) -> None:
        self.witnessed["gradients"].append(norms(self, lambda p: p.grad))

    def on_train_batch_end(self, *_batch: Any) -> None:
        self.witnessed["weights"].append(norms(self, lambda p: p))

    def configure_optimizers(self) -> Any:
        trained = [p for p in self.parameters() if p.requires_grad]
        return self.optimizer_class(trained, lr=0.05)


def norms(module: nn.Module, value: Callable[[nn.Parameter], Tensor | None]) -> dict[str, float]:
    """Returns the norm of `value` of each trained parameter, in float64."""
    found = {name: value(p) for name, p in module.named_parameters() if p.requires_grad}
    return {name: _norm(tensor) for name, tensor in found.items() if tensor is not None}


def _norm(tensor: Tensor) -> float:
    dense = tensor.detach().to_dense() if tensor.is_sparse else tensor.detach()
    exact = dense.to(torch.complex128 if dense.is_complex() else torch.float64)
    return float(torch.linalg.vector_norm(exact))


def loaders(count: int = 16) -> tuple[DataLoader, DataLoader]:
    """Returns two batches to train on and two to validate with."""
    data = toys.dataset(count, size=SIDE)
    return DataLoader(data, BATCH, shuffle=True), DataLoader(data, BATCH)
