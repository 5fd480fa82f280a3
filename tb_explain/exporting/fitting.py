"""Leaving out records of the heaviest kinds, evenly over time, until what is left fits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from tb_explain import schema

T = TypeVar("T")
# Of these every record counts by itself, so that any of them may be left out. Not so of a probe.
THINNED = frozenset(
    kind for kind, plugin in schema.KINDS.items() if plugin == schema.BLOBS_PLUGIN
) - {"probe"}


def thinned(records: Sequence[T], every: int) -> tuple[T, ...]:
    """Returns the first of `records`, and of the others every n-th, the last among them."""
    last = len(records) - 1
    return tuple(r for n, r in enumerate(records) if n == 0 or (last - n) % every == 0)


def intervals(
    sizes: Mapping[str, int], counts: Mapping[str, Sequence[int]], room: int
) -> dict[str, int]:
    """Returns, by kind, which n-th records are to be kept so that all fit into `room`, about.

    The kind that takes most gives way first, in all runs alike, so that runs still stand at the
    same moments. Kinds that need not give way are left out.

    Args:
      sizes: bytes of all records of each kind.
      counts: how many records each series of a kind has.
      room: bytes.
    """
    every = dict.fromkeys(sizes, 1)
    left = dict(sizes)
    while sum(left.values()) > room:
        longest = {kind: max(counts[kind], default=0) for kind in left}
        # With every n-1st of n records only the first and the last are left: no more can go.
        giving = [kind for kind in left if kind in THINNED and every[kind] < longest[kind] - 1]
        if not giving:
            break
        heaviest = max(giving, key=left.__getitem__)
        every[heaviest] += 1
        kept = sum(len(thinned(range(n), every[heaviest])) for n in counts[heaviest])
        left[heaviest] = sizes[heaviest] * kept // sum(counts[heaviest])
    return {kind: n for kind, n in every.items() if n > 1}
