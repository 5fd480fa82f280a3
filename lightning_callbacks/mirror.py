"""TensorBoard's own scalars and histograms, made from records, for its other tabs.

Of every layer a scalar per statistic and a histogram, in the bins of the record. It knows
`tb_explain.schema` and TensorBoard's summary format.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from tensorboard.compat.proto import summary_pb2
from tensorboard.plugins.histogram import metadata as histogram_metadata
from tensorboard.plugins.scalar import metadata as scalar_metadata
from tensorboard.util import tensor_util

from tb_explain import histograms, schema

if TYPE_CHECKING:
    from lightning_callbacks.records import Part


def summaries(
    records: Sequence[schema.Record], tables: Sequence[Part]
) -> list[summary_pb2.Summary.Value]:
    """Returns what TensorBoard's Scalars and Histograms show of `records`.

    Args:
      records: of one step and one monitor.
      tables: its layer tables; records that refer to none of them are left out.
    """
    by_digest = {table.fields["digest"]: table for table in tables}
    values: list[summary_pb2.Summary.Value] = []
    for record in records:
        table = by_digest.get(record.fields.get("table", ""))
        if table is not None and record.kind == "layer_statistics":
            values += _scalars(record, table)
        if table is not None and record.kind == "layer_histograms":
            values += _histograms(record, table)
    return values


def _scalars(record: schema.Record, table: Part) -> Iterator[summary_pb2.Summary.Value]:
    for layer, row in zip(table.fields["layers"], record.arrays["values"], strict=True):
        for statistic, value in zip(table.fields["statistics"], row, strict=True):
            if not np.isnan(value):
                tag = f"{record.monitor}/{statistic['name']}/{layer['name']}"
                metadata = scalar_metadata.create_summary_metadata("", "")
                tensor = tensor_util.make_tensor_proto(np.float32(value))
                yield summary_pb2.Summary.Value(tag=tag, metadata=metadata, tensor=tensor)


def _histograms(record: schema.Record, table: Part) -> Iterator[summary_pb2.Summary.Value]:
    bits = record.fields["mantissa_bits"]
    edges = histograms.bin_edges(bits)
    finite = np.isfinite(edges).all(axis=1)
    counts = histograms.decode(record.arrays["bins"], record.arrays["ends"], bits)
    for layer, row in zip(table.fields["layers"], counts, strict=True):
        used = finite & (row > 0)
        buckets = np.column_stack([edges[used], row[used]]) if used.any() else np.zeros((0, 3))
        yield summary_pb2.Summary.Value(
            tag=f"{record.monitor}/{layer['name']}",
            metadata=histogram_metadata.create_summary_metadata("", ""),
            tensor=tensor_util.make_tensor_proto(buckets, dtype=np.float64),
        )
