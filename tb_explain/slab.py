"""Memory for records that the system has back as soon as none of them is used.

What a thread allocates in the ordinary way, the C library keeps for the next one, in an arena per
thread: the records of one large answer took twice their bytes for as long as TensorBoard ran.
"""

from __future__ import annotations

import mmap
import threading

PIECE_BYTES = 2**20  # only what is used of a piece takes memory


class Slab:
    """Bytes copied one after the other into anonymous mappings; may be shared by threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._room = memoryview(bytearray())

    def store(self, data: bytes | memoryview) -> memoryview:
        """Returns a copy of `data`; the piece it lies in goes with the last that lies there."""
        with self._lock:
            if len(data) > len(self._room):
                self._room = memoryview(mmap.mmap(-1, max(len(data), PIECE_BYTES)))
            stored, self._room = self._room[: len(data)], self._room[len(data) :]
        stored[:] = data
        return stored.toreadonly()
