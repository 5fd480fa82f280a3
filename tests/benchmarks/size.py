"""How large benchmarks are: as small as they can be and still fail for the right reason, or full.

The figures in README.md are of full ones: `BENCHMARKS=full pytest -m benchmark`.
"""

from __future__ import annotations

import os
from typing import TypeVar

T = TypeVar("T")


def size(small: T, full: T) -> T:
    """Returns `full` if full benchmarks are asked for, else `small`."""
    asked = os.environ.get("BENCHMARKS", "small")
    if asked not in ("small", "full"):
        raise ValueError(f"BENCHMARKS={asked!r}: expected 'small' or 'full'.")
    return full if asked == "full" else small
