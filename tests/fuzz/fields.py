"""Damage to the JSON object of a record: types, names, counts, texts; most of it well-formed."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any

from tb_explain import schema
from tests.fuzz import draws
from tests.fuzz.blocks import Block

Place = tuple[Any, Any]  # a list or dict, and the index or key of something in it


def change(drawn: random.Random, block: Block) -> None:
    """Replaces something, however deep, by anything."""
    holder, key = _place(drawn, block.record)
    holder[key] = draws.value(drawn)


def change_alike(drawn: random.Random, block: Block) -> None:
    """Replaces something by another value of its type."""
    holder, key = _place(drawn, block.record, leaves=True)
    holder[key] = draws.like(drawn, holder[key])


def remove(drawn: random.Random, block: Block) -> None:
    """Takes something out."""
    holder, key = _place(drawn, block.record)
    del holder[key]


def double(drawn: random.Random, block: Block) -> None:
    """Puts a list's entry in twice, or many times."""
    lists = [holder for holder, _ in _places(block.record) if isinstance(holder, list)]
    if lists:
        chosen = drawn.choice(lists)
        entry = drawn.choice(chosen)
        small = len(str(entry)) < 1000
        chosen += [entry] * (drawn.choice((1, 1, 2, 50)) if small else 1)


def rename(drawn: random.Random, block: Block) -> None:
    """Gives a field a name that no object should have, or that of another."""
    holder, key = _place(drawn, block.record)
    if isinstance(holder, dict):
        holder[drawn.choice((*draws.TEXTS, *holder))] = holder.pop(key)


def swap(drawn: random.Random, block: Block) -> None:
    """Exchanges two things."""
    (a, i), (b, j) = _place(drawn, block.record), _place(drawn, block.record)
    first, second = a[i], b[j]
    if not (_within(first, b) or _within(second, a)):
        a[i], b[j] = second, first


def own(drawn: random.Random, block: Block) -> None:
    """Changes one of the fields that records of every kind have, or may have."""
    choices: Mapping[str, Callable[[], Any]] = {
        "version": lambda: drawn.choice((0, 2, 1.0, True, "1", None, -1, 2**60)),
        "kind": lambda: drawn.choice((*schema.KINDS, "note", "__proto__", None, 3)),
        "monitor": lambda: drawn.choice((*draws.TEXTS, None, 7, [])),
        "step": lambda: drawn.choice((*draws.NUMBERS, None, "1", True)),
        "epoch": lambda: drawn.choice((*draws.NUMBERS, None, "1", True)),
        "keep": lambda: drawn.choice((*draws.TEXTS, None, 7, [], {})),
        "written": lambda: drawn.choice((*draws.NUMBERS, None, "1", True)),
    }
    name = drawn.choice(list(choices))
    block.record[name] = choices[name]()


def gap(drawn: random.Random, block: Block) -> None:
    """Makes a gap of it, arrays and all, or takes what it is a gap of."""
    block.record["gap"] = drawn.choice((None, "", draws.SCRIPT, 3, [], "RuntimeError: \u202e"))


DAMAGES: Mapping[Callable[[random.Random, Block], None], float] = {
    change: 3,
    change_alike: 5,
    remove: 2,
    double: 1,
    rename: 1,
    swap: 1,
    own: 1,
    gap: 0.3,
}


def _places(value: Any) -> list[Place]:
    found: list[Place] = []
    rest = [value]
    while rest:
        holder = rest.pop()
        keys = holder if isinstance(holder, dict) else range(len(holder))
        for key in keys:
            found.append((holder, key))
            if isinstance(holder[key], (dict, list)):
                rest.append(holder[key])
    return found


def _place(drawn: random.Random, value: Any, *, leaves: bool = False) -> Place:
    """Returns somewhere in `value`; first levels as often as all that lies deeper."""
    found = _places(value)
    if leaves:
        found = [(h, k) for h, k in found if not isinstance(h[k], (dict, list))] or found
    top = [place for place in found if place[0] is value]
    return drawn.choice(found if drawn.random() < 0.6 or not top else top)


def _within(value: Any, holder: Any) -> bool:
    return value is holder or (
        isinstance(value, (dict, list)) and any(each is holder for each, _ in _places(value))
    )
