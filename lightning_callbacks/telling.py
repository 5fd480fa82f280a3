"""What is told to whoever watches a training: notices, and that a recording takes long.

It knows Lightning's progress bars; nothing of what is recorded.
"""

from __future__ import annotations

import importlib
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from lightning_callbacks.lightning_base import LIGHTNING_PACKAGES

# A recording that takes longer than this is spoken of.
LONG_SECONDS = 2.0
# What was told on stderr, where each line would stay: once for each trainer.
_TOLD: weakref.WeakKeyDictionary[Any, set[str]] = weakref.WeakKeyDictionary()


def say(trainer: Any, text: str) -> None:
    """Prints as Lightning does its own notices; where there is no Lightning trainer, plainly."""
    for base in type(trainer).__mro__:
        for package in LIGHTNING_PACKAGES:
            if base.__module__.startswith(f"{package}.trainer"):
                importlib.import_module(f"{package}.utilities.rank_zero").rank_zero_info(text)
                return
    print(text, flush=True)  # whoever writes a loop of their own reads its output


@contextmanager
def telling_if_long(trainer: Any, name: str) -> Iterator[None]:
    """Says, once it has taken two seconds, that `name` is recording.

    In Lightning's progress bar, whose own words come back afterwards; else in a line on stderr, the
    first time.
    """
    undo: list[Callable[[], None]] = []
    lock = threading.Lock()
    done = threading.Event()

    def tell() -> None:
        with lock:
            if not done.is_set():
                undo.append(_tell(trainer, f"recording {name}"))

    timer = threading.Timer(LONG_SECONDS, tell)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        with lock:
            done.set()
        for restore in undo:
            restore()


def _tell(trainer: Any, text: str) -> Callable[[], None]:
    """Shows `text`; returns what takes it away."""
    bar = getattr(trainer, "progress_bar_callback", None)
    if bar is not None and getattr(bar, "is_enabled", True):
        # A bar may not be drawn yet, or be of the user's own kind.
        with suppress(Exception):
            return _in_bar(bar, text)
    told = _TOLD.setdefault(trainer, set())
    if text not in told:
        told.add(text)
        sys.stderr.write(f"tb-explain: {text} …\n")
        sys.stderr.flush()
    return _nothing


def _nothing() -> None:
    """Leaves a line on stderr where it is."""


def _in_bar(bar: Any, text: str) -> Callable[[], None]:
    """Shows `text` in a bar, of tqdm or rich.

    Raises:
      Exception: it is neither, or not there yet.
    """
    if getattr(bar, "progress", None) is not None:  # rich
        task = bar.train_progress_bar
        before = task.description

        def describe(words: str) -> None:
            bar.progress.update(task.id, description=words)
            bar.progress.refresh()

        describe(text)
        return lambda: describe(before)
    tqdm = bar.train_progress_bar
    before = tqdm.desc.removesuffix(": ")
    tqdm.set_description(text)
    return lambda: tqdm.set_description(before)
