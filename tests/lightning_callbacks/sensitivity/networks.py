"""Networks that are hard to run in part, and what each is given; see `tests.architectures`."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional

from tests import architectures

SAMPLES = 6


class UNet(nn.Module):
    """Two levels, transposed convolutions, skips; returns a class map."""

    def __init__(self) -> None:
        super().__init__()
        self.down1, self.down2 = architectures.conv(3, 4), architectures.conv(4, 6)
        self.up = nn.ConvTranspose2d(6, 4, 2, stride=2)
        self.last = nn.Conv2d(8, 3, 1)

    def forward(self, x: Tensor) -> Tensor:
        top = self.down1(x)
        low = self.up(self.down2(functional.max_pool2d(top, 2)))
        return self.last(torch.cat([top, low], 1))


class Text(nn.Module):
    """torch's own encoder, whose layers run as one operation, and whose projection is no call."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(11, 8)
        layer = nn.TransformerEncoderLayer(8, 2, 12, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.head = nn.Linear(8, 4)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.head(self.encoder(self.embedding(tokens)).mean(1))


class Recurrent(nn.Module):
    """Two layers in both directions; the first call returns nested tuples."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(3, 5, 2, batch_first=True, bidirectional=True)
        self.gru = nn.GRUCell(10, 4)
        self.head = nn.Linear(4, 3)

    def forward(self, x: Tensor) -> Tensor:
        every, (hidden, _) = self.lstm(x)
        state = hidden.new_zeros(len(x), 4)
        for step in every.unbind(1):
            state = self.gru(step, state)
        return self.head(state)


class Tied(nn.Module):
    """Weights that two layers share, and one that is used by a function before its layer runs."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding, self.out = nn.Embedding(11, 6), nn.Linear(6, 11, bias=False)
        self.out.weight = self.embedding.weight
        self.first, self.late = nn.Linear(6, 6), nn.Linear(6, 6)

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.embedding(tokens).mean(1)
        x = x + functional.linear(self.first(x), self.late.weight).tanh()
        return self.out(self.late(x))


class Nasty(nn.Module):
    """In-place everywhere, aliases, a module used thrice, what a module keeps for another."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.norm = nn.Conv2d(3, 6, 3, padding=1), nn.BatchNorm2d(6)
        self.shared, self.relu = nn.Conv2d(6, 6, 3, padding=1), nn.ReLU(inplace=True)
        self.same, self.last = nn.Identity(), nn.Conv2d(6, 6, 1)
        self.head = nn.Linear(6, 5)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        skip = self.same(x)
        y = self.shared(self.relu(self.norm(x)))
        y += skip
        skip = self.relu(y)
        z = self.last(self.shared(y).mul_(0.5))
        z.add_(skip[:, :1])
        return self.head(self.shared(z).mean((2, 3)))


class Branching(nn.Module):
    """Takes a way that depends on the data: on the samples, and on the edit."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(4, 6), nn.Linear(6, 6)
        self.third, self.head = nn.Linear(6, 6), nn.Linear(6, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = self.first(x)
        if float(x[0].sum()) > 0:
            x = self.third(x.relu())
        y = self.second(x)
        if float(y.norm()) < 4.5:
            x.mul_(2)
        return self.head(self.third(y + x).tanh())


class Drawing(nn.Module):
    """Draws random numbers in evaluation mode, too, and counts its calls in a buffer."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(4, 8), nn.Linear(8, 8)
        self.head = nn.Linear(8, 3)
        self.drop = AlwaysDropout()
        self.register_buffer("calls", torch.zeros(()))

    def forward(self, x: Tensor) -> Tensor:
        x = self.drop(self.first(x))
        return self.head(self.drop(self.second(x).relu()))


class AlwaysDropout(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return functional.dropout(x, 0.5, training=True)


class Remembering(nn.Module):
    """Reads what a part keeps of its last call, so that no call can be skipped."""

    def __init__(self) -> None:
        super().__init__()
        self.part, self.head = Keeping(), nn.Linear(4, 3)

    def forward(self, x: Tensor) -> Tensor:
        self.part(x)
        first = self.part.kept
        self.part(x.square())
        return self.head(first * self.part.kept)


class Keeping(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(4, 4)

    def forward(self, x: Tensor) -> None:
        self.kept = self.linear(x).sigmoid()


class Changing(nn.Module):
    """Changes its input in place."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.head = nn.Linear(4, 4), nn.Linear(4, 3)

    def forward(self, x: Tensor) -> Tensor:
        x.mul_(2).relu_()
        return self.head(self.first(x).relu_())


def _given(x: Tensor) -> Tensor:
    return x


class Holding(nn.Module):
    """Reads inputs of activations again, which it keeps in many ways."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.relu, self.same = nn.Linear(4, 6), nn.ReLU(), nn.Identity()
        self.parts = nn.ModuleList(nn.Linear(6, 6) for _ in range(7))
        self.line = nn.Sequential(nn.Linear(6, 6), nn.ReLU(), nn.Linear(6, 6), nn.ReLU())
        self.head = nn.Linear(6, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu(self.same(self.stem(x)))
        first, second, third, fourth, fifth, sixth, last = self.parts
        y = first(x)
        x = self.relu(y) + y
        listed = [second(x)]
        x = self.relu(listed[0]) + listed.pop()
        self.kept = third(x)
        x = self.relu(self.kept) + self.kept
        whole = fourth(x)
        x = torch.cat([self.relu(whole[:, :3]), self.relu(whole.view(-1, 6)[:, 3:])], 1) + whole
        again = partial(_given, fifth(x))
        x = self.relu(again()) + again()
        values = again().numpy().copy()
        x = x + self.relu(torch.from_numpy(values)) + torch.from_numpy(values)
        x = self.relu(z := sixth(x)) + z
        return self.head(self.relu(last(self.line(x))))


def _maps() -> Tensor:
    return torch.rand(SAMPLES, 3, 16, 16)


def _features() -> Tensor:
    return torch.randn(SAMPLES, 4)


def _tokens() -> Tensor:
    return torch.randint(11, (SAMPLES, 7))


def _series() -> Tensor:
    return torch.randn(SAMPLES, 5, 3)


HARD = {
    "u-net": (UNet, _maps),
    "transformer": (Text, _tokens),
    "lstm": (Recurrent, _series),
    "tied weights": (Tied, _tokens),
    "in place": (Nasty, _maps),
    "branches": (Branching, _features),
    "random numbers": (Drawing, _features),
    "kept attributes": (Remembering, _features),
    "held inputs": (Holding, _features),
    "changed inputs": (Changing, _features),
}
SMALL = ("resnet", "densenet", "mobilenet_v3", "vit")


def build(name: str) -> tuple[nn.Module, Tensor]:
    """Returns a network, float32 and in evaluation mode, and inputs."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        if name in HARD:
            make, inputs = HARD[name]
            return make().eval(), inputs()
        return architectures.build(name).float(), torch.rand(SAMPLES, 3, 32, 32)
