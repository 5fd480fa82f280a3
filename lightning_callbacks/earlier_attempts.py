"""Which attempts at a run its event files are of, as far as their beginnings say.

A file is of one attempt, which the first of its tags that is ours names (`tb_explain.attempts`). It
knows the container of event files; nothing of who writes them.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Sequence
from typing import Any

import fsspec
from google.protobuf.message import DecodeError
from tensorboard.compat.proto import event_pb2

from tb_explain import schema
from tb_explain.attempts import Attempt

_PLUGINS = (schema.SERIES_PLUGIN, schema.BLOBS_PLUGIN)
_LENGTH = struct.Struct("<Q")
_CHECKSUM = 4  # bytes, behind the length and behind the block
# Of a file that is read for it: the first record comes before training, or soon after it began.
_MOST_BYTES = 4 * 2**20


def largest_attempt(directory: str, names: Sequence[str]) -> int:
    """Returns the largest number that the beginnings of event files name; -1 if none does.

    Args:
      directory: where they are, a folder or URL.
      names: of the files, as the file system of `directory` has them.
    """
    files, _ = fsspec.core.url_to_fs(directory)
    return max((_attempt_in(files, name) for name in names), default=-1)


def _attempt_in(files: Any, name: str) -> int:
    with files.open(name, "rb") as file:
        for block in _blocks(file):
            try:
                values = event_pb2.Event.FromString(block).summary.value
                found = [v.metadata.plugin_data for v in values]
                ours = [one.content for one in found if one.plugin_name in _PLUGINS]
                if ours:
                    return Attempt.of(json.loads(ours[0])).number
            except (DecodeError, ValueError, AttributeError, RecursionError):
                return -1  # altered after it was written: it counts as a file
    return -1


def _blocks(file: Any) -> Iterator[bytes]:
    """Yields a file's blocks up to `_MOST_BYTES`, unchecked, and none that is cut off."""
    left = _MOST_BYTES
    while True:
        head = file.read(_LENGTH.size + _CHECKSUM)
        if len(head) < _LENGTH.size + _CHECKSUM:
            return
        (length,) = _LENGTH.unpack_from(head)
        left -= length
        if left < 0:
            return
        block = file.read(length + _CHECKSUM)
        if len(block) < length + _CHECKSUM:
            return
        yield block[:-_CHECKSUM]
