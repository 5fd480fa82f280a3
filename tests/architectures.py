"""Small networks built like the well-known ones, with random weights and BatchNorm statistics."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional

from tests.architectures_attention import convnext, swin, vit

CLASSES = 5


def conv(before: int, after: int, kernel: int = 3, activation=nn.ReLU, **kwargs) -> nn.Sequential:
    kwargs.setdefault("padding", kernel // 2)
    layers = [nn.Conv2d(before, after, kernel, bias=False, **kwargs), nn.BatchNorm2d(after)]
    return nn.Sequential(*layers, *([activation(inplace=True)] if activation else []))


def head(channels: int) -> nn.Sequential:
    return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, CLASSES))


def vgg() -> nn.Module:
    """Plain convolutions with biases, max pools, a deep head with dropout."""
    layers: list[nn.Module] = []
    for before, after in ((3, 8), (8, 12), (12, 16)):
        layers += [nn.Conv2d(before, after, 3, padding=1), nn.ReLU(inplace=True), nn.MaxPool2d(2)]
    top = [nn.Linear(16 * 16, 32), nn.ReLU(True), nn.Dropout(), nn.Linear(32, CLASSES)]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(4), nn.Flatten(), *top)


def alexnet() -> nn.Module:
    """A wide first stride and overlapping pools."""
    first = [nn.Conv2d(3, 8, 7, stride=2, padding=2), nn.ReLU(True), nn.MaxPool2d(3, 2)]
    second = [nn.Conv2d(8, 12, 5, padding=2), nn.ReLU(True), nn.MaxPool2d(3, 2)]
    top = [nn.Dropout(), nn.Linear(12 * 9, 32), nn.ReLU(True), nn.Linear(32, CLASSES)]
    return nn.Sequential(*first, *second, nn.AdaptiveAvgPool2d(3), nn.Flatten(), *top)


class Residual(nn.Module):
    """ResNet's bottleneck, with one ReLU module used three times; RegNet's with groups and gate."""

    def __init__(self, before: int, after: int, stride: int = 1, groups: int = 1, gate=None):
        super().__init__()
        self.relu = nn.ReLU(inplace=True)
        self.reduce = conv(before, after, 1, None)
        self.middle = conv(after, after, 3, None, stride=stride, groups=groups)
        self.gate = gate(after) if gate else nn.Identity()
        self.expand = conv(after, after, 1, None)
        same = before == after and stride == 1
        self.shortcut = nn.Identity() if same else conv(before, after, 1, None, stride=stride)

    def forward(self, x: Tensor) -> Tensor:
        y = self.gate(self.relu(self.middle(self.relu(self.reduce(x)))))
        y = self.expand(y)
        y += self.shortcut(x)
        return self.relu(y)


class SqueezeExcite(nn.Module):
    def __init__(self, channels: int, activation=nn.ReLU, gate=nn.Sigmoid) -> None:
        super().__init__()
        self.reduce, self.expand = nn.Conv2d(channels, 4, 1), nn.Conv2d(4, channels, 1)
        self.activation, self.gate = activation(), gate()

    def forward(self, x: Tensor) -> Tensor:
        pooled = functional.adaptive_avg_pool2d(x, 1)
        return x * self.gate(self.expand(self.activation(self.reduce(pooled))))


def resnet() -> nn.Module:
    blocks = [Residual(8, 8), Residual(8, 16, 2), Residual(16, 16)]
    return nn.Sequential(conv(3, 8, 7, stride=2), nn.MaxPool2d(3, 2, 1), *blocks, head(16))


def regnet() -> nn.Module:
    blocks = [Residual(8, 16, 2, 4, SqueezeExcite), Residual(16, 16, 1, 4, SqueezeExcite)]
    return nn.Sequential(conv(3, 8, stride=2), *blocks, head(16))


class Dense(nn.Module):
    """Normalisation before the activation, and everything before concatenated."""

    def __init__(self, before: int, growth: int = 6) -> None:
        super().__init__()
        self.norm, self.conv = nn.BatchNorm2d(before), nn.Conv2d(before, growth, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([x, self.conv(functional.relu(self.norm(x), inplace=True))], 1)


def densenet() -> nn.Module:
    dense = [Dense(8), Dense(14), conv(20, 10, 1), nn.AvgPool2d(2), Dense(10), Dense(16)]
    stem = [conv(3, 8, stride=2), nn.MaxPool2d(3, 2, 1)]
    return nn.Sequential(*stem, *dense, nn.BatchNorm2d(22), nn.ReLU(), head(22))


class Inverted(nn.Module):
    """The inverted residual of MobileNet v2 and v3 and of EfficientNet."""

    def __init__(self, before: int, after: int, activation, gate=None, stride: int = 1):
        super().__init__()
        wide = before * 3
        layers = [conv(before, wide, 1, activation)]
        layers += [conv(wide, wide, 3, activation, stride=stride, groups=wide)]
        layers += [gate(wide)] if gate else []
        self.layers = nn.Sequential(*layers, conv(wide, after, 1, None))
        self.residual = before == after and stride == 1

    def forward(self, x: Tensor) -> Tensor:
        return x + self.layers(x) if self.residual else self.layers(x)


def _inverted(activation, gate=None) -> nn.Module:
    blocks = [Inverted(8, 8, activation, gate), Inverted(8, 12, activation, gate, 2)]
    blocks += [Inverted(12, 12, activation, gate)]
    stem = conv(3, 8, 3, activation, stride=2)
    return nn.Sequential(stem, *blocks, conv(12, 24, 1, activation), nn.Dropout(), head(24))


def mobilenet_v2() -> nn.Module:
    return _inverted(nn.ReLU6)


def mobilenet_v3() -> nn.Module:
    return _inverted(nn.Hardswish, partial(SqueezeExcite, gate=nn.Hardsigmoid))


def efficientnet() -> nn.Module:
    return _inverted(nn.SiLU, partial(SqueezeExcite, activation=nn.SiLU))


class Inception(nn.Module):
    def __init__(self, before: int) -> None:
        super().__init__()
        self.one, self.three = conv(before, 4, 1), nn.Sequential(conv(before, 4, 1), conv(4, 6))
        self.pool = nn.Sequential(nn.MaxPool2d(3, 1, 1, ceil_mode=True), conv(before, 4, 1))

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([self.one(x), self.three(x), self.pool(x)], 1)


def googlenet() -> nn.Module:
    """Branches, and pools in ceil mode."""
    stem = [conv(3, 8, 7, stride=2), nn.MaxPool2d(3, 2, ceil_mode=True)]
    blocks = [Inception(8), nn.MaxPool2d(3, 2, ceil_mode=True), Inception(14)]
    return nn.Sequential(*stem, *blocks, head(14))


ARCHITECTURES = {
    "vgg": vgg,
    "alexnet": alexnet,
    "resnet": resnet,
    "regnet": regnet,
    "densenet": densenet,
    "mobilenet_v2": mobilenet_v2,
    "mobilenet_v3": mobilenet_v3,
    "efficientnet": efficientnet,
    "googlenet": googlenet,
    "convnext": partial(convnext, CLASSES),
    "vit": partial(vit, CLASSES),
    "swin": partial(swin, CLASSES),
}


def build(name: str, seed: int = 0) -> nn.Module:
    """Returns a network of `ARCHITECTURES` for images [N, 3, 32, 32], float64, to be evaluated."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = ARCHITECTURES[name]().double().eval()
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.running_mean.normal_(std=0.2)
                module.running_var.uniform_(0.5, 1.5)
                nn.init.uniform_(module.weight, 0.5, 1.5)
                nn.init.normal_(module.bias, std=0.2)
    return network
