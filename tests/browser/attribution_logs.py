"""Logs of attributions for browser tests: well-formed runs of every kind of input, and odd ones."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from tb_explain import schema
from tests import servers
from tests.synthetic_attributions import (
    AttributionShape,
    attribution_records,
    write_attribution_run,
)
from tests.synthetic_runs import RecordWriter

HOSTILE = "<img src=x onerror=window.__xss=1>"


def write_runs(root: Path, runs: dict[str, AttributionShape]) -> None:
    """Writes `runs` by name, each with a seed of its own."""
    for seed, (run, shape) in enumerate(runs.items()):
        write_attribution_run(root / run, shape, seed=seed)


def write_odd_run(run_dir: Path, shape: AttributionShape) -> None:
    """Writes a run with hostile names, values that are no numbers, and a monitor that failed."""
    writer = RecordWriter(run_dir)
    probe, *first = attribution_records(shape, -1)
    writer.write(renamed(probe), *first, wall_time=1e9)
    predictions, attribution, *_ = attribution_records(shape, 0)
    writer.write(predictions, broken(attribution), wall_time=1e9 + 1)
    fields = {**predictions.fields, "gap": f"RuntimeError: {HOSTILE}"}
    step = 2 * shape.steps_per_epoch
    writer.write(
        schema.Record("predictions", "attributions", step, 1, 3, fields), wall_time=1e9 + 2
    )
    writer.close()


def renamed(probe: schema.Record) -> schema.Record:
    """Returns the probe with hostile names, and tokens if it has any."""
    fields = dict(probe.fields)
    fields["names"] = [f"{HOSTILE}{'n' * 300}" for _ in fields["names"]]
    if fields["tokens"]:
        fields["tokens"] = [
            [token if token.startswith("[") else HOSTILE + token for token in text]
            for text in fields["tokens"]
        ]
    return replace(probe, fields=fields)


def broken(attribution: schema.Record) -> schema.Record:
    """Returns the record with NaN and infinity in its first map."""
    values = schema.dequantise(attribution.arrays["map.0"], attribution.arrays["map.0.scale"])
    flat = values.reshape(len(values), -1)
    flat[:, 1], flat[:, 2] = np.nan, np.inf
    arrays = dict(attribution.arrays)
    arrays["map.0"], arrays["map.0.scale"] = schema.quantise(values, signed=True)
    return replace(attribution, arrays=arrays)


def without_inputs(run_dir: Path, shape: AttributionShape) -> None:
    """Writes a run that stores no inputs."""
    writer = RecordWriter(run_dir)
    for epoch in range(-1, shape.epochs):
        records = attribution_records(shape, epoch)
        if epoch < 0:
            fields = {**records[0].fields, "store_inputs": "none", "tokens": None}
            labels = {"labels": records[0].arrays["labels"]}
            records[0] = replace(records[0], fields=fields, arrays=labels)
        writer.write(*records, wall_time=1e9 + epoch)
    writer.close()


def wait_for(server: servers.Server, runs: int, last_step: int) -> None:
    """Waits until the server has all of `runs`, and one of them up to `last_step`."""

    def complete() -> bool:
        listed = server.catalog()["runs"]
        steps = [each["last_step"] for run in listed for each in run["series"]]
        return len(listed) >= runs and max(steps, default=0) >= last_step

    servers.eventually(complete)


def pixels(png: bytes) -> np.ndarray:
    """Returns int [height, width, 3]."""
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


def spread(png: bytes) -> float:
    """Returns the standard deviation of the pixels: 0 of an empty picture."""
    return float(pixels(png).std())
