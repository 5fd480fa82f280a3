"""Event files that ordinary training does not write: long, hostile, damaged."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from tensorboard.compat.proto import event_pb2, summary_pb2, tensor_pb2, tensor_shape_pb2, types_pb2
from tensorboard.summary.writer.event_file_writer import EventFileWriter

from tb_explain import schema
from tests.synthetic_runs import RecordWriter, RunShape, epoch_records, write_run

HOSTILE_RUNS = ("<img src=x onerror=alert(1)>", "..evil", "größe \U0001f600", "a&run=b%2F%00?#")
HOSTILE_MONITOR = "<script>alert(1)</script>../.." + "x" * 10_000


def write_long_run(run_dir: Path, *, steps: int) -> None:
    """Writes one prediction and one CAM record of one sample for each of `steps` steps.

    All end in zero bytes, which fixed-width numpy strings would lose.
    """
    writer = RecordWriter(run_dir)
    for step in range(steps):
        writer.write(
            zero_tailed("predictions", step), zero_tailed("cam", step), wall_time=1e9 + step
        )
    writer.close()


def zero_tailed(kind: str, step: int) -> schema.Record:
    """Returns a record whose bytes end in zeros."""
    arrays = {"output.0": np.zeros(5, np.float32)}
    return schema.Record(kind, "gradcam", step, step, step + 1, {}, arrays)


def write_hostile_runs(root: Path) -> None:
    """Writes runs whose names are trouble, and one with a monitor whose name is."""
    for name in HOSTILE_RUNS:
        write_run(root / name.replace("/", "_"), RunShape(samples=2, epochs=1))
    writer = RecordWriter(root / "hostile_monitor")
    writer.write(schema.Record("cam", HOSTILE_MONITOR, 0, -1, 1), wall_time=1e9)
    writer.close()


def write_value(run_dir: Path, value: summary_pb2.Summary.Value, *, step: int = 0) -> None:
    """Writes one value as it is, in an event file of its own."""
    writer = EventFileWriter(str(run_dir))
    summary = summary_pb2.Summary(value=[value])
    writer.add_event(event_pb2.Event(wall_time=1e9, step=step, summary=summary))
    writer.close()


def with_content(content: bytes) -> summary_pb2.Summary.Value:
    """Returns a CAM value with other static metadata than ours."""
    value = schema.to_summary_value(epoch_records(RunShape(), 0)[1], first=True)
    value.metadata.plugin_data.content = content
    return value


def string_tensor(*strings: bytes, shape: tuple[int, ...]) -> tensor_pb2.TensorProto:
    """Returns a DT_STRING tensor, which need not make sense."""
    dims = [tensor_shape_pb2.TensorShapeProto.Dim(size=size) for size in shape]
    return tensor_pb2.TensorProto(
        dtype=types_pb2.DT_STRING,
        tensor_shape=tensor_shape_pb2.TensorShapeProto(dim=dims),
        string_val=strings,
    )
