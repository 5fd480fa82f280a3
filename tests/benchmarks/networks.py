"""The two networks that costs are measured on, and a step of training for each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytorch_lightning as pl
import torch
from torch import Tensor, nn


class Residual(nn.Module):
    """Two convolutions beside a shortcut."""

    def __init__(self, channels_in: int, channels: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels_in, channels, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.act1 = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.act2 = nn.ReLU(inplace=True)
        self.shortcut = nn.Identity()
        if stride > 1 or channels_in != channels:
            self.shortcut = nn.Conv2d(channels_in, channels, 1, stride, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        hidden = self.act1(self.bn1(self.conv1(x)))
        return self.act2(self.bn2(self.conv2(hidden)) + self.shortcut(x))


def small_resnet() -> nn.Module:
    """Returns a ResNet-14 for images of 32 x 32 pixels; 0.18 million parameters."""
    stem = [nn.Conv2d(3, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU()]
    blocks = [
        Residual(channels_in, channels, stride)
        for channels_in, channels, stride in (
            (16, 16, 1), (16, 16, 1), (16, 32, 2), (32, 32, 1), (32, 64, 2), (64, 64, 1),
        )
    ]  # fmt: skip
    head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10)]
    return nn.Sequential(*stem, *blocks, *head)


class SmallTransformer(nn.Module):
    """Four layers of 256 features over 64 tokens; 5.2 million parameters."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(8000, 256)
        layer = nn.TransformerEncoderLayer(256, 4, 1024, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 4)
        self.head = nn.Linear(256, 10)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.head(self.encoder(self.embedding(tokens)).mean(dim=1))


@dataclass(frozen=True)
class Workload:
    """A network and a batch of what it takes."""

    network: nn.Module
    inputs: Tensor
    labels: Tensor

    def stepper(self) -> Callable[[], None]:
        """Returns a function that takes one step of training."""
        optimizer = torch.optim.AdamW(self.network.parameters(), lr=1e-3)

        def step() -> None:
            optimizer.zero_grad()
            nn.functional.cross_entropy(self.network(self.inputs), self.labels).backward()
            optimizer.step()

        return step


def workload(name: str) -> Workload:
    """Returns "resnet" with 64 images, or "transformer" with 32 texts."""
    pl.seed_everything(0, verbose=False)
    if name == "resnet":
        return Workload(small_resnet(), torch.rand(64, 3, 32, 32), torch.arange(64) % 10)
    return Workload(SmallTransformer(), torch.randint(8000, (32, 64)), torch.arange(32) % 10)


class Training(pl.LightningModule):
    """Trains the network of a workload."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: Tensor) -> Tensor:
        return self.network(x)

    def training_step(self, batch, batch_idx):
        return nn.functional.cross_entropy(self(batch[0]), batch[1])

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters(), lr=1e-3)
