"""Recurrent layers run step by step give what torch's fused ones give."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence

from lightning_callbacks.methods.deeplift import deeplift
from lightning_callbacks.methods.deeplift.recurrent import Unrolled


def tensors(value: Any) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from tensors(part)


def assert_same(network: nn.Module, *args: Any) -> None:
    expected = list(tensors(network(*args)))
    with Unrolled():
        found = list(tensors(network(*args)))
    assert len(found) == len(expected)
    for ours, theirs in zip(found, expected, strict=True):
        assert torch.allclose(ours, theirs, atol=1e-6)


OPTIONS = [
    (nn.LSTM, {}),
    (nn.GRU, {}),
    (nn.RNN, {}),
    (nn.RNN, {"nonlinearity": "relu"}),
    (nn.LSTM, {"num_layers": 2, "bidirectional": True}),
    (nn.GRU, {"num_layers": 3, "bidirectional": True, "batch_first": True}),
    (nn.RNN, {"num_layers": 2, "dropout": 0.5}),
    (nn.LSTM, {"bias": False}),
    (nn.GRU, {"bias": False, "num_layers": 2}),
    (nn.LSTM, {"proj_size": 3, "num_layers": 2, "bidirectional": True}),
    (nn.LSTM, {"proj_size": 3, "bias": False}),
]


@pytest.mark.parametrize(("kind", "options"), OPTIONS)
@pytest.mark.filterwarnings("ignore:LSTM with projections")
def test_layers(kind, options):
    torch.manual_seed(0)
    network = kind(5, 7, **options).eval()
    assert_same(network, torch.randn(4, 4, 5))
    lengths = [4, 3, 3, 1]
    first = options.get("batch_first", False)
    packed = pack_padded_sequence(torch.randn(4, 4, 5), lengths, batch_first=first)
    assert isinstance(network(packed)[0], PackedSequence)
    assert_same(network, packed)
    assert_same(network, torch.randn(4, 5))


def test_given_states_are_used():
    network = nn.LSTM(5, 7)
    assert_same(network, torch.randn(4, 2, 5), (torch.randn(1, 2, 7), torch.randn(1, 2, 7)))
    assert_same(nn.GRU(5, 7), torch.randn(4, 2, 5), torch.randn(1, 2, 7))


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("kind", [nn.LSTMCell, nn.GRUCell, nn.RNNCell])
def test_cells(kind, bias):
    assert_same(kind(5, 7, bias=bias), torch.randn(3, 5))
    x, x0 = torch.randn(2, 3, 5, dtype=torch.float64)
    cell = kind(5, 7, bias=bias).double()
    found = deeplift(lambda x: next(tensors(cell(x))).sum(1), (x,), (x0,))
    assert torch.allclose(found.contributions[0].sum(1), found.output - found.base)
    assert found.without_rule == ()


def test_packed_sequences_are_explained():
    torch.manual_seed(0)
    network = nn.LSTM(5, 7, batch_first=True).double()
    x, x0 = torch.randn(2, 3, 4, 5, dtype=torch.float64)

    def forward(x: Tensor) -> Tensor:
        return network(pack_padded_sequence(x, [4, 2, 1], batch_first=True))[1][0][0].sum(1)

    found = deeplift(forward, (x,), (x0,))
    assert torch.allclose(found.contributions[0].sum((1, 2)), found.output - found.base)
    assert torch.equal(found.contributions[0][1, 2:], torch.zeros(2, 5, dtype=torch.float64))
