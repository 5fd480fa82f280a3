"""Forwards of edited models on one chunk after another, in one mode, each checked once."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager

import torch
from torch import Tensor

from lightning_callbacks.sensitivity.edits.edited import EditedUnit
from lightning_callbacks.sensitivity.fusing import Mode
from lightning_callbacks.sensitivity.replay import DivergedError, Replay, Route, route
from lightning_callbacks.sensitivity.samples import Chunk
from lightning_callbacks.sensitivity.subject import Subject
from lightning_callbacks.sensitivity.trace import Trace


class Lane:
    """Runs a model edited in one unit.

    Args:
      subject: the model and its samples.
      units: that will be edited.
      mode: in which forwards run.
      batch_statistics: whether BatchNorm behind an edit uses the chunk's statistics; nothing is
        folded then.
    """

    def __init__(
        self,
        subject: Subject,
        units: Sequence[EditedUnit],
        mode: Mode,
        *,
        batch_statistics: bool = False,
    ) -> None:
        self._subject = subject
        self._units = units
        self._mode = mode
        self._batch_statistics = batch_statistics
        self._owners = [subject.owners(unit.tensors) for unit in units]
        self._traced = subject.traced
        self._checked: dict[int, Route] = {}
        # What may be skipped shows on a few samples as well as on many.
        self._few_dense = self.start(subject.first)
        self._few = self._replay

    def start(self, chunk: Chunk) -> Tensor:
        """Returns the outputs of the unedited model on a chunk, which is run from now on."""
        forward = self._subject.forward(chunk)
        self._replay = Replay(self._subject.model, forward, self._traced, self._all_routes)
        self._dense = self._record()
        return self._dense

    def prepare(self, unit: int) -> None:
        """Makes sure, with the weights unedited, that what is skipped for a unit can be.

        Where the outputs are not what they were, to the bit, all is run for this unit.
        """
        if unit not in self._checked:
            way = self._routes[unit]
            few = self._few.traced is self._replay.traced
            replay, dense = (self._few, self._few_dense) if few else (self._replay, self._dense)
            self._checked[unit] = way if self._holds(replay, way, dense) else Route(way.first)

    def run(self, unit: int, *, batch_statistics: bool = False) -> Tensor:
        """Returns the outputs of the model, whose unit number `unit` may be edited."""
        way = self._checked[unit]
        with self._applied():
            try:
                return self._replay.run(way, batch_statistics=batch_statistics)
            except DivergedError:
                self._checked[unit] = whole = Route(way.first)
                return self._replay.run(whole, batch_statistics=batch_statistics)

    def mend(self, unit: int) -> None:
        """Records anew, with the weights unedited, what an edited forward has spoilt."""
        if self._replay.spoilt:
            self._record()
            self.prepare(unit)

    def _record(self) -> Tensor:
        with self._applied():
            dense, self._routes = self._replay.record()
        if self._replay.traced is not self._traced:
            self._traced = self._replay.traced
            self._checked.clear()
        return dense

    def _applied(self) -> AbstractContextManager[None]:
        device = self._subject.device
        return self._mode.applied(device, batch_statistics=self._batch_statistics)

    def _all_routes(self, traced: Trace) -> list[Route]:
        pairs = zip(self._units, self._owners, strict=True)
        found = [route(traced, unit.tensors, owners) for unit, owners in pairs]
        return [
            Route(one.first) if self._checked.get(number) == Route(one.first) else one
            for number, one in enumerate(found)
        ]

    def _holds(self, replay: Replay, way: Route, dense: Tensor) -> bool:
        if not way.skipped:
            return True
        try:
            with self._applied():
                again = replay.run(way)
        except Exception:  # noqa: BLE001  # whatever a model does with half of its calls
            return False
        # As bytes: NaN is unlike itself, and these are to be the same bits.
        return torch.equal(_bytes(again), _bytes(dense))


def _bytes(tensor: Tensor) -> Tensor:
    return tensor.contiguous().view(torch.uint8)
