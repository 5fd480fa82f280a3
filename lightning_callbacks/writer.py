"""Writing records into event files, through the Lightning logger's own writer where there is one.

A second event file in a run's directory would freeze the first one in TensorBoard's Python
reader. It knows loggers and files; nothing of what the records say.
"""

from __future__ import annotations

import time
import weakref
from collections.abc import Sequence
from typing import Any, Protocol

import fsspec
from tensorboard.compat.proto import event_pb2, summary_pb2
from tensorboard.summary.writer.event_file_writer import EventFileWriter

from tb_explain import schema


class EventFile(Protocol):
    """What is needed of torch's `FileWriter` and TensorBoard's `EventFileWriter`."""

    def add_event(self, event: event_pb2.Event) -> None:
        """Queues an event."""

    def flush(self) -> None:
        """Waits until all queued events are in the file."""


class RecordWriter:
    """Writes the records of one trainer.

    Args:
      trainer: a Lightning trainer; its first TensorBoardLogger's file is used. Without one, a file
        of our own in `tb_explain` below the first logger's or the trainer's directory.
    """

    def __init__(self, trainer: Any) -> None:
        self._summary_writer = _summary_writer(trainer)
        self._own_file: EventFileWriter | None = None
        if self._summary_writer is None:
            self._own_file = EventFileWriter(_own_directory(trainer))
            weakref.finalize(trainer, self._own_file.close)
        self._described_in: tuple[Any, set[str]] = (None, set())

    def write(
        self,
        records: Sequence[schema.Record],
        mirrored: Sequence[summary_pb2.Summary.Value] = (),
    ) -> None:
        """Appends records of one step as one event, and flushes it to the file.

        Args:
          records: what to store.
          mirrored: what to store beside them for TensorBoard's own plugins.

        Raises:
          OSError: the file can't be written.
        """
        file = self._file()
        if self._described_in[0] is not file:
            self._described_in = (file, set())
        described = self._described_in[1]
        values = [schema.to_summary_value(r, first=r.tag not in described) for r in records]
        summary = summary_pb2.Summary(value=[*values, *mirrored])
        event = event_pb2.Event(wall_time=time.time(), step=records[0].step, summary=summary)
        if isinstance(file, EventFileWriter):
            file.add_event(event)
        else:
            file.add_event(event, event.step)
        file.flush()
        described.update(record.tag for record in records)

    @property
    def directory(self) -> str:
        """Where the event file is."""
        file = self._own_file or self._summary_writer
        return str(file.get_logdir())

    def has_written(self, tag: str) -> bool:
        """Whether `tag` is in the file written now."""
        return self._described_in[0] is self._file() and tag in self._described_in[1]

    def _file(self) -> Any:
        # The logger closes its file after fit and opens a new one when it is used again.
        return self._own_file or self._summary_writer._get_file_writer()  # noqa: SLF001  # no public way to its event file


_WRITERS: weakref.WeakKeyDictionary[Any, RecordWriter] = weakref.WeakKeyDictionary()


def writer_of(trainer: Any) -> RecordWriter | None:
    """Returns the one writer of `trainer`; None in a `fast_dev_run`, which leaves no files."""
    if trainer.fast_dev_run:
        return None
    if trainer not in _WRITERS:
        _WRITERS[trainer] = RecordWriter(trainer)
    return _WRITERS[trainer]


def _summary_writer(trainer: Any) -> Any:
    for logger in trainer.loggers:
        # Lightning's two packages have a class each; importing both to ask would cost seconds.
        if any(base.__name__ == "TensorBoardLogger" for base in type(logger).__mro__):
            return logger.experiment
    return None


def _own_directory(trainer: Any) -> str:
    # Not trainer.log_dir: that is a collective call, and only one rank writes.
    logger = trainer.loggers[0] if trainer.loggers else None
    root = getattr(logger, "log_dir", None) or getattr(logger, "save_dir", None)
    # Text, not pathlib: the root may be a URL (s3://...).
    parent = f"{str(root or trainer.default_root_dir).rstrip('/')}/tb_explain"
    files, path = fsspec.core.url_to_fs(parent)
    names = files.ls(path, detail=False) if files.exists(path) else []
    taken = {name.rstrip("/").rpartition("/")[2] for name in names}
    version = next(n for n in range(len(taken) + 1) if f"version_{n}" not in taken)
    return f"{parent}/version_{version}"
