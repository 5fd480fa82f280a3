"""Damage to arrays that stay well-formed as such: other shapes, types, values, names."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.fuzz import draws, pictures
from tests.fuzz.blocks import ITEM_BYTES, Array, Block

LARGEST = 65_536  # bytes that an array may grow to
_DEEPEST = 3  # levels of lists that are resized
_FORMATS = {"U8": "B", "I8": "b", "I32": "i", "I64": "q", "F32": "f", "F64": "d"}
_FLOATS: Sequence[float] = (0.0, -0.0, 1.0, -1.0, 1e30, -1e30, 1e-45, *map(float, ("nan", "inf")))


def _one(drawn: random.Random, block: Block) -> Array | None:
    return drawn.choice(block.arrays) if block.arrays else None


def resize(drawn: random.Random, block: Block) -> None:
    """Changes a size wherever it occurs: in all arrays, and in lists of that length."""
    sizes = {size for array in block.arrays for size in array.shape}
    if not sizes:
        return
    old, new = drawn.choice(sorted(sizes)), drawn.choice(draws.SIZES)
    for array in block.arrays:
        _fit(array, [new if size == old else size for size in array.shape])
    if drawn.random() < 0.8:
        _resize_lists(block.record, old, new)


def reshape(drawn: random.Random, block: Block) -> None:
    """Gives one array another shape, with the bytes for it."""
    array = _one(drawn, block)
    if array:
        shape = list(array.shape)
        if shape and drawn.random() < 0.6:
            shape[drawn.randrange(len(shape))] = drawn.choice(draws.SIZES)
        elif drawn.random() < 0.5:
            shape.insert(drawn.randint(0, len(shape)), drawn.choice((0, 1, 2)))
        else:
            drawn.shuffle(shape)
        _fit(array, shape)


def empty(drawn: random.Random, block: Block) -> None:
    """Makes one array of no values whose other sizes are enormous."""
    array = _one(drawn, block)
    if array:
        huge = (2**53 - 1, 2**31, 2**40, 10**6, 65_536)
        shape = [drawn.choice(huge) for _ in range(max(1, len(array.shape)))]
        shape[drawn.randrange(len(shape))] = 0
        array.shape, array.data = shape, b""


def retype(drawn: random.Random, block: Block) -> None:
    """Gives one array another type, with the bytes for it."""
    array = _one(drawn, block)
    if array:
        array.dtype = drawn.choice(list(ITEM_BYTES))
        _fit(array, array.shape)


def revalue(drawn: random.Random, block: Block) -> None:
    """Changes some values of one array, or all of them."""
    array = _one(drawn, block)
    if array and array.data:
        data = bytearray(array.data)
        count = len(data) // array.item
        form = "<" + _FORMATS[array.dtype]
        everywhere = drawn.random() < 0.2
        places = range(count) if everywhere else [drawn.randrange(count) for _ in range(3)]
        number = _number(drawn, array.dtype)
        for place in places:
            struct.pack_into(form, data, place * array.item, number)
        array.data = bytes(data)


def drop(drawn: random.Random, block: Block) -> None:
    """Takes one array out."""
    array = _one(drawn, block)
    if array:
        block.arrays.remove(array)


def rename(drawn: random.Random, block: Block) -> None:
    """Gives one array a name that it should not have."""
    array = _one(drawn, block)
    if array:
        names = [a.name for a in block.arrays]
        array.name = drawn.choice((*draws.TEXTS, *names, f"{array.name}.scale", "map.999"))


def exchange(drawn: random.Random, block: Block) -> None:
    """Puts the contents of two arrays in each other's place."""
    if block.arrays:
        a, b = drawn.choice(block.arrays), drawn.choice(block.arrays)
        a.name, b.name = b.name, a.name


def picture(drawn: random.Random, block: Block) -> None:
    """Puts pictures into a probe that are none, or that are not what they say."""
    named = {array.name: array for array in block.arrays}
    if not {"images", "image_ends"} <= set(named):
        revalue(drawn, block)
        return
    ends = named["image_ends"]
    ends.dtype = "I64"
    made = [pictures.hostile(drawn) for _ in range(len(ends.data) // 8)]
    named["images"].data = b"".join(made)
    named["images"].shape = [len(named["images"].data)]
    total = 0
    places = [total := total + len(each) for each in made]
    ends.data = struct.pack(f"<{len(places)}q", *places)
    ends.shape = [len(places)]


DAMAGES: Mapping[Callable[[random.Random, Block], None], float] = {
    resize: 3,
    reshape: 2,
    empty: 0.7,
    retype: 1,
    revalue: 4,
    drop: 1,
    rename: 0.7,
    exchange: 0.7,
    picture: 1,
}


def _fit(array: Array, shape: Sequence[int]) -> None:
    size = array.item
    for each in shape:
        size *= each
    if size <= LARGEST:
        array.fit(shape)


def _resize_lists(value: Any, old: int, new: int, depth: int = 0) -> None:
    # Lists in lists in lists would multiply: what is written would not fit into any memory.
    if depth > _DEEPEST:
        return
    for each in value.values() if isinstance(value, dict) else value:
        if isinstance(each, (dict, list)):
            _resize_lists(each, old, new, depth + 1)
    if isinstance(value, list) and len(value) == old > 0 and len(str(value[0])) < LARGEST // 64:
        value[:] = (value * (new // old + 1))[:new]


def _number(drawn: random.Random, dtype: str) -> float:
    if dtype in ("F32", "F64"):
        return drawn.choice((*_FLOATS, drawn.uniform(-3, 3)))
    low, high = (0, 255) if dtype == "U8" else (-128, 127)
    if dtype in ("I32", "I64"):
        bits = 8 * ITEM_BYTES[dtype] - 1
        low, high = -(2**bits), 2**bits - 1
    return drawn.choice((low, high, 0, 1, max(low, -1), 2, drawn.randint(low, high)))
