"""What a monitor costs, as a fraction of training time. It knows clocks only."""

from __future__ import annotations

import time

# Up to this much of its own time, and of training, a monitor never thins its records: in a run so
# short that this matters, a missing epoch is worse than some seconds.
FREE_SECONDS = 10.0


class Stopwatch:
    """Adds up a monitor's own time, from the start of training on.

    Args:
      limit: the largest fraction of training time it may take; None: any.

    Raises:
      ValueError: `limit` is not a positive number.
    """

    def __init__(self, limit: float | None) -> None:
        if limit is not None and not limit > 0:
            raise ValueError(f"max_overhead must be a positive fraction or None, not {limit!r}.")
        self._limit = limit
        self._start = time.perf_counter()
        self._own = 0.0

    def restart(self) -> None:
        """Forgets what was measured; training begins now."""
        self._start, self._own = time.perf_counter(), 0.0

    def add(self, seconds: float) -> None:
        """Counts `seconds` as the monitor's own."""
        self._own += seconds

    @property
    def overhead(self) -> float | None:
        """Own time over training time without it; None before any training."""
        training = self._training
        return self._own / training if training > 0 else None

    @property
    def _training(self) -> float:
        return time.perf_counter() - self._start - self._own

    def excess(self) -> str | None:
        """Returns, in words, by how much the limit is exceeded; None if it is not."""
        overhead = self.overhead
        if self._limit is None or overhead is None:
            return None
        if min(self._own, self._training) < FREE_SECONDS:
            return None
        if overhead <= self._limit:
            return None
        return f"recording took {overhead:.1%} of the training time (limit {self._limit:.1%})"
