"""Options that are given by name: a misspelt one is refused, not ignored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def check_options(options: Mapping[str, Any], known: type, function: str) -> None:
    """Refuses options that are not among those of the TypedDict `known`.

    Raises:
      TypeError: an option is unknown; it is named, with those that are known.
    """
    names = list(known.__annotations__)
    if unknown := [name for name in options if name not in names]:
        raise TypeError(f"{function}() has no option {', '.join(unknown)}. Expect some of {names}.")
