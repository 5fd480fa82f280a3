"""Records held in memory, up to a number of bytes. Knows nothing of TensorBoard or HTTP."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass

from tb_explain.window import EVERYTHING, Window


@dataclass(frozen=True)
class Moment:
    """When there is a record, whose bytes nobody asked for."""

    step: int
    wall_time: float


@dataclass(frozen=True)
class StoredRecord:
    """One record as it was written: the bytes of `schema.pack`, never opened by the server."""

    step: int
    wall_time: float
    data: bytes | memoryview


@dataclass(frozen=True)
class HeldSeries:
    """One series, and the stamp of the listing it was read for.

    Attributes:
      records: those that were read, by ascending step.
      rest: when there are others.
    """

    stamp: Hashable
    records: tuple[StoredRecord, ...]
    rest: tuple[Moment, ...] = ()

    @property
    def size(self) -> int:
        """Bytes of all records."""
        return sum(len(record.data) for record in self.records)

    def blobs(self) -> dict[tuple[int, float], bytes | memoryview]:
        """Returns the bytes of every record by its step and wall time."""
        return {(record.step, record.wall_time): record.data for record in self.records}

    def within(self, window: Window) -> HeldSeries | None:
        """Returns what `window` asks for; None if not all of that was read."""
        if not self.rest and window == EVERYTHING:
            return self
        read = {record.step: record for record in self.records}
        steps = sorted([*read, *(moment.step for moment in self.rest)])
        newest = read.get(steps[-1]) if steps else None
        if newest is None and window.needs_size:
            return None
        wanted = window.wanted(steps, len(newest.data) if newest else 0)
        if not wanted <= read.keys():
            return None
        left = (Moment(step, read[step].wall_time) for step in read.keys() - wanted)
        rest = tuple(sorted([*self.rest, *left], key=_step))
        return HeldSeries(self.stamp, tuple(read[step] for step in sorted(wanted)), rest)


def _step(moment: Moment) -> int:
    return moment.step


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
