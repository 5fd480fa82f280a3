"""Attributing a model's outputs to its inputs, by several methods and targets, again and again."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from lightning_callbacks.batches import to_model
from lightning_callbacks.capture import Forward
from lightning_callbacks.forwarding import on_copies
from lightning_callbacks.function import Attributed, Function, InputMethod, Points
from lightning_callbacks.spaces import BaselineSpec, Space, SpaceOptions, find_space
from lightning_callbacks.targets import (
    NO_CLASS,
    Target,
    TargetSpec,
    choose_targets,
    class_values,
    logits_of,
    probabilities,
)

_SEED = 0
_NOTHING_TO_EXPLAIN = (
    "{} of {} samples equal their baseline, so that all their values are 0: give baseline=..., or "
    "more samples to take a mean of."
)


@dataclass(frozen=True)
class InputMap:
    """What one method says of all samples for one target.

    Attributes:
      method: the method.
      target: index into the targets.
      attributed: its values, shaped as the inputs.
      values: float32 [N, ...] on the CPU: what is shown, see `Space.maps`.
      norms: float32 [N, T] or None, see `Space.norms`.
      baseline: in words; None where the method has none.
      cost_ms: wall time in milliseconds.
    """

    method: InputMethod
    target: int
    attributed: Attributed
    values: Tensor
    norms: Tensor | None
    baseline: str | None
    cost_ms: float

    @property
    def output(self) -> Tensor:
        """The explained output, float32 [N] on the CPU."""
        return _on_cpu(self.attributed.output)

    @property
    def base(self) -> Tensor | None:
        """What values add up to the output from, float32 [N]."""
        return None if self.attributed.base is None else _on_cpu(self.attributed.base)

    @property
    def fit(self) -> Tensor | None:
        """Weighted R^2, float32 [N]."""
        return None if self.attributed.fit is None else _on_cpu(self.attributed.fit)

    @property
    def delta(self) -> Tensor | None:
        """The completeness error, float32 [N]; None where none is promised."""
        base = self.attributed.base
        if not self.method.complete or base is None:
            return None
        return _on_cpu(self.attributed.total - (self.attributed.output - base))


def _on_cpu(values: Tensor) -> Tensor:
    return values.detach().float().cpu()


@dataclass(frozen=True)
class InputResult:
    """What methods say of a batch.

    Attributes:
      maps: of every (target, method) that could be made.
      targets: the explained outputs.
      logits: float [N, C] on the CPU.
      space: the kind of inputs.
      failures: methods that could not explain the model, and why.
    """

    maps: Sequence[InputMap]
    targets: Sequence[Target]
    logits: Tensor
    space: str
    failures: Mapping[str, Exception]


@dataclass(frozen=True)
class Question:
    """What is asked of every batch.

    Attributes:
      targets: as in `attribute`.
      baseline: as in `Space.baselines`.
      chunk: points in one call of the model; None bounds memory.
    """

    targets: Sequence[TargetSpec]
    baseline: BaselineSpec | None = None
    chunk: int | None = None


class Explained:
    """A batch made ready for methods: its space, targets and functions; made inside the guard.

    Args:
      module: the model, as `untouched` yields it.
      forward: (model, batch) -> output.
      batch: the samples.
      labels: int [N] or None.
      question: what is asked.
      options: what is known of the inputs.

    Raises:
      ValueError: a target, a baseline or the inputs don't fit; says what does.
    """

    def __init__(  # a batch, a model and what is asked of them
        self,
        module: nn.Module,
        forward: Forward,
        batch: Any,
        labels: Tensor | None,
        question: Question,
        options: SpaceOptions,
    ) -> None:
        self._generator = torch.Generator().manual_seed(_SEED)
        self.space: Space = find_space(module, on_copies(forward), to_model(batch, module), options)
        self._baselines, self.baseline = self.space.baselines(question.baseline, self._generator)
        self._chunk = question.chunk
        self.logits = self._logits()
        self.targets = choose_targets(question.targets, self.logits, labels)

    def function(self, target: Target) -> Function:
        """Returns `target` as a function of the inputs."""
        return self._function(target.again)

    def probability(self, target: Target) -> Function:
        """Returns the probability of the target's class; of a target without, the target."""
        if int(target.classes[0]) == NO_CLASS:
            return self.function(target)
        return self._function(lambda logits, rows: probabilities(logits, target.classes[rows]))

    def other_class(self, target: Target) -> Function | None:
        """Returns the next class of each sample; None where the target is no class."""
        count = max(2, self.logits.shape[1])
        if int(target.classes[0]) == NO_CLASS:
            return None
        others = (target.classes + 1) % count
        return self._function(lambda logits, rows: class_values(logits, others[rows]))

    def _function(self, pick: Callable[[Tensor, Tensor], Tensor]) -> Function:
        def evaluate(points: Points, rows: Tensor) -> Tensor:
            return pick(logits_of(self.space.sites.run(points, rows), len(rows)), rows)

        return Function(
            self.space.inputs,
            self._baselines,
            evaluate,
            self.space.features(),
            self.space.references(),
            self._generator,
            self._chunk,
            self.space.sites.model,
        )

    def map_of(self, method: InputMethod, index: int) -> InputMap:
        """Returns what `method` says of target number `index`."""
        start = time.perf_counter()
        # Every method starts from the same random state, whichever ran before it.
        self._generator.manual_seed(_SEED)
        function = self.function(self.targets[index])
        attributed = method.attribute(function)
        _require_finite(method, attributed)
        nothing = _at_their_baseline(method, function)
        if nothing:
            note = _NOTHING_TO_EXPLAIN.format(nothing, function.samples)
            attributed = replace(attributed, notes=[*attributed.notes, note])
        values = self.shown(method, attributed)
        norms = self.space.norms(attributed.values)
        if norms is not None and not method.shared:
            norms = values.abs()
        return InputMap(
            method,
            index,
            attributed,
            values.detach().float().cpu(),
            None if norms is None else norms.detach().cpu(),
            self.baseline if method.uses_baseline else None,
            1e3 * (time.perf_counter() - start),
        )

    def shown(self, method: InputMethod, attributed: Attributed) -> Tensor:
        """Returns float32 [N, ...]: what is shown of the values, see `Space.maps`."""
        maps = self.space.maps(attributed.values, signed=method.signed)
        if method.shared:
            return maps
        ones = tuple(torch.ones_like(values) for values in attributed.values)
        return maps / self.space.maps(ones, signed=method.signed)

    def _logits(self) -> Tensor:
        if self.space.sites.output is not None:
            return logits_of(self.space.sites.output, self.space.sites.samples)
        function = Function(self.space.inputs, self._baselines, _none, self.space.features())
        parts = []
        with torch.no_grad():
            for rows, _ in function.rows():
                points = tuple(values[rows] for values in self.space.inputs)
                parts.append(logits_of(self.space.sites.run(points, rows), len(rows)))
        return torch.cat(parts)


def _require_finite(method: InputMethod, attributed: Attributed) -> None:
    """Makes sure that a model in half precision has digits enough for the method.

    Raises:
      ValueError: values are NaN or infinite though the outputs are finite.
    """
    dtype = attributed.values[0].dtype
    if dtype not in (torch.float16, torch.bfloat16) or not attributed.output.isfinite().all():
        return
    lost = sum(int((~values.isfinite()).sum()) for values in attributed.values)
    if lost:
        name = str(dtype).removeprefix("torch.")
        raise ValueError(
            f"{method.title} needs more digits than {name} has: {lost} "
            "values came out as NaN or infinite. Explain the weights in float32, as "
            "attribute(copy.deepcopy(model).float(), ...) does"
        )


def _at_their_baseline(method: InputMethod, function: Function) -> int:
    """Returns how many samples are what the method compares them with."""
    if method.uses_references and function.references is not None:
        return int(len(function.references[0]) == 1)
    if not method.uses_baseline:
        return 0
    pairs = zip(function.inputs, function.baselines, strict=True)
    same = [(x == base).flatten(1).all(dim=1) for x, base in pairs]
    return int(torch.stack(same).all(dim=0).sum())


def _none(_points: Points, _rows: Tensor) -> Tensor:
    raise AssertionError("Nothing is asked yet.")


def explain_inputs(explained: Explained, methods: Sequence[InputMethod]) -> InputResult:
    """Returns the maps of all methods for all targets; call it inside the guard.

    Raises:
      Exception: every method failed; what the first one raised.
    """
    maps: list[InputMap] = []
    failures: dict[str, Exception] = {}
    for method in methods:
        try:
            maps += [explained.map_of(method, index) for index in range(len(explained.targets))]
        except Exception as error:  # noqa: BLE001  # what one method can't explain, others may
            failures[method.name] = error
    if not maps:
        raise next(iter(failures.values()))
    logits = explained.logits.detach().cpu()
    return InputResult(maps, explained.targets, logits, explained.space.kind, failures)
