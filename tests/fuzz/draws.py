"""Values that hostile logs may hold, and the seeded draws that everything here is made by.

Case `n` of a run with seed `s` is drawn from `of(s, n)` alone, so that each can be made again
without those before it.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

SCRIPT = "<img src=x onerror=window.__xss=1>"
TEXTS: Sequence[str] = (
    "",
    SCRIPT,
    "<script>window.__xss=1</script>",
    "</script><svg onload=window.__xss=1>",
    "javascript:window.__xss=1",
    "'\"`;window.__xss=1//",
    "\u202egnp.\u202c\u2066",
    "\x00\x07\x1b[2J\x7f\x85",
    "\ud800",
    "\udfff\ud800",
    "__proto__",
    "constructor",
    "toString",
    "hasOwnProperty",
    "__metadata__",
    "NaN",
    "-Infinity",
    "../../../../etc/passwd",
    "C:\\con",
    "a\nb\r\n\u2028\u2029",
    "%00%2e%2e%2f%ff",
    "9" * 5000,
    "ab" * 20_000,
    "e\u0301\U0001f600\u200d\ufeff",
    "=cmd|' /C calc'!A0",
)
NUMBERS: Sequence[Any] = (
    0,
    1,
    -1,
    2,
    7,
    255,
    256,
    65_537,
    2**24,
    2**31 - 1,
    2**31,
    -(2**31),
    2**32,
    2**53 - 1,
    2**53 + 1,
    2**63,
    -(2**63) - 1,
    2**64,
    10**400,
    0.5,
    -0.0,
    5e-324,
    1e308,
    -1e308,
    float("nan"),
    float("inf"),
    float("-inf"),
)
SIZES: Sequence[int] = (0, 1, 2, 3, 5, 8, 17, 64, 255, 1000)


def of(seed: int, number: int) -> random.Random:
    """Returns what draws case `number` of the run `seed`."""
    return random.Random(f"{seed}:{number}")


def nested(depth: int) -> Any:
    """Returns a list in a list in a list."""
    value: Any = []
    for _ in range(depth):
        value = [value]
    return value


def value(drawn: random.Random) -> Any:
    """Returns anything that JSON, or what passes for it, can say."""
    makers = (
        lambda: drawn.choice(TEXTS),
        lambda: drawn.choice(NUMBERS),
        lambda: drawn.choice((None, True, False)),
        lambda: [drawn.choice(NUMBERS) for _ in range(drawn.randrange(4))],
        lambda: [drawn.choice(TEXTS) for _ in range(drawn.randrange(4))],
        lambda: {drawn.choice(TEXTS): drawn.choice(NUMBERS) for _ in range(drawn.randrange(3))},
        lambda: nested(drawn.choice((1, 20, 600))),
    )
    return drawn.choices(makers, (4, 4, 2, 1, 1, 1, 0.2))[0]()


def like(drawn: random.Random, old: Any) -> Any:
    """Returns another value of the type of `old`, which gets past checks of types."""
    if isinstance(old, bool):
        return not old
    if isinstance(old, (int, float)):
        near = (old + 1, old - 1, -old, old * 2, old / 2) if abs(old) < 1e300 else ()
        return drawn.choice((*near, *NUMBERS))
    if isinstance(old, str):
        pieces = (old + drawn.choice(TEXTS), old[: len(old) // 2], old.upper(), old * 2)
        return drawn.choice((*pieces, *TEXTS))
    return value(drawn)
