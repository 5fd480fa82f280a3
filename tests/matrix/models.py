"""Variants of `nets.Classifier`, for situations that are about the model."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from tests import toys
from tests.matrix.nets import Classifier, Net


class ScaledByHand(Classifier):
    """Scales its loss itself."""

    def __init__(self) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)

    def training_step(self, batch: Any, batch_idx: int) -> None:
        optimizer = self.optimizers()
        optimizer.zero_grad()
        with torch.autocast("cpu", torch.float16):
            loss = self.loss(batch)
        self.manual_backward(self.scaler.scale(loss))
        self.scaler.unscale_(optimizer.optimizer)
        optimizer.step()
        self.scaler.update()


class TwoOptimizers(Classifier):
    """Steps the head and the rest apart."""

    def __init__(self) -> None:
        super().__init__()
        self.automatic_optimization = False

    def training_step(self, batch: Any, batch_idx: int) -> None:
        optimizers = self.optimizers()
        for optimizer in optimizers:
            optimizer.zero_grad()
        self.manual_backward(self.loss(batch))
        for optimizer in optimizers:
            optimizer.step()

    def configure_optimizers(self) -> Any:
        head = list(self.net.head.parameters())
        own = set(map(id, head))
        others = [p for p in self.parameters() if id(p) not in own]
        return [torch.optim.SGD(head, lr=0.05), torch.optim.Adam(others, lr=1e-3)]


class CheckpointedNet(Net):
    """Computes its encoder again in the backward pass."""

    def __init__(self, reentrant: bool) -> None:
        super().__init__()
        self.reentrant = reentrant

    def forward(self, x: Tensor) -> Tensor:
        tokens = checkpoint(self.encoder, self.features(x), use_reentrant=self.reentrant)
        return self.head(tokens.mean(dim=1))


class Checkpointed(Classifier):
    """Trains a net with checkpoints."""

    def __init__(self, *, reentrant: bool = False) -> None:
        super().__init__(CheckpointedNet(reentrant))


class Frozen(Classifier):
    """Trains the head and the encoder only; BatchNorm stays in eval mode."""

    def __init__(self) -> None:
        super().__init__()
        self.net.stem.requires_grad_(False)
        self.net.conv.requires_grad_(False)

    def on_train_epoch_start(self) -> None:
        self.net.stem.eval()


class Configured(Classifier):
    """Is empty until the strategy is there."""

    def __init__(self) -> None:
        with torch.device("meta"):
            super().__init__()

    def configure_model(self) -> None:
        if self.net.head.weight.is_meta:
            torch.manual_seed(4)
            self.net = Net()


class Lora(nn.Module):
    """A frozen linear layer and a trained product of low rank beside it."""

    def __init__(self, base: nn.Linear, rank: int = 2) -> None:
        super().__init__()
        self.base = base.requires_grad_(False)
        self.down = nn.Parameter(torch.randn(rank, base.in_features) / rank)
        self.up = nn.Parameter(torch.randn(base.out_features, rank) / 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.base(x) + x @ self.down.T @ self.up.T


def compiled_part() -> Classifier:
    """Returns a model whose net is wrapped by the compiler."""
    module = Classifier()
    module.net = torch.compile(module.net, backend="aot_eager")
    return module


def compiled_in_place() -> Classifier:
    """Returns a model that compiles itself."""
    module = Classifier()
    module.compile(backend="aot_eager")
    return module


def channels_last() -> Classifier:
    """Returns a model whose convolutions keep channels last."""
    return Classifier().to(memory_format=torch.channels_last)


def with_lora() -> Classifier:
    """Returns a frozen model whose head is trained at low rank."""
    module = Classifier()
    module.net.requires_grad_(False)
    module.net.head = Lora(module.net.head)
    return module


def with_peft() -> Classifier:
    """Returns the same by the package peft."""
    import peft

    config = peft.LoraConfig(r=2, target_modules=["head", "conv"], lora_dropout=0.1)
    return Classifier(peft.get_peft_model(Net(), config))


def tied() -> Classifier:
    """Returns a model whose two feed-forward layers share a weight, one of them another's bias."""
    module = Classifier()
    encoder = module.net.encoder
    encoder.linear1 = nn.Linear(8, 8)
    encoder.linear2 = nn.Linear(8, 8)
    encoder.linear2.weight = encoder.linear1.weight
    return module


def quantised(kind: str) -> Classifier:
    """Returns a model of frozen int8 weights, with a head that is trained at low rank."""
    from torchao.quantization import (
        Int8DynamicActivationInt8WeightConfig,
        Int8WeightOnlyConfig,
        quantize_,
    )

    module = Classifier()
    module.net.requires_grad_(False)
    config = Int8WeightOnlyConfig if kind == "weights" else Int8DynamicActivationInt8WeightConfig
    quantize_(module.net, config())
    module.net.requires_grad_(False)
    module.net.head = Lora(module.net.head)
    return module


def observed() -> Classifier:
    """Returns a model with fake quantisation, which keeps ranges in its buffers."""
    from torch.ao import quantization

    module = Classifier()
    module.net.stem[0].qconfig = quantization.get_default_qat_qconfig("x86")
    module.net.conv.qconfig = quantization.get_default_qat_qconfig("x86")
    module.net.train()
    quantization.prepare_qat(module.net, inplace=True)
    return module


def weight_normed() -> Classifier:
    """Returns a model with direction and length of a weight apart."""
    module = Classifier()
    nn.utils.parametrizations.weight_norm(module.net.conv)
    return module


def spectral_normed() -> Classifier:
    """Returns a model that takes a step of power iteration at every forward in training."""
    module = Classifier()
    nn.utils.parametrizations.spectral_norm(module.net.conv)
    return module


class Table(nn.Module):
    """Looks up a vector for each of the levels of grey."""

    def __init__(self) -> None:
        super().__init__()
        self.levels = nn.Embedding(16, 8, sparse=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.levels((x.flatten(1)[:, :16] * 15).clamp(0, 15).long())


class Sparse(Net):
    """Adds what a table says, whose gradient is sparse."""

    def __init__(self) -> None:
        super().__init__()
        self.table = Table()

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.encoder(self.features(x) + self.table(x)).mean(dim=1))


def sparse() -> Classifier:
    """Returns a model with sparse gradients."""
    return Classifier(Sparse())


class Spectrum(nn.Module):
    """Weights the frequencies of an image."""

    def __init__(self, side: int = 8) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(side, side // 2 + 1, dtype=torch.complex64))

    def forward(self, x: Tensor) -> Tensor:
        return torch.fft.irfft2(torch.fft.rfft2(x) * self.weight, s=x.shape[-2:])


class Complex(Net):
    """Filters its input by complex weights."""

    def __init__(self) -> None:
        super().__init__()
        self.spectrum = Spectrum()

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(self.spectrum(x))


def with_complex() -> Classifier:
    """Returns a model with complex parameters."""
    return Classifier(Complex())


class Lazy(Net):
    """Knows the width of its head after its first forward."""

    def __init__(self) -> None:
        super().__init__()
        self.head = nn.LazyLinear(toys.CLASSES)


class LazyClassifier(Classifier):
    """Trains all that it has once it has it."""

    def configure_optimizers(self) -> Any:
        return torch.optim.SGD(self.parameters(), lr=0.05)


def lazy() -> Classifier:
    """Returns a model that is not whole before its first step."""
    return LazyClassifier(Lazy())


def scripted() -> Classifier:
    """Returns a model with a scripted part."""
    module = Classifier()
    module.net.stem = torch.jit.script(module.net.stem)
    return module
