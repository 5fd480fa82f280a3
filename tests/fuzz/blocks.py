"""A record taken apart, so that one part can be damaged while the others still fit."""

from __future__ import annotations

import json
import marshal
import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

ITEM_BYTES = {"U8": 1, "I8": 1, "I32": 4, "I64": 8, "F32": 4, "F64": 8}


@dataclass
class Array:
    """One array: its safetensors dtype, shape, and bytes in C order."""

    name: str
    dtype: str
    shape: list[int]
    data: bytes

    @property
    def item(self) -> int:
        """Bytes of one value."""
        return ITEM_BYTES[self.dtype]

    def fit(self, shape: Sequence[int]) -> None:
        """Takes on `shape`: the bytes are repeated or cut off to fill it."""
        size = math.prod(shape) * self.item
        source = self.data or b"\1"
        self.shape = list(shape)
        self.data = (source * (size // len(source) + 1))[:size]


@dataclass
class Block:
    """One record: the JSON object of its header, and its arrays."""

    record: dict[str, Any]
    arrays: list[Array]

    @property
    def kind(self) -> str:
        """What it says it is."""
        return str(self.record.get("kind"))

    def clone(self) -> Block:
        """Returns a copy that shares nothing that changes."""
        arrays = [Array(a.name, a.dtype, list(a.shape), a.data) for a in self.arrays]
        # Several times as fast as copy.deepcopy, and a record is JSON alone.
        return Block(marshal.loads(marshal.dumps(self.record)), arrays)

    def header(self) -> dict[str, Any]:
        """Returns the safetensors header, well-formed."""
        entries: dict[str, Any] = {"__metadata__": {"record": dumped(self.record)}}
        end = 0
        for array in self.arrays:
            offsets = [end, end := end + len(array.data)]
            about = {"dtype": array.dtype, "shape": array.shape, "data_offsets": offsets}
            entries[array.name] = about
        return entries

    def packed(self) -> bytes:
        """Returns the record's bytes."""
        return joined(dumped(self.header()), self.data())

    def data(self) -> bytes:
        """Returns the bytes of all arrays."""
        return b"".join(array.data for array in self.arrays)


def parsed(data: bytes) -> Block:
    """Returns the parts of a well-formed record."""
    (length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + length])
    record = json.loads(header.pop("__metadata__")["record"])
    body = data[8 + length :]
    arrays = [
        Array(name, entry["dtype"], entry["shape"], body[slice(*entry["data_offsets"])])
        for name, entry in header.items()
    ]
    return Block(record, sorted(arrays, key=lambda array: array.name))


def joined(header: str | bytes, data: bytes) -> bytes:
    """Returns a block with any header, however wrong; padded as safetensors has it."""
    text = header if isinstance(header, bytes) else header.encode("utf-8", "surrogatepass")
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + data


def dumped(value: Any) -> str:
    """Returns JSON in which lone surrogates are escaped; NaN and Infinity as Python writes them."""
    return json.dumps(value, separators=(",", ":"))
