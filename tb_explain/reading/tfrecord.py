"""The container of event files: blocks of bytes with their length and checksums.

A block is its length (uint64), the masked CRC-32C of that, the bytes, and their masked CRC-32C.
TensorBoard stops at the first block that is damaged, without a word; here it is named, and where
its length still holds, the blocks behind it are read too.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

_HEADER = struct.Struct("<QI")
_FOOTER = struct.Struct("<I")
_MASK_DELTA = 0xA282EAD8
_WORD = 0xFFFFFFFF
_PIECE = 2**20  # bytes read at a time: a damaged file may say that a block is of any length


class Readable(Protocol):
    """What is needed of a file."""

    def read(self, n: int, /) -> bytes:
        """Returns the next `n` bytes, or fewer at the end."""


@dataclass(frozen=True)
class Damage:
    """Bytes of an event file that are not what was written.

    Attributes:
      offset: where the damaged block begins, in bytes.
      reason: what is wrong with it.
      rest_lost: whether nothing behind it can be read either.
    """

    offset: int
    reason: str
    rest_lost: bool


def blocks(file: Readable) -> Iterator[bytes | Damage]:
    """Yields the content of each block of `file`, or what damage it has instead."""
    offset = 0
    crc32c = _crc32c()
    while header := file.read(_HEADER.size):
        if len(header) < _HEADER.size:
            yield Damage(offset, "the file ends within a block's header", True)
            return
        length, checksum = _HEADER.unpack(header)
        if _masked(crc32c(header[:8])) != checksum:
            yield Damage(offset, "the checksum of a block's length does not match", True)
            return
        content, footer = _read(file, length), file.read(_FOOTER.size)
        if len(content) < length or len(footer) < _FOOTER.size:
            yield Damage(offset, f"the file ends within a block of {length} bytes", True)
            return
        if _masked(crc32c(content)) == _FOOTER.unpack(footer)[0]:
            yield content
        else:
            yield Damage(offset, f"the checksum of {length} bytes does not match", False)
        offset += _HEADER.size + length + _FOOTER.size


def _read(file: Readable, length: int) -> bytes:
    """Returns the next `length` bytes, or fewer at the end; memory for no more than there are."""
    pieces: list[bytes] = []
    while length > 0 and (piece := file.read(min(length, _PIECE))):
        pieces.append(piece)
        length -= len(piece)
    return b"".join(pieces)


def _masked(checksum: int) -> int:
    rotated = (checksum >> 15) | (checksum << 17)
    return (rotated + _MASK_DELTA) & _WORD


def _crc32c() -> Callable[[bytes], int]:
    """Returns the fastest CRC-32C there is: in C from the extra `fast`, else TensorBoard's own."""
    try:
        import google_crc32c
    except ImportError:
        from tensorboard.compat.tensorflow_stub import pywrap_tensorflow

        python: Callable[[bytes], int] = pywrap_tensorflow.crc32c
        return python
    compiled: Callable[[bytes], int] = google_crc32c.value
    return compiled
