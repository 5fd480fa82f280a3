"""Trainings that run in turn, an epoch each, so that what disturbs one disturbs the other."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytorch_lightning as pl
import torch


class Turns:
    """Who may run, of `count` threads; each runs until it passes on or ends."""

    def __init__(self, count: int) -> None:
        self._running = list(range(count))
        self._changed = threading.Condition()

    def wait(self, own: int) -> None:
        """Returns when it is this thread's turn."""
        with self._changed:
            self._changed.wait_for(lambda: self._running[0] == own)

    def pass_on(self, own: int, *, ends: bool = False) -> None:
        """Lets the next one run."""
        with self._changed:
            self._running.remove(own)
            self._running += [] if ends else [own]
            self._changed.notify_all()


class Share(pl.Callback):
    """One thread's part: notes the processor seconds of its turns; must be the first callback.

    The first turn is all that comes before the first epoch, the last one ends with the training.
    """

    def __init__(self, turns: Turns, own: int) -> None:
        self.seconds: list[float] = []
        self._turns, self._own = turns, own

    def run(self, fit: Callable[[pl.Callback], None]) -> list[float]:
        """Calls `fit` with itself; returns the seconds of each turn."""
        torch.set_num_threads(1)  # it is each thread's own
        self._begin()
        try:
            fit(self)
        finally:
            self._end(ends=True)
        return self.seconds

    def on_train_epoch_start(self, trainer, pl_module):
        self._end()
        self._begin()

    def _begin(self) -> None:
        self._turns.wait(self._own)
        self._start = time.process_time()

    def _end(self, *, ends: bool = False) -> None:
        self.seconds.append(time.process_time() - self._start)
        self._turns.pass_on(self._own, ends=ends)


def in_turn(fits: Sequence[Callable[[pl.Callback], None]]) -> list[list[float]]:
    """Returns the seconds of each training, turn by turn.

    Args:
      fits: trains with a callback, which must be the first one, and no parallel loaders.
    """
    turns = Turns(len(fits))
    with ThreadPoolExecutor(len(fits)) as pool:
        running = [pool.submit(Share(turns, own).run, fit) for own, fit in enumerate(fits)]
        return [each.result() for each in running]
