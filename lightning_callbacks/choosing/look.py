"""Looking at a model on some samples: what its inputs and outputs are, and which methods fit.

All is tried, not guessed, on a few samples and inside the guard. It knows nothing of presets.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from lightning_callbacks.attention.maps import run_seeing
from lightning_callbacks.batches import chunks, find_input, to_model
from lightning_callbacks.choosing.forwards import Way, find_way, in_words, try_way
from lightning_callbacks.choosing.setup import Task
from lightning_callbacks.forwarding import ForwardSpec, keyword_arguments, run
from lightning_callbacks.input_explainer import Explained, Question
from lightning_callbacks.layers import last_spatial_layer
from lightning_callbacks.methods import find_input_methods
from lightning_callbacks.probe import DrawnProbe, Probe
from lightning_callbacks.sensitivity import estimate_sensitivity
from lightning_callbacks.spaces import SpaceOptions
from lightning_callbacks.targets import TargetError
from lightning_callbacks.truths import find_truths

# Samples that are tried: two, since some layers treat a batch of one differently.
_TRIED = 2
# Methods that promise that values add up have to, to this share of what there is to explain.
_ADDS_UP = 0.05
# More outputs than this, as many as the input has values, are a copy of it, not classes.
_MOST_CLASSES_AS_INPUTS = 32
_LONGEST_REASON = 240  # characters


class Look:
    """What a model makes of the probe.

    Args:
      model: as `untouched` yields it.
      drawn: the samples.
      probe: where they came from.
      forward: as the user gave it; None: it is found.

    Attributes:
      way: how the model is called; None where no way works.
      problem: why there are no logits; None where there are.
      task: what the logits are.
      truths: whether the batch tells what is true.
    """

    def __init__(
        self, model: nn.Module, drawn: DrawnProbe, probe: Probe, forward: ForwardSpec | None
    ) -> None:
        self.model = model
        self.drawn = drawn
        self.probe = probe
        batch = to_model(drawn.batch, model)
        part, self._few = next(iter(chunks(batch, len(drawn.inputs), _TRIED)))
        self._labels = None if drawn.labels is None else drawn.labels[part]
        found = self._find_way(forward)
        self.way = found if isinstance(found, Way) else None
        self.problem = (
            f"the model can't be called on the probe: {short(found)}"
            if isinstance(found, Exception)
            else found.problem
        )
        self.task, doubt = self._task() if self.logits is not None else (None, None)
        self.problem = self.problem or doubt
        self.truths = _has_truths(drawn, probe)

    @property
    def logits(self) -> Tensor | None:
        """Of the samples tried, [n, C]."""
        return self.way.logits if self.way else None

    @property
    def forward(self) -> ForwardSpec | None:
        """How the model is called, as in `forwarding.run`."""
        return self.way.forward if self.way else None

    @property
    def called(self) -> str:
        """How the model is called, in words."""
        if self.way is None:
            return "not at all"
        if self.forward is None:
            names = keyword_arguments(self.model, self._few, self.probe.input_key)
            return in_words(None) if names is None else f"model({', '.join(names)})"
        return in_words(self.forward)

    @property
    def outputs(self) -> int:
        """Outputs per sample; 0 where there are no logits."""
        return 0 if self.logits is None else self.logits.shape[1]

    @property
    def labels_fit(self) -> bool:
        """Whether the labels, where there are any, are classes of the model."""
        labels = self.drawn.labels
        return labels is None or bool((labels < max(2, self.outputs)).all())

    def attends(self) -> str | None:
        """Returns why attention can't be recorded; None if it can."""
        call = partial(run, batch=self._few, forward=self.forward, input_key=self.probe.input_key)
        with torch.no_grad():
            return _problem(lambda: run_seeing(self.model, call, len(self._inputs), _pass))

    def cam_layer(self) -> tuple[str | None, str | None]:
        """Returns (the layer that class activation maps are of, why there is none)."""
        shape = find_input(self._few, self.probe.input_key).shape
        found: list[str] = []

        def find() -> None:
            found.append(last_spatial_layer(self.model, self._run, self._few, shape))

        problem = _problem(find)
        return (found[0] if found else None), problem

    def methods(self, names: Sequence[str]) -> tuple[list[str], dict[str, str]]:
        """Returns (the methods that explain this model, why the others don't)."""
        problems = {name: _problem(partial(self._explain, name)) for name in names}
        fit = [name for name, problem in problems.items() if problem is None]
        return fit, {name: problem for name, problem in problems.items() if problem is not None}

    def sensitivity(self, kind: str, method: str) -> str | None:
        """Returns why edits of a kind can't be estimated; None if they can."""
        return _problem(
            lambda: estimate_sensitivity(
                self.model, self._few, kind=kind, method=method, forward=self.forward
            )
        )

    @property
    def _inputs(self) -> Tensor:
        return find_input(self._few, self.probe.input_key)

    def _find_way(self, forward: ForwardSpec | None) -> Way | Exception:
        key, samples = self.probe.input_key, len(self._inputs)
        with _quietly():
            if forward is not None:
                return try_way(self.model, self._few, samples, key, forward)
            return find_way(self.model, self._few, samples, key)

    def _run(self, model: nn.Module, batch: Any) -> Any:
        return run(model, batch, self.forward, self.probe.input_key)

    def _task(self) -> tuple[Task | None, str | None]:
        outputs, labels = self.outputs, self.drawn.labels
        values = self.drawn.inputs[0].numel()
        if outputs == values and outputs > _MOST_CLASSES_AS_INPUTS:
            return None, f"the {outputs} outputs are as many as the input has values, so no classes"
        truths = _truths_like(self.drawn.batch, self.drawn.inputs, outputs)
        if outputs > 1 and labels is None and truths is not None:
            are_marks = bool(((truths == 0) | (truths == 1)).all())
            return ("classification" if are_marks else "regression"), None
        if outputs > 1:
            return "classification", None
        are_binary = labels is not None and bool((labels <= 1).all())
        return ("classification" if are_binary else "regression"), None

    def _explain(self, name: str) -> None:
        """Explains the few samples by a method.

        Raises:
          ValueError: the values don't add up, though the method promises it.
        """
        (method,) = find_input_methods([name])
        options = SpaceOptions(
            self.probe.input_key, features=self.probe.features, tokenizer=self.probe.tokenizer
        )
        target = "label" if self._labels is not None and self.labels_fit else "prediction"
        asked = Explained(
            self.model, self._run, self._few, self._labels, Question([target]), options
        )
        found = asked.map_of(method, 0)
        if found.delta is None or found.base is None:
            return
        whole = (found.output - found.base).abs().max().clamp(min=1e-3)
        share = float(found.delta.abs().max() / whole)
        if not share <= _ADDS_UP:
            raise ValueError(f"its values miss the output by {share:.0%} of what they explain")


def _pass(_maps: Any) -> None:
    """Takes attention maps, and forgets them."""


def _truths_like(batch: Any, inputs: Tensor, outputs: int) -> Tensor | None:
    """Returns float [N, C] of the batch that is not the input: several truths per sample."""
    items = batch.values() if isinstance(batch, Mapping) else batch
    for item in items if not isinstance(items, Tensor) else ():
        if isinstance(item, Tensor) and item.shape == (len(inputs), outputs):
            found: Tensor = item
            if found.is_floating_point() and not _same(found, inputs):
                return found
    return None


def _same(a: Tensor, b: Tensor) -> bool:
    return a.shape == b.shape and torch.equal(a.cpu(), b.cpu())


def _has_truths(drawn: DrawnProbe, probe: Probe) -> bool:
    try:
        find_truths(drawn.batch, len(drawn.inputs), probe.label_key)
    except (TargetError, ValueError):
        return False
    return True


def _problem(attempt: Callable[[], Any]) -> str | None:
    """Returns what `attempt` raised, in words; None if it went well."""
    try:
        with _quietly():
            attempt()
    except Exception as error:  # noqa: BLE001  # what can't be done is said, and not done
        return short(error)
    return None


def short(error: Exception) -> str:
    """Returns an error in one line."""
    words = " ".join(str(error).split()) or type(error).__name__
    return words if len(words) <= _LONGEST_REASON else words[: _LONGEST_REASON - 1] + "…"


@contextmanager
def _quietly() -> Iterator[None]:
    """Keeps warnings of trials to ourselves: the trial's result says it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
