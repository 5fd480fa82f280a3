"""What a command line names as "package.module:name". It knows imports only."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from torch import nn


class CommandError(ValueError):
    """What the command line names can't be used."""


@contextmanager
def from_here() -> Iterator[None]:
    """Lets modules of the working directory be named, as with `python -m`."""
    sys.path.insert(0, str(Path.cwd()))
    try:
        yield
    finally:
        sys.path.remove(str(Path.cwd()))


def imported(name: str) -> Any:
    """Returns what "package.module:name" names.

    Raises:
      CommandError: nothing is there.
    """
    module, _, attribute = name.partition(":")
    try:
        return getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise CommandError(
            f"{name!r} names nothing: {error}. Expect package.module:name, importable from here."
        ) from error


def named(name: str) -> Any:
    """Returns what "package.module:name" names, called if it can be and is no module.

    Raises:
      CommandError: nothing is there.
    """
    found = imported(name)
    return found() if callable(found) and not isinstance(found, nn.Module) else found
