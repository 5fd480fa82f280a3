"""Finding checkpoints of a training, and what each says of the moment it was saved at.

It reads files; it knows no monitor.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import fsspec
import torch

_LINES, _WIDEST = 3, 300  # of a message


class CheckpointError(ValueError):
    """A checkpoint can't be read, or does not fit the module."""


@dataclass(frozen=True)
class Checkpoint:
    """Where a checkpoint is, and when it was saved.

    Attributes:
      path: a file or URL.
      step: completed optimizer steps.
      epoch: the epoch it was saved in.
    """

    path: str
    step: int
    epoch: int


def find(places: str | Sequence[str]) -> list[str]:
    """Returns the files that paths, globs or URLs name, by name, each once.

    Raises:
      CheckpointError: there is none.
    """
    listed = [places] if isinstance(places, str) else [str(place) for place in places]
    found: dict[str, None] = {}
    for place in listed:
        files, path = fsspec.core.url_to_fs(place)
        matches = sorted(files.glob(path)) if any(c in path for c in "*?[") else [path]
        if not matches or not all(files.exists(match) for match in matches):
            raise CheckpointError(f"There is no checkpoint at {place!r}.")
        found.update({_named_like(place, files.unstrip_protocol(match)): None for match in matches})
    return list(found)


def load(path: str, *, weights_only: bool = True) -> dict[str, Any]:
    """Returns what a Lightning checkpoint holds, on the CPU.

    Args:
      path: a file or URL.
      weights_only: refuse whatever is no tensor or plain value: pickled objects can run code.

    Raises:
      CheckpointError: it can't be read, holds other objects, or is no Lightning checkpoint.
    """
    try:
        loaded = _read(path, weights_only)
    except pickle.UnpicklingError as error:
        raise CheckpointError(
            f"{path} holds objects besides weights, which are not loaded: they could run any code. "
            f"If you trust the file, pass weights_only=False. ({_first_line(error)})"
        ) from error
    except (OSError, RuntimeError, EOFError) as error:
        raise CheckpointError(f"{path} can't be read: {_first_line(error)}") from error
    if not isinstance(loaded, dict) or not isinstance(loaded.get("state_dict"), Mapping):
        raise CheckpointError(f"{path} is no Lightning checkpoint: it has no state_dict.")
    return loaded


def in_order(paths: Sequence[str], *, weights_only: bool = True) -> list[Checkpoint]:
    """Returns the checkpoints by ascending step; of several at one step the first by name.

    Raises:
      CheckpointError: one of them can't be read.
    """
    found: dict[int, Checkpoint] = {}
    for path in paths:
        known = load(path, weights_only=weights_only)
        one = Checkpoint(path, int(known.get("global_step", 0)), int(known.get("epoch", 0)))
        found.setdefault(one.step, one)
    return [found[step] for step in sorted(found)]


def shortened(text: str) -> str:
    """Returns the first lines of a message: torch lists every key that does not fit."""
    lines = text.splitlines()
    few = [line if len(line) <= _WIDEST else line[:_WIDEST] + " ..." for line in lines[:_LINES]]
    return "\n".join([*few, "..."] if len(lines) > _LINES else few)


def _read(path: str, weights_only: bool) -> Any:
    if "://" not in path:  # only what is used of the file is read
        return torch.load(path, map_location="cpu", weights_only=weights_only, mmap=True)
    with fsspec.open(path, "rb") as file:
        return torch.load(file, map_location="cpu", weights_only=weights_only)


def _named_like(asked: str, found: str) -> str:
    """Returns `found` as a plain path, if `asked` was one."""
    return found if "://" in asked else found.removeprefix("file://")


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
