"""Writes event files with invented but well-formed records, without torch.

For tests and benchmarks that need many runs, epochs or samples: what the numbers mean does
not matter there, only that real event files hold real records.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from tensorboard.compat.proto import event_pb2, summary_pb2
from tensorboard.summary.writer.event_file_writer import EventFileWriter

from tb_explain import schema

CLASS_NAMES = ("T-shirt", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker")


@dataclass(frozen=True)
class RunShape:
    """How much a synthetic run holds."""

    samples: int = 8
    epochs: int = 5
    size: int = 28  # pixels of an input's side
    map_size: int = 7  # cells of a map's side
    methods: Sequence[str] = ("gradcam", "hirescam")
    layers: Sequence[str] = ("features.7",)
    steps_per_epoch: int = 40
    class_names: Sequence[str] = CLASS_NAMES


class RecordWriter:
    """Appends records to one event file, with the metadata on each tag's first value."""

    def __init__(self, run_dir: Path) -> None:
        self._file = EventFileWriter(str(run_dir))
        self._tags: set[str] = set()

    def write(self, *records: schema.Record, wall_time: float) -> None:
        """Stores `records`, all of one step, in one event."""
        values = []
        for record in records:
            values.append(schema.to_summary_value(record, first=record.tag not in self._tags))
            self._tags.add(record.tag)
        summary = summary_pb2.Summary(value=values)
        event = event_pb2.Event(wall_time=wall_time, step=records[0].step, summary=summary)
        self._file.add_event(event)
        self._file.flush()

    def close(self) -> None:
        """Flushes and closes the event file."""
        self._file.close()


def write_run(run_dir: Path, shape: RunShape | None = None, *, seed: int = 0) -> None:
    """Writes one run: a probe, and predictions and CAMs from untrained to the last epoch."""
    shape = shape or RunShape()
    writer = RecordWriter(run_dir)
    for epoch in range(schema.UNTRAINED_EPOCH, shape.epochs):
        writer.write(*epoch_records(shape, epoch, seed=seed), wall_time=1.8e9 + 60.0 * epoch)
    writer.close()


def epoch_records(shape: RunShape, epoch: int, *, seed: int = 0) -> list[schema.Record]:
    """Returns what a Grad-CAM monitor records after `epoch` (-1: and the probe)."""
    step = (epoch + 1) * shape.steps_per_epoch
    common = {"monitor": "gradcam", "step": step, "epoch": epoch, "written": epoch + 2}
    records = [
        schema.Record("predictions", **common, **_predictions(shape, epoch, seed)),
        schema.Record("cam", **common, **_cams(shape, epoch, seed)),
    ]
    if epoch == schema.UNTRAINED_EPOCH:
        records.insert(0, schema.Record("probe", **common, **_probe(shape)))
    return records


def _labels(shape: RunShape) -> np.ndarray:
    return (np.arange(shape.samples) % len(shape.class_names)).astype(np.int32)


def _probe(shape: RunShape) -> dict[str, dict]:
    pictures = [_png(shape.size, n) for n in range(shape.samples)]
    return {
        "fields": {
            "digest": f"synthetic{shape.samples}",
            "hashes": [f"{n:016x}" for n in range(shape.samples)],
            "names": [f"{n}" for n in range(shape.samples)],
            "modality": "image",
            "store_inputs": "thumbnail",
            "display": "as is",
            "shape": [1, shape.size, shape.size],
            "class_names": list(shape.class_names),
        },
        "arrays": {
            "labels": _labels(shape),
            "images": np.frombuffer(b"".join(pictures), np.uint8),
            "image_ends": np.cumsum([len(p) for p in pictures], dtype=np.int64),
        },
    }


def _png(size: int, n: int) -> bytes:
    y, x = np.mgrid[:size, :size] / size
    shirt = (abs(x - 0.5) < 0.22) | ((abs(x - 0.5) < 0.42) & (y > 0.15) & (y < 0.45))
    grey = shirt * (y > 0.1) * (y < 0.95) * (150 + 80 * np.sin(9 * x + n) * np.cos(7 * y))
    buffer = io.BytesIO()
    Image.fromarray(grey.astype(np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


def _predictions(shape: RunShape, epoch: int, seed: int) -> dict[str, dict]:
    rng = np.random.default_rng([seed, epoch + 1])
    labels = _labels(shape)
    logits = rng.normal(size=(shape.samples, len(shape.class_names)))
    logits[np.arange(shape.samples), labels] += 0.5 * min(epoch + 1, 40)
    scores = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    classes = np.argsort(-scores, axis=1)[:, :5]
    label_score = scores[np.arange(shape.samples), labels]
    fields = {
        "probe": f"synthetic{shape.samples}",
        "activation": "softmax",
        "cost_ms": 12.5,
        "overhead": 0.004,
        "every": "every epoch",
        "weights": "raw",
        "notes": [],
        "gap": None,
    }
    arrays = {
        "classes": classes.astype(np.int32),
        "scores": np.take_along_axis(scores, classes, 1).astype(np.float32),
        "label_score": label_score.astype(np.float32),
        "loss": -np.log(label_score).astype(np.float32),
    }
    return {"fields": fields, "arrays": arrays}


def _cams(shape: RunShape, epoch: int, seed: int) -> dict[str, dict]:
    arrays = {
        "target.0": _labels(shape),
        "output.0": np.linspace(0, 4, shape.samples).astype(np.float32),
    }
    maps = []
    for layer in shape.layers:
        for method in shape.methods:
            name = f"map.{len(maps)}"
            signed = method == "hirescam"
            values = _blobs(shape, epoch, seed) - (0.2 if signed else 0.0)
            arrays[name], arrays[f"{name}.scale"] = schema.quantise(values, signed=signed)
            entry = {"array": name, "method": method, "layer": layer, "target": 0}
            maps.append({**entry, "signed": signed, "unit": "logit"})
    fields = {"probe": f"synthetic{shape.samples}", "targets": [{"spec": "label"}], "maps": maps}
    return {"fields": fields, "arrays": arrays}


def _blobs(shape: RunShape, epoch: int, seed: int) -> np.ndarray:
    """Returns float [N, h, w]: a bump that wanders from the middle to a corner if seed is odd."""
    settled = min(1.0, (epoch + 1) / 5)
    y, x = np.mgrid[: shape.map_size, : shape.map_size] / max(1, shape.map_size - 1)
    centre = 0.5 + 0.4 * settled * (seed % 2)
    wobble = 0.05 * np.sin(np.arange(shape.samples) + epoch)[:, None, None]
    distance = (x - centre - wobble) ** 2 + (y - centre) ** 2
    return (0.2 + settled) * np.exp(-distance / (0.12 - 0.06 * settled))
