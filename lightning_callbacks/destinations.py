"""Where the records of each trainer go: its logger's event file, or one of our own.

A second event file in a run's directory would freeze the first one in TensorBoard's Python
reader. It knows loggers and folders; nothing of what the records say.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

import fsspec
from tensorboard.compat.proto import summary_pb2
from torch.utils.tensorboard import SummaryWriter

from lightning_callbacks.writer import RecordWriter, UnwritableError, event_files, writing
from tb_explain import schema
from tb_explain.attempts import Attempt


class Destination(Protocol):
    """What records are handed to: a `RecordWriter`, or what keeps them for one."""

    @property
    def directory(self) -> str:
        """Where the event file is, or is to be."""

    @property
    def attempt(self) -> Attempt | None:
        """The attempt at the run that is written now; None where nothing is written as yet."""

    def begin(self, step: int) -> None:
        """Says that a training goes on from `step`."""

    def write(
        self,
        records: Sequence[schema.Record],
        mirrored: Sequence[summary_pb2.Summary.Value] = (),
        *,
        small: bool = False,
    ) -> None:
        """Takes records of one step, `small` ones even where others have no room."""

    def recorded(self, step: int) -> None:
        """Says that what was recorded up to `step` counts, be it in other files of the run."""

    def has_written(self, tag: str) -> bool:
        """Whether `tag` has been taken."""

    def check(self, *, small: bool = False) -> None:
        """Checks that something can be taken at all, or something `small`.

        Raises:
          UnwritableError: it can't.
        """


@dataclass
class _Place:
    """Where the records of one trainer go.

    Attributes:
      writer: what they are handed to, once there is something to write.
      make: makes the writer when there is something to write, of a `Host`; None: as loggers say.
      own: its event file, if that is one of ours, as of a trainer without a TensorBoardLogger.
      begun_at: the step at which the present training began; None before any.
      written_to: of a trainer that goes on from a checkpoint, where that one's records are.
    """

    writer: Destination | None = None
    make: Callable[[], Destination] | None = None
    own: SummaryWriter | None = None
    begun_at: int | None = None
    written_to: str = ""

    def begin(self) -> None:
        """Tells the writer of the training, once both are there."""
        if self.writer is not None and self.begun_at is not None:
            self.writer.begin(self.begun_at)


_PLACES: weakref.WeakKeyDictionary[Any, _Place] = weakref.WeakKeyDictionary()


def writer_of(trainer: Any) -> Destination | None:
    """Returns the one writer of `trainer`; None in a `fast_dev_run`, which leaves no files.

    Of a Lightning trainer with a TensorBoardLogger it writes into that one's file; without one into
    a file of our own, in `tb_explain` below the first logger's or the trainer's directory.

    Raises:
      UnwritableError: the directory can't be made or written.
    """
    if trainer.fast_dev_run:
        return None
    place = _place(trainer)
    if place.writer is None:
        place.writer = place.make() if place.make else _logged(trainer)
        place.begin()
    return place.writer


def _logged(trainer: Any) -> Destination:
    target = _summary_writer(trainer)
    return RecordWriter(_own(trainer) if target is None else target)


def training_begins(trainer: Any) -> None:
    """Says that a training begins, or goes on, at the trainer's step."""
    place = _place(trainer)
    place.begun_at = trainer.global_step
    place.begin()


def goes_on_from(trainer: Any, directory: str | None) -> None:
    """Says where the records of the checkpoint are that `trainer` goes on from."""
    if directory is not None:
        _place(trainer).written_to = directory


def training_ends(trainer: Any) -> None:
    """Closes the trainer's event file if it is one of our own; loggers close theirs."""
    own = _place(trainer).own
    if own is not None:
        with writing(str(own.log_dir)):
            own.close()


def _place(trainer: Any) -> _Place:
    return _PLACES.setdefault(trainer, _Place())


def _own(trainer: Any) -> SummaryWriter:
    with writing(f"{_root(trainer)}/tb_explain"):
        own = SummaryWriter(_own_directory(trainer))
    _place(trainer).own = own
    weakref.finalize(trainer, let_go, own)
    return own


def let_go(target: SummaryWriter) -> None:
    """Closes an event file of our own."""
    # What can't be written now was warned of when it was recorded.
    with suppress(UnwritableError), writing(""):
        target.close()


def open_with(trainer: Any, make: Callable[[], Destination]) -> None:
    """Lets `make` make the writer of `trainer` when there is something to write.

    What raises `UnwritableError` there is tried again with the next record.
    """
    _place(trainer).make = make


def _summary_writer(trainer: Any) -> Any:
    for logger in trainer.loggers:
        # Lightning's two packages have a class each; importing both to ask would cost seconds.
        if any(base.__name__ == "TensorBoardLogger" for base in type(logger).__mro__):
            return logger.experiment
    return None


def free_directory(place: str) -> str:
    """Returns `place`, or if an event file is there already, a new sub-directory of it."""
    is_taken = bool(event_files(place))
    return new_version(f"{place.rstrip('/')}/tb_explain") if is_taken else place


def _root(trainer: Any) -> str:
    # Not trainer.log_dir: that is a collective call, and only one rank writes.
    logger = trainer.loggers[0] if trainer.loggers else None
    root = getattr(logger, "log_dir", None) or getattr(logger, "save_dir", None)
    return str(root or trainer.default_root_dir).rstrip("/")


def _own_directory(trainer: Any) -> str:
    # Text, not pathlib: the root may be a URL (s3://...).
    parent = f"{_root(trainer)}/tb_explain"
    before = _place(trainer).written_to
    is_resumed = before.rpartition("/")[0] == parent and bool(event_files(before))
    return before if is_resumed else new_version(parent)


def new_version(parent: str) -> str:
    """Returns a sub-directory of `parent` that is not there yet: version_0, version_1, ..."""
    files, path = fsspec.core.url_to_fs(parent)
    names = files.ls(path, detail=False) if files.exists(path) else []
    taken = {name.rstrip("/").rpartition("/")[2] for name in names}
    version = next(n for n in range(len(taken) + 1) if f"version_{n}" not in taken)
    return f"{parent}/version_{version}"
