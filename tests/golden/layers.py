"""Golden records of the figures of layers: tables, statistics, histograms, maps, alerts."""

from __future__ import annotations

from typing import Any

import numpy as np

from tb_explain import histograms, schema

_LAYERS = [
    {"name": "stem.weight", "type": "Conv2d", "shape": [2, 3, 1, 1], "size": 6},
    {"name": "größe.<b>.bias", "type": "Linear", "shape": [2], "size": 2},
]
_STATISTICS = [
    ("norm", "norm", "", "log", "root-sum-square"),
    ("mean", "mean", "", "signed", "mean"),
    ("std", "standard deviation", "", "log", ["deviation", "mean"]),
    ("zeros", "zeros", "fraction", "fraction", "mean"),
    ("nonfinite", "not finite", "values", "linear", "sum"),
    ("weight_norm", "weight norm", "", "log", "root-sum-square"),
    ("gradient_to_weight", "gradient / weight", "", "log", ["ratio", "norm", "weight_norm"]),
    ("min", "smallest", "", "signed", "min"),
    ("max", "largest magnitude", "", "log", "max"),
    ("q50", "median", "", "signed", None),
]


def records() -> dict[str, schema.Record]:
    """Returns the golden records by name."""
    return {
        "v1_layer_table": _table(),
        "v1_layer_statistics": _statistics(),
        "v1_layer_statistics_gap": _gap(),
        "v1_layer_histograms": _histograms(mantissa_bits=0),
        "v1_layer_histograms_fine": _histograms(mantissa_bits=2),
        "v1_feature_maps": _feature_maps(),
        "v1_filters": _filters(),
        "v1_alerts": _alerts(),
    }


def _record(kind: str, fields: dict[str, Any], **arrays: np.ndarray) -> schema.Record:
    return schema.Record(kind, "gradients", 100, 0, 2, fields, arrays)


def _table() -> schema.Record:
    keys = ("name", "label", "unit", "scale", "rollup")
    fields = {
        "digest": "7ab1e00000000000",
        "what": "gradients",
        "layers": _LAYERS,
        "statistics": [dict(zip(keys, each, strict=True)) for each in _STATISTICS],
    }
    return _record("layer_table", fields)


def _status(gap: str | None) -> dict[str, Any]:
    return {
        "table": "7ab1e00000000000",
        "what": "gradients",
        "probe": None,
        "cost_ms": 3.25,
        "overhead": 0.0078125,
        "every": "every 50 steps",
        "weights": "raw",
        "notes": [],
        "gap": gap,
    }


def _statistics() -> schema.Record:
    values = np.arange(20, dtype=np.float32).reshape(2, 10) / 8
    values[1, :4] = [np.nan, np.inf, -np.inf, 0.5]
    dead = np.array([[0, 1], [1, 0]], np.int32)
    return _record("layer_statistics", _status(None), values=values, dead=dead)


def _gap() -> schema.Record:
    return _record("layer_statistics", _status("RuntimeError: out of memory"))


def _histograms(*, mantissa_bits: int) -> schema.Record:
    """One layer with a value in every kind of bin, and one with large counts."""
    normal = 254 << mantissa_bits
    every = np.zeros(histograms.bin_count(mantissa_bits), np.int64)
    every[[0, 1, 2, normal + 1, normal + 2, normal + 3, normal + 4]] = [1, 2, 3, 4, 5, 6, 7]
    every[[normal + 5, 2 * normal + 4, 2 * normal + 5]] = [8, 9, 10]
    large = np.zeros_like(every)
    large[[normal + 5 + normal // 2, normal + 6 + normal // 2]] = [127, 2**35]
    bins, ends = histograms.encode(np.stack([every, large]))
    fields = {"table": "7ab1e00000000000", "what": "gradients", "mantissa_bits": mantissa_bits}
    return _record("layer_histograms", fields, bins=bins, ends=ends)


def _feature_maps() -> schema.Record:
    values = np.arange(8, dtype=np.float32).reshape(4, 1, 2)
    unsigned, scale = schema.quantise(values, signed=False)
    signed, signed_scale = schema.quantise(values - 3, signed=True)
    fields = {
        "probe": "c0ffee0123456789",
        "samples": [2, 0],
        "maps": [
            {"array": "map.0", "layer": "stem", "channels": [0, 3], "signed": False},
            {"array": "map.1", "layer": "blocks.0", "channels": [1, 2], "signed": True},
        ],
    }
    arrays = {
        "map.0": unsigned.reshape(2, 2, 1, 2),
        "map.0.scale": scale.reshape(2, 2),
        "map.1": signed.reshape(2, 2, 1, 2),
        "map.1.scale": signed_scale.reshape(2, 2),
    }
    return _record("feature_maps", fields, **arrays)


def _filters() -> schema.Record:
    values = np.linspace(-1, 1, 12, dtype=np.float32).reshape(2, 3, 1, 2)
    filters, scale = schema.quantise(values, signed=True)
    arrays = {"filters": filters, "filters.scale": scale}
    return _record("filters", {"layer": "stem", "channels": [0, 1]}, **arrays)


def _alerts() -> schema.Record:
    stem, bias = "stem.weight", "größe.<b>.bias"
    raised = {"rule": "vanishing", "layer": stem, "value": 2e-8, "limit": 1e-7}
    broken = {"rule": "non_finite", "layer": bias, "value": "NaN", "limit": 0}
    fields = {
        "what": "gradients",
        "raised": [
            {**raised, "message": "the gradient's norm is 2e-08, below 1e-07"},
            {**broken, "message": "2 of 2 values are not finite"},
        ],
        "cleared": [{"rule": "exploding", "layer": stem}],
        "active": [
            {"rule": "vanishing", "layer": stem, "since": 100},
            {"rule": "non_finite", "layer": bias, "since": 100},
        ],
    }
    return _record("alerts", fields)
