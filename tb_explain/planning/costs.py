"""What a model costs when so many weights, channels or heads of each unit are removed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from tb_explain.planning.sensitivity import Layer, Sensitivity

_BYTES = 4  # of a float32
# What is counted of each budget; "kl" is no cost.
QUANTITIES = {"parameters": "parameters", "macs": "macs", "latency": "seconds", "bytes": "bytes"}


class Costs(Protocol):
    """One quantity as a function of what is removed."""

    def of(self, cuts: np.ndarray) -> float:
        """Returns the cost after removing `cuts` int64 [U]."""

    def saved(self, cuts: np.ndarray, steps: np.ndarray) -> np.ndarray:
        """Returns float64 [U]: what removing `steps` [U] more would save, of each unit alone."""


class LinearCosts:
    """Each weight has its price, whatever else is removed.

    Args:
      sizes: int64 [U].
      price: float64 [U], of one of a unit's weights.
    """

    def __init__(self, sizes: np.ndarray, price: np.ndarray) -> None:
        self.sizes, self.price = sizes, price

    def of(self, cuts: np.ndarray) -> float:
        """See `Costs`."""
        return float((self.sizes - cuts) @ self.price)

    def saved(self, cuts: np.ndarray, steps: np.ndarray) -> np.ndarray:
        """See `Costs`."""
        return np.asarray(steps * self.price + 0 * cuts)


class ProductCosts:
    """A layer costs in proportion to its output channels times its input channels.

    Args:
      sizes: int64 [U].
      layers: see `Layer`.
      amounts: float64 [L], what each costs unedited.
    """

    def __init__(self, sizes: np.ndarray, layers: Sequence[Layer], amounts: np.ndarray) -> None:
        shape = (len(layers), len(sizes))
        self._sizes, self._amounts = sizes, amounts
        self._out, self._in = np.zeros(shape), np.zeros(shape)
        for row, layer in enumerate(layers):
            if layer.out is not None:
                self._out[row, layer.out] = 1
            for unit, share in layer.ins:
                self._in[row, unit] += share
        self._fixed_out = 1 - self._out.sum(axis=1)
        self._fixed_in = 1 - self._in.sum(axis=1)
        self._both = amounts @ (self._out * self._in)

    def of(self, cuts: np.ndarray) -> float:
        """See `Costs`."""
        out, into = self._kept(cuts)
        return float(self._amounts @ (out * into))

    def saved(self, cuts: np.ndarray, steps: np.ndarray) -> np.ndarray:
        """See `Costs`."""
        out, into = self._kept(cuts)
        slopes = (self._amounts * into) @ self._out + (self._amounts * out) @ self._in
        shares = steps / self._sizes
        return np.asarray(shares * slopes - shares**2 * self._both)

    def _kept(self, cuts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        kept = 1 - cuts / self._sizes
        return self._fixed_out + self._out @ kept, self._fixed_in + self._in @ kept


def costs_of(sensitivity: Sensitivity) -> dict[str, Costs]:
    """Returns the costs by name: "parameters", "macs"; of channels and heads "bytes" and "seconds".

    Seconds only where they were measured. Zeros that stay in place take as much time and as many
    bytes as any number.
    """
    sizes = np.array([unit.size for unit in sensitivity.units])
    if sensitivity.edit in ("channel", "heads"):
        return dict(_of_layers(sensitivity.layers, sizes))
    price = np.array([unit.macs for unit in sensitivity.units]) / sizes
    return {
        "parameters": LinearCosts(sizes, np.ones(len(sizes))),
        "macs": LinearCosts(sizes, price),
    }


def _of_layers(layers: Sequence[Layer], sizes: np.ndarray) -> dict[str, Costs]:
    parameters = np.array([float(layer.parameters) for layer in layers])
    macs = np.array([float(layer.macs) for layer in layers])
    seconds = np.array([layer.seconds for layer in layers])
    found: dict[str, Costs] = {
        "parameters": ProductCosts(sizes, layers, parameters),
        "macs": ProductCosts(sizes, layers, macs),
        "bytes": ProductCosts(sizes, layers, parameters * _BYTES),
    }
    if not np.isnan(seconds).any():
        found["seconds"] = ProductCosts(sizes, layers, seconds)
    return found
