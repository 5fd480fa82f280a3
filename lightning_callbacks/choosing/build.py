"""Making the monitors of a setup."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from typing_extensions import Unpack

from lightning_callbacks.activations import ActivationMonitor
from lightning_callbacks.attention import AttentionMonitor
from lightning_callbacks.attributions import AttributionMonitor
from lightning_callbacks.choosing.setup import Choice, Setup
from lightning_callbacks.global_attributions import GlobalAttributionMonitor
from lightning_callbacks.gradcam import GradCAMMonitor
from lightning_callbacks.gradients import GradientMonitor
from lightning_callbacks.graph import ModelGraphMonitor
from lightning_callbacks.monitor import Monitor
from lightning_callbacks.outputs import OutputMonitor
from lightning_callbacks.overhead import SharedBudget
from lightning_callbacks.probe import Probe
from lightning_callbacks.quality import ExplanationQualityMonitor
from lightning_callbacks.recorder import Recorder, RecorderOptions
from lightning_callbacks.sensitivity_monitor import SensitivityMonitor
from lightning_callbacks.surrogate import SurrogateMonitor
from lightning_callbacks.weights import WeightMonitor

CALLBACKS: Mapping[str, type[Recorder]] = {
    each.__name__: each
    for each in (
        OutputMonitor,
        GradCAMMonitor,
        AttributionMonitor,
        GlobalAttributionMonitor,
        ExplanationQualityMonitor,
        SurrogateMonitor,
        ActivationMonitor,
        GradientMonitor,
        WeightMonitor,
        AttentionMonitor,
        SensitivityMonitor,
        ModelGraphMonitor,
    )
}


def build(
    setup: Setup, probe: Probe, budget: SharedBudget, **options: Unpack[RecorderOptions]
) -> Sequence[Recorder]:
    """Returns the monitors of `setup`, in its order, with one budget.

    Args:
      setup: what was chosen.
      probe: the samples of those that look at some.
      budget: what they may take together.
      **options: as for every `Recorder`.
    """
    shared = {"max_overhead": None, **options}
    monitors = [_build(choice, setup, probe, shared) for choice in setup.choices]
    for monitor in monitors:
        monitor.share_budget(budget)
    return monitors


def _build(choice: Choice, setup: Setup, probe: Probe, shared: Mapping[str, Any]) -> Recorder:
    callback = CALLBACKS[choice.callback]
    options = {**shared, **choice.settings}
    if callback is OutputMonitor:
        options["class_names"] = probe.class_names
    if issubclass(callback, Monitor):
        options["probe"] = probe if choice.samples is None else _larger(probe, choice.samples)
        options["forward"] = setup.forward
    return callback(**options)


def _larger(probe: Probe, samples: int) -> Probe:
    return replace(probe, samples=max(samples, probe.samples))
