"""Logs of what can be compared, and what cannot; and a comparison's figures, by numpy alone."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from tb_explain import schema
from tests import servers
from tests.browser.attribution_logs import HOSTILE, wait_for
from tests.synthetic_attributions import AttributionShape, write_attribution_run
from tests.synthetic_layer_tables import LayersShape
from tests.synthetic_layers import write_layers
from tests.synthetic_runs import RecordWriter, RunShape, epoch_records
from tests.synthetic_sensitivity import SensitivityShape, write_sensitivities

CUTS = SensitivityShape(epochs=4, exact_every=1, edits=("unstructured", "bits"), plans=False)
LAYERS = LayersShape(blocks=2, records=20, maps=False)
INPUTS = {space: AttributionShape(space, epochs=3) for space in ("text", "tabular", "series")}


@contextlib.contextmanager
def served(root: Path) -> Iterator[servers.Server]:
    """A TensorBoard with runs of every kind."""
    for seed in range(2):
        write_sensitivities(root / f"cut{seed}", CUTS, seed=seed)
        for space, shape in INPUTS.items():
            write_attribution_run(root / f"{space}{seed}", shape, seed=seed)
    write_layers(root / "deep", LAYERS)
    write_images(root / "others", hashes="f", epochs=2)
    write_images(root / "once", hashes="0", epochs=0)
    write_images(root / "hostile", hashes="0", epochs=2, name=HOSTILE)
    with servers.tensorboard(root) as server:
        wait_for(server, 2 + 2 * len(INPUTS) + 4, LAYERS.records * LAYERS.every)
        yield server


def write_images(run_dir: Path, *, hashes: str, epochs: int, name: str = "") -> None:
    """Writes a run whose samples' hashes begin with `hashes`, and names with `name`."""
    shape = RunShape(samples=4, epochs=epochs)
    writer = RecordWriter(run_dir)
    for epoch in range(-1, epochs):
        records = epoch_records(shape, epoch)
        if epoch < 0:
            fields = dict(records[0].fields)
            fields["hashes"] = [hashes + digits[1:] for digits in fields["hashes"]]
            fields["names"] = [name + digits for digits in fields["names"]]
            records[0] = replace(records[0], fields=fields)
        writer.write(*records, wall_time=1e9 + epoch)
    writer.close()


def ranks(values: np.ndarray) -> np.ndarray:
    """Returns the rank of each value: how many are smaller, equal ones counting half."""
    smaller = (values[None] < values[:, None]).sum(1)
    return smaller + ((values[None] == values[:, None]).sum(1) - 1) / 2


def spearman(before: np.ndarray, after: np.ndarray) -> float:
    """Returns the correlation of the ranks of two maps."""
    return float(np.corrcoef(ranks(before.ravel()), ranks(after.ravel()))[0, 1])


def centre(values: np.ndarray) -> np.ndarray:
    """Returns (x, y) of the positive mass, as fractions of the map."""
    mass = np.maximum(values, 0)
    rows, columns = [(np.arange(size) + 0.5) / size for size in mass.shape]
    return np.array([mass.sum(0) @ columns, mass.sum(1) @ rows]) / mass.sum()


def top_overlap(before: np.ndarray, after: np.ndarray) -> float:
    """Returns the share of the tenth of the strongest values, at least 3, that is in both."""
    count = max(3, round(before.size / 10))
    first, second = (
        set(np.argsort(-np.abs(values.ravel()), kind="stable")[:count])
        for values in (before, after)
    )
    return len(first & second) / count


def flipped(before: schema.Record, after: schema.Record) -> list[int]:
    """Returns which samples' first class is another one."""
    first, second = before.arrays["classes"][:, 0], after.arrays["classes"][:, 0]
    return list(np.flatnonzero(first != second))
