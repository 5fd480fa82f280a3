"""Invented summaries of attributions over many samples, and simple models fitted beside a model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tb_explain import schema
from tests.synthetic_attention import status
from tests.synthetic_attribution_inputs import FEATURES, INPUTS, USED, WEIGHTS, rule, table

SAMPLES = 640
SHOWN = 200  # samples of a swarm
_PRIVACY = {
    "epsilon": 8.0,
    "delta": 1e-5,
    "clip": 2.0,
    "noise": 0.02,
    "spent_epsilon": 3.2,
    "releases": 4,
    "planned_releases": 100,
}


def summary(shape: Any, methods: Mapping[str, Any], learned: float, seed: int) -> dict[str, Any]:
    """Returns fields and arrays of an `attribution_summary` record.

    Args:
      shape: an `AttributionShape`.
      methods: `METHODS`, by name.
      learned: 0 (untrained) to 1.
      seed: of the invented errors.
    """
    arrays: dict[str, np.ndarray] = {}
    entries = []
    for s, name in enumerate(shape.methods):
        drawn = np.random.default_rng([seed, s, int(1000 * learned)])
        entry = _entry(f"{s}", name, methods[name])
        if shape.space == "tabular":
            arrays |= _of_table(f"{s}", drawn, learned, methods[name], private=shape.private)
        elif shape.space == "text":
            entry["tokens"] = _of_text(drawn, learned)
        else:
            entry["classes"] = [0, 1]
            arrays |= _of_classes(f"{s}", shape, learned, methods[name])
        entries.append(entry)
    if shape.space == "tabular" and not shape.private:
        arrays["swarm_values"] = table(SHOWN, seed=1).astype(np.float32)
    inputs = INPUTS[shape.space](shape.samples)
    fields = {
        "probe": None,
        **status(),
        "space": shape.space,
        "samples": SAMPLES,
        "features": inputs.fields.get("features"),
        "class_names": inputs.class_names,
        "privacy": _PRIVACY if shape.private else None,
        "summaries": entries,
    }
    return {"fields": fields, "arrays": arrays}


def _entry(array: str, name: str, method: Any) -> dict[str, Any]:
    return {
        "array": array,
        "method": name,
        "title": method.title,
        "target": "label",
        "unit": "logit" if method.signed else "logit per unit of input",
        "signed": method.signed,
        "classes": None,
        "tokens": None,
    }


def _of_table(
    s: str, drawn: np.random.Generator, learned: float, method: Any, *, private: bool
) -> dict[str, np.ndarray]:
    values = table(SHOWN, seed=1)
    swarm = learned * rule(values) + (method.noise + 0.02) * drawn.normal(size=values.shape)
    mean_abs = np.abs(swarm).mean(axis=0)
    arrays = {f"mean_abs.{s}": mean_abs, f"mean.{s}": swarm.mean(axis=0)}
    if not private:
        half = 1.96 * np.abs(swarm).std(axis=0) / np.sqrt(SAMPLES)
        around, mean = 1.96 * swarm.std(axis=0) / np.sqrt(SAMPLES), swarm.mean(axis=0)
        arrays |= {f"low.{s}": mean_abs - half, f"high.{s}": mean_abs + half}
        arrays |= {f"mean_low.{s}": mean - around, f"mean_high.{s}": mean + around}
        arrays |= {f"swarm.{s}": swarm if method.signed else np.abs(swarm)}
        arrays[f"interaction.{s}"] = _interaction(drawn, learned)
    return {name: array.astype(np.float32) for name, array in arrays.items()}


def _interaction(drawn: np.random.Generator, learned: float) -> np.ndarray:
    F = len(FEATURES)
    found = 0.06 * drawn.random((F, F))
    found[USED[1], USED[0]] = 0.62 * learned
    found[USED[0], USED[1]] = 0.11 * learned
    np.fill_diagonal(found, 0)
    return found


def _of_text(drawn: np.random.Generator, learned: float) -> list[dict[str, Any]]:
    tokens = []
    for token, weight in WEIGHTS.items():
        mean = learned * abs(weight) + 0.05 * drawn.normal()
        count = int(drawn.integers(4, 90))
        entry = {"class": int(weight > 0), "token": token, "mean": mean, "count": count}
        tokens.append(entry)
    return sorted(tokens, key=lambda entry: (entry["class"], -entry["mean"]))


def _of_classes(s: str, shape: Any, learned: float, method: Any) -> dict[str, np.ndarray]:
    inputs = INPUTS[shape.space](40)
    means = np.stack([inputs.planted[inputs.labels == c].mean(axis=0) for c in (0, 1)])
    values = learned * means
    quantised = schema.quantise(values if method.signed else np.abs(values), signed=method.signed)
    return dict(zip((f"class_mean.{s}", f"class_mean.{s}.scale"), quantised, strict=True))


def surrogate(shape: Any, learned: float) -> dict[str, Any]:
    """Returns fields and arrays of a `surrogate` record: a ridge and a tree of three leaves."""
    names = [name for name, *_ in FEATURES]
    coefficients = np.zeros((2, len(names)))
    coefficients[1, list(USED)] = learned * np.array([0.45, 0.82])
    coefficients[0] = -coefficients[1]
    values = table(SHOWN, seed=1)
    fidelity = 0.35 + 0.5 * learned
    models = [
        {"name": "ridge", "r2": fidelity - 0.06, "agreement": 0.88, "r2_fitted": fidelity - 0.04},
        {"name": "tree", "r2": fidelity, "agreement": 0.93, "r2_fitted": fidelity + 0.05},
    ]
    fields = {
        "probe": shape.digest,
        **status(),
        "features": names,
        "outputs": ["good", "bad"],
        "models": [{**model, "tree": _tree(model["name"], learned)} for model in models],
        "fitted": 512,
        "held_out": 128,
    }
    arrays = {
        "coefficients": coefficients,
        "intercept": np.array([0.2, -0.2]),
        "means": values.mean(axis=0),
        "deviations": values.std(axis=0),
    }
    return {"fields": fields, "arrays": {k: v.astype(np.float32) for k, v in arrays.items()}}


def _tree(name: str, learned: float) -> list[dict[str, Any]] | None:
    if name != "tree":
        return None

    def split(feature: int, threshold: float, left: int, right: int) -> dict[str, Any]:
        return {"feature": feature, "threshold": threshold, "left": left, "right": right}

    leaf = {"feature": None, "threshold": None, "left": None, "right": None}
    shapes = [(split(USED[1], 31.5, 1, 4), 0.0, 512), (split(USED[0], 0.5, 2, 3), -0.7, 261)]
    shapes += [(leaf, -1.5, 66), (leaf, -0.4, 195), (split(USED[0], 1.5, 5, 6), 0.8, 251)]
    shapes += [(leaf, 1.6, 125), (leaf, 0.1, 126)]
    return [
        {**node, "value": [-learned * bad, learned * bad], "samples": count}
        for node, bad, count in shapes
    ]
