"""Damage to the container: the length that opens it, its header's JSON, its bytes."""

from __future__ import annotations

import json
import random
import struct
from collections.abc import Callable, Mapping
from typing import Any

from tests.fuzz import draws
from tests.fuzz.blocks import Block, dumped, joined

Damage = Callable[[random.Random, Block], bytes]


def offsets(drawn: random.Random, block: Block) -> bytes:
    """Moves an array: over another, backwards, out of the record."""
    header = block.header()
    entry = _entry(drawn, header)
    begin, end = entry.get("data_offsets", (0, 0))
    size = len(block.data())
    moved = (
        [begin, end + 8],
        [end, begin],
        [begin + 4, end + 4],
        [-8, end],
        [0, 2**53],
        [2**62, 2**63],
        [size, size],
        [0, size],
        [begin, 1e308],
        ["0", end],
        [begin],
        None,
    )
    entry["data_offsets"] = drawn.choice(moved)
    return joined(dumped(header), block.data())


def shape(drawn: random.Random, block: Block) -> bytes:
    """Declares a shape that its bytes do not have."""
    header = block.header()
    bombs = (
        [2**31, 2**31],
        [2**53, 2**53],
        [2**32, 2**32, 2**32],
        [-1, -8],
        [0.5],
        [1e300],
        ["8"],
        8,
        None,
        [[]],
        [1] * 5000,
        [2**63],
        [float("nan")],
    )
    _entry(drawn, header)["shape"] = drawn.choice(bombs)
    return joined(dumped(header), block.data())


def dtype(drawn: random.Random, block: Block) -> bytes:
    """Declares another type, known or not."""
    header = block.header()
    names = (
        "BF16",
        "F16",
        "BOOL",
        "U16",
        "U32",
        "U64",
        "I16",
        "F8_E4M3",
        "F4",
        "C64",
        "u8",
        "O",
        "constructor",
        "__proto__",
        None,
        3,
        ["F32"],
        {},
    )
    _entry(drawn, header)["dtype"] = drawn.choice(names)
    return joined(dumped(header), block.data())


def entry(drawn: random.Random, block: Block) -> bytes:
    """Puts anything in the place of an array's description, or of the metadata."""
    header = block.header()
    header[drawn.choice((*header, *draws.TEXTS))] = draws.value(drawn)
    return joined(dumped(header), block.data())


def metadata(drawn: random.Random, block: Block) -> bytes:
    """Damages the entry that holds the record's own JSON."""
    header = block.header()
    text = header["__metadata__"]["record"]
    damaged = (
        text[: len(text) // 2],
        "[" * 100_000,
        '{"version":' * 5000,
        "null",
        "[]",
        "1",
        "",
        text + text,
        json.dumps(text),
        "\ufeff" + text,
        text.replace(":1", ":01"),
        text.replace("null", "NaN"),
        text.replace("}", ',"step":5,"step":6}', 1),
        5,
        None,
    )
    header["__metadata__"]["record"] = drawn.choice(damaged)
    return joined(dumped(header), block.data())


def twice(drawn: random.Random, block: Block) -> bytes:
    """Names an array, or the metadata, twice."""
    header = block.header()
    name = drawn.choice(list(header))
    text = dumped(header)
    again = dumped({name: header[drawn.choice(list(header))]})
    return joined(text[:-1] + "," + again[1:], block.data())


def text(drawn: random.Random, block: Block) -> bytes:
    """Damages the header's JSON as text."""
    whole = dumped(block.header())
    place = drawn.randrange(len(whole))
    damaged = (
        whole[:place] + drawn.choice('{}[]",:\\') + whole[place:],
        whole[:place],
        "[" * 200_000,
        '{"a":' * 20_000,
        whole.replace(":0", ":-0"),
        "\x00" + whole,
        whole[:place] + "\\ud800" + whole[place:],
        whole.replace("[", "[1e999,", 1),
    )
    return joined(drawn.choice(damaged), block.data())


def length(drawn: random.Random, block: Block) -> bytes:
    """Says that the header is of another length."""
    data = block.packed()
    true = struct.unpack_from("<Q", data)[0]
    lengths = (0, 1, true - 1, true + 1, true + 8, len(data), 2**31, 2**53, 2**63, 2**64 - 1)
    return struct.pack("<Q", drawn.choice(lengths)) + data[8:]


def flip(drawn: random.Random, block: Block) -> bytes:
    """Flips bits."""
    data = bytearray(block.packed())
    for _ in range(drawn.choice((1, 1, 2, 8, 64))):
        data[drawn.randrange(len(data))] ^= 1 << drawn.randrange(8)
    return bytes(data)


def cut(drawn: random.Random, block: Block) -> bytes:
    """Takes bytes out, or off the end."""
    data = block.packed()
    begin = drawn.randrange(len(data))
    return data[:begin] + drawn.choice((b"", data[begin + drawn.randrange(1, 40) :]))


def insert(drawn: random.Random, block: Block) -> bytes:
    """Puts bytes in, or behind the end."""
    data = block.packed()
    place = drawn.choice((drawn.randrange(len(data)), len(data)))
    return data[:place] + drawn.randbytes(drawn.randrange(1, 64)) + data[place:]


DAMAGES: Mapping[Damage, float] = {
    offsets: 2,
    shape: 2,
    dtype: 1,
    entry: 1,
    metadata: 1,
    twice: 1,
    text: 1,
    length: 1,
    flip: 3,
    cut: 1,
    insert: 1,
}


def _entry(drawn: random.Random, header: dict[str, Any]) -> dict[str, Any]:
    """Returns the description of an array; without any, an entry of none."""
    names = [name for name in header if name != "__metadata__"]
    found: dict[str, Any] = header[drawn.choice(names)] if names else header.setdefault("new", {})
    return found
