"""Running a model again without what an edit can't have changed, bit for bit.

The outcomes of all calls of a forward are recorded once. Then the user's own forward runs again;
each call that had ended before the edited weights were first used returns what was recorded, at
any depth, so that whole stages are skipped together with the operations inside of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from lightning_callbacks.graph_nodes import tensors_in
from lightning_callbacks.sensitivity.interception import intercepted
from lightning_callbacks.sensitivity.spare import is_spare_activation
from lightning_callbacks.sensitivity.trace import Call, Trace, trace, versions

BatchNorm = nn.modules.batchnorm._BatchNorm  # noqa: SLF001  # torch's base of all of them


class DivergedError(RuntimeError):
    """A model called its parts in another order than before, on the same samples and weights."""


@dataclass(frozen=True)
class Route:
    """How a forward runs again for one edit.

    Attributes:
      first: number of the first call that started after the edited weights were used.
      skipped: numbers of the calls whose recorded outcome is returned; empty: all is run.
    """

    first: int
    skipped: frozenset[int] = frozenset()


def route(traced: Trace, tensors: Iterable[Tensor], owners: Iterable[nn.Module]) -> Route:
    """Returns the route for an edit of `tensors`, which belong to the modules `owners`."""
    tick, first = traced.first_use(tensors, owners)
    skipped, number = set(), 0
    while number < first:
        call = traced.calls[number]
        if call.skippable and call.end < tick:
            skipped.add(number)
            number = call.stop
        else:
            number += 1
    return Route(first, frozenset(skipped))


class Replay:
    """A forward on fixed samples, recorded once and run again for each edit.

    Args:
      model: inside the guard.
      forward: runs it on the samples, afresh each time; returns what is compared, float [N, ...].
      traced: of these samples, or of others if the calls turn out the same.
      routes: of all edits to come, from a trace.

    Attributes:
      traced: of these samples.
      spoilt: an edited forward changed recorded outcomes in place, which no forward had done
        before; they must be recorded anew, with the unedited weights, before the next `run`.
    """

    def __init__(
        self,
        model: nn.Module,
        forward: Callable[[], Tensor],
        traced: Trace,
        routes: Callable[[Trace], Sequence[Route]],
    ) -> None:
        self.traced = traced
        self.spoilt = False
        self._model = model
        self._forward = forward
        self._routes = routes
        self._kept: dict[int, _Outcome] = {}

    def record(self) -> tuple[Tensor, Sequence[Route]]:
        """Returns the output of the unedited model, having kept what the routes skip; and these.

        Where the calls are others than in `traced`, that is made anew; if they change from one
        forward to the next, nothing is skipped.
        """
        for retrace in (self._of_these_samples, Trace):
            try:
                return self._record()
            except DivergedError:
                self.traced = retrace()
        return self._record()

    def _of_these_samples(self) -> Trace:
        return trace(self._model, self._forward)

    def _record(self) -> tuple[Tensor, Sequence[Route]]:
        routes = self._routes(self.traced)
        wanted = {number for one in routes for number in one.skipped}
        recorder = _Recorder(self.traced.calls, wanted)
        with intercepted(self._model, recorder.answer):
            output = self._forward()
        wrong = any(outcome.was_changed() for outcome in recorder.kept.values())
        if wrong or (wanted and recorder.started != len(self.traced.calls)):
            raise DivergedError("The model's calls are not the same at every forward.")
        self._kept, self.spoilt = recorder.kept, False
        return output, routes

    def run(self, way: Route, *, batch_statistics: bool = False) -> Tensor:
        """Returns the output of the model as it is now.

        Args:
          way: of the edit that was made.
          batch_statistics: BatchNorm layers called behind the edit use the samples' own mean and
            variance; their running ones are left alone.

        Raises:
          DivergedError: the calls before the edit are not those recorded.
        """
        runner = _Runner(self.traced.calls, self._kept, way, batch_statistics)
        with intercepted(self._model, runner.answer):
            output = self._forward()
        for number in way.skipped:
            if self._kept[number].was_changed():
                self.traced.calls[number].changed = self.spoilt = True
        return output


class _Recorder:
    """Keeps the outcomes of the calls that are `wanted`."""

    def __init__(self, calls: Sequence[Call], wanted: set[int]) -> None:
        self.kept: dict[int, _Outcome] = {}
        self.started = 0
        self._calls = calls
        self._wanted = wanted

    def answer(self, module: nn.Module, forward: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        number = self.started
        self.started += 1
        if self._wanted:
            _check(self._calls, number, module)
        output = forward(*args, **kwargs)
        if number in self._wanted:
            self.kept[number] = _Outcome.of(output, copied=self._calls[number].changed)
        return output


@dataclass
class _Runner:
    """Gives out what was recorded before the edit, and runs what comes behind it."""

    calls: Sequence[Call]
    kept: Mapping[int, _Outcome]
    way: Route
    batch_statistics: bool
    number: int = 0

    def answer(self, module: nn.Module, forward: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        number = self.number
        if number >= self.way.first:
            if self.batch_statistics and isinstance(module, BatchNorm):
                return in_batch_statistics(module, forward, args, kwargs)
            if is_spare_activation(module, args, kwargs):
                return torch.relu_(args[0])
            return forward(*args, **kwargs)
        if self.way.skipped:
            _check(self.calls, number, module)
        if number in self.way.skipped:
            self.number = self.calls[number].stop
            return self.kept[number].again()
        self.number += 1
        return forward(*args, **kwargs)


def _check(calls: Sequence[Call], number: int, module: nn.Module) -> None:
    if number >= len(calls) or calls[number].module is not module:
        raise DivergedError(f"The model called {type(module).__name__} where it had not before.")


def in_batch_statistics(
    norm: nn.Module, forward: Callable[..., Any], args: Any = (), kwargs: Any = None
) -> Any:
    """Returns what a BatchNorm in evaluation mode makes of the batch's own mean and variance."""
    # Without running statistics, torch's layers and those derived from them use the batch's.
    buffers = norm.__dict__["_buffers"]
    kept = {name: buffers.get(name) for name in ("running_mean", "running_var")}
    buffers.update(dict.fromkeys(kept))
    try:
        return forward(*args, **(kwargs or {}))
    finally:
        buffers.update(kept)


@contextmanager
def in_statistics(model: nn.Module, *, of_batch: bool) -> Iterator[None]:
    """Has all BatchNorms of a model in evaluation mode use a batch's statistics, if wanted."""

    def answer(module: nn.Module, forward: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        if isinstance(module, BatchNorm):
            return in_batch_statistics(module, forward, args, kwargs)
        return forward(*args, **kwargs)

    with intercepted(model, answer) if of_batch else nullcontext():
        yield


@dataclass
class _Outcome:
    value: Any
    tensors: list[Tensor]
    versions: list[int]
    copied: bool

    @classmethod
    def of(cls, value: Any, *, copied: bool) -> _Outcome:
        kept = mapped(value, Tensor.clone if copied else _itself)
        tensors = tensors_in(kept)
        return cls(kept, tensors, versions(tensors), copied)

    def again(self) -> Any:
        # Containers are made anew, since who gets them may change them.
        return mapped(self.value, Tensor.clone if self.copied else _itself)

    def was_changed(self) -> bool:
        return versions(self.tensors) != self.versions


def _itself(tensor: Tensor) -> Tensor:
    return tensor


def mapped(value: Any, change: Callable[[Tensor], Tensor]) -> Any:
    """Returns `value`, of tuples, lists and dicts made anew, with its tensors changed."""
    if isinstance(value, Tensor):
        return change(value)
    if isinstance(value, Mapping):
        items = {key: mapped(item, change) for key, item in value.items()}
        # Others are outputs of Hugging Face's models, which take their fields by name.
        return items if type(value) is dict else type(value)(**items)
    if isinstance(value, (list, tuple)) and not isinstance(value, torch.Size):
        parts = [mapped(item, change) for item in value]
        return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)
    return value
