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
# What an event raises that was altered after it was written.
ALTERED = (DecodeError, ValueError, AttributeError, RecursionError)
_LENGTH = struct.Struct("<Q")
_CHECKSUM = 4  # bytes, behind the length and behind the block
# Of a file that is read for it: the first record comes before training, or soon after it began.
_MOST_BYTES = 4 * 2**20


def attempts(directory: str, names: Sequence[str]) -> list[Attempt]:
    """Returns the attempts that the beginnings of event files name, one for each file that does.

    Args:
      directory: where they are, a folder or URL.
      names: of the files, as the file system of `directory` has them.
    """
    files, _ = fsspec.core.url_to_fs(directory)
    found = [_attempt_in(files, name) for name in names]
    return [attempt for attempt in found if attempt is not None]


def attempt_of(event: event_pb2.Event) -> Attempt | None:
    """Returns the attempt that an event's tags name; None if they name none.

    Raises:
      ValueError, AttributeError, RecursionError: what names it was altered after it was written.
    """
    plugins = [value.metadata.plugin_data for value in event.summary.value]
    ours = [plugin.content for plugin in plugins if plugin.plugin_name in _PLUGINS]
    return Attempt.of(json.loads(ours[0])) if ours else None


def _attempt_in(files: Any, name: str) -> Attempt | None:
    with files.open(name, "rb") as file:
        for block in _blocks(file):
            try:
                attempt = attempt_of(event_pb2.Event.FromString(block))
            except ALTERED:
                return None  # it counts as a file
            if attempt is not None:
                return attempt
    return None


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
