"""Reading what was recorded, without a TensorBoard server and without torch.

import tb_explain

runs = tb_explain.load("lightning_logs")
maps = runs["version_0"]["gradcam/cam"]
maps.steps                      # int64 [steps]
maps.array("map.0")             # float32 [steps, N, h, w]
maps[-1].fields["maps"]         # what the last record says of its maps
maps.to_frame("map.0")          # a pandas.DataFrame
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from tb_explain import schema
from tb_explain.listing import Series as ListedSeries
from tb_explain.listing import Unreadable
from tb_explain.reader import Reader, Scope
from tb_explain.reading import checks
from tb_explain.reading.log import Log, read_log
from tb_explain.reading.provider import LogProvider
from tb_explain.reading.record import LoadedRecord
from tb_explain.reading.runs import Decoded, Run, Runs, Series

__all__ = ["LoadedRecord", "Log", "Run", "Runs", "Series", "load", "of_log", "read_log"]

EVERYTHING = Scope(context=None, experiment="")


def load(logdir: str | os.PathLike[str], *, wanted: Callable[[str], bool] = lambda _: True) -> Runs:
    """Returns the runs below `logdir` that hold records.

    Every step is there, whatever TensorBoard would sample; of several records of one step the
    newest. All event files are read at once, into as much memory as their records take, and series
    that are used take as much again (the extra `fast` makes it some ten times faster). What is
    damaged is named in `problems`, never raised.

    Args:
      logdir: a log directory, local or a URL that TensorBoard or fsspec reads ("s3://..."), or an
        .npz file that `tb-explain export --format npz` wrote.
      wanted: says of a run's name whether it is to be read.

    Raises:
      FileNotFoundError: there is no such directory or file.
      ValueError: `logdir` is an .npz file of something else.
    """
    path = os.fspath(logdir)
    if path.endswith(".npz") and Path(path).is_file():
        from tb_explain.reading import npz

        return npz.load(Path(path), wanted)
    return of_log(read_log(path, wanted))


def of_log(log: Log) -> Runs:
    """Returns the runs of a log that was read."""
    reader = Reader(LogProvider(log))
    index = reader.index(EVERYTHING)
    by_run: dict[str, list[Series]] = {}
    for listed in index.series:
        by_run.setdefault(listed.run, []).append(_series(reader, listed))
    damages = [*_damages(log), *(f"{e.run}, {e.tag}: {e.reason}" for e in index.unreadable)]
    return Runs([Run(name, series) for name, series in by_run.items()], damages, log)


def _series(reader: Reader, listed: ListedSeries) -> Series:
    def decode() -> Decoded:
        (found,) = reader.read(EVERYTHING, [listed])
        if isinstance(found, Unreadable):
            return Decoded((), (found.reason,))
        records: list[LoadedRecord] = []
        problems: list[str] = []
        for stored in found.records:
            try:
                record = schema.unpack(bytes(stored.data))
                checks.check(record)
            except schema.RecordError as error:
                problems.append(f"step {stored.step}: {error}")
            else:
                records.append(LoadedRecord(record, stored.wall_time))
        return Decoded(_by_step(records), tuple(problems))

    return Series(listed.run, listed.tag, listed.kind, listed.monitor, decode)


def _by_step(records: Iterable[LoadedRecord]) -> tuple[LoadedRecord, ...]:
    """Returns one record per step, the newest, by the steps that they state themselves.

    Those of the events, by which TensorBoard orders them, may have been altered since.
    """
    newest = {record.step: record for record in sorted(records, key=lambda each: each.wall_time)}
    return tuple(newest[step] for step in sorted(newest))


def _damages(log: Log) -> list[str]:
    words = [f"{path}: cannot be listed: {reason}" for path, reason in log.unlisted.items()]
    for run in log.runs.values():
        for file in run.files:
            words += [f"{file.path}: cannot be read: {file.error}"] if file.error else []
            words += [f"{file.path}, byte {d.offset}: {d.reason}" for d in file.damages]
    return words
