"""Making a monitor's records and writing them: counters, fields that all share, gaps.

It knows records and the writer; when to record and what to observe is `monitor.py`'s.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor

from lightning_callbacks.predictions import prediction_arrays
from lightning_callbacks.probe import DrawnProbe
from lightning_callbacks.trainers import Weights
from lightning_callbacks.writer import RecordWriter, writer_of
from tb_explain import schema


@dataclass(frozen=True)
class Moment:
    """When something is recorded: completed optimizer steps, epoch, and which weights."""

    step: int
    epoch: int
    weights: Weights = "raw"


@dataclass(frozen=True)
class Observation:
    """What a monitor saw.

    Attributes:
      logits: float [N, C], of the probe.
      kind: the record kind of what was computed besides.
      fields: JSON fields of that record.
      arrays: its arrays.
    """

    logits: Tensor
    kind: str
    fields: Mapping[str, Any]
    arrays: Mapping[str, np.ndarray]


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
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._written: dict[str, int] = {}
        self._directory: str | None = None
        self.notes: list[str] = []

    def state_dict(self) -> dict[str, Any]:
        """Returns the counters, for a checkpoint."""
        return {"written": dict(self._written), "directory": self._directory}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continues the counters of `state_dict`, if writing goes on in the same directory."""
        self._written = dict(state.get("written", {}))
        self._directory = state.get("directory")

    def write(
        self, trainer: Any, moment: Moment, probe: DrawnProbe, seen: Observation, cost: Cost
    ) -> None:
        """Writes predictions, what was seen, and the probe if the file does not have it yet."""
        writer = self._writer(trainer)
        if writer is None:
            return
        activation, arrays = prediction_arrays(seen.logits, probe.labels)
        fields = {**self._fields(moment, probe.digest, cost), "activation": activation}
        records = [
            self._record("predictions", moment, fields, arrays),
            self._record(seen.kind, moment, seen.fields, seen.arrays),
        ]
        if not writer.has_written(f"probe/{probe.digest}"):
            records.insert(0, self._record("probe", moment, probe.fields(), probe.arrays()))
        self._append(writer, records)
        self.notes.clear()

    def write_gap(
        self, trainer: Any, moment: Moment, probe: DrawnProbe | None, gap: str, cost: Cost
    ) -> None:
        """Writes that nothing could be recorded, and why."""
        writer = self._writer(trainer)
        if writer is not None:
            fields = self._fields(moment, probe.digest if probe else None, cost)
            fields.update(gap=gap, activation="none")
            self._append(writer, [self._record("predictions", moment, fields, {})])

    def _writer(self, trainer: Any) -> RecordWriter | None:
        writer = writer_of(trainer)
        if writer is not None and writer.directory != self._directory:
            self._written.clear()  # they count what is in one directory
        return writer

    def _fields(self, moment: Moment, probe: str | None, cost: Cost) -> dict[str, Any]:
        return {
            "probe": probe,
            "cost_ms": None if cost.milliseconds is None else round(cost.milliseconds, 3),
            "overhead": None if cost.overhead is None else round(cost.overhead, 5),
            "every": cost.every,
            "weights": moment.weights,
            "notes": list(self.notes),
            "gap": None,
        }

    def _record(
        self,
        kind: str,
        moment: Moment,
        fields: Mapping[str, Any],
        arrays: Mapping[str, np.ndarray],
    ) -> schema.Record:
        written = self._written.get(kind, 0) + 1
        return schema.Record(kind, self._name, moment.step, moment.epoch, written, fields, arrays)

    def _append(self, writer: RecordWriter, records: Sequence[schema.Record]) -> None:
        writer.write(records)
        self._directory = writer.directory
        for record in records:
            self._written[record.kind] = record.written
