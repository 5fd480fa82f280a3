"""What mutations begin with: well-formed records of every kind, golden ones and synthetic ones."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import tb_explain
from tb_explain import schema
from tests.fuzz.blocks import Block, parsed
from tests.synthetic_attention import AttentionShape, write_attention_run
from tests.synthetic_attributions import AttributionShape, write_attribution_run
from tests.synthetic_graph import residual_network, write_graph_run
from tests.synthetic_layer_tables import LayersShape
from tests.synthetic_layers import write_layers
from tests.synthetic_outputs import write_outputs_run
from tests.synthetic_runs import RunShape, write_run
from tests.synthetic_sensitivity import SensitivityShape, write_sensitivities

GOLDEN = Path(__file__).parents[1] / "golden"
LARGEST = 12_000  # bytes: damage lies in the form, and small records are many a second


@functools.cache
def blocks() -> tuple[Block, ...]:
    """Returns every seed; they are shared: clone before a change."""
    golden = [path.read_bytes() for path in sorted(GOLDEN.glob("*.bin"))]
    return (*map(parsed, golden), *_synthetic())


@functools.cache
def by_kind() -> dict[str, tuple[Block, ...]]:
    """Returns the seeds of each kind."""
    return {kind: tuple(block for block in blocks() if block.kind == kind) for kind in schema.KINDS}


@functools.cache
def runs() -> dict[str, tuple[Block, ...]]:
    """Returns the records of one small run of each writer, which belong together."""
    found: dict[str, tuple[Block, ...]] = {}
    for name, write in WRITERS.items():
        with tempfile.TemporaryDirectory() as folder:
            write(Path(folder, name))
            loaded = tb_explain.load(folder)[name]
            stored = [record.stored for series in loaded.values() for record in series]
        stored.sort(key=lambda record: (record.step, record.kind != "probe"))
        found[name] = tuple(parsed(schema.pack(record)) for record in stored)
    return found


def _of_space(space: str, **more: Any) -> Callable[[Path], None]:
    shape = AttributionShape(space, ("integrated_gradients", "lime"), samples=3, epochs=1, **more)
    return lambda path: write_attribution_run(path, shape)


_TEXT = AttentionShape(layers=2, heads=2, epochs=1, samples=2)
_IMAGE = replace(_TEXT, grid=(3, 3), kept=4)
WRITERS: Mapping[str, Callable[[Path], None]] = {
    "runs": lambda path: write_run(path, RunShape(samples=3, epochs=2, map_size=4)),
    "attention": lambda path: write_attention_run(path, _TEXT),
    "attention_image": lambda path: write_attention_run(path, _IMAGE),
    "attributions_image": _of_space("image"),
    "attributions_text": _of_space("text"),
    "attributions_series": _of_space("series"),
    "attributions_tabular": _of_space("tabular"),
    "attributions_private": _of_space("tabular", private=True),
    "graph": lambda path: write_graph_run(path, residual_network(1, width=4), epochs=2),
    "layers": lambda path: write_layers(path, LayersShape(blocks=1, records=3)),
    "outputs": lambda path: write_outputs_run(path, epochs=2),
    "outputs_many": lambda path: write_outputs_run(path, classes=100, epochs=1),
    "outputs_regression": lambda path: write_outputs_run(path, task="regression", epochs=1),
    "sensitivity": lambda path: write_sensitivities(
        path, SensitivityShape(epochs=2, edits=("unstructured", "channel", "bits", "n:m"))
    ),
}


def _synthetic() -> list[Block]:
    found = [block for blocks_of_run in runs().values() for block in blocks_of_run]
    return [block for block in found if len(block.packed()) <= LARGEST]
