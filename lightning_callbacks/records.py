"""Making a monitor's records and writing them: counters, fields that all share, gaps.

It knows records and the writer; when to record and what to observe is `monitor.py`'s.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from tensorboard.compat.proto import summary_pb2
from torch import Tensor

from lightning_callbacks import mirror
from lightning_callbacks.destinations import Destination, writer_of
from lightning_callbacks.keep import Keep
from lightning_callbacks.predictions import prediction_arrays
from lightning_callbacks.probe import DrawnProbe
from lightning_callbacks.recent import Recent
from lightning_callbacks.trainers import Weights
from tb_explain import schema

KEEP_ALL = Keep.of("all")


@dataclass(frozen=True)
class Moment:
    """When something is recorded: completed optimizer steps, epoch, and which weights."""

    step: int
    epoch: int
    weights: Weights = "raw"


@dataclass(frozen=True)
class Part:
    """What becomes one record: kind, JSON fields and arrays, as `tb_explain.schema` has them."""

    kind: str
    fields: Mapping[str, Any]
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict)


@dataclass(frozen=True)
class Observation:
    """What a monitor saw.

    Attributes:
      parts: what becomes a record each; the first one carries the status fields, unless there
        are logits.
      logits: float [N, C], of the probe, to be recorded as predictions; None: no predictions.
      tables: what other records refer to by its field `digest`; written once, and again when
        the digest changes.
    """

    parts: Sequence[Part]
    logits: Tensor | None = None
    tables: Sequence[Part] = ()


@dataclass(frozen=True)
class Cost:
    """What recording takes: this record in milliseconds, all so far as a share of training."""

    milliseconds: float | None
    overhead: float | None
    every: str


class MonitorRecords:
    """Writes what one monitor records in one run, and counts it.

    Args:
      name: of the monitor; its tags begin with it.
      status_kind: the kind that says that there is a gap.
      mirror: write TensorBoard's own summaries beside the records.
      keep: which of them stay.
    """

    def __init__(self, name: str, status_kind: str, *, mirror: bool, keep: Keep = KEEP_ALL) -> None:
        self._name = name
        self._status_kind = status_kind
        self._mirror = mirror
        self._keep = keep
        self._recent: Recent | None = None
        self._moments = 0
        self._written: dict[str, int] = {}
        self._directory: str | None = None
        self._tables: dict[str, str] = {}
        self.notes: list[str] = []

    def state_dict(self) -> dict[str, Any]:
        """Returns the counters, for a checkpoint."""
        return {
            "written": dict(self._written),
            "moments": self._moments,
            "directory": self._directory,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continues the counters of `state_dict`, if writing goes on in the same directory."""
        self._written = dict(state.get("written", {}))
        self._moments = state.get("moments", 0)
        self._directory = state.get("directory")

    def check(self, trainer: Any) -> None:
        """Checks, before anything is computed, that it could be written.

        Raises:
          UnwritableError: it could not.
        """
        writer = self._writer(trainer)
        if writer is not None:
            writer.check()

    def write(
        self, trainer: Any, moment: Moment, probe: DrawnProbe | None, seen: Observation, cost: Cost
    ) -> None:
        """Writes what was seen, and the probe and tables that the file does not have yet."""
        writer = self._writer(trainer)
        if writer is None:
            return
        status = self._status(moment, probe.digest if probe else None, cost)
        parts = [*_predictions(seen.logits, probe), *seen.parts]
        parts[:1] = [replace(part, fields={**status, **part.fields}) for part in parts[:1]]
        tables = [table for table in seen.tables if self._is_new(writer, table)]
        if probe and not writer.has_written(f"probe/{probe.digest}"):
            tables.insert(0, Part("probe", probe.fields(), probe.arrays()))
        lasting = [self._record(part, moment) for part in tables]
        records = [self._record(part, moment) for part in parts]
        mirrored = mirror.summaries([*lasting, *records], seen.tables) if self._mirror else []
        self._store(writer, lasting, records, mirrored)
        self._tables.update({table.kind: table.fields["digest"] for table in seen.tables})
        self.notes.clear()

    def close(self) -> None:
        """Closes what is not the trainer's own event file.

        Raises:
          UnwritableError: what is queued can't be written.
        """
        if self._recent is not None:
            self._recent.close()

    def write_gap(
        self, trainer: Any, moment: Moment, probe: DrawnProbe | None, gap: str, cost: Cost
    ) -> None:
        """Writes that nothing could be recorded, and why."""
        writer = self._writer(trainer)
        if writer is not None:
            fields = self._status(moment, probe.digest if probe else None, cost)
            fields.update(gap=gap)
            if self._status_kind == "predictions":
                fields.update(activation="none")
            gaps = [self._record(Part(self._status_kind, fields), moment)]
            self._store(writer, [], gaps, small=True)

    def _is_new(self, writer: Destination, table: Part) -> bool:
        known = self._tables.get(table.kind) == table.fields["digest"]
        return not (known and writer.has_written(f"{self._name}/{table.kind}"))

    def _writer(self, trainer: Any) -> Destination | None:
        writer = writer_of(trainer)
        if writer is not None and writer.directory != self._directory:
            # They count what is in one directory.
            self._written.clear()
            self._moments = 0
        return writer

    def _status(self, moment: Moment, probe: str | None, cost: Cost) -> dict[str, Any]:
        return {
            "probe": probe,
            "cost_ms": None if cost.milliseconds is None else round(cost.milliseconds, 3),
            "overhead": None if cost.overhead is None else round(cost.overhead, 5),
            "every": cost.every,
            "weights": moment.weights,
            "notes": list(self.notes),
            "gap": None,
        }

    def _record(self, part: Part, moment: Moment) -> schema.Record:
        written = self._written.get(part.kind, 0) + 1
        fields = part.fields if self._keep.is_all else {**part.fields, "keep": str(self._keep)}
        return schema.Record(
            part.kind, self._name, moment.step, moment.epoch, written, fields, part.arrays
        )

    def _store(
        self,
        writer: Destination,
        lasting: Sequence[schema.Record],
        records: Sequence[schema.Record],
        mirrored: Sequence[summary_pb2.Summary.Value] = (),
        *,
        small: bool = False,
    ) -> None:
        """Writes `lasting` for ever, and `records` for as long as they are to stay."""
        attempt = None if self._keep.stays(self._moments) else writer.attempt
        if attempt is None:
            lasting, records = [*lasting, *records], []
        if lasting:
            writer.write(lasting, mirrored if attempt is None else (), small=small)
        if attempt is not None and records and self._keep.last:
            # Where the run's directory was removed, a folder in it would bring it back.
            writer.check(small=small)
            self._recent_in(writer.directory).write(records, attempt, small=small)
            writer.recorded(records[0].step)
        self._directory = writer.directory
        self._moments += 1
        for record in [*lasting, *records]:
            self._written[record.kind] = record.written

    def _recent_in(self, directory: str) -> Recent:
        if self._recent is None or self._directory != directory:
            self._recent = Recent(directory, self._name, self._keep.last)
        return self._recent


def _predictions(logits: Tensor | None, probe: DrawnProbe | None) -> list[Part]:
    if logits is None:
        return []
    activation, arrays = prediction_arrays(logits, probe.labels if probe else None)
    return [Part("predictions", {"activation": activation}, arrays)]
