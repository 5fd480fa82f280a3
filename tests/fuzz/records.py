"""Fuzzed records: a well-formed one of some kind, damaged in one way or in several.

Most damage leaves a record that passes the first checks, for what lies behind them is more.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tb_explain import schema
from tests.fuzz import arrays, draws, fields, layout, seeds
from tests.fuzz.blocks import Block

KINDS: Sequence[str] = tuple(schema.KINDS)
_LEVELS = (_FIELDS, _ARRAYS, _BOTH, _LAYOUT, _SPLICE, _NONE) = (
    "fields",
    "arrays",
    "both",
    "layout",
    "splice",
    "none",
)
_WEIGHTS = (38, 32, 12, 14, 3, 1)


@dataclass(frozen=True)
class Case:
    """One fuzzed record.

    Attributes:
      number: which of its run, see `draws.of`.
      kind: of the record that it was made from.
      how: names of the damages.
      data: its bytes.
    """

    number: int
    kind: str
    how: str
    data: bytes


def case(seed: int, number: int) -> Case:
    """Returns case `number` of the run `seed`; kinds take turns."""
    drawn = draws.of(seed, number)
    kind = KINDS[number % len(KINDS)]
    block = drawn.choice(seeds.by_kind()[kind]).clone()
    data, how = _damaged(drawn, block)
    return Case(number, kind, how, data)


def damage(drawn: random.Random, block: Block) -> str:
    """Damages `block`, which stays a record in the layout of one; returns how."""
    tables = drawn.choice(((fields,), (arrays,), (fields, arrays)))
    return "+".join(_apply(drawn, block, table.DAMAGES) for table in tables)


def _damaged(drawn: random.Random, block: Block) -> tuple[bytes, str]:
    level = drawn.choices(_LEVELS, _WEIGHTS)[0]
    if level == _LAYOUT:
        made = drawn.choices(list(layout.DAMAGES), list(layout.DAMAGES.values()))[0]
        return made(drawn, block), f"layout.{made.__name__}"
    if level == _SPLICE:
        return _spliced(drawn, block), "splice"
    tables = {_FIELDS: (fields,), _ARRAYS: (arrays,), _BOTH: (fields, arrays)}.get(level, ())
    how = [
        _apply(drawn, block, table.DAMAGES)
        for table in tables
        for _ in range(drawn.choice((1, 1, 1, 2, 4)))
    ]
    return block.packed(), "+".join(how) or "none"


def _apply(
    drawn: random.Random,
    block: Block,
    damages: Mapping[Callable[[random.Random, Block], None], float],
) -> str:
    made = drawn.choices(list(damages), list(damages.values()))[0]
    made(drawn, block)
    return f"{made.__module__.rpartition('.')[2]}.{made.__name__}"


def _spliced(drawn: random.Random, block: Block) -> bytes:
    """Returns one record's beginning with another's end, or its header with another's arrays."""
    other = drawn.choice(seeds.blocks())
    if drawn.random() < 0.5:
        return Block(block.record, other.arrays).packed()
    first, second = block.packed(), other.packed()
    return first[: drawn.randrange(len(first))] + second[drawn.randrange(len(second)) :]
