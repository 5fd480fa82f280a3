"""What monitors said of a checkpoint, kept until it is written in the order of steps.

It knows records and one event file; neither models nor checkpoints.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import fsspec
from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
from tensorboard.compat.proto import summary_pb2
from torch.utils.tensorboard import SummaryWriter

from lightning_callbacks.writer import RecordWriter
from tb_explain import schema

# What other records refer to by a field `digest`; written when that changes.
_TABLES = ("probe", "layer_table")
EVERY = "backfill"


@dataclasses.dataclass(frozen=True)
class Batch:
    """Records of one step, as one monitor made them at once."""

    records: Sequence[schema.Record]
    mirrored: Sequence[summary_pb2.Summary.Value]


class Kept:
    """Keeps what monitors write, in place of an event file.

    Args:
      directory: where it will be written.
    """

    def __init__(self, directory: str) -> None:
        self._directory = directory
        self._tags: set[str] = set()
        self._batches: list[Batch] = []

    @property
    def directory(self) -> str:
        """Where it will be written."""
        return self._directory

    @property
    def attempt(self) -> None:
        """None is written: what is kept is written later, and stays."""
        return None

    def begin(self, step: int) -> None:
        """Does nothing: checkpoints are of trainings that are over."""

    def write(
        self,
        records: Sequence[schema.Record],
        mirrored: Sequence[summary_pb2.Summary.Value] = (),
        *,
        small: bool = False,  # noqa: ARG002  # there is always room
    ) -> None:
        """Keeps records of one step."""
        self._batches.append(Batch(records, mirrored))
        self._tags.update(record.tag for record in records)

    def recorded(self, step: int) -> None:
        """Does nothing, likewise."""

    def has_written(self, tag: str) -> bool:
        """Whether `tag` has been kept before."""
        return tag in self._tags

    def check(self, *, small: bool = False) -> None:
        """Does nothing: there is always room."""

    def taken(self) -> list[Batch]:
        """Returns what was kept since the last call."""
        batches, self._batches = self._batches, []
        return batches


class Run:
    """The event files of a backfilled run: what is in them, and what is added.

    Args:
      directory: a folder or URL; it need not be there.
    """

    def __init__(self, directory: str) -> None:
        self.directory = directory
        self._steps: set[tuple[str, int]] = set()
        self._counts: Counter[str] = Counter()
        self._tables: dict[str, str] = {}
        self.gaps: list[str] = []
        self.records = 0
        for record in _recorded(directory):
            self._note(record)
        self._writer: RecordWriter | None = None

    @property
    def steps(self) -> set[tuple[str, int]]:
        """Monitors and the steps they have a record of."""
        return set(self._steps)

    def add(self, batches: Iterable[Batch]) -> None:
        """Writes what is not there yet, numbered on from what is.

        Raises:
          OSError: the file can't be written.
        """
        for batch in sorted(batches, key=lambda batch: batch.records[0].step):
            present = {(r.monitor, r.step) for r in batch.records} & self._steps
            records = [
                self._numbered(record)
                for record in batch.records
                if (record.monitor, record.step) not in present and not self._is_known(record)
            ]
            if not records:
                continue
            if self._writer is None:
                self._writer = RecordWriter(SummaryWriter(self.directory))
            self._writer.write(records, batch.mirrored)
            for record in records:
                self._note(record)
            self.records += len(records)
            self.gaps += [str(r.fields["gap"]) for r in records if r.fields.get("gap")]

    def close(self) -> None:
        """Closes the file."""
        if self._writer is not None:
            self._writer.close()

    def _numbered(self, record: schema.Record) -> schema.Record:
        fields = dict(record.fields)
        # There was no training that it took a share of.
        fields.update({name: None for name in ("overhead",) if name in fields})
        fields.update({name: EVERY for name in ("every",) if name in fields})
        return dataclasses.replace(record, written=self._counts[record.tag] + 1, fields=fields)

    def _is_known(self, record: schema.Record) -> bool:
        digest = _digest(record)
        return digest is not None and self._tables.get(record.tag) == digest

    def _note(self, record: schema.Record) -> None:
        digest = _digest(record)
        if digest is not None:
            self._tables[record.tag] = digest
        else:
            self._steps.add((record.monitor, record.step))
        self._counts[record.tag] = max(self._counts[record.tag] + 1, record.written)


def _digest(record: schema.Record) -> str | None:
    found: Any = record.fields.get("digest")
    return str(found) if record.kind in _TABLES and found is not None else None


def _recorded(directory: str) -> Iterable[schema.Record]:
    files, path = fsspec.core.url_to_fs(directory)
    if not files.exists(path):
        return
    names = sorted(name for name in files.ls(path, detail=False) if "tfevents" in name)
    for name in names:
        full = files.unstrip_protocol(name) if "://" in directory else name
        for event in EventFileLoader(full).Load():
            for value in event.summary.value:
                if value.metadata.plugin_data.plugin_name or value.tensor.string_val:
                    yield from _unpacked(value)


def _unpacked(value: summary_pb2.Summary.Value) -> Iterable[schema.Record]:
    try:
        yield schema.unpack(value.tensor.string_val[0])
    except (IndexError, schema.RecordError):  # TensorBoard's own, mirrored beside the records
        return
