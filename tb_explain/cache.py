"""Records held in memory, up to a number of bytes. Knows nothing of TensorBoard or HTTP."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class StoredRecord:
    """One record as it was written: the bytes of `schema.pack`, never opened by the server."""

    step: int
    wall_time: float
    data: bytes | memoryview


@dataclass(frozen=True)
class HeldSeries:
    """All records of one series, and the stamp of the listing they were read for."""

    stamp: Hashable
    records: tuple[StoredRecord, ...]

    @property
    def size(self) -> int:
        """Bytes of all records."""
        return sum(len(record.data) for record in self.records)

    def blobs(self) -> dict[tuple[int, float], bytes | memoryview]:
        """Returns the bytes of every record by its step and wall time."""
        return {(record.step, record.wall_time): record.data for record in self.records}


def newest_per_step(records: Iterable[StoredRecord]) -> tuple[StoredRecord, ...]:
    """Returns the newest of `records` for each step, by ascending step."""
    newest: dict[int, StoredRecord] = {}
    for record in records:
        if record.step not in newest or newest[record.step].wall_time <= record.wall_time:
            newest[record.step] = record
    return tuple(newest[step] for step in sorted(newest))


class SeriesCache:
    """The series read last, as many as fit; may be shared by threads."""

    def __init__(self, limit: int) -> None:
        """Holds at most `limit` bytes; a series larger than that is never held."""
        self._limit = limit
        self._size = 0
        self._lock = threading.Lock()
        self._held: OrderedDict[Hashable, HeldSeries] = OrderedDict()

    def get(self, key: Hashable) -> HeldSeries | None:
        """Returns what was put under `key` last, fresh or stale, if it is still held."""
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
            return self._held.get(key)

    def put(self, key: Hashable, series: HeldSeries) -> None:
        """Holds `series` under `key`, and lets go of the series used longest ago."""
        with self._lock:
            stale = self._held.pop(key, None)
            self._size -= stale.size if stale else 0
            if series.size > self._limit:
                return
            self._held[key] = series
            self._size += series.size
            while self._size > self._limit:
                _, evicted = self._held.popitem(last=False)
                self._size -= evicted.size
