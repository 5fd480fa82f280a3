"""Writes event files with invented but well-formed records of input attributions, without torch.

What the maps show is planted (`synthetic_attribution_inputs`): it grows out of noise with training,
in each method with an error of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from tb_explain import schema
from tests.synthetic_attention import status
from tests.synthetic_attribution_inputs import INPUTS, Inputs
from tests.synthetic_explanation_quality import quality
from tests.synthetic_runs import RecordWriter
from tests.synthetic_summaries import summary, surrogate


@dataclass(frozen=True)
class SyntheticMethod:
    """What is recorded of a method, and how well its invented maps show what is planted.

    Attributes:
      noise: standard deviation of the values' error, as a share of the largest planted value.
      error: relative error of completeness.
    """

    title: str
    signed: bool = True
    complete: bool = False
    fitted: bool = False
    caveat: str | None = None
    noise: float = 0.05
    error: float = 0.0


METHODS = {
    "integrated_gradients": SyntheticMethod("Integrated gradients", complete=True, error=0.004),
    "gradient_shap": SyntheticMethod("GradientSHAP", complete=True, noise=0.12, error=0.09),
    "deep_lift": SyntheticMethod("DeepLIFT", complete=True, noise=0.03, error=0.31),
    "kernel_shap": SyntheticMethod("KernelSHAP", complete=True, fitted=True, noise=0.08),
    "lime": SyntheticMethod("LIME", fitted=True, noise=0.1),
    "saliency": SyntheticMethod("Saliency", signed=False, noise=0.2),
    "guided_backprop": SyntheticMethod(
        "Guided backpropagation",
        noise=0.3,
        caveat="It hardly changes when the weights are made random: it shows the input's edges as "
        "much as the model's reasons (Adebayo et al. 2018).",
    ),
}


@dataclass(frozen=True)
class AttributionShape:
    """How much a synthetic run of attributions holds."""

    space: str = "text"
    methods: Sequence[str] = ("integrated_gradients", "gradient_shap", "saliency")
    targets: Sequence[str] = ("label",)
    samples: int = 6
    epochs: int = 8
    steps_per_epoch: int = 40
    quality: bool = True
    summary: bool = True
    private: bool = False  # summaries: noised, without intervals

    @property
    def digest(self) -> str:
        """The probe's."""
        return f"synthetic-{self.space}-{self.samples}"


@cache
def inputs_of(space: str, samples: int) -> Inputs:
    """Returns the samples of a probe."""
    return INPUTS[space](samples)


def write_attribution_run(run_dir: Path, shape: AttributionShape, *, seed: int = 0) -> None:
    """Writes one run: a probe, and attributions from untrained to the last epoch."""
    writer = RecordWriter(run_dir)
    for epoch in range(schema.UNTRAINED_EPOCH, shape.epochs):
        writer.write(*attribution_records(shape, epoch, seed=seed), wall_time=1.8e9 + 60.0 * epoch)
    writer.close()


def attribution_records(
    shape: AttributionShape, epoch: int, *, seed: int = 0, monitor: str = "attributions"
) -> list[schema.Record]:
    """Returns what monitors of attributions record after `epoch` (-1: and the probe)."""
    step = (epoch + 1) * shape.steps_per_epoch
    common = {"step": step, "epoch": epoch, "written": epoch + 2}
    records = [
        schema.Record("predictions", monitor, **common, **_predictions(shape, epoch, seed)),
        schema.Record("attribution", monitor, **common, **_attribution(shape, epoch, seed)),
    ]
    if shape.summary:
        found = summary(shape, METHODS, trust(shape, epoch), seed)
        records.append(schema.Record("attribution_summary", monitor, **common, **found))
        if shape.space == "tabular":
            found = surrogate(shape, trust(shape, epoch))
            records.append(schema.Record("surrogate", "surrogate", **common, **found))
    if shape.quality:
        found = quality(shape, METHODS, trust(shape, epoch), seed + 97 * (epoch + 2))
        records.append(schema.Record("explanation_quality", "quality", **common, **found))
    if epoch == schema.UNTRAINED_EPOCH:
        records.insert(0, schema.Record("probe", monitor, **common, **_probe(shape)))
    return records


def trust(shape: AttributionShape, epoch: int) -> float:
    """Returns how much a model has learned by `epoch`: 0 untrained, 1 at the end."""
    return float(np.sqrt((epoch + 1) / max(1, shape.epochs)))


def _probe(shape: AttributionShape) -> dict[str, Any]:
    inputs = inputs_of(shape.space, shape.samples)
    fields = {
        "digest": shape.digest,
        "hashes": [f"{shape.space}{n:010x}" for n in range(shape.samples)],
        "names": [f"{n}" for n in range(shape.samples)],
        "modality": shape.space,
        "store_inputs": "thumbnail",
        "display": None,
        "shape": inputs.shape,
        "class_names": inputs.class_names,
        "tokens": None,
        "features": None,
        **inputs.fields,
    }
    return {"fields": fields, "arrays": {"labels": inputs.labels.astype(np.int32), **inputs.arrays}}


def outputs_of(shape: AttributionShape, epoch: int) -> np.ndarray:
    """Returns float [N]: the logit of each sample's label."""
    planted = inputs_of(shape.space, shape.samples).planted
    sums = planted.reshape(shape.samples, -1).sum(axis=1)
    return 0.2 + trust(shape, epoch) * sums


def _predictions(shape: AttributionShape, epoch: int, seed: int) -> dict[str, Any]:
    inputs = inputs_of(shape.space, shape.samples)
    drawn = np.random.default_rng([seed, 7]).normal(size=shape.samples)
    right = 1 / (1 + np.exp(-(0.8 * drawn + 1.4 * outputs_of(shape, epoch) - 0.4)))
    classes = np.stack([inputs.labels, 1 - inputs.labels], axis=1)
    classes = np.where((right >= 0.5)[:, None], classes, classes[:, ::-1])
    top = np.maximum(right, 1 - right)
    arrays = {
        "classes": classes.astype(np.int32),
        "scores": np.stack([top, 1 - top], axis=1).astype(np.float32),
        "label_score": right.astype(np.float32),
        "loss": -np.log(right).astype(np.float32),
    }
    fields = {"probe": shape.digest, "activation": "softmax", **status()}
    return {"fields": fields, "arrays": arrays}


def _attribution(shape: AttributionShape, epoch: int, seed: int) -> dict[str, Any]:
    inputs = inputs_of(shape.space, shape.samples)
    outputs = outputs_of(shape, epoch)
    arrays: dict[str, np.ndarray] = {}
    maps = []
    for t in range(len(shape.targets)):
        sign = 1 if t == 0 else -1  # a further target is the other class
        classes = inputs.labels if t == 0 else 1 - inputs.labels
        arrays |= {
            f"target.{t}": classes.astype(np.int32),
            f"output.{t}": (sign * outputs).astype(np.float32),
        }
        for name in shape.methods:
            values = sign * maps_of(shape, name, epoch, seed)
            array = f"map.{len(maps)}"
            arrays |= _map_arrays(array, shape, name, values, sign * outputs)
            maps.append(_entry(array, name, shape.space, t))
    targets = [{"spec": target} for target in shape.targets]
    fields = {"probe": shape.digest, "space": shape.space, "targets": targets, "maps": maps}
    return {"fields": fields, "arrays": arrays}


def maps_of(shape: AttributionShape, name: str, epoch: int, seed: int) -> np.ndarray:
    """Returns float [N, ...]: what method `name` finds; nothing where nothing can count."""
    planted = inputs_of(shape.space, shape.samples).planted
    method = METHODS[name]
    drawn = np.random.default_rng([seed, epoch + 1, *name.encode()])
    learned = trust(shape, epoch)
    noise = (method.noise + 0.1 * (1 - learned)) * np.abs(planted).max()
    values = learned * planted + noise * _smooth(drawn.normal(size=planted.shape), shape.space)
    if shape.space == "text":
        tokens = inputs_of(shape.space, shape.samples).fields["tokens"]
        values *= np.array([[not _special(token) for token in text] for text in tokens])
    return values


def _special(token: str) -> bool:
    return token in ("[CLS]", "[SEP]", "[PAD]")


def _smooth(noise: np.ndarray, space: str) -> np.ndarray:
    """Returns noise as models make it: of neighbours alike, where there are neighbours."""
    if space in ("text", "tabular"):
        return noise
    for axis in (-1, -2) if space == "image" else (-1,):
        noise = sum(np.roll(noise, shift, axis) for shift in (-1, 0, 1)) / np.sqrt(3)
    return noise * (0.5 if space == "image" else 0.3)


def _map_arrays(
    array: str, shape: AttributionShape, name: str, values: np.ndarray, outputs: np.ndarray
) -> dict[str, np.ndarray]:
    method = METHODS[name]
    shown = values if method.signed else np.abs(values)
    if shape.space in ("image", "series"):
        maps, scale = schema.quantise(shown, signed=method.signed)
    else:
        maps, scale = shown.astype(np.float32), np.ones(len(shown), np.float32)
    arrays = {array: maps, f"{array}.scale": scale}
    total = values.reshape(len(values), -1).sum(axis=1)
    if method.complete:
        base = outputs - total / (1 - method.error)
        arrays |= {
            f"{array}.base": base.astype(np.float32),
            f"{array}.total": total.astype(np.float32),
        }
    if method.fitted:
        fit = np.linspace(0.97, 0.71, len(values))
        arrays[f"{array}.fit"] = fit.astype(np.float32)
    if shape.space == "text" and not method.fitted:
        arrays[f"{array}.l2"] = (np.abs(values) * 1.4 + 0.05 * (values != 0)).astype(np.float32)
    return arrays


def _entry(array: str, name: str, space: str, target: int) -> dict[str, Any]:
    method = METHODS[name]
    baseline = {"text": "pad", "tabular": "mean"}.get(space, "zero")
    return {
        "array": array,
        "method": name,
        "title": method.title,
        "target": target,
        "signed": method.signed,
        "unit": "logit" if method.signed else "logit per unit of input",
        "baseline": baseline if method.signed else None,
        "complete": method.complete,
        "caveat": method.caveat,
        "notes": [],
        "cost_ms": 14.2,
    }
