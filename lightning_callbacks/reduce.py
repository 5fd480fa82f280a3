"""Statistics of tensors, reduced on their device, and brought over in one transfer.

Sums are in float64, counts exact. It knows tensors and `tb_explain.histograms`; nothing of layers.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from lightning_callbacks.pieces import batches, chunk
from tb_explain import histograms

_LANES = 4  # a power of two
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


def as_real(tensor: Tensor) -> Tensor:
    """Returns `tensor`; of a complex one real and imaginary parts, as numbers of their own."""
    if not tensor.is_complex():
        return tensor
    dense = tensor.to_dense() if tensor.is_sparse else tensor
    return torch.view_as_real(dense.resolve_conj())


def norm_of(tensor: Tensor) -> Tensor:
    """Returns float32 []: the Euclidean norm, of any dtype."""
    real = as_real(tensor)
    # A sum of squares in half precision would overflow; float64 is not to be narrowed.
    wide = real.dtype if real.dtype == torch.float64 else torch.float32
    norm: Tensor = torch.linalg.vector_norm(real, dtype=wide)
    return norm.float()


def reduce_tensors(tensors: Sequence[Tensor], mantissa_bits: int = 0) -> Reduced:
    """Returns the statistics of `tensors`, of any floating dtype, dense or sparse (COO).

    Complex numbers count as two each; float64 values in the bins of the nearest float32.
    """
    return transfer([begin(tensors, mantissa_bits)])


@dataclass(frozen=True)
class Begun:
    """A reduction that the tensors' device may still be working on.

    Attributes:
      sizes: of the L tensors.
      owners: of each of P pieces, the tensor it is of.
      sums: float64 [P, 4].
      raw: int64 [P, 2^(9 + m)], counts by the top bits.
      apart: int64 [P, 4], how many are zeros and infinities, by sign.
      mantissa_bits: m.
    """

    sizes: list[int]
    owners: list[int]
    sums: list[Tensor]
    raw: list[Tensor]
    apart: list[Tensor]
    mantissa_bits: int


def begin(tensors: Sequence[Tensor], mantissa_bits: int) -> Begun:
    """Starts to reduce `tensors`; nothing of them is kept."""
    tensors = [as_real(tensor.detach()) for tensor in tensors]
    begun = Begun([tensor.numel() for tensor in tensors], [], [], [], [], mantissa_bits)
    for batch in batches(tensors):
        scratch = _scratch(batch[0][1].device, mantissa_bits, threading.get_ident())
        _reduce_batch(batch, scratch, begun)
    return begun


def _reduce_batch(batch: Sequence[tuple[int, Tensor]], scratch: _Scratch, begun: Begun) -> None:
    pieces = [piece for _, piece in batch]
    lengths = [piece.numel() for piece in pieces]
    flat = pieces[0] if len(pieces) == 1 else torch.cat(pieces)
    sums: list[Tensor] = []
    for piece, exact in zip(pieces, torch.split(scratch.exact(flat), lengths), strict=True):
        # A product with ones takes half of the time of sum().
        total = torch.dot(exact, scratch.ones[: len(exact)])
        sums += [total, torch.dot(exact, exact), *torch.aminmax(piece)]
    raw = scratch.counts(flat, lengths)
    begun.owners.extend(owner for owner, _ in batch)
    begun.sums.append(torch.stack(sums).reshape(-1, _SUMS))
    begun.raw.append(raw)
    begun.apart.append(_counts_apart(flat, lengths, raw))


class _Scratch:
    """Converts batch after batch into the same memory: fresh pages cost more than the work."""

    def __init__(self, device: torch.device, mantissa_bits: int) -> None:
        self._exact = torch.empty(chunk(device), dtype=torch.float64, device=device)
        self.ones = torch.ones_like(self._exact)
        self._top_bits = torch.empty(chunk(device), dtype=torch.int32, device=device)
        self._shift = _MANTISSA_BITS - mantissa_bits
        self._bins = 1 << (_TOP_BITS + mantissa_bits)
        # Neighbours are counted in different lanes: a processor has to wait when it counts the
        # same bin twice in a row, as it would in gradients full of zeros.
        self._lanes = torch.arange(chunk(device), dtype=torch.int32, device=device)
        # Of negative numbers the shifted bits are negative: half of the bins.
        self._lanes.bitwise_and_(_LANES - 1).mul_(self._bins).add_(self._bins // 2)

    def exact(self, flat: Tensor) -> Tensor:
        """Returns `flat` in float64, until the next call."""
        return self._exact[: len(flat)].copy_(flat)

    def counts(self, flat: Tensor, lengths: list[int]) -> Tensor:
        """Returns int64 [pieces, bins]: counts by sign, exponent and first mantissa bits."""
        top_bits = self._top_bits[: len(flat)]
        torch.bitwise_right_shift(flat.float().view(torch.int32), self._shift, out=top_bits)
        top_bits.add_(self._lanes[: len(flat)])
        if len(lengths) > 1:
            for index, piece in enumerate(torch.split(top_bits, lengths)):
                piece.add_(index * _LANES * self._bins)
        counts = torch.bincount(top_bits, minlength=len(lengths) * _LANES * self._bins)
        counts = counts.reshape(len(lengths), _LANES, self._bins).sum(dim=1)
        return counts.roll(self._bins // 2, dims=1)


# Two or three megabytes for each number of mantissa bits in use; 80 on a device.
@lru_cache(maxsize=4)
def _scratch(device: torch.device, mantissa_bits: int, _thread: int) -> _Scratch:
    return _Scratch(device, mantissa_bits)


def _counts_apart(flat: Tensor, lengths: list[int], raw: Tensor) -> Tensor:
    """Returns int64 [pieces, 4]: how many values of each are zeros and infinities, by sign."""
    bits = flat.float().view(torch.int32)
    apart = raw.new_zeros((len(lengths), len(_APART)))
    for column, (pattern, may_be) in enumerate(zip(_APART, _ends(raw), strict=True)):
        if may_be:
            parts = torch.split(bits, lengths)
            apart[:, column] = torch.stack([_count(part, pattern) for part in parts])
    return apart


def _count(bits: Tensor, pattern: int) -> Tensor:
    if bits.device.type == "cpu":  # numpy compares and counts seven times as fast
        return torch.tensor(np.count_nonzero(bits.numpy() == pattern))
    return torch.count_nonzero(bits == pattern)


def _ends(raw: Tensor) -> list[bool]:
    """Returns, in the order of _APART, whether there may be any of these among what was counted."""
    # Elsewhere than on a CPU, looking would mean to wait for the device.
    if raw.device.type != "cpu":
        return [True] * len(_APART)
    exponents = raw.numpy().reshape(len(raw), 2, 1 << (_TOP_BITS - 1), -1)
    return [bool(exponents[:, sign, end].any()) for end in (0, -1) for sign in (0, 1)]


def transfer(begun: Sequence[Begun]) -> Reduced:
    """Returns the finished reductions, with one transfer for each kind of figure."""
    bits = begun[0].mantissa_bits
    sizes = np.array([size for one in begun for size in one.sizes], np.int64)
    starts = np.cumsum([0, *(len(one.sizes) for one in begun)])
    owners = [
        start + owner for start, one in zip(starts, begun, strict=False) for owner in one.owners
    ]
    sums = _per_tensor(np.array([0.0, 0.0, np.inf, -np.inf]), begun, "sums", owners, len(sizes))
    raw = _per_tensor(np.zeros(1 << (_TOP_BITS + bits), np.int64), begun, "raw", owners, len(sizes))
    apart = _per_tensor(np.zeros(len(_APART), np.int64), begun, "apart", owners, len(sizes))
    counts = histograms.from_top_bits(raw, apart, bits)
    left_out = sizes - counts.sum(axis=1)  # by sparse tensors
    counts[:, histograms.zero_bin(bits)] += left_out
    smallest, largest = sums[:, _SMALLEST], sums[:, _LARGEST]
    with np.errstate(invalid="ignore"):  # NaN stays NaN
        smallest = np.where(left_out > 0, np.minimum(smallest, 0), smallest)
        largest = np.where(left_out > 0, np.maximum(largest, 0), largest)
    return Reduced(
        size=sizes,
        total=sums[:, _SUM],
        squares=sums[:, _SQUARES],
        smallest=np.where(sizes > 0, smallest, np.nan),
        largest=np.where(sizes > 0, largest, np.nan),
        counts=counts,
        mantissa_bits=bits,
    )


def _per_tensor(
    start: np.ndarray, begun: Sequence[Begun], name: str, owners: Sequence[int], count: int
) -> np.ndarray:
    """Returns [L, ...]: the figures of all pieces of each tensor, put together onto `start`."""
    total = np.tile(start, (count, 1))
    parts = [part for one in begun for part in getattr(one, name)]
    if not parts:
        return total
    if any(part.device != parts[0].device for part in parts):
        parts = [part.cpu() for part in parts]
    rows = torch.cat(parts).cpu().numpy()
    if name == "sums":
        with np.errstate(invalid="ignore"):
            np.add.at(total[:, :_SMALLEST], owners, rows[:, :_SMALLEST])
            np.minimum.at(total[:, _SMALLEST], owners, rows[:, _SMALLEST])
            np.maximum.at(total[:, _LARGEST], owners, rows[:, _LARGEST])
    else:
        np.add.at(total, owners, rows)
    return total
