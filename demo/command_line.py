"""What the demos' command lines share: the options, and what is said at the end."""

from __future__ import annotations

import argparse
import warnings
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Options:
    """What was asked for: the directory of the logs, and how many epochs."""

    logdir: Path
    epochs: int


def options(module: str, description: str | None, *, epochs: int | None = None) -> Options:
    """Returns what the command line of `python -m module` says.

    Args:
      module: as it is called.
      description: the module's docstring; its first line is shown.
      epochs: by default; None: the demo does not train.
    """
    parser = argparse.ArgumentParser(
        prog=f"python -m {module}", description=(description or "").splitlines()[0]
    )
    parser.add_argument("logdir", nargs="?", default="runs", type=Path)
    if epochs is not None:
        parser.add_argument("--epochs", type=int, default=epochs)
    # Lightning advises more workers; tensors in memory need none.
    warnings.filterwarnings("ignore", message=".*does not have many workers")
    warnings.filterwarnings("ignore", message=".*LeafSpec", category=FutureWarning)
    found = parser.parse_args()
    return Options(found.logdir, getattr(found, "epochs", 0))


def say_done(logdir: Path, result: str = "", hint: str = "") -> None:
    """Prints what came out, what to open, and where to look."""
    print(
        f"\nDone{f': {result}' if result else '.'}\n"
        f"Look at it with: tensorboard --logdir {logdir}\n"
        f"and open http://localhost:6006/#tb_explain{f', {hint}' if hint else ''}"
    )
