"""The monitors, in the order of the table's columns, each as it looks at `nets.Net`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from torch import nn

from lightning_callbacks import (
    ActivationMonitor,
    AttentionMonitor,
    AttributionMonitor,
    ExplanationQualityMonitor,
    GlobalAttributionMonitor,
    GradCAMMonitor,
    GradientMonitor,
    ModelGraphMonitor,
    OutputMonitor,
    SensitivityMonitor,
    SurrogateMonitor,
    WeightMonitor,
    explain,
)

EVERY_STEP = {"every_n_train_steps": 1, "max_overhead": None}
EVERY_EPOCH = {"every_n_epochs": 1, "max_overhead": None}
_MEASURES = ("completeness", "deletion", "sparseness", "random_logit")

# Before the column's name in that of a monitor: `explain()` gives its own other names.
NAMED = "checked "
EXPLAIN = "explain()"
MONITORS: Mapping[str, Callable[[], Any]] = {
    "graph": lambda: ModelGraphMonitor(name="checked graph", **EVERY_EPOCH),
    "activations": lambda: ActivationMonitor(["*"], name="checked activations", **EVERY_EPOCH),
    "activations in training": lambda: ActivationMonitor(
        ["*"], source="training", name="checked activations in training", **EVERY_STEP
    ),
    "gradients": lambda: GradientMonitor(name="checked gradients", **EVERY_STEP),
    "weights": lambda: WeightMonitor(name="checked weights", **EVERY_STEP),
    "outputs": lambda: OutputMonitor(name="checked outputs", max_overhead=None),
    "Grad-CAM": lambda: GradCAMMonitor(
        ["gradcam", "layercam"], name="checked Grad-CAM", **EVERY_EPOCH
    ),
    "attributions": lambda: AttributionMonitor(
        ["saliency", "deeplift", "integrated_gradients", "occlusion"],
        name="checked attributions", **EVERY_EPOCH,
    ),
    "global attributions": lambda: GlobalAttributionMonitor(
        name="checked global attributions", **EVERY_EPOCH
    ),
    "attention": lambda: AttentionMonitor(name="checked attention", **EVERY_EPOCH),
    "quality": lambda: ExplanationQualityMonitor(
        ["deeplift", "saliency"], measures=_MEASURES, name="checked quality", **EVERY_EPOCH
    ),
    "surrogate": lambda: SurrogateMonitor(nn.AvgPool2d, name="checked surrogate", **EVERY_EPOCH),
    "sensitivity": lambda: SensitivityMonitor(
        levels=[0.5, 0.9], estimate=None, samples=8, name="checked sensitivity", **EVERY_EPOCH
    ),
    "sensitivity of channels": lambda: SensitivityMonitor(
        "channel", levels=[0.5], samples=8, estimate=None,
        name="checked sensitivity of channels", **EVERY_EPOCH,
    ),
}  # fmt: skip


COLUMNS = [*MONITORS, EXPLAIN]
_STEPS = {"layer_table", "layer_statistics", "layer_histograms"}
# What each records of any model that it does not refuse.
KINDS: Mapping[str, set[str]] = {
    "graph": {"graph"},
    "activations": {*_STEPS, "feature_maps"},
    "activations in training": _STEPS,
    "gradients": _STEPS,
    "weights": _STEPS,
    "outputs": {"outputs"},
    "Grad-CAM": {"cam", "predictions"},
    "attributions": {"attribution", "predictions"},
    "global attributions": {"attribution_summary"},
    "attention": {"attention", "attention_statistics", "predictions"},
    "quality": {"explanation_quality"},
    "surrogate": {"surrogate"},
    "sensitivity": {"sensitivity"},
    "sensitivity of channels": {"sensitivity"},
    EXPLAIN: {"setup", *_STEPS},
}
# Those that run the model themselves or see what it returns, in its own precision.
RUNNING = [
    column
    for column in COLUMNS
    if column not in ("graph", "activations in training", "gradients", "weights")
]


def all_monitors() -> list[Any]:
    """Returns every monitor of the table, and `explain()` without limits of time."""
    return [*(make() for make in MONITORS.values()), explain(max_overhead=10.0)]
