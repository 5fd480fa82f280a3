"""What a run of the fuzzer counts, and where it says so."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import reduce


@dataclass
class Tally:
    """Of one target: how many cases, what became of them, how long that took.

    Attributes:
      ends: by end ("accepted", "refused", "404"), how many.
      faults: in words, each with what makes the case again.
      seconds: of all cases.
      peak: bytes of memory at most: of one case per byte of it, or of a process.
    """

    ends: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    seconds: float = 0.0
    multiple: float = 0.0
    peak: int = 0

    @property
    def cases(self) -> int:
        """How many there were."""
        return self.ends.total()

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.ends + other.ends,
            self.faults + other.faults,
            self.seconds + other.seconds,
            max(self.multiple, other.multiple),
            max(self.peak, other.peak),
        )

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Counts the seconds of what is inside."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds += time.perf_counter() - start

    def fault(self, where: str, error: object) -> None:
        """Notes what must not be."""
        self.ends["fault"] += 1
        self.faults.append(f"{where}: {error}"[:600])


Tallies = dict[str, Tally]


def added(all_of_them: list[Tallies]) -> Tallies:
    """Returns the sum, target by target."""
    names = dict.fromkeys(name for tallies in all_of_them for name in tallies)
    return {
        name: reduce(lambda a, b: a + b, [t[name] for t in all_of_them if name in t])
        for name in names
    }
