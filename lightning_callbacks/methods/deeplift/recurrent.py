"""torch's recurrent layers as plain operators: fused kernels hide their gates from the rules.

While `Unrolled` is active `nn.LSTM`, `nn.GRU`, `nn.RNN` and their cells run step by step, with the
same results to rounding: any number of layers, both directions, projections, packed sequences.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

import torch
from torch import Tensor
from torch.nn import functional
from torch.overrides import TorchFunctionMode

State: TypeAlias = tuple[Tensor, ...]

# (gates of the input [N, G], gates of the hidden state [N, G], state) -> new state
Cell: TypeAlias = Callable[[Tensor, Tensor, State], State]


def _lstm_cell(x: Tensor, h: Tensor, state: State) -> State:
    i, f, g, o = (x + h).chunk(4, dim=-1)
    c = f.sigmoid() * state[1] + i.sigmoid() * g.tanh()
    return o.sigmoid() * c.tanh(), c


def _gru_cell(x: Tensor, h: Tensor, state: State) -> State:
    (x_r, x_z, x_n), (h_r, h_z, h_n) = x.chunk(3, dim=-1), h.chunk(3, dim=-1)
    n = (x_n + (x_r + h_r).sigmoid() * h_n).tanh()
    return (n + (x_z + h_z).sigmoid() * (state[0] - n),)


def _tanh_cell(x: Tensor, h: Tensor, _: State) -> State:
    return ((x + h).tanh(),)


def _relu_cell(x: Tensor, h: Tensor, _: State) -> State:
    return ((x + h).relu(),)


@dataclass(frozen=True)
class _Options:
    """What follows the weights in torch's recurrent functions, in its order."""

    biases: bool
    layers: int
    dropout: float
    train: bool
    bidirectional: bool
    batch_first: bool = False


def _network(cell: Cell, *args: Any) -> tuple[Tensor, ...]:
    """Returns (output, last state ...), from the arguments of torch.lstm, gru or rnn_*."""
    if isinstance(args[3], Sequence):  # packed: (data, sizes of the steps, state, weights, ...)
        data, sizes, state, weights, *rest = args
        output, last = _layers(cell, data.split(sizes.tolist()), _states(state), weights, rest)
        return torch.cat(output), *last
    x, state, weights, *rest = args
    time = 1 if _Options(*rest).batch_first else 0
    output, last = _layers(cell, x.unbind(time), _states(state), weights, rest)
    return torch.stack(output, time), *last


def _states(state: Tensor | Sequence[Tensor]) -> State:
    return (state,) if isinstance(state, Tensor) else tuple(state)


def _layers(
    cell: Cell, steps: Sequence[Tensor], state: State, weights: Sequence[Tensor], rest: Any
) -> tuple[list[Tensor], State]:
    options = _Options(*rest)
    directions = 2 if options.bidirectional else 1
    each = len(weights) // (options.layers * directions)
    last: list[State] = []
    for layer in range(options.layers):
        outputs = []
        for direction in range(directions):
            row = layer * directions + direction
            own = _Direction(cell, weights[row * each : (row + 1) * each], options.biases)
            found, end = own.run(steps, tuple(s[row] for s in state), backwards=direction == 1)
            outputs.append(found)
            last.append(end)
        steps = [torch.cat(both, dim=-1) for both in zip(*outputs, strict=True)]
        if options.train and options.dropout and layer < options.layers - 1:
            steps = [functional.dropout(step, options.dropout) for step in steps]
    return list(steps), tuple(torch.stack(part) for part in zip(*last, strict=True))


@dataclass(frozen=True)
class _Direction:
    """One direction of one layer: (w_ih, w_hh, [b_ih, b_hh], [w_hr])."""

    cell: Cell
    weights: Sequence[Tensor]
    biases: bool

    def run(
        self, steps: Sequence[Tensor], state: State, *, backwards: bool
    ) -> tuple[list[Tensor], State]:
        """Returns (output of every step, last state); steps may have fewer rows than the state."""
        outputs = []
        for step in reversed(steps) if backwards else steps:
            N = len(step)
            new = self.advance(step, tuple(part[:N] for part in state))
            state = tuple(
                torch.cat([part, old[N:]]) if len(old) > N else part
                for part, old in zip(new, state, strict=True)
            )
            outputs.append(new[0])
        return outputs[::-1] if backwards else outputs, state

    def advance(self, x: Tensor, state: State) -> State:
        bias_x, bias_h = self.weights[2:4] if self.biases else (None, None)
        gates = functional.linear(x, self.weights[0], bias_x)
        hidden = functional.linear(state[0], self.weights[1], bias_h)
        h, *others = self.cell(gates, hidden, state)
        projection = self.weights[4:] if self.biases else self.weights[2:]
        h = functional.linear(h, projection[0]) if projection else h
        return h, *others


def _one_step(cell: Cell, x: Tensor, state: Any, *weights: Tensor | None) -> Any:
    kept = [weight for weight in weights if weight is not None]
    new = _Direction(cell, kept, len(kept) == 4).advance(x, _states(state))
    return new[0] if isinstance(state, Tensor) else new


_FORMS: Mapping[Any, Callable[..., Any]] = {
    torch.lstm: partial(_network, _lstm_cell),
    torch.gru: partial(_network, _gru_cell),
    torch.rnn_tanh: partial(_network, _tanh_cell),
    torch.rnn_relu: partial(_network, _relu_cell),
    torch.lstm_cell: partial(_one_step, _lstm_cell),
    torch.gru_cell: partial(_one_step, _gru_cell),
    torch.rnn_tanh_cell: partial(_one_step, _tanh_cell),
    torch.rnn_relu_cell: partial(_one_step, _relu_cell),
}


class Unrolled(TorchFunctionMode):
    """Runs torch's recurrent functions as the plain operators they are made of."""

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        return _FORMS.get(func, func)(*args, **(kwargs or {}))
