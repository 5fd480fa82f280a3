"""Histograms on the exponent bits of float32: bins fixed for ever, exact counts, few bytes.

A value's bin is its sign, its exponent and the top m bits of its mantissa, where m is the
record's `mantissa_bits`: 2^m bins per power of two. With M = 254 * 2^m bins of normal numbers on
either side, the bins stand in the order of the numbers, and are numbered

    0                   NaN
    1                   -infinity
    2 ... M + 1         negative, from -2^128 up to -2^-126
    M + 2               negative subnormal
    M + 3               zero (of either sign)
    M + 4               positive subnormal
    M + 5 ... 2 M + 4   positive, from 2^-126 up to 2^128
    2 M + 5             infinity

A positive bin k holds lower <= x < upper, a negative one its mirror image. Histograms of equal m
add up bin by bin; those of a larger m merge exactly into those of a smaller one.

In a record only occupied bins are stored. `bins` holds, layer after layer, pairs of LEB128 numbers
(seven bits a byte, the lowest first, the top bit set on all but the last byte of a number): how
far the bin is from the last occupied one (the first: from -1), and its count. Layer l's bytes are
`bins[ends[l - 1]:ends[l]]`.
"""

from __future__ import annotations

import numpy as np

NONFINITE_BINS = [0, 1, -1]  # of any number of mantissa bits
_NORMAL_EXPONENTS = 254
_SEVEN_BITS = 7
_LONGEST = 9  # bytes of the largest int64


def bin_count(mantissa_bits: int) -> int:
    """Returns how many bins there are: 514 with no mantissa bits."""
    return 2 * (_NORMAL_EXPONENTS << mantissa_bits) + 6


def zero_bin(mantissa_bits: int) -> int:
    """Returns the bin of zeros."""
    return (_NORMAL_EXPONENTS << mantissa_bits) + 3


def from_top_bits(raw: np.ndarray, apart: np.ndarray, mantissa_bits: int) -> np.ndarray:
    """Returns int64 [L, bins], from counts by the top bits of the numbers.

    Args:
      raw: int64 [L, 2^(9 + m)], indexed by sign, exponent and m mantissa bits.
      apart: int64 [L, 4], what the top bits don't tell: how many are 0, -0, infinity, -infinity.
      mantissa_bits: m.
    """
    per_octave = 1 << mantissa_bits
    positive, negative = raw.reshape(len(raw), 2, -1).swapaxes(0, 1)
    zeros, infinities = apart[:, :2], apart[:, 2:]
    middle = np.stack(
        [
            negative[:, :per_octave].sum(axis=1) - zeros[:, 1],
            zeros.sum(axis=1),
            positive[:, :per_octave].sum(axis=1) - zeros[:, 0],
        ],
        axis=1,
    )
    special = raw.reshape(len(raw), 2, -1)[:, :, -per_octave:].sum(axis=(1, 2))
    not_numbers = special - infinities.sum(axis=1)
    normal = slice(per_octave, -per_octave)
    columns = (
        not_numbers[:, None],
        infinities[:, 1:],
        negative[:, normal][:, ::-1],
        middle,
        positive[:, normal],
        infinities[:, :1],
    )
    return np.concatenate(columns, axis=1)


def bin_edges(mantissa_bits: int) -> np.ndarray:
    """Returns float64 [bins, 2]: the smaller and the larger edge of each bin; NaN for NaN."""
    per_octave = 1 << mantissa_bits
    exponents = np.repeat(np.arange(-126.0, 128), per_octave)
    fractions = np.tile(np.arange(per_octave), _NORMAL_EXPONENTS) / per_octave
    lower = 2.0**exponents * (1 + fractions)
    upper = np.append(lower[1:], 2.0**128)
    positive = np.stack([lower, upper], axis=1)
    smallest = 2.0**-126
    middle = [[-smallest, 0.0], [0.0, 0.0], [0.0, smallest]]
    ends = [[np.nan, np.nan], [-np.inf, -np.inf]], [[np.inf, np.inf]]
    return np.concatenate([ends[0], -positive[::-1, ::-1], middle, positive, ends[1]])


def encode(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns (bins, ends) of a record: uint8 [bytes], int32 [L].

    Args:
      counts: int64 [L, bins].
    """
    layers, occupied = np.nonzero(counts)
    is_first = np.diff(layers, prepend=-1) != 0
    gaps = np.diff(occupied, prepend=-1)
    gaps[is_first] = occupied[is_first] + 1
    pairs = np.stack([gaps, counts[layers, occupied]], axis=1).astype(np.int64)
    packed, lengths = _to_leb128(pairs.reshape(-1))
    per_layer = np.bincount(np.repeat(layers, 2), weights=lengths, minlength=len(counts))
    return packed, np.cumsum(per_layer).astype(np.int32)


def decode(bins: np.ndarray, ends: np.ndarray, mantissa_bits: int) -> np.ndarray:
    """Returns int64 [L, bins]: the counts that `encode` was given."""
    counts = np.zeros((len(ends), bin_count(mantissa_bits)), np.int64)
    start = 0
    for layer, end in enumerate(ends):
        numbers = _from_leb128(bins[start:end])
        counts[layer, np.cumsum(numbers[::2]) - 1] = numbers[1::2]
        start = end
    return counts


def _to_leb128(numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns uint8 [bytes], and how many bytes each number takes."""
    shifts = _SEVEN_BITS * np.arange(_LONGEST)
    groups = (numbers[:, None] >> shifts) & 0x7F
    more = (numbers[:, None] >> (shifts + _SEVEN_BITS)) > 0
    used = np.concatenate([np.ones_like(more[:, :1]), more[:, :-1]], axis=1)
    packed: np.ndarray = (groups | more * 0x80)[used].astype(np.uint8)
    return packed, used.sum(axis=1)


def _from_leb128(data: np.ndarray) -> np.ndarray:
    last = data < 0x80
    number = np.concatenate([[0], np.cumsum(last)[:-1]]).astype(np.int64)[: len(data)]
    first = np.flatnonzero(np.concatenate([[True], last[:-1]]))[: last.sum()]
    place = np.arange(len(data)) - first[number] if len(data) else np.empty(0, np.int64)
    values = np.zeros(int(last.sum()), np.int64)
    np.add.at(values, number, (data.astype(np.int64) & 0x7F) << (_SEVEN_BITS * place))
    return values
