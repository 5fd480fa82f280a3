"""Trainings that run at the same time, so that what disturbs one disturbs the other.

Each is a process of its own on a processor of its own, and none waits for another: to what limits
its share of a training's time, waiting would be training.

The processes' memory allocator keeps what is freed. As it comes, glibc gives memory back to the
system and fetches it again, page by page: of a ResNet's step of 155 ms that takes 5 to 18 ms, as
luck has it with the order of small objects, for all of a process's life. Luck was the same with
and without monitors (7,400 and 7,300 pages a step, eight processes each), but one pair of
trainings differs by up to 5 % where nothing is recorded in either. What is left of luck, and
processors that differ, are why a second pair should change places.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.synchronize import Barrier
from typing import Any

import pytest
import torch

_KEEPS_MEMORY = "glibc.malloc.trim_threshold=1073741824:glibc.malloc.mmap_threshold=33554432"
_PATIENCE = 300  # seconds, for the other to be ready


def side_by_side(
    fits: Sequence[Callable[[], Any]], monkeypatch: pytest.MonkeyPatch
) -> list[tuple[float, Any]]:
    """Returns the processor seconds of each training, and what it returns.

    Args:
      fits: train on one thread; of the top level of a module. Where there are fewer processors,
        several share one.
      monkeypatch: sets what the processes' environment needs.
    """
    monkeypatch.setenv("GLIBC_TUNABLES", _KEEPS_MEMORY)
    context = multiprocessing.get_context("spawn")
    together = context.Barrier(len(fits))
    with ProcessPoolExecutor(len(fits), context, _begin, [together]) as pool:
        running = [pool.submit(_run, place, fit) for place, fit in enumerate(fits)]
        return [each.result() for each in running]


_together: Barrier


def _begin(together: Barrier) -> None:
    """Barriers reach a process when it begins, and not later."""
    global _together  # noqa: PLW0603  # see above
    _together = together
    torch.set_num_threads(1)


def _run(place: int, fit: Callable[[], Any]) -> tuple[float, Any]:
    if hasattr(os, "sched_setaffinity"):
        processors = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {processors[place % len(processors)]})
    _together.wait(_PATIENCE)
    start = time.process_time()
    returned = fit()
    return time.process_time() - start, returned
