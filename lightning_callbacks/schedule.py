"""When to record: after which epochs or optimizer steps. It knows numbers, not trainers."""

from __future__ import annotations

import math


class Schedule:
    """Says whether a moment is due; exactly one of the three rhythms is used.

    Args:
      every_n_epochs: record after epochs n-1, 2n-1, ... (0-based). The default is 1, unless
        another rhythm is given.
      every_n_train_steps: record after optimizer steps n, 2n, ...
      steps_per_decade: record after optimizer steps that are about evenly spaced on a log axis,
        this many between s and 10 s.
      untrained: record the model once before its first step, as epoch -1.

    Raises:
      ValueError: more than one rhythm is given, or one is not a positive whole number.
    """

    def __init__(
        self,
        every_n_epochs: int | None = None,
        every_n_train_steps: int | None = None,
        steps_per_decade: int | None = None,
        *,
        untrained: bool = True,
    ) -> None:
        rhythms = {
            "every_n_epochs": every_n_epochs,
            "every_n_train_steps": every_n_train_steps,
            "steps_per_decade": steps_per_decade,
        }
        given = {name: value for name, value in rhythms.items() if value is not None}
        if len(given) > 1:
            raise ValueError(
                f"{' and '.join(given)} exclude one another: give one of {[*rhythms]}."
            )
        for name, value in given.items():
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise ValueError(f"{name} must be a whole number from 1 on, not {value!r}.")
        self._rhythm, self._n = next(iter(given.items()), ("every_n_epochs", 1))
        self._widening = 1
        self.untrained = untrained

    @property
    def counts_epochs(self) -> bool:
        """Whether epochs decide, not steps."""
        return self._rhythm == "every_n_epochs"

    def due_after_epoch(self, epoch: int) -> bool:
        """Whether to record after `epoch` (0-based)."""
        interval = self._n * self._widening
        return self._rhythm == "every_n_epochs" and (epoch + 1) % interval == 0

    def due_after_step(self, step: int) -> bool:
        """Whether to record after `step` completed optimizer steps."""
        if self._rhythm == "every_n_train_steps":
            return step > 0 and step % (self._n * self._widening) == 0
        return self._rhythm == "steps_per_decade" and self._is_log_step(step)

    def interval(self, step: int) -> float:
        """Returns the epochs, or steps about `step`, between records, were it not widened."""
        if self._rhythm == "steps_per_decade":
            return max(1.0, step * (10 ** (1 / self._n) - 1))
        return self._n

    def _is_log_step(self, step: int) -> bool:
        if step < 1:
            return False
        per_decade = self._n / self._widening
        # The steps are round(10 ** (k / per_decade)); this one's k, give or take rounding.
        k = round(math.log10(step) * per_decade)
        return any(round(10 ** (i / per_decade)) == step for i in (k - 1, k, k + 1) if i >= 0)

    @property
    def widening(self) -> int:
        """By how much the interval is multiplied, 1 at first."""
        return self._widening

    @widening.setter
    def widening(self, factor: int) -> None:
        self._widening = max(1, int(factor))

    def __str__(self) -> str:
        if self._rhythm == "steps_per_decade":
            return f"{self._n / self._widening:g} log-spaced records per decade of steps"
        interval = self._n * self._widening
        unit = "epoch" if self._rhythm == "every_n_epochs" else "step"
        return f"every {unit}" if interval == 1 else f"every {interval} {unit}s"
