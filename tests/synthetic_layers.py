"""Writes event files with invented but well-formed figures of layers, without torch.

    python -m tests.synthetic_layers LOGDIR [--layers 300 --records 500 --runs 1]

What the numbers mean does not matter; they are drawn so that a person sees something: gradients
that fade towards the input, a block that explodes, a ReLU whose units die, a NaN, a gap.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tb_explain import histograms, schema
from tests.synthetic_layer_maps import pictures
from tests.synthetic_layer_tables import (
    FRACTION,
    QUANTILES,
    STATISTICS,
    LayersShape,
    modules,
    parameters,
)
from tests.synthetic_runs import RecordWriter

NORMAL = 2000  # values drawn per histogram


def write_layers(run_dir: Path, shape: LayersShape | None = None, *, seed: int = 0) -> None:
    """Writes one run: gradients and weights by steps, activations, maps, filters by epochs."""
    shape = shape or LayersShape()
    writer = RecordWriter(run_dir)
    for step, records in sorted(_records(shape, seed), key=lambda entry: entry[0]):
        if records:
            writer.write(*records, wall_time=1.8e9 + 0.5 * step)
    writer.close()


def _records(shape: LayersShape, seed: int) -> Iterator[tuple[int, list[schema.Record]]]:
    for what in ("gradients", "weights"):
        figures = Figures(what, shape, seed)
        for index in range(shape.records):
            step = (index + 1) * shape.every
            epoch = (step - 1) // shape.steps_per_epoch
            yield step, [*figures.records(step, epoch, index), *_alerts(what, step, epoch, shape)]
    if shape.activations:
        figures = Figures("activations", shape, seed)
        for index in range(1 + shape.records * shape.every // shape.steps_per_epoch):
            step, epoch = index * shape.steps_per_epoch, index - 1
            maps = pictures(shape, step, epoch, index, seed) if shape.maps else []
            yield step, [*figures.records(step, epoch, index), *maps]


class Figures:
    """One monitor's records."""

    def __init__(self, what: str, shape: LayersShape, seed: int) -> None:
        self.what = what
        self.shape = shape
        self.seed = seed
        self.layers = modules(shape) if what == "activations" else parameters(shape)
        self.names = [name for name, *_ in STATISTICS[what]]

    def records(self, step: int, epoch: int, index: int) -> list[schema.Record]:
        """Returns what the monitor writes at `step`."""
        common = {"monitor": self.what, "step": step, "epoch": epoch, "written": index + 1}
        gap = index == 7 and self.seed == 1 and self.what == "gradients"
        if gap:
            fields = {**_status(step), "gap": "RuntimeError: out of memory"}
            return [schema.Record("layer_statistics", **common, fields=fields)]
        table = [self._table(common)] if index == 0 else []
        return [*table, self._statistics(common, index), self._histograms(common, index)]

    @property
    def digest(self) -> str:
        """Digest of the table."""
        return f"{self.what}{len(self.layers)}"

    def _table(self, common: dict[str, Any]) -> schema.Record:
        keys = ("name", "label", "unit", "scale", "rollup")
        fields = {
            "digest": self.digest,
            "what": self.what,
            "layers": self.layers,
            "statistics": [dict(zip(keys, each, strict=True)) for each in STATISTICS[self.what]],
        }
        return schema.Record("layer_table", **{**common, "written": 1}, fields=fields)

    def _statistics(self, common: dict[str, Any], index: int) -> schema.Record:
        size = self.sizes(index)
        rng = np.random.default_rng([self.seed, index])
        values = np.stack([self._column(name, size, index) for name in self.names], 1)
        values *= np.exp(0.08 * rng.normal(size=values.shape))
        fraction = [scale == FRACTION for *_, scale, _ in STATISTICS[self.what]]
        values[:, fraction] = values[:, fraction].clip(0, 1)
        self._plant(values, index)
        dead = self._dead(index)
        if "dead" in self.names:
            values[:, self.names.index("dead")] = np.bincount(dead[:, 0], minlength=len(size))
        fields = {**_status(common["step"]), "table": self.digest, "what": self.what}
        arrays = {"values": values.astype(np.float32), "dead": dead}
        return schema.Record("layer_statistics", **common, fields=fields, arrays=arrays)

    def sizes(self, index: int) -> np.ndarray:
        """Returns the typical magnitude of each layer's values at a record."""
        depth = np.arange(len(self.layers)) / max(1, len(self.layers) - 1)
        time = index / max(1, self.shape.records - 1)
        wave = 1 + 0.6 * np.sin(9 * depth + 5 * time + self.seed)
        fade = {"gradients": -3.5 * (1 - depth) * (0.3 + time), "weights": -0.6 * depth}
        size = 0.05 * wave * 10 ** fade.get(self.what, 0.3 * depth)
        if self.what == "gradients":
            size *= np.exp(-1.2 * time)
            if self.seed == 0 and time > 0.72:
                size[len(size) // 2 : len(size) // 2 + 6] *= 10 ** (14 * (time - 0.72))
        return size

    def _column(self, name: str, size: np.ndarray, index: int) -> np.ndarray:
        time = index / max(1, self.shape.records - 1)
        depth = np.arange(len(size))
        counts = np.sqrt([layer["size"] for layer in self.layers])
        quantiles = dict(zip(QUANTILES, (-4, -2.3, -1.6, -0.7, 0, 0.7, 1.6, 2.3, 4), strict=True))
        if self.what == "activations" and name in quantiles:
            return size * (quantiles[name] + 0.8 * np.sin(depth + 3 * time))
        known: dict[str, np.ndarray] = {
            "norm": size * counts,
            "weight_norm": 0.05 * counts,
            "update_norm": 1e-3 * size * counts * (1.1 - time),
            "mean": 0.2 * size * np.sin(depth + 6 * time),
            "max": 4 * size,
            "zeros": 0.3 + 0.3 * np.sin(depth),
            "near_zero": 0.1 + 0.5 * time * (depth % 3 == 0),
            "saturated": 0.02 + 0.5 * time * (depth % 7 == 3),
            "silent": 0.05 + 0.4 * time * (depth == 1),
            "gradient_to_weight": size / 0.05,
            "update_to_weight": 1e-3 * (1.1 - time) * np.ones(len(size)),
        }
        rest = np.zeros(len(size)) if name in ("nonfinite", "dead") else size
        return known.get(name, rest).astype(float)

    def _plant(self, values: np.ndarray, index: int) -> None:
        late = index >= 0.93 * self.shape.records
        if self.what == "gradients" and self.seed == 0 and late:
            rows = slice(len(values) // 2, len(values) // 2 + 2)
            values[rows, :5] = np.nan
            values[rows, self.names.index("nonfinite")] = 12
        if self.what == "weights":
            values[:, self.names.index("near_zero")][-1] = np.nan
            if index == 0:
                values[:, self.names.index("update_norm")] = np.nan
                values[:, self.names.index("update_to_weight")] = np.nan

    def _dead(self, index: int) -> np.ndarray:
        if self.what != "activations" or self.seed != 0:
            return np.empty((0, 2), np.int32)
        return np.array([(1, unit) for unit in range(min(14, 2 * index))], np.int32).reshape(-1, 2)

    def _histograms(self, common: dict[str, Any], index: int) -> schema.Record:
        bits = 2 if self.what == "activations" else 0
        rng = np.random.default_rng([self.seed, index])
        sample = np.sort(rng.normal(size=NORMAL)).astype(np.float32)
        counts = []
        for row, size in enumerate(self.sizes(index)):
            shift = 0.8 * np.sin(row + index / 9) if bits else 0.0
            values = (sample + shift) * np.float32(size)
            if row == 1 and bits:
                values = values.clip(0)
            counts.append(_counted(values.astype(np.float32), bits))
        bins, ends = histograms.encode(np.stack(counts))
        fields = {"table": self.digest, "what": self.what, "mantissa_bits": bits}
        arrays = {"bins": bins, "ends": ends}
        return schema.Record("layer_histograms", **common, fields=fields, arrays=arrays)


def _counted(values: np.ndarray, bits: int) -> np.ndarray:
    """Returns int64 [bins]: the counts of finite float32 `values`, subnormal ones as zeros."""
    raw = np.abs(values).view(np.uint32) >> np.uint32(23 - bits)
    place = raw.astype(np.int64) - (1 << bits)
    normal = 254 << bits
    bins = np.where(values < 0, normal + 1 - place, normal + 5 + place)
    bins[place < 0] = normal + 3
    return np.bincount(bins, minlength=histograms.bin_count(bits))


def _status(step: int) -> dict[str, Any]:
    return {
        "probe": None,
        "cost_ms": 3.0 + step % 7 / 10,
        "overhead": 0.008,
        "every": "every 50 steps",
        "weights": "raw",
        "notes": ["gradients are unscaled, accumulated, and not yet clipped"],
        "gap": None,
    }


def _alerts(what: str, step: int, epoch: int, shape: LayersShape) -> list[schema.Record]:
    if what != "gradients":
        return []
    layers = [layer["name"] for layer in parameters(shape)]
    middle = len(layers) // 2
    last = shape.every * shape.records
    moments = {
        shape.every * round(0.3 * shape.records): ("vanishing", layers[:4], 2e-7, 1e-6),
        shape.every * round(0.8 * shape.records): ("exploding", layers[middle : middle + 3], 9, 5),
        shape.every * round(0.95 * shape.records): ("non-finite", [layers[middle]], "NaN", 0),
    }
    if step not in moments or step > last:
        return []
    rule, names, value, limit = moments[step]
    raised = [
        {
            "rule": rule,
            "layer": name,
            "value": value,
            "limit": limit,
            "message": f"{rule} gradients in {name}: {value} against {limit}",
        }
        for name in names
    ]
    written = 1 + sorted(moments).index(step)
    active = [{"rule": rule, "layer": name, "since": step} for name in names]
    fields = {"what": what, "raised": raised, "cleared": [], "active": active}
    return [schema.Record("alerts", what, step, epoch, written, fields)]


def main() -> None:
    """Writes the runs that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("logdir", type=Path)
    parser.add_argument("--layers", type=int, default=39)
    parser.add_argument("--records", type=int, default=60)
    parser.add_argument("--runs", type=int, default=2)
    options = parser.parse_args()
    shape = LayersShape(blocks=round((options.layers - 3) / 6), records=options.records)
    for seed in range(options.runs):
        write_layers(options.logdir / f"run{seed}", shape, seed=seed)


if __name__ == "__main__":
    main()
