"""Which monitors fit what was seen of a model: one function each, in the order of the panels.

Each returns a `Choice`, a `LeftOut`, or None where a preset does not ask for the monitor at all.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from lightning_callbacks.choosing.look import Look
from lightning_callbacks.choosing.setup import Choice, LeftOut, Preset
from lightning_callbacks.step_monitor import DEFAULT_STEPS

_NO_FORWARD = "the model can't be called on the probe"
_NO_OPTIMIZER = "no optimizer is known whose steps could be watched"
# Samples of the probes that nobody looks at one by one.
_SUMMARISED = 256
_SURROGATE = 512
_SENSITIVITY = 32
# Between two checks of explanations, which cost as much as some ten explanations.
_EPOCHS_OF_QUALITY = 5
# Exact Shapley values take 2 to the power of this many calls.
_MOST_FEATURES = 8


@dataclass(frozen=True)
class Occasion:
    """What decides besides the model.

    Attributes:
      preset: as asked.
      look: what was seen of the model on the probe; None where there is no probe.
      problem: why there is none.
      trains: whether there are optimizers.
      validates: whether the trainer has validation data, and the model a validation step.
      epoch_steps: optimizer steps of an epoch; None: not known, or too many to wait for.
      rhythm: the schedule that monitors of the probe get instead of "every epoch".
      compiled: what of the model is compiled, so that hooks don't see it in training.
    """

    preset: Preset
    look: Look | None
    problem: str | None
    trains: bool
    validates: bool
    epoch_steps: int | None
    rhythm: dict[str, int]
    compiled: Literal["whole", "part"] | None


Decision = Choice | LeftOut | None


def _cams(seen: Occasion) -> Decision:
    look = seen.look
    if look is None or look.drawn.modality not in ("image", "series"):
        return LeftOut("GradCAMMonitor", _why_not(seen) or "only images and series have maps")
    if look.logits is None or _why_not(seen):
        return LeftOut("GradCAMMonitor", _why_not(seen) or _NO_FORWARD)
    layer, problem = look.cam_layer()
    if layer is None:
        return LeftOut("GradCAMMonitor", problem or "no layer has maps")
    methods = ["gradcam", "hirescam"] if seen.preset == "full" else ["gradcam"]
    settings = {"methods": methods, "layers": [layer], **_targets(look), **seen.rhythm}
    return Choice("GradCAMMonitor", f"where it looks: maps of the layer {layer!r}", settings)


def _attributions(seen: Occasion) -> Decision:
    look = seen.look
    if look is None or look.logits is None or _why_not(seen):
        return LeftOut("AttributionMonitor", _why_not(seen) or _NO_FORWARD)
    if seen.preset == "light" and isinstance(_cams(seen), Choice):
        return None  # where it looks is known at less cost
    fit, problems = _methods(seen, look)
    if not fit:
        return LeftOut("AttributionMonitor", "; ".join(f"{k}: {v}" for k, v in problems.items()))
    settings: dict[str, Any] = {"methods": fit, **_targets(look), **seen.rhythm}
    parts = {"image": "pixels", "text": "words", "tabular": "columns", "series": "points"}
    what = f"what predictions rest on: {parts[look.drawn.modality]}, by {', '.join(fit)}"
    without = "".join(f"; without {name} ({why})" for name, why in problems.items())
    return Choice("AttributionMonitor", what + without, settings)


def _methods(seen: Occasion, look: Look) -> tuple[list[str], dict[str, str]]:
    """Returns (methods that fit, why others don't): all of them, or the first of a row."""
    if seen.preset == "full":
        return look.methods(_all_methods(look))
    row = ["deeplift", "integrated_gradients", "input_x_gradient"]
    row = ["input_x_gradient", "occlusion"] if seen.preset == "light" else [*row, "occlusion"]
    problems: dict[str, str] = {}
    for name in row:
        fit, failed = look.methods([name])
        if fit:
            return fit, problems
        problems.update(failed)
    return [], problems


def _all_methods(look: Look) -> list[str]:
    further = {
        "image": ["smoothgrad", "occlusion"],
        "text": ["kernel_shap", "feature_ablation"],
        "tabular": ["kernel_shap"],
        "series": ["occlusion"],
    }[look.drawn.modality]
    features = look.drawn.features or ()
    if look.drawn.modality == "tabular" and len(features) <= _MOST_FEATURES:
        further = ["exact_shapley"]
    return ["deeplift", "integrated_gradients", *further]


def _global(seen: Occasion) -> Decision:
    if seen.preset != "full":
        return None
    look = seen.look
    if look is None or look.logits is None or _why_not(seen):
        return LeftOut("GlobalAttributionMonitor", _why_not(seen) or _NO_FORWARD)
    fit, _ = look.methods(["deeplift", "integrated_gradients"])
    if not fit:
        return LeftOut("GlobalAttributionMonitor", "no method whose values add up fits the model")
    settings = {"methods": fit[:1], **_targets(look), **seen.rhythm}
    return Choice(
        "GlobalAttributionMonitor", "what counts over many samples", settings, _SUMMARISED
    )


def _quality(seen: Occasion) -> Decision:
    if seen.preset != "full":
        return None
    look = seen.look
    if look is None or look.logits is None or _why_not(seen):
        return LeftOut("ExplanationQualityMonitor", _why_not(seen) or _NO_FORWARD)
    fit, _ = look.methods(["deeplift", "integrated_gradients", "input_x_gradient"])
    if not fit:
        return LeftOut("ExplanationQualityMonitor", "no method to check fits the model")
    rhythm = {name: _EPOCHS_OF_QUALITY * n for name, n in seen.rhythm.items()}
    settings = {"methods": fit[:2], **(rhythm or {"every_n_epochs": _EPOCHS_OF_QUALITY})}
    targets = _targets(look).get("targets")
    settings.update({"target": targets[0]} if targets else {})
    return Choice("ExplanationQualityMonitor", "how far explanations can be believed", settings)


def _surrogate(seen: Occasion) -> Decision:
    if seen.preset != "full":
        return None
    look = seen.look
    if look is None or look.logits is None or look.drawn.modality != "tabular":
        return LeftOut("SurrogateMonitor", _why_not(seen) or "its features are a table's columns")
    if importlib.util.find_spec("sklearn") is None:
        return LeftOut("SurrogateMonitor", "scikit-learn is not installed")
    reason = "how far a linear model or a small tree imitates it"
    return Choice("SurrogateMonitor", reason, dict(seen.rhythm), _SURROGATE)


def _activations(seen: Occasion) -> Decision:
    if seen.preset == "light" and not _why_not(seen):
        return None
    if seen.look is not None and seen.look.way is not None:
        return Choice("ActivationMonitor", "what comes out of its layers", dict(seen.rhythm))
    if not seen.trains:
        return LeftOut("ActivationMonitor", seen.problem or _NO_FORWARD)
    if seen.compiled:
        return LeftOut("ActivationMonitor", "hooks don't see how compiled models are trained")
    reason = "what comes out of its layers, on batches of training"
    return Choice("ActivationMonitor", reason, {"source": "training", **_of_steps(seen)})


def _gradients(seen: Occasion) -> Decision:
    if not seen.trains:
        return LeftOut("GradientMonitor", _NO_OPTIMIZER)
    return Choice("GradientMonitor", "whether all layers learn", _of_steps(seen))


def _weights(seen: Occasion) -> Decision:
    if not seen.trains:
        return LeftOut("WeightMonitor", _NO_OPTIMIZER)
    return Choice("WeightMonitor", "how far a step moves its weights", _of_steps(seen))


def _attention(seen: Occasion) -> Decision:
    look = seen.look
    if look is None or look.way is None:
        return LeftOut("AttentionMonitor", _why_not(seen) or _NO_FORWARD)
    problem = look.attends()
    if problem:
        return LeftOut("AttentionMonitor", problem.split(". ")[0])
    settings: dict[str, Any] = dict(seen.rhythm)
    targets = _targets(look).get("targets")
    if look.task is None or targets:
        settings["target"] = targets[0] if targets else None
    return Choice("AttentionMonitor", "where its heads look", settings)


def _sensitivity(seen: Occasion) -> Sequence[Decision]:
    if seen.preset != "full":
        return ()
    look = seen.look
    if look is None or look.task != "classification" or _why_not(seen):
        why = _why_not(seen) or "it compares probabilities of classes"
        return [LeftOut("SensitivityMonitor", why)]
    found: list[Decision] = []
    for kind, method in (("unstructured", "weight_fisher"), ("channel", "output_fisher")):
        problem = look.sensitivity(kind, method)
        if problem:
            found.append(LeftOut("SensitivityMonitor", f"{kind}: {problem}"))
        else:
            settings = {"kind": kind, **seen.rhythm}
            reason = f"what it would cost to cut it ({kind})"
            found.append(Choice("SensitivityMonitor", reason, settings, _SENSITIVITY))
    return found


def _graph(seen: Occasion) -> Decision:
    if seen.look is None or seen.look.way is None:
        return LeftOut("ModelGraphMonitor", _why_not(seen) or _NO_FORWARD)
    return Choice("ModelGraphMonitor", "its parts and what flows between them", dict(seen.rhythm))


def _outputs(seen: Occasion) -> Decision:
    look = seen.look
    if not seen.validates:
        return LeftOut("OutputMonitor", "there is no validation")
    if seen.compiled == "whole":
        return LeftOut("OutputMonitor", "hooks don't see how compiled LightningModules validate")
    if look is None or look.task is None:
        return LeftOut("OutputMonitor", _why_not(seen) or _NO_FORWARD)
    if not look.truths or not look.labels_fit:
        return LeftOut("OutputMonitor", "no truth per sample was found in the batches")
    confusions = {"classification": "confusions and calibration", "regression": "residuals"}
    settings = {"label_key": look.probe.label_key} if look.probe.label_key is not None else {}
    settings.update({"output": look.forward} if isinstance(look.forward, str) else {})
    return Choice("OutputMonitor", f"{confusions[look.task]} on the validation set", settings)


def _targets(look: Look) -> dict[str, Any]:
    """Returns what is explained, where it is not the label's or the predicted class."""
    if look.task == "regression" and look.outputs > 1:
        return {"targets": [0]}
    return {} if look.labels_fit else {"targets": ["prediction"]}


def _of_steps(seen: Occasion) -> dict[str, int]:
    """Returns the schedule of monitors of steps: epochs where these are short, or all is light."""
    every = DEFAULT_STEPS if seen.preset == "full" else 2 * DEFAULT_STEPS
    if seen.epoch_steps is None:
        return {"every_n_train_steps": every}
    is_seldom = seen.preset == "light" or seen.epoch_steps < every
    return {"every_n_epochs": 1} if is_seldom else {"every_n_train_steps": every}


def _why_not(seen: Occasion) -> str | None:
    """Returns why nothing that needs logits can be recorded; None if it can."""
    if seen.look is None:
        return seen.problem
    return seen.look.problem


def decisions(seen: Occasion) -> list[Choice | LeftOut]:
    """Returns what is decided of every monitor that the preset asks for."""
    found: list[Decision] = []
    for decide in DECIDERS:
        decided = decide(seen)
        found += [decided] if isinstance(decided, (Choice, LeftOut)) else decided or []
    return [decision for decision in found if decision is not None]


DECIDERS: Sequence[Callable[[Occasion], Decision | Sequence[Decision]]] = (
    _outputs,
    _cams,
    _attributions,
    _global,
    _quality,
    _surrogate,
    _activations,
    _gradients,
    _weights,
    _attention,
    _sensitivity,
    _graph,
)
