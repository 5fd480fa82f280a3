"""Explaining one batch by hand: `attribute`, by any method."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from torch import Tensor, nn

from lightning_callbacks.batches import BatchKey, find_input
from lightning_callbacks.cam_explainer import DEFAULT_BATCH_SIZE, CamExplainer
from lightning_callbacks.capture import Forward
from lightning_callbacks.forwarding import call_whole
from lightning_callbacks.function import InputMethod, Points
from lightning_callbacks.guard import untouched
from lightning_callbacks.input_explainer import Explained, Question
from lightning_callbacks.layers import LayerSpec
from lightning_callbacks.methods import MethodSpec, find_method
from lightning_callbacks.methods.cam import CamMethod
from lightning_callbacks.showing import Shown, as_html, as_png, shown_inputs
from lightning_callbacks.spaces import BaselineSpec, SpaceOptions
from lightning_callbacks.targets import TargetSpec


@dataclass(frozen=True)
class Attribution:
    """An explanation of a batch.

    Attributes:
      values: float32 on the CPU, in `unit`. Of CAMs [N, h, w] at the layer's resolution, not
        normalised and not upsampled. Of images [N, h, w], summed over channels and, of images of
        more than 64 pixels a side, over blocks; of text [N, T]; of tables [N, F]; of series
        [N, C, L], of more than 512 points summed over runs. Unsigned methods: the largest instead
        of the sum, of text the norm; occlusion: the mean.
      raw: of the inputs, per input [N, ...] as it entered the model (text: its embeddings); None
        for CAMs.
      target: int64 [N], the explained class; -1 where the target is no class.
      output: float32 [N], the explained output: the class's logit.
      base: float32 [N], what values add up to the output from; None without a baseline.
      delta: float32 [N], the completeness error: sum of all values - (output - base); None for
        methods that promise no completeness.
      fit: float32 [N], weighted R^2 of methods that fit a model; None of others.
      method: name of the method.
      layer: name of the layer; None for attributions to inputs.
      signed: whether `values` may be negative.
      unit: of `values`.
      notes: what a reader must know, in words.
      cost_ms: wall time in milliseconds.
      shown: the first samples, for notebooks: there an attribution shows itself.
    """

    values: Tensor
    raw: Points | None
    target: Tensor
    output: Tensor
    base: Tensor | None
    delta: Tensor | None
    fit: Tensor | None
    method: str
    layer: str | None
    signed: bool
    unit: str
    notes: Sequence[str]
    cost_ms: float
    shown: Shown | None = field(default=None, repr=False, compare=False)

    def _repr_html_(self) -> str:
        return as_html(self)

    def _repr_png_(self) -> bytes | None:
        return as_png(self)


def attribute(  # noqa: PLR0913  # one call by hand; monitors have explainers
    model: nn.Module,
    inputs: Any,
    *,
    method: MethodSpec = "gradcam",
    target: TargetSpec = "prediction",
    layer: LayerSpec | None = None,
    labels: Tensor | None = None,
    forward: Forward | None = None,
    input_key: BatchKey | None = None,
    baseline: BaselineSpec | None = None,
    options: SpaceOptions | None = None,
    relu: bool | None = None,
    batch_size: int | None = None,
) -> Attribution:
    """Explains what `model` makes of `inputs`; the model is left as it was, to the bit.

    Args:
      model: any eager, compiled or wrapped module; it is explained in eval mode.
      inputs: what `forward` takes: a tensor [N, C, H, W], [N, C, L], [N, F] or token ids [N, T], or
        a tuple or dict with one.
      method: a name in `lightning_callbacks.METHODS`, or a method with options of its own, as
        `IntegratedGradients(steps=100)`.
      target: "prediction", "label", a class index, class indices [N], a `Contrast` of two of these,
        or a callable that maps logits [N, C] to one value per sample [N].
      layer: of CAMs: name or module; by default the last layer with maps that the output depends
        on.
      labels: int [N], for the target "label".
      forward: (model, inputs) -> logits [N, C]; by default `model(**inputs)` of a dict whose
        tensors the model takes by name, else `model(inputs)`.
      input_key: where the input tensor is in `inputs`, if it isn't found.
      baseline: of methods with one: "zero", "mean", of images "blur" and "noise", of text "pad", a
        number, a tensor, or a callable; by default zero (images, series), the mean (tables) or the
        padding token (text).
      options: what else is known of the inputs: a table's features, a tokenizer.
      relu: of CAMs: overrides whether the method ends in a ReLU; False keeps the signed map.
      batch_size: samples (of CAMs) or points run at once; by default so many that memory stays
        below that of a step of training.

    Raises:
      ValueError: an unknown method, layer or target, an argument that the method does not have, or
        inputs that don't fit; says what does.
      GuardError: the model has lazy parameters.
    """
    forward = forward or partial(call_whole, input_key=input_key)
    options = options or SpaceOptions()
    if input_key is not None:
        options = replace(options, input_key=input_key)
    chosen = find_method(method)
    if isinstance(chosen, CamMethod):
        _refuse(chosen.name, baseline=baseline)
        explainer = CamExplainer(
            methods=(chosen.name,),
            targets=(target,),
            layers=None if layer is None else (layer,),
            forward=forward,
            relu=relu,
            batch_size=DEFAULT_BATCH_SIZE if batch_size is None else batch_size,
        )
        shape = find_input(inputs, input_key).shape
        with untouched(model) as module:
            found = _of_layer(explainer, module, inputs, shape, labels)
        kind = "image" if len(shape) == 4 else "series"
        return replace(found, shown=shown_inputs(kind, inputs, options))
    _refuse(chosen.name, layer=layer, relu=relu)
    if batch_size is not None and batch_size < 1:
        raise ValueError(f"batch_size must be 1 or more, not {batch_size}.")
    question = Question([target], baseline, batch_size)
    with untouched(model) as module:
        explained = Explained(module, forward, inputs, labels, question, options)
        found = _of_inputs(explained, chosen)
    return replace(found, shown=shown_inputs(explained.space.kind, inputs, options))


def _refuse(method: str, **given: Any) -> None:
    for name, value in given.items():
        if value is not None:
            of = "class activation maps" if name != "baseline" else "attributions to inputs"
            raise ValueError(
                f"Method {method!r} has no {name}, but {name}={value!r} was given; it is of {of}."
            )


def _of_layer(
    explainer: CamExplainer,
    module: nn.Module,
    inputs: Any,
    shape: Sequence[int],
    labels: Tensor | None,
) -> Attribution:
    result = explainer.explain(module, inputs, shape, labels)
    if len(result.cams) != 1:
        raise ValueError(
            f"The layer and the target name {len(result.cams)} maps; attribute() returns one. Name "
            "one layer and one target."
        )
    cam, target = result.cams[0], result.targets[0]
    return Attribution(
        values=cam.values,
        raw=None,
        target=target.classes,
        output=target.values,
        base=None,
        delta=None,
        fit=None,
        method=cam.method.name,
        layer=cam.layer,
        signed=not cam.relu,
        unit=cam.method.unit,
        notes=(),
        cost_ms=result.cost_ms,
    )


def _of_inputs(explained: Explained, method: InputMethod) -> Attribution:
    if len(explained.targets) != 1:
        raise ValueError(
            f"The target names {len(explained.targets)} outputs; attribute() explains one."
        )
    found, target = explained.map_of(method, 0), explained.targets[0]
    return Attribution(
        values=found.values,
        raw=tuple(values.detach() for values in found.attributed.values),
        target=target.classes.cpu(),
        output=found.output,
        base=found.base,
        delta=found.delta,
        fit=found.fit,
        method=method.name,
        layer=None,
        signed=method.signed,
        unit=method.unit,
        notes=found.attributed.notes,
        cost_ms=found.cost_ms,
    )
