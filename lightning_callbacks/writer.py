"""Writing records into the event file of one run, where they can be written.

It knows files, and which attempt at a run it writes; nothing of what the records say, nor of
trainers (`destinations.py`).
"""

from __future__ import annotations

import math
import os
import tempfile
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import fsspec
from tensorboard.compat.proto import event_pb2, summary_pb2

from lightning_callbacks.earlier_attempts import attempts
from tb_explain import schema
from tb_explain.attempts import BEGUN_ANEW, Attempt

# Left on a disk for the logger's own scalars: when it can't write, it does end the training.
RESERVED_BYTES = 8 * 2**20

# Of that, left by what says that nothing more is written, which is small.
RESERVED_FROM_GAPS = 2**20

# Tried out beyond a record, since the event file grows by more than that.
_SPARE = 4096  # bytes

REMOTE_SECONDS = 60.0  # between two flushes where each sends the whole file


class UnwritableError(OSError):
    """Records can't be written where they belong; that may change, so it is tried again."""


class RecordWriter:
    """Writes records into the event file of one run.

    Where the run's directory holds other event files, as of a training that was killed, records
    are stored as those of another attempt (`tb_explain.attempts`).

    Where the directory is a URL, a file is sent whole whenever it is flushed, so that is done once
    a minute and at the end.

    Args:
      target: torch's `SummaryWriter`, whose event file is used.
    """

    def __init__(self, target: Any) -> None:
        self._target = target
        self._file: Any = None
        self._described: set[str] = set()
        self._attempt = schema.FIRST_ATTEMPT
        # Up to which step earlier files count; None: all of them, as nothing is trained.
        self._since: int | None = None
        self._flushed = -math.inf
        # The file whose thread has ended by an error, as it then does for good.
        self._lost: Any = None

    def begin(self, step: int) -> None:
        """Says that a training goes on from `step`: what other files have behind it is outdated.

        A training that begins at 0 begins anew, unless this writer has written before: of others
        before it nothing counts any more.
        """
        self._since = step if step or self._described else BEGUN_ANEW

    def write(
        self,
        records: Sequence[schema.Record],
        mirrored: Sequence[summary_pb2.Summary.Value] = (),
        *,
        attempt: Attempt | None = None,
        small: bool = False,
    ) -> None:
        """Appends records of one step as one event, and flushes it to the file.

        Args:
          records: what to store.
          mirrored: what to store beside them for TensorBoard's own plugins.
          attempt: the one they are of; None: that of this writer.
          small: whether they may take of what is kept for the logger.

        Raises:
          UnwritableError: the file can't be written.
        """
        file = self._current_file()
        values = [
            schema.to_summary_value(
                r, first=r.tag not in self._described, attempt=attempt or self._attempt
            )
            for r in records
        ]
        summary = summary_pb2.Summary(value=[*values, *mirrored])
        event = event_pb2.Event(wall_time=time.time(), step=records[0].step, summary=summary)
        self.check(event.ByteSize(), small=small)
        try:
            with writing(self.directory):
                self._append(file, event)
        except UnwritableError:
            self._lost = file
            raise
        self._described.update(record.tag for record in records)
        self.recorded(records[0].step)

    def recorded(self, step: int) -> None:
        """Says that what was recorded up to `step` counts, be it in other files of the run.

        A file that takes the place of this one, once it is closed or lost, goes on from there.
        """
        if self._since is not None:
            self._since = max(self._since, step)

    def _append(self, file: Any, event: event_pb2.Event) -> None:
        file.add_event(event, event.step)
        if not _is_remote(self.directory) or time.monotonic() > self._flushed + REMOTE_SECONDS:
            file.flush()
            self._flushed = time.monotonic()

    def check(self, size: int = 0, *, small: bool = False) -> None:
        """Checks that `size` bytes can be written, `small` ones into what is kept for the logger.

        What fails here harms nothing. When the event file itself fails, its thread ends, and so
        would the training as soon as the logger writes to it.

        Raises:
          UnwritableError: the file was removed or can't be written, or the disk is all but full.
        """
        file = self._current_file()
        if not _is_remote(self.directory):
            self._check_disk(size, RESERVED_FROM_GAPS if small else RESERVED_BYTES)
            with writing(self.directory):
                _try_out(self.directory, _path(file), size)

    def _check_disk(self, size: int, reserved: int) -> None:
        path = _path(self._file) or self.directory
        if not os.path.lexists(path):
            raise UnwritableError(
                f"{path} was removed while the training writes to it, so that nothing more would "
                "be found there. Leave the log directory of a running training in place",
            )
        with writing(self.directory):
            disk = os.statvfs(self.directory)
        free = disk.f_bavail * disk.f_frsize
        if free < size + reserved:
            raise UnwritableError(
                f"the disk of {self.directory} has {free / 1e6:,.1f} MB left, of which "
                f"{reserved / 1e6:,.1f} MB are kept for the logger. Free some: recording "
                "goes on then",
            )

    @property
    def directory(self) -> str:
        """Where the event file is."""
        return str(self._target.get_logdir())

    @property
    def attempt(self) -> Attempt:
        """The attempt at the run that is written now."""
        self._current_file()
        return self._attempt

    def close(self) -> None:
        """Writes what is queued, and closes the file; another one is opened if it is used again.

        Raises:
          UnwritableError: what is queued can't be written.
        """
        with writing(self.directory):
            self._target.close()

    def has_written(self, tag: str) -> bool:
        """Whether `tag` is in the file written now."""
        self._current_file()
        return tag in self._described

    def _current_file(self) -> Any:
        # The logger closes its file after fit and opens a new one when it is used again.
        with writing(self.directory):
            self._let_go_of_the_lost()
            file = self._target._get_file_writer()  # noqa: SLF001  # no public way to its event file
            if file is not self._file:
                self._attempt = self._next_attempt()
                self._file, self._described = file, set()
        return file

    def _let_go_of_the_lost(self) -> None:
        """Has another file opened in place of one that is lost, once that can be written."""
        if self._lost is None:
            return
        if not _is_remote(self.directory):
            _try_out(self.directory, None, 0)
        if self._target.file_writer is self._lost:
            # As `SummaryWriter.close()` leaves it, which itself fails now.
            self._target.file_writer = self._target.all_writers = None
        self._lost = None

    def _next_attempt(self) -> Attempt:
        files = event_files(self.directory)
        others = len(files) - 1
        if others < 1:
            return schema.FIRST_ATTEMPT
        # Not their number alone: one of them may have been removed.
        named = attempts(self.directory, files)
        number = max([others, *(1 + attempt.number for attempt in named)])
        if self._since == BEGUN_ANEW:
            warnings.warn(
                f"{self.directory} holds earlier records, which count no more: this training "
                "begins at step 0 in the same directory. To see both, give each its own "
                "(TensorBoardLogger(version=None)); to go on with the first, pass ckpt_path.",
                UserWarning,
                stacklevel=2,
            )
        return Attempt(number, self._since)


@contextmanager
def writing(place: str) -> Iterator[None]:
    """Raises an UnwritableError for whatever keeps from writing to `place`."""
    try:
        yield
    except UnwritableError:
        raise
    except Exception as error:  # each remote file system has errors of its own
        raise UnwritableError(f"{place}: {error}") from error


def _try_out(directory: str, path: str | None, size: int) -> None:
    """Writes as much beside the event file, which nobody ever sees, as is to be written to it.

    A disk may say that it has room where a quota leaves none.

    Raises:
      OSError: it can't be written.
    """
    if path is not None:
        os.close(os.open(path, os.O_WRONLY | os.O_APPEND))
    with tempfile.TemporaryFile(dir=directory) as scratch:
        scratch.write(bytes(size + _SPARE))


def _is_remote(place: str) -> bool:
    return "://" in place


def _path(file: Any) -> str | None:
    """Returns where an event file lies, if it says so."""
    path = getattr(getattr(file, "event_writer", file), "_file_name", None)
    return None if path is None else str(path)


def event_files(directory: str) -> list[str]:
    """Returns the event files in `directory`, a folder or URL, as its file system names them."""
    files, path = fsspec.core.url_to_fs(directory)
    names = files.ls(path, detail=False) if files.isdir(path) else []
    return [name for name in names if "tfevents" in name.rpartition("/")[2]]
