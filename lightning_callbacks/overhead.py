"""What monitors cost, as a fraction of training time. It knows clocks, and widens schedules."""

from __future__ import annotations

import statistics
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from lightning_callbacks.schedule import Schedule

# Up to this much of its own time, and of training, a monitor never thins its records: in a run so
# short that this matters, a missing epoch is worse than some seconds.
FREE_SECONDS = 10.0
# The same of several monitors that share a budget, who promise to keep it.
FREE_SECONDS_TOGETHER = 1.0
# What aims at its limit exceeds it half of the time, and records cost what no clock of theirs sees,
# as caches that are cold afterwards: so much of it is aimed at.
_AIM = 0.75
# Between that and this nothing is changed, lest schedules swing.
_TOLERATED = 0.85
# As long as the first records are not paid off, at least so much of the limit is left for others.
_WHILE_IN_DEBT = 0.4
_RECORDS = 3  # whose median is what one takes
_INTERVALS_AWAITED = 2  # of a schedule, in which a monitor that follows it has recorded


class Stopwatch:
    """Adds up a monitor's own time, from the start of training on.

    Args:
      limit: the largest fraction of training time it may take; None: any.

    Raises:
      ValueError: `limit` is not a positive number.
    """

    def __init__(self, limit: float | None) -> None:
        if limit is not None and not limit > 0:
            raise ValueError(f"max_overhead must be a positive fraction or None, not {limit!r}.")
        self._limit = limit
        self._start = time.perf_counter()
        self._own = 0.0

    def begin(self, schedule: Schedule, step: int, epoch: int) -> None:  # noqa: ARG002  # asked by those who share
        """Forgets what was measured; training begins now, at `step` and in `epoch`."""
        if self._limit is None:
            schedule.widening = 1
        self._restart()

    def _restart(self) -> None:
        self._start, self._own = time.perf_counter(), 0.0

    def add(self, seconds: float) -> None:
        """Counts `seconds` as the monitor's own."""
        self._own += seconds

    @property
    def overhead(self) -> float | None:
        """Own time over training time without it; None before any training."""
        training = self._training
        return self._own / training if training > 0 else None

    @property
    def _training(self) -> float:
        return time.perf_counter() - self._start - self._own

    def excess(self) -> str | None:
        """Returns, in words, by how much the limit is exceeded; None if it is not."""
        overhead = self.overhead
        if self._limit is None or overhead is None:
            return None
        if min(self._own, self._training) < FREE_SECONDS:
            return None
        if overhead <= self._limit:
            return None
        return f"recording took {overhead:.1%} of the training time (limit {self._limit:.1%})"

    def hold(self, schedule: Schedule, step: int, epoch: int) -> str | None:  # noqa: ARG002
        """Widens `schedule` if the limit is exceeded, and says why.

        To be called after each record, with its optimizer step and epoch.
        """
        excess = self.excess()
        if excess:
            schedule.widening *= 2
            self._restart()
        return excess


@dataclass(frozen=True)
class Pace:
    """How fast training goes.

    Attributes:
      step: where it is.
      per_step: seconds of training without records, for an optimizer step.
      per_epoch: the same for an epoch.
    """

    step: int
    per_step: float
    per_epoch: float

    def between(self, schedule: Schedule) -> float:
        """Returns the seconds between records of `schedule` at its own rhythm."""
        unit = self.per_epoch if schedule.counts_epochs else self.per_step
        return schedule.interval(self.step) * unit


class SharedBudget:
    """A limit for several monitors together; the costliest of them record less often.

    Where they can't all record in their own rhythm, all that they took since training began
    counts: the first records, of untrained models too, are paid off by fewer, in as much time
    again, and so is the last one.

    Args:
      limit: the largest fraction of training time that all may take; None: any.

    Raises:
      ValueError: `limit` is not a positive number.
    """

    def __init__(self, limit: float | None) -> None:
        if limit is not None and not limit > 0:
            raise ValueError(f"max_overhead must be a positive fraction or None, not {limit!r}.")
        self.limit = limit
        self._watches: list[SharedStopwatch] = []

    def stopwatch(self, schedule: Schedule) -> SharedStopwatch:
        """Returns the stopwatch of one more monitor, which records on `schedule`."""
        self._watches.append(SharedStopwatch(self, schedule))
        return self._watches[-1]

    @property
    def own(self) -> float:
        """Seconds that all monitors took."""
        return sum(watch.own for watch in self._watches)

    @property
    def training(self) -> float:
        """Seconds of training without them."""
        start = min(watch.start for watch in self._watches)
        return max(time.perf_counter() - start - self.own, 1e-9)

    def widening(self, wanted: SharedStopwatch, pace: Pace) -> int:
        """Returns what the schedule of `wanted` should be widened to."""
        now = wanted.schedule.widening
        if self.limit is None or self.own < FREE_SECONDS_TOGETHER:
            return now
        shares = [watch.seconds / pace.between(watch.schedule) for watch in self._watches]
        which, limit = self._watches.index(wanted), self.limit
        if now == 1 and sum(shares) <= limit:  # all keep to it by themselves
            return now
        if sum(shares) > _AIM * limit:
            limit = self._left(limit)
        least, best = (_thinned(shares, part * limit)[which] for part in (_TOLERATED, _AIM))
        # As long as some are not known, what seems to be left may not be.
        is_too_wide = now > best and not any(self._awaits(watch, pace) for watch in self._watches)
        return best if now < least or is_too_wide else now

    def _awaits(self, watch: SharedStopwatch, pace: Pace) -> bool:
        """Whether a monitor's first timed record is to come; some record once, and none comes."""
        interval = pace.between(watch.schedule) * watch.schedule.widening
        return not watch.is_known and self.training < _INTERVALS_AWAITED * interval

    def _left(self, limit: float) -> float:
        """Returns the fraction of training time that records may take from now on."""
        last = sum(watch.seconds for watch in self._watches if watch.schedule.widening > 1)
        left = 2 * limit - (self.own + last) / self.training
        return min(limit, max(_WHILE_IN_DEBT * limit, left))


def _thinned(shares: Sequence[float], limit: float) -> list[int]:
    """Returns by how much each is to be divided, the largest first, to keep `limit` together."""
    left, factors = [*shares], [1] * len(shares)
    while sum(left) > limit:
        costliest = left.index(max(left))
        left[costliest] /= 2
        factors[costliest] *= 2
    return factors


class SharedStopwatch(Stopwatch):
    """The stopwatch of a monitor that shares a budget with others; made by `SharedBudget`."""

    def __init__(self, budget: SharedBudget, schedule: Schedule) -> None:
        super().__init__(None)
        self._budget = budget
        self.schedule = schedule
        self._begun: tuple[int, int] | None = None
        self._forget()

    def _forget(self) -> None:
        self._counted = 0.0  # of its own seconds, those until the last record
        self._latest: deque[float] = deque(maxlen=_RECORDS)

    def begin(self, schedule: Schedule, step: int, epoch: int) -> None:
        """Forgets what was measured; training begins now, at `step` and in `epoch`.

        What a training that is resumed was widened to is measured anew, as limits may be others.
        """
        schedule.widening = 1
        self._restart()
        self._begun = step, epoch
        self._forget()

    @property
    def own(self) -> float:
        """Seconds that the monitor took."""
        return self._own

    @property
    def start(self) -> float:
        """When training began, on this machine's clock."""
        return self._start

    @property
    def is_known(self) -> bool:
        """Whether a record was timed that is not a training's first, which is slower."""
        return bool(self._latest)

    @property
    def seconds(self) -> float:
        """What a record takes; 0 as long as it is not known."""
        return statistics.median(self._latest or [0.0])

    def hold(self, schedule: Schedule, step: int, epoch: int) -> str | None:
        """Makes `schedule` as dense as all together can afford; says why, if it changes."""
        seconds, self._counted = self._own - self._counted, self._own
        if self._begun is None:  # there is no training that it could slow down
            return None
        steps, epochs = step - self._begun[0], epoch - self._begun[1] + 1
        if steps <= 1:
            return None
        self._latest.append(seconds)
        training = self._budget.training
        pace = Pace(step, training / steps, training / max(1, epochs))
        before, schedule.widening = schedule.widening, self._budget.widening(self, pace)
        if schedule.widening == before:
            return None
        took = (
            f"by step {step} all monitors together had taken {self._budget.own / training:.1%} of "
            f"the training time (limit {self._budget.limit:.1%}), this one "
            f"{self._own / training:.1%}"
        )
        return took if schedule.widening > before else f"{took}, which leaves some"
