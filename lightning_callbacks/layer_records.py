"""Making the records of layers: the table of names, the matrix of statistics, the histograms.

It knows `tb_explain.schema` and arrays; nothing of models or trainers.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lightning_callbacks.records import Part
from lightning_callbacks.reduce import Reduced
from tb_explain import histograms


@dataclass(frozen=True)
class Statistic:
    """A column of the matrix; `tb_explain.schema` says what the fields mean."""

    name: str
    label: str
    unit: str = ""
    scale: str = "linear"
    rollup: str | Sequence[str] | None = None


@dataclass(frozen=True)
class Layer:
    """A row of the matrix."""

    name: str
    type: str
    shape: Sequence[int]
    size: int


@dataclass(frozen=True)
class LayerRecord:
    """Statistics of all layers at one moment.

    Attributes:
      what: "activations", "gradients" or "weights".
      layers: the rows.
      statistics: the columns.
      columns: by name, float [L]; others than those in `statistics` are not recorded.
      reduced: what the histograms are of.
      dead: int32 [D, 2], (layer, unit) of every dead unit.
      fields: further fields of the `layer_statistics` record.
    """

    what: str
    layers: Sequence[Layer]
    statistics: Sequence[Statistic]
    columns: Mapping[str, np.ndarray]
    reduced: Reduced
    dead: np.ndarray | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)

    def table(self) -> Part:
        """Returns the `layer_table` record."""
        fields: dict[str, Any] = {
            "what": self.what,
            "layers": [{**vars(layer)} for layer in self.layers],
            "statistics": [{**vars(statistic)} for statistic in self.statistics],
        }
        digest = hashlib.sha256(json.dumps(fields).encode()).hexdigest()[:12]
        return Part("layer_table", {"digest": digest, **fields})

    def parts(self, table: Part) -> list[Part]:
        """Returns the records of statistics and histograms."""
        named = {"table": table.fields["digest"], "what": self.what}
        columns = [self.columns[statistic.name] for statistic in self.statistics]
        values = np.stack(columns, axis=1).astype(np.float32)
        dead = np.empty((0, 2), np.int32) if self.dead is None else self.dead
        bins, ends = histograms.encode(self.reduced.counts)
        return [
            Part("layer_statistics", {**named, **self.fields}, {"values": values, "dead": dead}),
            Part(
                "layer_histograms",
                {**named, "mantissa_bits": self.reduced.mantissa_bits},
                {"bins": bins, "ends": ends},
            ),
        ]
