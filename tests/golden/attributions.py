"""Golden records of attributions to inputs: text, tables, images, series; summaries and quality."""

from __future__ import annotations

from typing import Any

import numpy as np

from tb_explain import schema

_PROBE = "a77b000000000000"
_FEATURES = [
    {"name": "duration", "unit": "months", "categories": None},
    {"name": "purpose", "unit": None, "categories": ["car", "<i>tv</i>"]},
]


def records() -> dict[str, schema.Record]:
    """Returns the golden records by name."""
    return {
        "v1_probe_text": _probe_text(),
        "v1_probe_tabular": _probe_tabular(),
        "v1_probe_series": _probe_series(),
        "v1_attribution_image": _image(),
        "v1_attribution_text": _text(),
        "v1_attribution_tabular": _tabular(),
        "v1_attribution_series": _series(),
        "v1_attribution_nonfinite": _nonfinite(),
        "v1_attribution_summary_tabular": _summary_tabular(),
        "v1_attribution_summary_private": _summary_private(),
        "v1_attribution_summary_text": _summary_text(),
        "v1_attribution_summary_image": _summary_image(),
        "v1_attribution_summary_gap": _summary_gap(),
        "v1_explanation_quality": _quality(),
        "v1_explanation_quality_gap": _quality_gap(),
        "v1_surrogate": _surrogate(),
    }


def _record(kind: str, fields: dict[str, Any], arrays: dict[str, Any]) -> schema.Record:
    return schema.Record(kind, "attributions", 80, 1, 3, fields, arrays)


def _probe(modality: str, shape: list[int], **further: Any) -> dict[str, Any]:
    return {
        "digest": _PROBE,
        "hashes": ["00000000000000aa", "00000000000000bb"],
        "names": ["0", "<b>1</b>"],
        "modality": modality,
        "store_inputs": "thumbnail",
        "display": None,
        "shape": shape,
        "class_names": ["ham", "spam"],
        "tokens": None,
        "features": None,
        **further,
    }


def _probe_text() -> schema.Record:
    tokens = [["[CLS]", "fr", "##ee", "[SEP]"], ["[CLS]", "<script>alert(1)</script>", "größe"]]
    labels = np.array([1, 0], np.int32)
    return _record("probe", _probe("text", [4], tokens=tokens), {"labels": labels})


def _probe_tabular() -> schema.Record:
    arrays = {
        "labels": np.array([1, 0], np.int32),
        "values": np.array([[12, 1], [np.nan, 0]], np.float32),
    }
    return _record("probe", _probe("tabular", [3], features=_FEATURES), arrays)


def _probe_series() -> schema.Record:
    signals = np.arange(12, dtype=np.float32).reshape(2, 2, 3) / 4
    arrays = {"labels": np.array([1, -1], np.int32), "signals": signals}
    return _record("probe", _probe("series", [2, 3]), arrays)


def _map(n: int, method: str, **changes: Any) -> dict[str, Any]:
    return {
        "array": f"map.{n}",
        "method": method,
        "title": method.replace("_", " ").capitalize(),
        "target": 0,
        "signed": True,
        "unit": "logit",
        "baseline": "pad",
        "complete": True,
        "caveat": None,
        "notes": [],
        "cost_ms": 12.5,
        **changes,
    }


def _fields(space: str, *maps: dict[str, Any]) -> dict[str, Any]:
    return {"probe": _PROBE, "space": space, "targets": [{"spec": "label"}], "maps": list(maps)}


def _target(*classes: int) -> dict[str, np.ndarray]:
    outputs = np.array([2.5, -0.125], np.float32)[: len(classes)]
    return {"target.0": np.array(classes, np.int32), "output.0": outputs}


def _sums(name: str, base: list[float], total: list[float]) -> dict[str, np.ndarray]:
    return {
        f"{name}.base": np.array(base, np.float32),
        f"{name}.total": np.array(total, np.float32),
    }


def _plain(name: str, values: Any) -> dict[str, np.ndarray]:
    maps = np.array(values, np.float32)
    return {name: maps, f"{name}.scale": np.ones(len(maps), np.float32)}


def _quantised(name: str, values: np.ndarray, *, signed: bool) -> dict[str, np.ndarray]:
    pair = schema.quantise(values, signed=signed)
    return dict(zip((name, f"{name}.scale"), pair, strict=True))


def _image() -> schema.Record:
    ramp = np.arange(12, dtype=np.float32).reshape(2, 2, 3)
    caveat = "Shows edges as much as reasons: its maps hardly change when the weights are random."
    fields = _fields(
        "image",
        _map(0, "integrated_gradients", baseline="zero"),
        _map(
            1, "guided_backprop", signed=False, baseline=None, complete=False, caveat=caveat,
            notes=["<b>ReLU</b> inside a function is not guided"],
        ),
    )  # fmt: skip
    arrays = {
        **_target(0, 1),
        **_quantised("map.0", ramp - 5, signed=True),
        **_sums("map.0", [0.5, 0.0], [2.0, 0.5]),
        **_quantised("map.1", ramp, signed=False),
    }
    return _record("attribution", fields, arrays)


def _text() -> schema.Record:
    fields = _fields("text", _map(0, "integrated_gradients"), _map(1, "lime", complete=False))
    arrays = {
        **_target(1, 0),
        **_plain("map.0", [[0, 1.25, 0.75, 0], [0, -0.5, 0.125, 0]]),
        **_sums("map.0", [0.5, 0.25], [2.0, -0.375]),
        "map.0.l2": np.array([[0, 2, 1, 0], [0, 0.5, 0.25, 0]], np.float32),
        **_plain("map.1", [[0, 1, 1, 0], [0, -0.25, 0.25, 0]]),
        "map.1.fit": np.array([0.875, np.nan], np.float32),
    }
    return _record("attribution", fields, arrays)


def _tabular() -> schema.Record:
    fields = _fields("tabular", _map(0, "exact_shapley", baseline="mean"))
    fields["targets"].append({"spec": "contrast 1 - 0"})
    fields["maps"].append(_map(1, "exact_shapley", baseline="mean", target=1))
    arrays = {
        **_target(1, 0),
        "target.1": np.array([-1, -1], np.int32),
        "output.1": np.array([3.0, 1.0], np.float32),
        **_plain("map.0", [[1.5, 0.5], [-0.25, 0.125]]),
        **_sums("map.0", [0.5, 0.0], [2.0, -0.125]),
        **_plain("map.1", [[2.0, 1.0], [0.5, 0.25]]),
        **_sums("map.1", [0.0, 0.25], [3.0, 0.75]),
    }
    return _record("attribution", fields, arrays)


def _series() -> schema.Record:
    values = np.linspace(-1, 2, 12, dtype=np.float32).reshape(2, 2, 3)
    arrays = {
        **_target(1, -1),
        **_quantised("map.0", values, signed=True),
        **_sums("map.0", [0, 0], [1, 2]),
    }
    fields = _fields("series", _map(0, "occlusion", baseline="zero", complete=False))
    return _record("attribution", fields, arrays)


def _nonfinite() -> schema.Record:
    fields = _fields("text", _map(0, "saliency", signed=False, baseline=None, complete=False))
    arrays = {
        **_target(0),
        **_plain("map.0", [[0.5, np.nan, np.inf]]),
        **_sums("map.0", [np.nan], [np.inf]),
    }
    arrays["output.0"] = np.array([np.nan], np.float32)
    return _record("attribution", fields, arrays)


def _summary(space: str, *, privacy: dict[str, float] | None = None, **entry: Any) -> dict:
    summary = {
        "array": "0",
        "method": "integrated_gradients",
        "title": "Integrated gradients",
        "target": "label",
        "unit": "logit",
        "signed": True,
        "classes": None,
        "tokens": None,
        **entry,
    }
    return {
        **_status(None),
        "space": space,
        "samples": 640,
        "features": _FEATURES if space == "tabular" else None,
        "class_names": ["ham", "spam"],
        "privacy": privacy,
        "summaries": [summary],
    }


def _summary_tabular() -> schema.Record:
    mean_abs = np.array([0.5, 0.25], np.float32)
    arrays = {
        "mean_abs.0": mean_abs,
        "low.0": mean_abs - np.float32(0.125),
        "high.0": mean_abs + np.float32(0.125),
        "mean.0": np.array([-0.125, 0.0625], np.float32),
        "mean_low.0": np.array([-0.25, 0], np.float32),
        "mean_high.0": np.array([0, 0.125], np.float32),
        "swarm.0": np.array([[-0.5, 0.25], [0.5, np.nan], [0.25, 0]], np.float32),
        "interaction.0": np.array([[0, 0.75], [0.5, 0]], np.float32),
        "swarm_values": np.array([[12, 1], [24, 0], [np.nan, 1]], np.float32),
    }
    return _record("attribution_summary", _summary("tabular"), arrays)


def _summary_private() -> schema.Record:
    privacy = {
        "epsilon": 8.0,
        "delta": 1e-5,
        "clip": 0.5,
        "noise": 0.03125,
        "spent_epsilon": 2.5,
        "releases": 3,
        "planned_releases": 100,
    }
    arrays = {
        "mean_abs.0": np.array([0.5, 0.25], np.float32),
        "mean.0": np.array([-0.125, 0.0625], np.float32),
    }
    return _record("attribution_summary", _summary("tabular", privacy=privacy), arrays)


def _summary_text() -> schema.Record:
    tokens = [
        {"class": 1, "token": "free", "mean": 1.5, "count": 12},
        {"class": 0, "token": "<b>notes</b>", "mean": "NaN", "count": 3},
    ]
    return _record("attribution_summary", _summary("text", tokens=tokens), {})


def _summary_image() -> schema.Record:
    ramp = np.arange(12, dtype=np.float32).reshape(2, 2, 3)
    fields = _summary("image", classes=[0, 3])
    return _record("attribution_summary", fields, _quantised("class_mean.0", ramp - 4, signed=True))


def _summary_gap() -> schema.Record:
    return _record("attribution_summary", _status("RuntimeError: out of memory"), {})


def _status(gap: str | None) -> dict[str, Any]:
    return {
        "probe": _PROBE,
        "cost_ms": 125.0,
        "overhead": 0.0078125,
        "every": "every 5 epochs",
        "weights": "raw",
        "notes": [],
        "gap": gap,
    }


def _quality() -> schema.Record:
    keys = ("name", "label", "unit", "better", "source")
    measures = [
        ("completeness", "completeness error", "fraction", "low", "Sundararajan et al. 2017"),
        ("deletion_auc", "deletion AUC", "", "low", "Petsiuk et al. 2018"),
        ("sparseness", "sparseness (Gini)", "", None, "Chalasani et al. 2020"),
    ]
    fields = {
        **_status(None),
        "target": "label",
        "methods": [
            {"name": "integrated_gradients", "title": "Integrated gradients"},
            {"name": "saliency", "title": "Saliency"},
        ],
        "measures": [dict(zip(keys, each, strict=True)) for each in measures],
        "verdicts": [
            {
                "method": "saliency",
                "measure": "deletion_auc",
                "level": "fail",
                "message": "Leaving out what it marks does no more than <b>anything</b> else.",
            }
        ],
        "fractions": [0.0, 0.5, 1.0],
    }
    values = np.linspace(0, 1, 12, dtype=np.float32).reshape(2, 3, 2)
    values[1, 0] = np.nan
    arrays = {
        "values": values,
        "control": np.array([[np.nan, np.nan], [0.5, 0.625], [np.nan, np.nan]], np.float32),
        "agreement": np.array([[1, 0.25], [0.25, 1]], np.float32),
        "deletion": np.array([[1, 0.25, 0], [1, 0.5, 0], [1, 0.625, 0]], np.float32),
        "insertion": np.array([[0, 0.75, 1], [0, 0.5, 1], [0, 0.5, 1]], np.float32),
    }
    return _record("explanation_quality", fields, arrays)


def _quality_gap() -> schema.Record:
    return _record("explanation_quality", _status("RuntimeError: out of memory"), {})


def _surrogate() -> schema.Record:
    leaf = {"feature": None, "threshold": None, "left": None, "right": None}
    tree = [
        {"feature": 0, "threshold": 18.5, "left": 1, "right": 2, "value": [0, 0.5], "samples": 64},
        {**leaf, "value": [0.25, -0.25], "samples": 40},
        {**leaf, "value": [-0.5, 1.5], "samples": 24},
    ]
    fields = {
        **_status(None),
        "features": ["duration", "purpose = <i>tv</i>"],
        "outputs": ["ham", "spam"],
        "models": [
            {"name": "ridge", "r2": 0.875, "agreement": 0.9375, "r2_fitted": 0.9, "tree": None},
            {"name": "tree", "r2": 0.75, "agreement": None, "r2_fitted": 0.95, "tree": tree},
        ],
        "fitted": 64,
        "held_out": 16,
    }
    arrays = {
        "coefficients": np.array([[0.5, -0.25], [-0.5, 0.25]], np.float32),
        "intercept": np.array([0.125, -0.125], np.float32),
        "means": np.array([20.5, 0.375], np.float32),
        "deviations": np.array([12.25, 0.5], np.float32),
    }
    return _record("surrogate", fields, arrays)
