"""What was recorded, read through TensorBoard's data provider. No HTTP, no file paths.

Run, tag and blob key are opaque names that are handed back to the provider as they came. Works
with both of its forms: the Python reader (`--load_fast=false`) and the data server
(`--load_fast=true`). Where a step was written twice, the newest record counts; for blobs the
Python reader itself hands out the first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from tensorboard import errors
from tensorboard.data.provider import DataProvider, RunTagFilter

from tb_explain import schema
from tb_explain.cache import HeldSeries, SeriesCache, StoredRecord
from tb_explain.listing import Index, Series, Unreadable, entries, finite, natural_key

# What was to be sampled away has been when the logs were loaded (see loader.py).
EVERY_STEP = 2**31 - 1
# Ten runs of 100 epochs with 64 samples and three maps take 15 MB.
CACHE_BYTES = 64 * 2**20

T = TypeVar("T")


@dataclass(frozen=True)
class Scope:
    """Whose data is asked for: TensorBoard's request context, and its experiment ID."""

    context: Any
    experiment: str


class Reader:
    """Lists and reads the records of an experiment."""

    def __init__(self, provider: DataProvider) -> None:
        self._provider = provider
        self._cache = SeriesCache(CACHE_BYTES)

    def index(self, scope: Scope) -> Index:
        """Returns every series of `scope`, without its records."""
        found: list[Series | Unreadable] = []
        for plugin in (schema.SERIES_PLUGIN, schema.BLOBS_PLUGIN):
            found += self._listed(scope, plugin)
        found.sort(key=lambda entry: (natural_key(entry.run), natural_key(entry.tag)))
        return Index(
            series=tuple(entry for entry in found if isinstance(entry, Series)),
            unreadable=tuple(entry for entry in found if isinstance(entry, Unreadable)),
        )

    def location(self, scope: Scope) -> str:
        """Returns where the provider says the data lies, for display only."""
        metadata = self._provider.experiment_metadata(scope.context, experiment_id=scope.experiment)
        return str(metadata.data_location)

    def start_times(self, scope: Scope) -> Mapping[str, float | None]:
        """Returns the seconds since 1970 at which each run began, None where not known."""
        runs = _twice(
            lambda: self._provider.list_runs(scope.context, experiment_id=scope.experiment)
        )
        return {run.run_name: finite(run.start_time) or None for run in runs}

    def records(self, scope: Scope, series: Series) -> tuple[StoredRecord, ...]:
        """Returns the records of `series` by ascending step, one per step."""
        key = (scope.experiment, series.run, series.tag)
        stamp = (series.last_step, series.last_wall_time)
        held = self._cache.get(key)
        if held is not None and held.stamp == stamp:
            return held.records
        # Of a live run only the blobs that are new since the last look are fetched.
        known = held.blobs() if held else {}
        read = self._blobs if series.plugin == schema.BLOBS_PLUGIN else self._tensors
        records = _twice(lambda: _newest_per_step(read(scope, series, known)))
        self._cache.put(key, HeldSeries(stamp, records))
        return records

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

    def _tensors(self, scope: Scope, series: Series, _known: object) -> Iterator[StoredRecord]:
        data = self._provider.read_tensors(scope.context, **_one(scope, series))
        for datum in data.get(series.run, {}).get(series.tag, ()):
            yield StoredRecord(datum.step, finite(datum.wall_time), _only_bytes(datum.numpy))

    def _blobs(
        self, scope: Scope, series: Series, known: Mapping[tuple[int, float], bytes]
    ) -> Iterator[StoredRecord]:
        data = self._provider.read_blob_sequences(scope.context, **_one(scope, series))
        for datum in data.get(series.run, {}).get(series.tag, ()):
            wall_time = finite(datum.wall_time)
            blob = known.get((datum.step, wall_time))
            if blob is None:
                blob = b"".join(
                    self._provider.read_blob(scope.context, blob_key=reference.blob_key)
                    for reference in datum.values
                )
            yield StoredRecord(datum.step, wall_time, blob)


def _one(scope: Scope, series: Series) -> dict[str, Any]:
    return {
        "experiment_id": scope.experiment,
        "plugin_name": series.plugin,
        "downsample": EVERY_STEP,
        "run_tag_filter": RunTagFilter(runs=[series.run], tags=[series.tag]),
    }


def _only_bytes(array: Any) -> bytes:
    """Returns the one string of a DT_STRING tensor; nothing if it is another: no record."""
    # .item() of an object array is the very object: numpy's own strings lose trailing zeros.
    value = array.item() if array.size == 1 else None
    return value if isinstance(value, bytes) else b""


def _newest_per_step(records: Iterable[StoredRecord]) -> tuple[StoredRecord, ...]:
    newest: dict[int, StoredRecord] = {}
    for record in records:
        if record.step not in newest or newest[record.step].wall_time <= record.wall_time:
            newest[record.step] = record
    return tuple(newest[step] for step in sorted(newest))


def _twice(read: Callable[[], T]) -> T:
    """Calls `read`, and again if TensorBoard's reload thread was changing what it reads."""
    try:
        return read()
    except (KeyError, errors.NotFoundError):
        return read()
