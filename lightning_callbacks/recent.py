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
from torch.utils.tensorboard import SummaryWriter

from lightning_callbacks.causes import MonitorWarning
from lightning_callbacks.earlier_attempts import attempts
from lightning_callbacks.recent_folder import Folder, steps_in
from lightning_callbacks.writer import RecordWriter, event_files, writing
from tb_explain.attempts import RECENT, Attempt, limits
from tb_explain.schema import Record


class Recent:
    """The newest records of one monitor: folders of `size` records each, the older ones removed.

    Args:
      run: the run's directory, a folder or URL.
      monitor: its name.
      size: how many of the newest records are to stay.
    """

    def __init__(self, run: str, monitor: str, size: int) -> None:
        self._run = run.rstrip("/")
        self._place = f"{self._run}/{RECENT}"
        self._monitor = monitor
        self._size = size
        self._folders: dict[int, Folder] = {}
        self._newest = -1
        self._room = 0  # for so many more records in the newest folder
        self._attempt: Attempt | None = None
        self._has_warned = False
        self._writer: RecordWriter | None = None

    def write(self, records: Sequence[Record], attempt: Attempt, *, small: bool = False) -> None:
        """Appends records of one step, and removes what is not needed any more.

        Raises:
          UnwritableError: they can't be written.
        """
        with writing(self._place):
            writer = self._current(attempt)
        writer.write(records, attempt=attempt, small=small)
        self._room -= 1
        self._folders[self._newest].steps.add(records[0].step)
        self._remove_old()

    def close(self) -> None:
        """Closes the file."""
        if self._writer is not None:
            self._writer.close()

    def _current(self, attempt: Attempt) -> RecordWriter:
        """Returns the writer of the newest folder that has room; makes it if there is none."""
        is_known = self._writer is not None and attempt == self._attempt and self._is_there()
        if self._writer is not None and is_known and self._room > 0:
            return self._writer
        # Let go of before it is closed: whatever fails here, the next record begins afresh.
        before, self._writer = self._writer, None
        if before is not None:
            before.close()
        if not is_known:
            self._folders = self._found(attempt)
        newest = max(self._folders, default=-1) + 1
        writer = RecordWriter(SummaryWriter(self._folder(newest)))
        self._folders[newest] = Folder(attempt)
        self._newest, self._room, self._attempt = newest, self._size, attempt
        self._writer = writer
        return writer

    def _is_there(self) -> bool:
        """Whether nobody has removed the newest folder; a store of objects isn't asked."""
        return "://" in self._place or Path(self._folder(self._newest)).is_dir()

    def _remove_old(self) -> None:
        while (number := self._needless()) is not None:
            try:
                _remove(self._folder(number))
            except Exception as error:  # noqa: BLE001  # each file system has errors of its own
                self._warn(number, error)
                return  # the next record tries again
            del self._folders[number]

    def _needless(self) -> int | None:
        """Returns the oldest folder if the others hold enough, or one that later ones replace."""
        oldest, *others = sorted(self._folders)
        if len(steps_in(self._folders[number] for number in others)) >= self._size:
            return oldest
        return next((number for number in (oldest, *others) if self._is_replaced(number)), None)

    def _is_replaced(self, number: int) -> bool:
        later = [folder for each, folder in self._folders.items() if each > number]
        return self._folders[number].is_replaced_by(later)

    def _warn(self, number: int, error: Exception) -> None:
        if not self._has_warned:
            self._has_warned = True
            warnings.warn(
                f"keep={self._size} can't remove {self._folder(number)}, which is too old: "
                f"{type(error).__name__}: {error}. Recording goes on, and so do attempts to.",
                MonitorWarning,
                stacklevel=2,
            )

    def _found(self, attempt: Attempt) -> dict[int, Folder]:
        """Returns the folders that are there, and what counts in them now that `attempt` is on.

        What lies behind the step from which a later attempt goes on would else push out records
        that count.
        """
        names = self._listed()
        pattern = re.compile(rf"{re.escape(self._monitor)}\.(\d+)")
        numbers = [int(found[1]) for name in names if (found := pattern.fullmatch(name))]
        folders = {number: Folder.read(self._folder(number)) for number in numbers}
        # As the readers do, by what all monitors wrote.
        places = (self._run, *(f"{self._place}/{name}" for name in names))
        named = [each for place in places for each in attempts(place, event_files(place))]
        own = [folder.attempt for folder in folders.values() if folder.attempt is not None]
        until = limits([attempt, *named, *own])
        return {number: folder.limited(until) for number, folder in folders.items()}

    def _listed(self) -> list[str]:
        files, path = fsspec.core.url_to_fs(self._place)
        names = files.ls(path, detail=False) if files.isdir(path) else []
        return [name.rstrip("/").rpartition("/")[2] for name in names]

    def _folder(self, number: int) -> str:
        return f"{self._place}/{self._monitor}.{number}"


def _remove(folder: str) -> None:
    """Removes a folder of event files, and nothing else: `rm` may take names for patterns."""
    files, path = fsspec.core.url_to_fs(folder)
    for name in files.ls(path, detail=False) if files.isdir(path) else []:
        files.rm_file(name)
    if files.isdir(path):  # stores of objects have no folders that could be empty
        files.rmdir(path)
