"""Runs that are out of the ordinary, each in one respect."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from tb_explain import schema
from tests import logs
from tests.synthetic_runs import RecordWriter, RunShape, epoch_records, write_run

SHAPE = RunShape(samples=4, epochs=5)
GAP_EPOCH = 2
GAP_REASON = "RuntimeError: the layer <b>features.7</b> returned no tensor"


def write_odd_runs(root: Path) -> int:
    """Writes the runs below `root` and returns how many there are."""
    runs = {
        "gap": with_gap,
        "private": without_inputs,
        "nonfinite": with_nan_and_infinity,
        "zeros": with_zeros,
        "no_maps": predictions_alone,
        "broken": one_broken,
    }
    for name, change in runs.items():
        write_changed(root / name, change)
    write_run(root / "short_epochs", replace(SHAPE, steps_per_epoch=25))
    return len(runs) + 1


def write_changed(run_dir: Path, change) -> None:
    """Writes a run whose records of each epoch `change` has replaced."""
    writer = RecordWriter(run_dir)
    for epoch in range(schema.UNTRAINED_EPOCH, SHAPE.epochs):
        writer.write(*change(epoch_records(SHAPE, epoch), epoch), wall_time=1.8e9 + 60.0 * epoch)
    writer.close()


def with_gap(records, epoch):
    """A monitor that failed once."""
    if epoch < GAP_EPOCH:
        return records
    if epoch > GAP_EPOCH:
        return [*records[:-1], replace(records[-1], written=records[-1].written - 1)]
    predictions = records[0]
    fields = {**predictions.fields, "gap": GAP_REASON}
    return [replace(predictions, fields=fields, arrays={})]


def without_inputs(records, epoch):
    """A probe of hashes alone."""

    def hidden(record):
        fields = {**record.fields, "store_inputs": "none", "display": "none"}
        return replace(record, fields=fields, arrays={"labels": record.arrays["labels"]})

    return [hidden(record) if record.kind == "probe" else record for record in records]


def with_nan_and_infinity(records, epoch):
    """Maps in float32: NaN in the middle, an infinity in a corner."""
    cam = records[-1]
    arrays = dict(cam.arrays)
    for name in ("map.0", "map.1"):
        values = schema.dequantise(arrays[name], arrays[f"{name}.scale"])
        values[:, 3, 3] = np.nan
        values[:, 0, 0] = np.inf
        arrays[name], arrays[f"{name}.scale"] = schema.quantise(values, signed=True)
    return [*records[:-1], replace(cam, arrays=arrays)]


def with_zeros(records, epoch):
    """Grad-CAM of the first sample is zero everywhere, as where every weighted sum is negative."""
    cam = records[-1]
    values = schema.dequantise(cam.arrays["map.0"], cam.arrays["map.0.scale"])
    values[0] = 0
    maps, scale = schema.quantise(values, signed=False)
    return [*records[:-1], replace(cam, arrays={**cam.arrays, "map.0": maps, "map.0.scale": scale})]


def predictions_alone(records, epoch):
    """A monitor that made no maps."""
    return [record for record in records if record.kind != "cam"]


def one_broken(records, epoch):
    """One record says that it holds another kind of array than it does."""
    if epoch != 1:
        return records
    cam = records[-1]
    return [*records[:-1], replace(cam, arrays={**cam.arrays, "map.0": np.zeros(3, np.uint8)})]


def write_hostile_names(root: Path) -> None:
    """Writes names that would run script, leave their place or fill the screen."""
    logs.write_hostile_runs(root)
    classes = ("<img src=x onerror=window.__xss=1>", "../../etc/passwd", "c" * 10_000, "\U0001f600")
    write_run(root / "hostile_classes", replace(SHAPE, class_names=classes))
    write_monitor(root / "hostile_tag", "><script>window.__xss=1</script>")


def write_monitor(run_dir: Path, name: str) -> None:
    """Writes one epoch of a monitor called `name`."""
    records = epoch_records(SHAPE, schema.UNTRAINED_EPOCH)
    named = [r if r.kind == "probe" else replace(r, monitor=name) for r in records]
    writer = RecordWriter(run_dir)
    writer.write(*named, wall_time=1e9)
    writer.close()
