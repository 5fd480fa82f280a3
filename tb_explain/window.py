"""Which records of a series are asked for, of how many there are. Knows nothing of where they lie.

A level of detail is every record, or one of each 2, 4, 8 ... in a row, the first of all and the
newest: what it holds stays in it while the series grows, until there are twice as many. Which one
of a row looks random, but is always the same: every 4th of 8 batches per epoch would be the same
two batches, and curves of them no curves of the training.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

FEWEST = 2  # the first record and the newest

# Written once, or of use only all together: a level of detail leaves none of them out.
WHOLE = frozenset({"probe", "layer_table", "alerts", "graph", "setup", "plan"})
# Of these, what a series may still gain while it is read in two steps.
GROWING = frozenset({"alerts", "plan"})


@dataclass(frozen=True)
class Window:
    """What is asked for of each series; of all that is None, everything.

    Attributes:
      most: as detailed a level as has at most so many records.
      room: bytes that the level may take, as far as the newest record tells.
      beyond: what is held already: the level that has this part of `most` and `room`.
      start: steps from here on, every one of them.
      end: up to this step, every one.
    """

    most: int | None = None
    room: int | None = None
    beyond: int | None = None
    start: int | None = None
    end: int | None = None

    def of(self, kind: str) -> Window:
        """Returns what is asked for of series of `kind`."""
        leveled = self.most is not None or self.room is not None
        if not leveled or kind not in WHOLE:
            return self
        return EVERYTHING if self.beyond is None or kind in GROWING else NOTHING

    @property
    def needs_size(self) -> bool:
        """Whether what is wanted depends on how large records are."""
        return self.room is not None

    def wanted(self, steps: Sequence[int], size: int) -> set[int]:
        """Returns those of `steps`, which ascend, whose records are asked for.

        Args:
          steps: all that the series has.
          size: bytes of its newest record.
        """
        if self == EVERYTHING:
            return set(steps)
        return {*self._level(steps, size)} - self._held(steps, size) | {*self._range(steps)}

    def _level(self, steps: Sequence[int], size: int) -> Sequence[int]:
        if self.most is None and self.room is None:
            return ()
        fitting = [len(steps)] if self.most is None else [self.most]
        if self.room is not None:
            fitting.append(self.room // max(1, size))
        return level(steps, max(FEWEST, min(fitting)))

    def _held(self, steps: Sequence[int], size: int) -> set[int]:
        if self.beyond is None:
            return set()
        most = None if self.most is None else self.most // self.beyond
        room = None if self.room is None else self.room // self.beyond
        return Window(most, room).wanted(steps, size)

    def _range(self, steps: Sequence[int]) -> Sequence[int]:
        if self.start is None and self.end is None:
            return ()
        start = float("-inf") if self.start is None else self.start
        end = float("inf") if self.end is None else self.end
        return [step for step in steps if start <= step <= end]


EVERYTHING = Window()
NOTHING = Window(start=1, end=0)


def level(steps: Sequence[int], most: int) -> list[int]:
    """Returns the most detailed level of `steps` that has at most `most` (at least 2) of them."""
    chosen, depth = list(range(len(steps))), 0
    newest = len(steps) - 1
    while len({*chosen, newest}) > most:
        depth += 1
        chosen = _halved(chosen, depth)
    return [steps[index] for index in sorted({*chosen, newest})] if steps else []


def _halved(chosen: Sequence[int], depth: int) -> list[int]:
    """Returns one of each two in a row, so that levels nest, and the first of all.

    Args:
      chosen: indices of one of each 2^(depth - 1) records in a row.
      depth: of the level that is asked for.
    """
    pairs = itertools.zip_longest(chosen[::2], chosen[1::2])
    halved = [
        second if second is not None and _coin(place, depth) else first
        for place, (first, second) in enumerate(pairs)
    ]
    return [*chosen[:1], *halved[1:]]


def _coin(place: int, depth: int) -> int:
    """Returns 0 or 1, without any pattern from place to place."""
    mixed = (place * 0x9E3779B1 ^ depth * 0x85EBCA6B) & 0xFFFFFFFF
    mixed = ((mixed ^ mixed >> 15) * 0x2C1B3C6D) & 0xFFFFFFFF
    return mixed >> 16 & 1
