"""Records of a long run that go again: folders of the newest ones, of which the oldest is removed.

An event file only grows. What is to go again is therefore written into folders of its own below
the run's, `tb_explain_recent/<monitor>.<k>`, which are removed one after the other; the page and
`tb_explain.load` show them as part of the run. It knows folders and attempts, not what records say.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from pathlib import Path

import fsspec
from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader
from torch.utils.tensorboard import SummaryWriter

from lightning_callbacks.causes import MonitorWarning
from lightning_callbacks.writer import RecordWriter, event_files, writing
from tb_explain.attempts import RECENT, Attempt
from tb_explain.schema import Record


class Recent:
    """The newest records of one monitor: folders of `size` records each, the older ones removed.

    Args:
      run: the run's directory, a folder or URL.
      monitor: its name.
      size: how many of the newest records are to stay.
    """

    def __init__(self, run: str, monitor: str, size: int) -> None:
        self._place = f"{run.rstrip('/')}/{RECENT}"
        self._monitor = monitor
        self._size = size
        self._counts: dict[int, int] = {}
        self._newest = -1
        self._has_warned = False
        self._writer: RecordWriter | None = None

    def write(self, records: Sequence[Record], attempt: Attempt, *, small: bool = False) -> None:
        """Appends records of one step, and removes those that are too old.

        Raises:
          UnwritableError: they can't be written.
        """
        with writing(self._place):
            writer = self._current()
        writer.write(records, attempt=attempt, small=small)
        self._counts[self._newest] += 1
        self._remove_old()

    def close(self) -> None:
        """Closes the file."""
        if self._writer is not None:
            self._writer.close()

    def _current(self) -> RecordWriter:
        """Returns the writer of the newest folder that has room; makes it if there is none."""
        is_there = self._writer is not None and self._is_there()
        if self._writer is not None and is_there and self._counts[self._newest] < self._size:
            return self._writer
        # Let go of before it is closed: whatever fails here, the next record begins afresh.
        before, self._writer = self._writer, None
        if before is not None:
            before.close()
        if not is_there:
            self._counts = self._found()
        newest = max(self._counts, default=-1) + 1
        writer = RecordWriter(SummaryWriter(self._folder(newest)))
        self._counts[newest] = 0
        self._newest, self._writer = newest, writer
        return writer

    def _is_there(self) -> bool:
        """Whether nobody has removed the newest folder; a store of objects isn't asked."""
        return "://" in self._place or Path(self._folder(self._newest)).is_dir()

    def _remove_old(self) -> None:
        """Removes the oldest folders once the others hold enough without them."""
        while sum(self._counts.values()) - self._counts[min(self._counts)] >= self._size:
            oldest = min(self._counts)
            try:
                _remove(self._folder(oldest))
            except Exception as error:  # noqa: BLE001  # each file system has errors of its own
                self._warn(oldest, error)
                return  # the next record tries again
            del self._counts[oldest]

    def _warn(self, number: int, error: Exception) -> None:
        if not self._has_warned:
            self._has_warned = True
            warnings.warn(
                f"keep={self._size} can't remove {self._folder(number)}, which is too old: "
                f"{type(error).__name__}: {error}. Recording goes on, and so do attempts to.",
                MonitorWarning,
                stacklevel=2,
            )

    def _found(self) -> dict[int, int]:
        """Returns how many records each folder holds that is there, as of a run that is resumed."""
        files, path = fsspec.core.url_to_fs(self._place)
        names = files.ls(path, detail=False) if files.isdir(path) else []
        pattern = re.compile(rf"{re.escape(self._monitor)}\.(\d+)")
        numbers = [
            int(found[1])
            for name in names
            if (found := pattern.fullmatch(name.rstrip("/").rpartition("/")[2]))
        ]
        return {number: self._count(self._folder(number)) for number in numbers}

    def _count(self, folder: str) -> int:
        protocol = f"{folder.partition('://')[0]}://" if "://" in folder else ""
        paths = [name if "://" in name else protocol + name for name in event_files(folder)]
        # The first event of a file says what it is.
        return sum(max(0, sum(1 for _ in RawEventFileLoader(path).Load()) - 1) for path in paths)

    def _folder(self, number: int) -> str:
        return f"{self._place}/{self._monitor}.{number}"


def _remove(folder: str) -> None:
    """Removes a folder of event files, and nothing else: `rm` may take names for patterns."""
    files, path = fsspec.core.url_to_fs(folder)
    for name in files.ls(path, detail=False) if files.isdir(path) else []:
        files.rm_file(name)
    if files.isdir(path):  # stores of objects have no folders that could be empty
        files.rmdir(path)
