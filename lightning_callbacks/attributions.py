"""`AttributionMonitor`: what each prediction rests on in its input, epoch by epoch."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from torch import Tensor, nn
from typing_extensions import Unpack

from lightning_callbacks.attribution_record import (
    EncodedMap,
    EncodedTargets,
    attribution_part,
    encoded_map,
    encoded_targets,
)
from lightning_callbacks.batches import BatchKey
from lightning_callbacks.causes import MonitorWarning, cause_of
from lightning_callbacks.forwarding import ForwardSpec, run
from lightning_callbacks.function import InputMethod
from lightning_callbacks.input_explainer import (
    Explained,
    Question,
    explain_inputs,
)
from lightning_callbacks.methods import MethodSpec, find_input_methods
from lightning_callbacks.monitor import MonitorOptions
from lightning_callbacks.probe import DrawnProbe
from lightning_callbacks.records import Observation
from lightning_callbacks.shared_monitor import SharedMonitor
from lightning_callbacks.spaces import BaselineSpec, Segments, SpaceOptions
from lightning_callbacks.spaces.image import DEFAULT_SQUARES
from lightning_callbacks.targets import TargetSpec
from lightning_callbacks.together import OtherProcessError

_LONGEST_NOTE = 300  # characters
DEFAULT_METHODS = ("integrated_gradients", "deeplift")


class AttributionOptions(MonitorOptions, total=False):
    """Keyword arguments that every monitor of attributions takes."""

    forward: ForwardSpec | None
    segments: Segments
    special: Sequence[int]
    further: Sequence[BatchKey]
    chunk: int | None


@dataclass(frozen=True)
class _Share:
    """What one process explained.

    Attributes:
      maps: by the numbers of the method and the target.
      failures: why methods failed, by name.
      targets: all there are; the same in every process.
      space: the kind of inputs.
      logits: float [N, C].
    """

    maps: Mapping[tuple[int, int], EncodedMap]
    failures: Mapping[str, str]
    targets: EncodedTargets
    space: str
    logits: Tensor


class AttributionMonitor(SharedMonitor):
    """Records attributions to the probe's inputs: pixels, tokens, columns or points of a series.

    Values are in logits (of saliency and SmoothGrad, in logits per unit of input), so that maps of
    different epochs compare; beside them stand what they add up from and to.

    Several processes share out maps, each a method's of a target, and never a map's samples: how
    samples are cut into calls of the model decides how sums are rounded, so that only whole maps
    are the same to the bit as one process makes them. A single map is made by the first process.

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
    remembers = False

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
        maps = [encoded_map(found, result.space) for found in result.maps]
        targets = encoded_targets(result.targets)
        part = attribution_part(result.space, targets, maps, probe.digest)
        return Observation([part], result.logits)

    # Several processes share the maps out.

    @property
    def is_shared(self) -> bool:
        """Whether there are several maps."""
        return len(self._methods) * len(self._targets or "1") > 1

    def own_share(self, model: nn.Module, probe: DrawnProbe, share: tuple[int, int]) -> Any:
        """Returns this process's maps, and what of the record all know."""
        explained = self.explained(model, probe)
        targets = range(len(explained.targets))
        maps: dict[tuple[int, int], EncodedMap] = {}
        failures: dict[str, str] = {}
        pairs = [(number, target) for number in range(len(self._methods)) for target in targets]
        for number, target in pairs[share[0] :: share[1]]:
            method = self._methods[number]
            try:
                found = explained.map_of(method, target)
                maps[number, target] = encoded_map(found, explained.space.kind)
            except Exception as error:  # what one method can't explain, others may
                if self._strict:
                    raise
                failures[method.name] = cause_of(error)
        logits = explained.logits.detach().cpu()
        return _Share(
            maps, failures, encoded_targets(explained.targets), explained.space.kind, logits
        )

    def joined(self, shares: Sequence[Any], probe: DrawnProbe) -> Observation:
        """Returns the record of all maps, in the order in which one process makes them."""
        failures = {name: why for share in shares for name, why in share.failures.items()}
        made = {pair: found for share in shares for pair, found in share.maps.items()}
        maps = [made[pair] for pair in sorted(made) if self._methods[pair[0]].name not in failures]
        if not maps:
            raise OtherProcessError("; ".join(f"{name}: {why}" for name, why in failures.items()))
        self._note_causes(failures)
        first = shares[0]
        part = attribution_part(first.space, first.targets, maps, probe.digest)
        return Observation([part], first.logits)

    def _note_failures(self, failures: Mapping[str, Exception]) -> None:
        if self._strict and failures:
            raise next(iter(failures.values()))
        self._note_causes({name: cause_of(error) for name, error in failures.items()})

    def _note_causes(self, causes: Mapping[str, str]) -> None:
        for name, cause in causes.items():
            if name not in self._failed:
                self._failed.add(name)
                note = f"{name} cannot explain this model: {cause}"
                self._records.notes.append(note[:_LONGEST_NOTE])
                warnings.warn(f"{self.name}: {note}", MonitorWarning, stacklevel=2)


def _as_list(value: Any) -> list[Any] | None:
    if value is None or isinstance(value, (list, tuple)):
        return None if value is None else list(value)
    return [value]
