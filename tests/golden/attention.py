"""Golden records of attention, structure and outputs."""

from __future__ import annotations

from typing import Any

import numpy as np

from tb_explain import schema


def records() -> dict[str, schema.Record]:
    """Returns the golden records by name."""
    return {
        "v1_attention_statistics": _statistics(),
        "v1_attention": _attention(),
        "v1_attention_sparse": _attention_sparse(),
        "v1_graph": _graph(),
        "v1_outputs": _outputs(),
        "v1_outputs_confused": _outputs_confused(),
        "v1_outputs_regression": _outputs_regression(),
    }


def _layers(*heads: int) -> list[dict[str, Any]]:
    return [
        {"name": f"blocks.{n}.attn", "heads": count, "source": "function"}
        for n, count in enumerate(heads)
    ]


def _status(gap: str | None = None) -> dict[str, Any]:
    return {
        "probe": None,
        "cost_ms": 3.5,
        "overhead": 0.002,
        "every": "every epoch",
        "weights": "raw",
        "notes": [],
        "gap": gap,
    }


def _statistics() -> schema.Record:
    arrays = {
        "entropy": np.array([[1.5, 0.25], [0.0, np.nan]], np.float32),
        "distance": np.array([[2.0, 1.0], [0.0, np.nan]], np.float32),
        "first": np.array([[0.25, 0.5], [1.0, np.nan]], np.float32),
    }
    fields = {"probe": "c0ffee0123456789", "layers": _layers(2, 1)}
    return schema.Record("attention_statistics", "attention", 1175, 3, 5, fields, arrays)


def _fields(grid: list[int] | None, length: int) -> dict[str, Any]:
    return {
        "probe": "c0ffee0123456789",
        "samples": [2],
        "lengths": [length],
        "prefix": 1 if grid else 0,
        "grid": grid,
        "layers": _layers(1),
        "rollout_from": "first token",
        "target": "prediction" if grid else None,
    }


def _attention() -> schema.Record:
    weights = np.array([[0.5, 0.25, 0.25], [0.0, 1.0, 0.0], [0.0, 0.75, 0.25]], np.float32)
    counts, scale = schema.quantise(weights, signed=False)
    arrays = {
        "map.0": counts.reshape(1, 1, 3, 3),
        "map.0.scale": scale.reshape(1, 1, 3),
        "rollout": np.array([[0.5, 0.25, 0.25]], np.float32),
        "relevance": np.array([[0.75, 0.125, 0.5]], np.float32),
    }
    return schema.Record("attention", "attention", 1175, 3, 5, _fields([1, 2], 3), arrays)


def _attention_sparse() -> schema.Record:
    counts = np.array([[255, 85], [255, 255], [255, 51], [0, 0]], np.uint8)
    arrays = {
        "map.0": counts.reshape(1, 1, 4, 2),
        "map.0.scale": np.full((1, 1, 4), 1 / 512, np.float32),
        "index.0": np.array([[0, 3], [1, 0], [2, 1], [0, 1]], np.int32).reshape(1, 1, 4, 2),
        "rollout": np.array([[0.5, 0.25, 0.25, 0.0]], np.float32),
    }
    return schema.Record("attention", "attention", 1410, 4, 6, _fields(None, 3), arrays)


def _graph() -> schema.Record:
    def node(key: str, kind: str, parent: str | None, **cost: int) -> dict[str, Any]:
        return {
            "id": key,
            "name": key,
            "kind": kind,
            "type": "Linear" if kind == "module" else kind,
            "parent": parent,
            "shape": [8, 16] if kind != "untraced" else None,
            "parameters": cost.get("parameters", 0),
            "macs": cost.get("macs", 0),
            "activation_bytes": 64,
            "calls": 1,
        }

    nodes = [
        node("input", "input", None),
        node("head", "module", None, parameters=272, macs=256),
        node("head.fc", "module", "head", parameters=272, macs=256),
        node("head.add", "operation", "head"),
        node("custom", "untraced", None),
        node("output", "output", None),
    ]
    edges = [
        ["input", "head.fc"],
        ["head.fc", "head.add"],
        ["head.add", "custom"],
        ["custom", "output"],
    ]
    fields = {**_status(), "nodes": nodes, "edges": edges}
    return schema.Record("graph", "graph", 0, -1, 1, fields)


def _outputs_fields(task: str, measures: dict[str, float | str | None]) -> dict[str, Any]:
    names = ["cat", "dog"] if task == "classification" else None
    return {
        **_status(),
        "task": task,
        "samples": 6,
        "class_names": names,
        "measures": measures,
    }


def _bins() -> dict[str, np.ndarray]:
    return {
        "bin_count": np.array([0, 2, 4], np.int32),
        "bin_confidence": np.array([np.nan, 0.5, 0.875], np.float32),
        "bin_accuracy": np.array([np.nan, 0.5, 0.75], np.float32),
        "confidence": np.array([[0, 1, 1], [0, 1, 3]], np.int32),
    }


def _outputs() -> schema.Record:
    measures = {"accuracy": 0.6666667, "ece": 0.0833333, "nll": "Infinity"}
    arrays = {**_bins(), "confusion": np.array([[2, 1], [1, 2]], np.int32)}
    fields = _outputs_fields("classification", measures)
    return schema.Record("outputs", "outputs", 1175, 3, 5, fields, arrays)


def _outputs_confused() -> schema.Record:
    measures = {"accuracy": 0.6666667, "ece": 0.0833333, "nll": None}
    arrays = {**_bins(), "confused": np.array([[0, 1, 1], [90, 7, 1]], np.int32)}
    fields = _outputs_fields("classification", measures) | {"class_names": None}
    return schema.Record("outputs", "outputs", 1410, 4, 6, fields, arrays)


def _outputs_regression() -> schema.Record:
    arrays = {
        "edges": np.array([-1.0, 0.0, 1.0], np.float32),
        "residuals": np.array([4, 2], np.int32),
        "residual_quantiles": np.array([-0.75, -0.5, -0.25, 0.25, 0.5], np.float32),
        "truth_edges": np.array([0.0, 2.0, 4.0], np.float32),
        "joint": np.array([[3, 0], [1, 2]], np.int32),
    }
    fields = _outputs_fields("regression", {"mae": 0.5, "rmse": 0.75, "r2": "NaN"})
    return schema.Record("outputs", "outputs", 1175, 3, 5, fields, arrays)
