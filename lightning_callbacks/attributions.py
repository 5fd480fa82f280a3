"""`AttributionMonitor`: what each prediction rests on in its input, epoch by epoch."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from torch import Tensor, nn
from typing_extensions import Unpack

from lightning_callbacks.batches import BatchKey
from lightning_callbacks.forwarding import ForwardSpec, run
from lightning_callbacks.function import InputMethod
from lightning_callbacks.input_explainer import (
    Explained,
    InputMap,
    InputResult,
    Question,
    explain_inputs,
)
from lightning_callbacks.methods import MethodSpec, find_input_methods
from lightning_callbacks.monitor import Monitor, MonitorOptions
from lightning_callbacks.probe import DrawnProbe
from lightning_callbacks.recorder import MonitorWarning
from lightning_callbacks.records import Observation, Part
from lightning_callbacks.spaces import BaselineSpec, Segments, SpaceOptions
from lightning_callbacks.spaces.image import DEFAULT_SQUARES
from lightning_callbacks.targets import TargetSpec
from tb_explain import schema

_LONGEST_NOTE = 300  # characters
DEFAULT_METHODS = ("integrated_gradients", "deeplift")


class AttributionOptions(MonitorOptions, total=False):
    """Keyword arguments that every monitor of attributions takes."""

    forward: ForwardSpec | None
    segments: Segments
    special: Sequence[int]
    further: Sequence[BatchKey]
    chunk: int | None


class AttributionMonitor(Monitor):
    """Records attributions to the probe's inputs: pixels, tokens, columns or points of a series.

    Values are in logits (of saliency and SmoothGrad, in logits per unit of input), so that maps of
    different epochs compare; beside them stand what they add up from and to.

    Args:
      methods: names in `METHODS` (but those of class activation maps), or methods with options of
        their own, as `IntegratedGradients(steps=100)`.
      targets: as in `attribute`; None takes the labels where there are any, else the predictions.
      baseline: as in `attribute`.
      forward: how to get logits, as in `forwarding.run`.
      segments: of images: what methods that leave parts out take as one, see `ImageSpace`.
      special: of text: ids of tokens that are never left out, beside the tokenizer's special ones.
      further: keys or indices of further floating tensors of the batch that are attributed beside
        the input: they share in sums, but are not shown.
      chunk: points in one call of the model; None: so many that memory stays below that of a step
        of training.
      **options: as for every `Monitor`.

    Raises:
      ValueError: an unknown method, or arguments that exclude one another or are out of range.
    """

    default_name = "attributions"

    def __init__(  # noqa: PLR0913  # what is asked, of which inputs, and how to run the model
        self,
        methods: Sequence[MethodSpec] | MethodSpec = DEFAULT_METHODS,
        targets: Sequence[TargetSpec] | TargetSpec | None = None,
        baseline: BaselineSpec | None = None,
        *,
        forward: ForwardSpec | None = None,
        segments: Segments = DEFAULT_SQUARES,
        special: Sequence[int] = (),
        further: Sequence[BatchKey] = (),
        chunk: int | None = None,
        **options: Unpack[MonitorOptions],
    ) -> None:
        super().__init__(**options)
        if chunk is not None and chunk < 1:
            raise ValueError(f"chunk must be 1 or more, not {chunk}.")
        self._methods = self.found_methods(_as_list(methods) or [])
        self._targets = _as_list(targets)
        self._baseline = baseline
        self._forward = partial(run, forward=forward, input_key=self._probe.input_key)
        self._chunk = chunk
        self._space = SpaceOptions(
            input_key=self._probe.input_key,
            features=self._probe.features,
            tokenizer=self._probe.tokenizer,
            special=special,
            segments=segments,
            further=further,
        )

    def found_methods(self, specs: Sequence[Any]) -> list[InputMethod]:
        """Returns the methods that `specs` name or are."""
        return find_input_methods(specs)

    def _start_over(self) -> None:
        super()._start_over()
        self._failed: set[str] = set()

    def explained(self, model: nn.Module, probe: DrawnProbe) -> Explained:
        """Returns the probe made ready for methods; call it inside the guard."""
        return self.explained_batch(model, probe.batch, probe.labels)

    def explained_batch(self, model: nn.Module, batch: Any, labels: Tensor | None) -> Explained:
        """Returns a batch made ready for methods; call it inside the guard."""
        by_default = ["label" if labels is not None else "prediction"]
        question = Question(self._targets or by_default, self._baseline, self._chunk)
        return Explained(model, self._forward, batch, labels, question, self._space)

    def observe(self, model: nn.Module, probe: DrawnProbe) -> Observation:
        """Returns the maps of all methods and targets as an `attribution` record."""
        result = explain_inputs(self.explained(model, probe), self._methods)
        self._note_failures(result.failures)
        return Observation([attribution_part(result, probe.digest)], result.logits)

    def _note_failures(self, failures: Mapping[str, Exception]) -> None:
        for name, error in failures.items():
            if self._strict:
                raise error
            if name not in self._failed:
                self._failed.add(name)
                note = f"{name} cannot explain this model: {error}"
                self._records.notes.append(note[:_LONGEST_NOTE])
                warnings.warn(f"{self.name}: {note}", MonitorWarning, stacklevel=2)


def _as_list(value: Any) -> list[Any] | None:
    if value is None or isinstance(value, (list, tuple)):
        return None if value is None else list(value)
    return [value]


def attribution_part(result: InputResult, digest: str) -> Part:
    """Returns the `attribution` record of `result`; `digest` is the probe's."""
    arrays: dict[str, np.ndarray] = {}
    for index, target in enumerate(result.targets):
        arrays[f"target.{index}"] = target.classes.cpu().numpy().astype(np.int32)
        arrays[f"output.{index}"] = target.values.detach().float().cpu().numpy()
    maps = []
    for index, found in enumerate(result.maps):
        arrays.update(_map_arrays(f"map.{index}", found, result.space))
        maps.append(_described(f"map.{index}", found))
    fields = {
        "probe": digest,
        "space": result.space,
        "targets": [{"spec": target.spec} for target in result.targets],
        "maps": maps,
    }
    return Part("attribution", fields, arrays)


def _map_arrays(name: str, found: InputMap, space: str) -> dict[str, np.ndarray]:
    values = found.values.numpy()
    if space in ("image", "series"):
        quantised = schema.quantise(values, signed=found.method.signed)
        arrays = dict(zip((name, f"{name}.scale"), quantised, strict=True))
    else:
        # Few numbers, that are read as such.
        arrays = {name: values, f"{name}.scale": np.ones(len(values), np.float32)}
    total = found.attributed.total.detach().float().cpu()
    further = {
        "base": found.base,
        "total": total if found.base is not None else None,
        "fit": found.fit,
        "l2": found.norms,
    }
    arrays.update({f"{name}.{key}": t.numpy() for key, t in further.items() if t is not None})
    return arrays


def _described(name: str, found: InputMap) -> dict[str, Any]:
    method = found.method
    return {
        "array": name,
        "method": method.name,
        "title": method.title,
        "target": found.target,
        "signed": method.signed,
        "unit": method.unit,
        "baseline": found.baseline,
        "complete": method.complete,
        "caveat": method.caveat,
        "notes": list(found.attributed.notes),
        "cost_ms": round(found.cost_ms, 1),
    }
