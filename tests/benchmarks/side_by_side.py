"""Trainings that run in turn, an epoch each, so that what disturbs one disturbs the other.

Each is a process of its own, whose memory allocator keeps what is freed. As it comes, glibc gives
memory back to the system and fetches it again, page by page: of a ResNet's step of 155 ms that
takes 5 to 18 ms, as luck has it with the order of small objects, for all of a process's life.
Luck was the same with and without monitors (7,400 and 7,300 pages a step, eight processes each),
but one pair of trainings differs by up to 5 % where nothing is recorded in either. What is left of
luck, by which processes differ by up to 1 %, is why there should be several of each kind.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.synchronize import Semaphore
from typing import Any

import pytest
import pytorch_lightning as pl
import torch

_KEEPS_MEMORY = "glibc.malloc.trim_threshold=1073741824:glibc.malloc.mmap_threshold=33554432"
_PATIENCE = 600  # seconds, for another's turn


class Share(pl.Callback):
    """One process's part: notes the processor seconds of its turns; must be the first callback.

    The first turn is all that comes before the first epoch, the last one ends with the training.
    """

    def __init__(self, own: Semaphore, following: Semaphore) -> None:
        self.seconds: list[float] = []
        self._own, self._following = own, following

    def begin(self) -> None:
        """Waits until it is this process's turn."""
        assert self._own.acquire(timeout=_PATIENCE), "The other training has ended or hangs."
        self._start = time.process_time()

    def end(self) -> None:
        """Lets the next one run."""
        self.seconds.append(time.process_time() - self._start)
        self._following.release()

    def on_train_epoch_start(self, trainer, pl_module):
        self.end()
        self.begin()


def in_turn(
    fits: Sequence[Callable[[Share], Any]], monkeypatch: pytest.MonkeyPatch
) -> list[tuple[list[float], Any]]:
    """Returns, of each training, the seconds of its turns and what it returns.

    Each other one runs, those of even numbers and then those of odd ones.

    Args:
      fits: an even number, of as many epochs each, of the top level of a module; they train on one
        thread, with the callback they are given as the first one.
      monkeypatch: sets what the processes' environment needs.
    """
    monkeypatch.setenv("GLIBC_TUNABLES", _KEEPS_MEMORY)
    context = multiprocessing.get_context("spawn")
    turns = [context.Semaphore(1 - number % 2) for number in range(len(fits))]
    with ProcessPoolExecutor(len(fits), context, _begin, [turns]) as pool:
        running = [pool.submit(_run, own, fit) for own, fit in enumerate(fits)]
        return [each.result() for each in running]


_turns: Sequence[Semaphore] = ()


def _begin(turns: Sequence[Semaphore]) -> None:
    """Semaphores reach a process when it begins, and not later."""
    global _turns  # noqa: PLW0603  # see above
    _turns = turns
    torch.set_num_threads(1)


def _run(own: int, fit: Callable[[Share], Any]) -> tuple[list[float], Any]:
    share = Share(_turns[own], _turns[(own + 1) % len(_turns)])
    share.begin()
    try:
        returned = fit(share)
    finally:
        share.end()
    return share.seconds, returned
