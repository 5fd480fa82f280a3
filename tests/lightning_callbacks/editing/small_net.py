"""A small net with BatchNorm and data, for tests of plans and of the command line."""

import torch
from torch import nn

CLASSES = 5


def make() -> nn.Module:
    """Returns the net, always with the same weights."""
    torch.manual_seed(3)
    model = nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(),
        nn.Conv2d(8, 16, 3, stride=2, padding=1), nn.BatchNorm2d(16), nn.ReLU(),
        nn.Conv2d(16, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, CLASSES),
    )  # fmt: skip
    with torch.no_grad():
        model[-1].weight.mul_(20)
        model.train()(images(64))
    return model.eval()


def images(samples: int) -> torch.Tensor:
    """Returns [N, 1, 8, 8]."""
    return torch.randn(samples, 1, 8, 8, generator=torch.Generator().manual_seed(samples))


def batch() -> tuple[torch.Tensor, torch.Tensor]:
    """Returns 32 images and labels, most of which the net predicts."""
    shown = images(32)
    with torch.no_grad():
        labels = make()(shown).argmax(1)
    labels[::8] = 0
    return shown, labels


def training() -> list[tuple[torch.Tensor]]:
    """Returns batches without labels."""
    return [(images(48),), (images(40),)]
