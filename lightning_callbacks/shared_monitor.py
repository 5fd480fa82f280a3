"""The base of the monitors whose work processes share out: all measure, the first one writes."""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from lightning_utilities.core.apply_func import apply_to_collection
from torch import Tensor, nn

from lightning_callbacks.causes import cause_of
from lightning_callbacks.guard import untouched
from lightning_callbacks.in_step import InStep
from lightning_callbacks.monitor import Monitor
from lightning_callbacks.probe import DrawnProbe
from lightning_callbacks.records import Moment, Observation
from lightning_callbacks.same_weights import put_in, weights_of_first
from lightning_callbacks.together import OtherProcessError, from_all, from_first
from lightning_callbacks.trainers import cannot_observe, draw_for, gathered, in_validate, unlogged


class SharedMonitor(InStep, Monitor):
    """Records what takes long, of the same samples in every process.

    All processes must come here whatever goes wrong in one of them, so that what decides whether
    to record is the same in all, and is made so after each record.
    """

    # What must be the same in all processes, beside the schedule, by the names of attributes.
    agreed: Sequence[str] = ()

    def _start_over(self) -> None:
        super()._start_over()
        self._is_spread = False

    @property
    def is_shared(self) -> bool:
        """Whether there is something to share out; the same in all processes, and always."""
        return True

    def worth_sharing(self, probe: DrawnProbe) -> bool:  # noqa: ARG002  # of those that look at it
        """Returns whether there is enough to do; the same in all processes."""
        return True

    @abstractmethod
    def own_share(self, model: nn.Module, probe: DrawnProbe, share: tuple[int, int]) -> Any:
        """Returns what is measured in process share[0] of share[1]; called inside the guard."""

    @abstractmethod
    def joined(self, shares: Sequence[Any], probe: DrawnProbe) -> Observation:
        """Returns the record that all shares make; called in the first process."""

    def _record(self, trainer: Any, pl_module: Any, moment: Moment) -> None:
        alone = trainer.world_size == 1 or in_validate(trainer) or not self.is_shared
        if alone or cannot_observe(trainer):
            super()._record(trainer, pl_module, moment)
        elif self._last_step != moment.step and not self._is_off:
            if self._meets(trainer, moment.step):
                self._record_together(trainer, pl_module, moment)
            else:
                super()._record(trainer, pl_module, moment)

    def _record_together(self, trainer: Any, pl_module: Any, moment: Moment) -> None:
        start = time.perf_counter()
        shares, failure = self._shares(trainer, pl_module)

        def write() -> None:
            if failure is not None:
                raise failure
            if shares is None or self._drawn is None:
                self._observe_and_write(trainer, pl_module, moment)
                return
            seen = self.joined(shares, self._drawn)
            self._write(trainer, moment, seen, time.perf_counter() - start)

        raised: Exception | None = None
        try:
            self._attempt(trainer, moment, write)
        except Exception as error:  # noqa: BLE001  # strict=True; the others are waiting to be told
            raised = error
        self._last_step = moment.step
        state = {name: getattr(self, name) for name in ("_is_off", *self.agreed)}
        told = (state, self.schedule.widening, raised and cause_of(raised))
        state, self.schedule.widening, cause = gathered(trainer, told)[0]
        vars(self).update(state)
        if cause is not None:
            raise raised or OtherProcessError(cause)

    def _shares(
        self, trainer: Any, pl_module: Any
    ) -> tuple[Sequence[Any] | None, Exception | None]:
        """Returns (what all measured, or None if the first is to do it alone; what went wrong)."""
        if not self._is_spread:
            try:
                drawn = from_first(trainer, lambda: self._spread(trainer, pl_module))
            except OtherProcessError:
                # There are none, or they can't be sent: the first process will see.
                return None, None
            self._drawn, self._is_spread = drawn, True
        if self._drawn is None or not self.worth_sharing(self._drawn):
            return None, None
        try:
            weights = weights_of_first(trainer, pl_module)
            return from_all(trainer, lambda: self._measured(trainer, pl_module, weights)), None
        except Exception as error:  # noqa: BLE001  # raised by `_attempt`, in all processes alike
            return None, error

    def _spread(self, trainer: Any, pl_module: Any) -> DrawnProbe:
        """Returns the first process's samples: samplers may give each process others."""
        if self._drawn is None:
            self._drawn, notes = draw_for(trainer, pl_module, self._probe)
            self._records.notes += notes
        # Each process takes them to its own device.
        batch = apply_to_collection(self._drawn.batch, Tensor, Tensor.cpu)
        return replace(self._drawn, batch=batch)

    def _measured(self, trainer: Any, pl_module: Any, weights: Mapping[str, Tensor]) -> Any:
        if self._drawn is None:
            raise AssertionError("The samples are spread first.")
        with unlogged(pl_module), untouched(pl_module) as model:
            put_in(model, weights)
            share = (trainer.global_rank, trainer.world_size)
            return self.own_share(model, self._drawn, share)
