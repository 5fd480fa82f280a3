"""Statistics of tensors, reduced on their device, and brought over in one transfer.

Sums are in float64, counts exact. It knows tensors and `tb_explain.histograms`; nothing of layers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from tb_explain import histograms

# Values worked on at once on a CPU, so that they stay in its cache.
_CPU_CHUNK = 2**16
_TOP_BITS = 9  # sign and exponent
_MANTISSA_BITS = 23
# The bits of 0, -0, infinity and -infinity: the top bits alone don't tell them from others.
_APART = (0, -(2**31), 0x7F800000, 0x7F800000 - 2**31)
# Of each chunk: sum, sum of squares, smallest, largest.
_SUM, _SQUARES, _SMALLEST, _LARGEST = range(4)
_SUMS = 4


@dataclass(frozen=True)
class Reduced:
    """Statistics of L tensors; as numpy computes them of the same values in float64.

    Attributes:
      size: int64 [L], the number of values, with those a sparse tensor leaves out.
      total: float64 [L], the sum.
      squares: float64 [L], the sum of squares.
      smallest: float64 [L]; NaN of an empty tensor.
      largest: float64 [L]; likewise.
      counts: int64 [L, bins], see `tb_explain.histograms`.
      mantissa_bits: of `counts`.
    """

    size: np.ndarray
    total: np.ndarray
    squares: np.ndarray
    smallest: np.ndarray
    largest: np.ndarray
    counts: np.ndarray
    mantissa_bits: int

    @property
    def norm(self) -> np.ndarray:
        """The Euclidean norm."""
        norm: np.ndarray = np.sqrt(self.squares)
        return norm

    @property
    def mean(self) -> np.ndarray:
        """NaN of an empty tensor."""
        with np.errstate(invalid="ignore", divide="ignore"):
            mean: np.ndarray = self.total / self.size
        return mean

    @property
    def std(self) -> np.ndarray:
        """The standard deviation of the values themselves (divided by n, not n - 1)."""
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            variance = self.squares / self.size - self.mean**2
        std: np.ndarray = np.sqrt(np.maximum(variance, 0), where=~np.isnan(variance), out=variance)
        return std

    @property
    def magnitude(self) -> np.ndarray:
        """The largest absolute value."""
        magnitude: np.ndarray = np.maximum(np.abs(self.smallest), np.abs(self.largest))
        return magnitude

    @property
    def zeros(self) -> np.ndarray:
        """The fraction of zeros."""
        return self._fraction(self.counts[:, histograms.zero_bin(self.mantissa_bits)])

    @property
    def nonfinite(self) -> np.ndarray:
        """How many values are NaN or infinite."""
        count: np.ndarray = self.counts[:, histograms.NONFINITE_BINS].sum(axis=1)
        return count

    def _fraction(self, count: np.ndarray) -> np.ndarray:
        with np.errstate(invalid="ignore", divide="ignore"):
            fraction: np.ndarray = count / self.size
        return fraction


def reduce_tensors(tensors: Sequence[Tensor], mantissa_bits: int = 0) -> Reduced:
    """Returns the statistics of `tensors`, of any floating dtype, dense or sparse (COO).

    float64 values are counted in the bins of the nearest float32.
    """
    return transfer([begin(tensor, mantissa_bits) for tensor in tensors], mantissa_bits)


@dataclass(frozen=True)
class Begun:
    """A reduction that the tensor's device may still be working on.

    Attributes:
      size: of the tensor.
      sums: float64 [chunks, 4].
      raw: int64 [2^(9 + m)], counts by the top bits.
      apart: int64 [4], how many are zeros and infinities, by sign.
    """

    size: int
    sums: Tensor
    raw: Tensor
    apart: Tensor


def begin(tensor: Tensor, mantissa_bits: int) -> Begun:
    """Starts to reduce `tensor`; nothing of it is kept."""
    tensor = tensor.detach()
    values = (tensor.coalesce().values() if tensor.is_sparse else tensor).reshape(-1)
    raw = torch.zeros(1 << (_TOP_BITS + mantissa_bits), dtype=torch.int64, device=values.device)
    scratch = _Scratch(values, mantissa_bits)
    sums: list[Tensor] = []
    for chunk in scratch.chunks():
        raw += torch.bincount(scratch.top_bits(chunk), minlength=len(raw))
        exact = scratch.exact(chunk)
        sums += [exact.sum(), torch.dot(exact, exact), *torch.aminmax(chunk)]
    stacked = torch.stack(sums) if sums else values.new_zeros(0, dtype=torch.float64)
    return Begun(tensor.numel(), stacked.reshape(-1, _SUMS), raw, _counts_apart(values, raw))


class _Scratch:
    """Converts a tensor part by part into the same memory: fresh pages cost more than the work."""

    def __init__(self, values: Tensor, mantissa_bits: int) -> None:
        self._values = values
        on_cpu = values.device.type == "cpu"
        self._size = min(_CPU_CHUNK, values.numel()) if on_cpu else values.numel()
        self._exact = values.new_empty(self._size, dtype=torch.float64)
        self._top_bits = values.new_empty(self._size, dtype=torch.int32)
        self._shift = _MANTISSA_BITS - mantissa_bits
        self._mask = (1 << (_TOP_BITS + mantissa_bits)) - 1

    def chunks(self) -> Iterator[Tensor]:
        """Yields the values, part by part."""
        if self._size:
            yield from torch.split(self._values, self._size)

    def exact(self, chunk: Tensor) -> Tensor:
        """Returns `chunk` in float64, until the next call."""
        return self._exact[: len(chunk)].copy_(chunk)

    def top_bits(self, chunk: Tensor) -> Tensor:
        """Returns sign, exponent and the first mantissa bits as int32, until the next call."""
        top_bits = self._top_bits[: len(chunk)]
        torch.bitwise_right_shift(chunk.float().view(torch.int32), self._shift, out=top_bits)
        return top_bits.bitwise_and_(self._mask)


def _counts_apart(values: Tensor, raw: Tensor) -> Tensor:
    """Returns int64 [4]: how many of `values` are zeros and infinities, by sign."""
    # Elsewhere than on a CPU, looking whether there may be any would mean to wait for the device.
    sides = raw.reshape(2, 1 << (_TOP_BITS - 1), -1)
    if raw.device.type == "cpu" and not bool(sides[:, [0, -1]].any()):
        return raw.new_zeros(len(_APART))
    bits = values.float().view(torch.int32)
    return torch.stack([bits.eq(pattern).sum() for pattern in _APART])


def transfer(begun: Sequence[Begun], mantissa_bits: int) -> Reduced:
    """Returns the finished reductions, with one transfer from each device."""
    sizes = np.array([one.size for one in begun], np.int64)
    sums = np.stack([_combined(chunks) for chunks in _to_cpu([one.sums for one in begun])])
    raw = np.stack(_to_cpu([one.raw for one in begun]))
    apart = np.stack(_to_cpu([one.apart for one in begun]))
    counts = histograms.from_top_bits(raw, apart, mantissa_bits)
    left_out = sizes - counts.sum(axis=1)  # by sparse tensors
    counts[:, histograms.zero_bin(mantissa_bits)] += left_out
    smallest, largest = sums[:, _SMALLEST], sums[:, _LARGEST]
    with_zero = np.minimum(smallest, 0), np.maximum(largest, 0)
    return Reduced(
        size=sizes,
        total=sums[:, _SUM],
        squares=sums[:, _SQUARES],
        smallest=np.where(left_out > 0, np.nan_to_num(with_zero[0]), smallest),
        largest=np.where(left_out > 0, np.nan_to_num(with_zero[1]), largest),
        counts=counts,
        mantissa_bits=mantissa_bits,
    )


def _combined(chunks: np.ndarray) -> np.ndarray:
    """Returns float64 [4]: the sums of all chunks of a tensor."""
    if not len(chunks):
        return np.array([0, 0, np.nan, np.nan])
    combined: np.ndarray = chunks.sum(axis=0)
    combined[_SMALLEST] = chunks[:, _SMALLEST].min()
    combined[_LARGEST] = chunks[:, _LARGEST].max()
    return combined


def _to_cpu(tensors: Sequence[Tensor]) -> list[np.ndarray]:
    if all(tensor.device.type == "cpu" for tensor in tensors):
        return [tensor.numpy() for tensor in tensors]
    flat = torch.cat([tensor.reshape(-1) for tensor in tensors]).cpu()
    parts = torch.split(flat, [tensor.numel() for tensor in tensors])
    return [part.view(t.shape).numpy() for part, t in zip(parts, tensors, strict=True)]
