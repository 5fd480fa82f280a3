"""One line on the terminal that says how far a long scan is."""

from __future__ import annotations

import sys
import time

_EVERY = 0.5  # seconds


class Progress:
    """Counts steps.

    Args:
      shown: whether to write the line, to stderr.
    """

    def __init__(self, *, shown: bool) -> None:
        self._shown = shown
        self._start = self._last = time.perf_counter()

    def show(self, done: int, total: int, what: str) -> None:
        """Says that `done` of `total` steps are done."""
        now = time.perf_counter()
        if not self._shown or (now - self._last < _EVERY and done < total):
            return
        self._last = now
        left = (now - self._start) * (total - done) / max(1, done)
        text = f"Sensitivity: {done} of {total}, {left:.0f} s left, {what}"
        sys.stderr.write(f"\r{text:<79.79}" + ("\n" if done == total else ""))
        sys.stderr.flush()
