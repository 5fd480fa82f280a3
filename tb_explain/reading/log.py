"""A log directory, read whole: which runs it has, which of their tags are ours, what was damaged.

Paths are those of TensorBoard's own file system: local ones, and `s3://`, `gs://`, `memory://` and
whatever else fsspec (or TensorFlow, where there is one) reads. Nothing is written, and nothing
that a log names is opened but its event files.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from google.protobuf.message import DecodeError
from tensorboard.compat import tf
from tensorboard.compat.proto import event_pb2, summary_pb2, types_pb2

from tb_explain import schema
from tb_explain.attempts import run_of
from tb_explain.listing import is_text, natural_key
from tb_explain.reading.tfrecord import Damage, blocks

OURS = (schema.SERIES_PLUGIN, schema.BLOBS_PLUGIN)


@dataclass(frozen=True)
class Value:
    """What one event holds under one tag: a record, unless somebody else wrote there."""

    step: int
    wall_time: float
    strings: tuple[bytes, ...]


@dataclass
class Moments:
    """Steps and seconds since 1970 of values, in the order in which they lie in the files."""

    steps: array[int] = field(default_factory=lambda: array("q"))
    wall_times: array[float] = field(default_factory=lambda: array("d"))

    @classmethod
    def of(cls, values: Sequence[Value]) -> Moments:
        """Returns those of `values`."""
        return cls(
            array("q", [value.step for value in values]),
            array("d", [value.wall_time for value in values]),
        )

    def append(self, step: int, wall_time: float) -> None:
        """Adds one."""
        self.steps.append(step)
        self.wall_times.append(wall_time)


@dataclass
class LoggedTag:
    """All values of one tag of one run, in the order in which they lie in its files."""

    plugin: str
    content: bytes
    values: list[Value] = field(default_factory=list)


@dataclass
class LoggedFile:
    """One event file, and what became of reading it.

    Attributes:
      path: where it lies.
      events: how many events could be read.
      first_wall_time: seconds since 1970 of its first event; None without one.
      last_wall_time: the same of its last.
      restarts: steps from which a resumed run threw away what a logger had written before.
      damages: blocks that could not be read.
      error: why the file could not be opened or read on; None while all is well.
    """

    path: str
    events: int = 0
    first_wall_time: float | None = None
    last_wall_time: float | None = None
    restarts: list[int] = field(default_factory=list)
    damages: list[Damage] = field(default_factory=list)
    error: str | None = None


@dataclass
class LoggedRun:
    """One directory with event files.

    Attributes:
      name: as TensorBoard calls it: the path below the log directory, "." for that itself.
      files: its event files, in TensorBoard's order.
      tags: ours, by name.
      other_tags: the tags that other plugins wrote, and when.
    """

    name: str
    files: list[LoggedFile] = field(default_factory=list)
    tags: dict[str, LoggedTag] = field(default_factory=dict)
    other_tags: dict[str, Moments] = field(default_factory=dict)

    @property
    def start_time(self) -> float | None:
        """Seconds since 1970 of the run's earliest event; None without one."""
        times = [f.first_wall_time for f in self.files if f.first_wall_time is not None]
        return min(times, default=None)


@dataclass
class Log:
    """What a log directory holds.

    Attributes:
      directory: the path that was read.
      runs: all directories with event files, in natural order.
      unlisted: directories that could not be listed, and why.
    """

    directory: str
    runs: dict[str, LoggedRun] = field(default_factory=dict)
    unlisted: dict[str, str] = field(default_factory=dict)


def read_log(directory: str, wanted: Callable[[str], bool] = lambda _: True) -> Log:
    """Returns what the event files below `directory` hold.

    Args:
      directory: a log directory, as given to `tensorboard --logdir`.
      wanted: says of a run's name whether its files are read at all.

    Raises:
      FileNotFoundError: there is no such directory.
    """
    if not tf.io.gfile.exists(directory) or not tf.io.gfile.isdir(directory):
        raise FileNotFoundError(f"{directory!r} is not a directory.")
    log = Log(directory)
    found = dict(_directories(directory, ".", log.unlisted))
    for name in sorted(found, key=natural_key):
        if wanted(run_of(name)):
            log.runs[name] = _read_run(name, found[name])
    return log


def _directories(path: str, name: str, unlisted: dict[str, str]) -> Iterator[tuple[str, list[str]]]:
    """Yields each run below `path`, and the paths of its event files."""
    try:
        entries = sorted({entry.rstrip("/") for entry in tf.io.gfile.listdir(path)})
    except (OSError, tf.errors.OpError) as error:
        unlisted[path] = _reason(error)
        return
    below = path if path.endswith("/") else f"{path}/"
    unnameable = {below + entry for entry in entries if not is_text(entry)}
    unlisted.update(dict.fromkeys(unnameable, "its name is not UTF-8"))
    paths = {entry: below + entry for entry in entries if entry and below + entry not in unnameable}
    folders = {entry for entry, full in paths.items() if tf.io.gfile.isdir(full)}
    files = [paths[entry] for entry in paths if entry not in folders and "tfevents" in entry]
    if files:
        yield name, files
    for folder in sorted(folders):
        longer = folder if name == "." else f"{name}/{folder}"
        yield from _directories(paths[folder], longer, unlisted)


def _read_run(name: str, paths: list[str]) -> LoggedRun:
    run = LoggedRun(name)
    for path in paths:
        run.files.append(LoggedFile(path))
        _read_file(run, run.files[-1])
    return run


def _read_file(run: LoggedRun, file: LoggedFile) -> None:
    try:
        with tf.io.gfile.GFile(file.path, "rb") as opened:
            for block in blocks(opened):
                if isinstance(block, Damage):
                    file.damages.append(block)
                else:
                    _read_event(run, file, block)
    except (OSError, tf.errors.OpError, DecodeError) as error:
        file.error = _reason(error)


def _read_event(run: LoggedRun, file: LoggedFile, block: bytes) -> None:
    event = event_pb2.Event.FromString(block)
    file.events += 1
    if file.first_wall_time is None:
        file.first_wall_time = event.wall_time
    file.last_wall_time = event.wall_time
    if event.session_log.status == event_pb2.SessionLog.START:
        file.restarts.append(event.step)
    for value in event.summary.value:
        plugin = value.metadata.plugin_data
        if plugin.plugin_name in OURS and value.tag not in run.tags:
            run.tags[value.tag] = LoggedTag(plugin.plugin_name, plugin.content)
        elif file.damages and value.tag not in run.tags:
            run.tags.update(_orphaned(value))
        if value.tag in run.tags:
            found = Value(event.step, event.wall_time, _strings(value))
            run.tags[value.tag].values.append(found)
        else:
            moments = run.other_tags.setdefault(value.tag, Moments())
            moments.append(event.step, event.wall_time)


def _orphaned(value: summary_pb2.Summary.Value) -> dict[str, LoggedTag]:
    """Returns the tag of a record whose first value, which says whose it is, was damaged."""
    try:
        record = schema.unpack(b"".join(_strings(value)))
        plugin = schema.KINDS[record.kind]
    except (schema.RecordError, KeyError):
        return {}
    content = {"version": schema.VERSION, "kind": record.kind, "monitor": record.monitor}
    return {value.tag: LoggedTag(plugin, json.dumps(content).encode())}


def _strings(value: summary_pb2.Summary.Value) -> tuple[bytes, ...]:
    """Returns the texts of a DT_STRING tensor; none of another."""
    tensor = value.tensor
    return tuple(tensor.string_val) if tensor.dtype == types_pb2.DT_STRING else ()


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
