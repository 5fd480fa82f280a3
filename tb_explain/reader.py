"""What was recorded, read through TensorBoard's data provider. No HTTP, no file paths.

Run, tag and blob key are opaque names that are handed back to the provider as they came. Works
with both of its forms: the Python reader (`--load_fast=false`) and the data server
(`--load_fast=true`). Where a step was written twice, the newest record counts; for blobs the
Python reader itself hands out the first.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from tensorboard import errors
from tensorboard.data.provider import BlobSequenceDatum, DataProvider, RunTagFilter

from tb_explain import schema
from tb_explain.attempts import standing
from tb_explain.cache import HeldSeries, Moment, SeriesCache, StoredRecord
from tb_explain.listing import Index, Series, Unreadable, entries, finite, joined, natural_key
from tb_explain.slab import Slab
from tb_explain.window import EVERYTHING, Window

# What was to be sampled away has been when the logs were loaded (see loader.py).
EVERY_STEP = 2**31 - 1
# Twice what ten runs of 100 epochs with 64 samples and three maps take.
CACHE_BYTES = 32 * 2**20
# Hundreds of records of hundreds of layers are most of a log. TensorBoard holds every record, so
# these are read again, at half a millisecond each, rather than held twice. Not so in early logs:
# whoever reads a large tensor series again and again is left with more buffers each time.
READ_AGAIN = frozenset(
    (schema.BLOBS_PLUGIN, kind) for kind in ("layer_statistics", "layer_histograms")
)

# The data server answers each call only after some 40 ms, however small; many at once are as fast.
SERIES_AT_ONCE = 16
# More make the Python reader slower and the data server no faster; and each thread keeps memory.
BLOBS_AT_ONCE = 4
_LONGEST_REASON = 200  # characters of what TensorBoard says

T = TypeVar("T")
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Scope:
    """Whose data is asked for: TensorBoard's request context, and its experiment ID."""

    context: Any
    experiment: str


@dataclass(frozen=True)
class Recorded:
    """A series and its records by ascending step, one per step.

    Attributes:
      rest: when there are records that were not asked for.
    """

    series: Series
    records: tuple[StoredRecord, ...]
    rest: tuple[Moment, ...] = ()


class Reader:
    """Lists and reads the records of an experiment."""

    def __init__(self, provider: DataProvider) -> None:
        self._provider = provider
        self._cache = SeriesCache(CACHE_BYTES)
        self._refused: dict[tuple[str, str, type[Exception]], object] = {}

    def index(self, scope: Scope) -> Index:
        """Returns every series of `scope`, without its records."""
        plugins = (schema.SERIES_PLUGIN, schema.BLOBS_PLUGIN)
        with ThreadPoolExecutor(len(plugins)) as pool:
            listed = pool.map(lambda plugin: list(self._listed(scope, plugin)), plugins)
        found = [entry for entries_of_plugin in listed for entry in entries_of_plugin]
        found.sort(key=lambda entry: (natural_key(entry.run), natural_key(entry.tag)))
        return Index(
            series=tuple(joined(entry for entry in found if isinstance(entry, Series))),
            unreadable=tuple(entry for entry in found if isinstance(entry, Unreadable)),
        )

    def location(self, scope: Scope) -> str:
        """Returns where the provider says the data lies, for display only."""
        metadata = self._provider.experiment_metadata(scope.context, experiment_id=scope.experiment)
        return str(metadata.data_location)

    def start_times(self, scope: Scope) -> Mapping[str, float | None]:
        """Returns the seconds since 1970 at which each run began, None where not known."""
        try:
            runs = _twice(
                lambda: self._provider.list_runs(scope.context, experiment_id=scope.experiment)
            )
        except Exception:  # One file that cannot be opened must not hide all runs.
            logger.exception("tb_explain cannot learn when runs began")
            return {}
        return {run.run_name: finite(run.start_time) or None for run in runs}

    def read(
        self, scope: Scope, asked: Sequence[Series], window: Window = EVERYTHING
    ) -> list[Recorded | Unreadable]:
        """Returns the records of each series of `asked`, in that order, as far as in `window`.

        A series that TensorBoard fails to deliver is logged and becomes an `Unreadable`.
        """
        with ThreadPoolExecutor(SERIES_AT_ONCE) as pool, ThreadPoolExecutor(BLOBS_AT_ONCE) as blobs:
            return list(pool.map(lambda series: self._read(scope, series, window, blobs), asked))

    def _read(
        self, scope: Scope, series: Series, window: Window, blobs: Executor
    ) -> Recorded | Unreadable:
        try:
            found = self._found(scope, series, window.of(series.kind), blobs)
            return Recorded(series, found.records, found.rest)
        except errors.PublicError as error:  # TensorBoard's own answer, such as the data server's.
            self._say_refused(scope, series, error)
            return _unreadable(series, error)
        except Exception as error:  # One damaged series must not hide the others.
            logger.exception("tb_explain cannot read %r of %r", series.tag, series.run)
            return _unreadable(series, error)

    def _say_refused(self, scope: Scope, series: Series, error: errors.PublicError) -> None:
        """Logs it once for all series of a run and all visits: it is the same each time."""
        this = object()
        if self._refused.setdefault((scope.experiment, series.run, type(error)), this) is this:
            logger.warning(
                "TensorBoard refuses to read %r of %r, and perhaps more of that run: %s",
                series.tag,
                series.run,
                " ".join(str(error)[:_LONGEST_REASON].split()),
            )

    def _found(self, scope: Scope, series: Series, window: Window, blobs: Executor) -> HeldSeries:
        key = (scope.experiment, series.run, series.tag)
        stamp = (series.last_step, series.last_wall_time, series.parts)
        held = self._cache.get(key)
        if held is not None and held.stamp == stamp and (known := held.within(window)):
            return known
        # Only the blobs that are new since the last look are fetched, of a live run or a window.
        before = held.blobs() if held else {}
        if series.plugin == schema.BLOBS_PLUGIN:
            records, rest = _twice(lambda: self._blobs(scope, series, window, before, blobs))
        else:
            records, rest = _twice(lambda: self._tensors(scope, series)), []
        found = HeldSeries(stamp, tuple(records), tuple(rest))
        # Nothing is what a reload in between looks like.
        if records and (series.plugin, series.kind) not in READ_AGAIN:
            self._cache.put(key, found)
        return found.within(window) or found

    def _listed(self, scope: Scope, plugin: str) -> Iterator[Series | Unreadable]:
        try:
            yield from entries(plugin, _twice(lambda: self._list(scope, plugin)))
        except KeyError:
            yield from self._listed_by_run(scope, plugin)

    def _listed_by_run(self, scope: Scope, plugin: str) -> Iterator[Series | Unreadable]:
        """Lists run by run, since one run with a tag that has no value stops the Python reader."""
        for run in self.start_times(scope):
            try:
                yield from entries(plugin, self._list(scope, plugin, run))
            except KeyError as error:
                yield Unreadable(run, "", f"The log names a tag without a value: {error}.")

    def _list(self, scope: Scope, plugin: str, run: str | None = None) -> Mapping[str, Any]:
        blobs = plugin == schema.BLOBS_PLUGIN
        list_all = self._provider.list_blob_sequences if blobs else self._provider.list_tensors
        listed: Mapping[str, Any] = list_all(
            scope.context,
            experiment_id=scope.experiment,
            plugin_name=plugin,
            run_tag_filter=None if run is None else RunTagFilter(runs=[run]),
        )
        return listed

    def _tensors(self, scope: Scope, series: Series) -> list[StoredRecord]:
        data = self._provider.read_tensors(scope.context, **_only(scope, series))
        return [
            StoredRecord(datum.step, finite(datum.wall_time), _only_bytes(datum.numpy))
            for datum in _standing(series, data)
        ]

    def _blobs(
        self,
        scope: Scope,
        series: Series,
        window: Window,
        before: Mapping[tuple[int, float], bytes | memoryview],
        pool: Executor,
    ) -> tuple[list[StoredRecord], list[Moment]]:
        slab, known = Slab(), dict(before)

        def stored(datum: BlobSequenceDatum) -> StoredRecord:
            blob = known.get(_moment(datum))
            fetched = self._blob(scope, datum) if blob is None else blob
            return StoredRecord(*_moment(datum), slab.store(fetched))

        listed = self._provider.read_blob_sequences(scope.context, **_only(scope, series))
        data = _standing(series, listed)
        newest = [stored(datum) for datum in data[-1:] if window.needs_size]
        known |= {(record.step, record.wall_time): record.data for record in newest}
        size = sum(len(record.data) for record in newest)
        wanted = window.wanted([datum.step for datum in data], size)
        fetched = [datum for datum in data if datum.step in wanted or _moment(datum) in known]
        done = pool.map(lambda share: [stored(datum) for datum in share], _shares(fetched))
        records = [record for share in done for record in share]
        left = {_moment(datum) for datum in data} - {
            (each.step, each.wall_time) for each in records
        }
        return records, [Moment(*moment) for moment in sorted(left)]

    def _blob(self, scope: Scope, datum: BlobSequenceDatum) -> bytes:
        keys = [reference.blob_key for reference in datum.values]
        return b"".join(self._provider.read_blob(scope.context, blob_key=key) for key in keys)


def _unreadable(series: Series, error: Exception) -> Unreadable:
    reason = str(error)[:_LONGEST_REASON] or type(error).__name__
    return Unreadable(series.run, series.tag, f"TensorBoard cannot read it: {reason}")


def _moment(datum: BlobSequenceDatum) -> tuple[int, float]:
    return datum.step, finite(datum.wall_time)


def _shares(data: Sequence[T]) -> list[Sequence[T]]:
    """Returns `data` in as many parts as are fetched at once: a task for each takes memory."""
    size = -(-len(data) // BLOBS_AT_ONCE) or 1
    return [data[start : start + size] for start in range(0, len(data), size)]


def _only(scope: Scope, series: Series) -> dict[str, Any]:
    return {
        "experiment_id": scope.experiment,
        "plugin_name": series.plugin,
        "downsample": EVERY_STEP,
        "run_tag_filter": RunTagFilter(
            runs=list(dict.fromkeys(part.run for part in series.parts)),
            tags=list(dict.fromkeys(part.tag for part in series.parts)),
        ),
    }


def _standing(series: Series, data: Mapping[str, Mapping[str, Sequence[Any]]]) -> list[Any]:
    """Returns what counts of the data of each of the series' parts, one per step."""
    of_parts = ((part.until, data.get(part.run, {}).get(part.tag, ())) for part in series.parts)
    return standing(
        [(until, sorted(of, key=lambda datum: finite(datum.wall_time))) for until, of in of_parts]
    )


def _only_bytes(array: Any) -> bytes:
    """Returns the one string of a DT_STRING tensor; nothing if it is another: no record."""
    # .item() of an object array is the very object: numpy's own strings lose trailing zeros.
    value = array.item() if array.size == 1 else None
    return value if isinstance(value, bytes) else b""


def _twice(read: Callable[[], T]) -> T:
    """Calls `read`, and again if TensorBoard's reload thread was changing what it reads."""
    try:
        return read()
    except (KeyError, errors.NotFoundError):
        return read()
