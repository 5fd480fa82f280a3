"""Whether all processes come to where one waits for the others, so that none waits in vain.

A collective call that one process never reaches keeps the others waiting until the process group's
timeout ends the training. Whether all reach it is not known to any: data may run out in one process
before the others, and then their steps and epochs are others, too. So each says, in the key-value
store by which the group was made, how far its training is, and signs before it meets the others.
Whoever signs last compares the places; whoever waits looks whether another has gone past. Once they
have missed each other they never meet again in that trainer, and the first process records alone.

It knows the store and how far trainers are; nothing of what is sent when all have come.
"""

from __future__ import annotations

import json
import time
import weakref
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple

import torch.distributed
from torch.distributed.constants import default_pg_timeout

_GO, _APART = "all are here", "apart"
_LONGEST_NAP = 0.02  # seconds between two looks
_FIRST_NAP = 0.0002


class Progress(NamedTuple):
    """How far a training is in one process; a later one is larger.

    Attributes:
      fit: how many trainings have begun in this trainer.
      is_over: whether it has ended.
      epoch: the present one.
      batch: the last one that is done; -1: none.
      is_last: whether it is the epoch's last one.
    """

    fit: int = 0
    is_over: bool = True
    epoch: int = -1
    batch: int = -1
    is_last: bool = False

    def misses(self, other: Progress) -> bool:
        """Whether one that waits here waits in vain for another, which has not signed."""
        if self.fit != other.fit or self.is_over != other.is_over or self.epoch != other.epoch:
            return other[:3] > self[:3]
        if self.is_last:
            return other.batch > self.batch or other.is_last != (other.batch == self.batch)
        return other.batch > self.batch or other.is_last


@dataclass(eq=False)
class _Attendance:
    """What one process knows of the others, in one trainer."""

    store: Any  # a torch.distributed.Store
    rank: int
    world: int
    patience: float
    progress: Progress
    meetings: int = 0
    is_apart: bool = False

    def say(self, progress: Progress) -> None:
        if progress != self.progress:
            self.progress = progress
            self.store.set(f"at/{self.rank}", json.dumps(progress))

    def agreed(self, place: str) -> bool:
        """Returns whether all sign at `place` as their next meeting; waits for them."""
        self.meetings += 1
        own = f"{self.meetings}"
        self.store.set(f"{own}/{self.rank}", place)
        if self.store.add(f"{own}/signed", 1) == self.world:
            places = {self.store.get(f"{own}/{rank}").decode() for rank in range(self.world)}
            self._forget(self.meetings - 1)
            return self._settled(own, _GO if places == {place} else _APART)
        return self._waited_for(own)

    def _waited_for(self, own: str) -> bool:
        end, nap = time.monotonic() + self.patience, _FIRST_NAP
        while not self.store.check([f"{own}/verdict"]):
            if time.monotonic() > end or (nap == _LONGEST_NAP and self._is_missed()):
                return self._settled(own, _APART)
            time.sleep(nap)
            nap = min(_LONGEST_NAP, 2 * nap)
        return self._settled(own, _APART)

    def _settled(self, own: str, proposed: str) -> bool:
        """Returns what stands, which is what was proposed first."""
        stands: bytes = self.store.compare_set(f"{own}/verdict", "", proposed)
        return stands.decode() == _GO

    def _is_missed(self) -> bool:
        for rank in range(self.world):
            key = f"at/{rank}"
            if rank != self.rank and self.store.check([key]):
                other = Progress(*json.loads(self.store.get(key)))
                if self.progress.misses(other):
                    return True
        return False

    def _forget(self, meeting: int) -> None:
        """Removes what was said of a meeting that all have left: they have come to the next."""
        for what in ("verdict", "signed", *range(self.world)):
            self.store.delete_key(f"{meeting}/{what}")


_TRAINERS: weakref.WeakKeyDictionary[Any, _Attendance] = weakref.WeakKeyDictionary()
_COUNT = 0  # of trainers that had several processes, the same in all


def all_come(trainer: Any, place: str) -> bool:
    """Returns whether all processes come to `place`, the same in all; only then may they meet.

    Waits for them as long as they may still come, but no longer than half of what the process group
    itself would wait. Where the group has no store nobody can tell: it is taken for granted.

    Args:
      trainer: Lightning's, or a `host.Host`.
      place: says who meets where and when, in the same words in all.
    """
    attendance = _attendance(trainer)
    if attendance is None:
        return True
    if not attendance.is_apart:
        try:
            attendance.is_apart = not attendance.agreed(place)
        except RuntimeError:  # the store is gone with the process that kept it
            attendance.is_apart = True
    return not attendance.is_apart


def training_starts(trainer: Any) -> None:
    """Says that this process begins to train."""
    attendance = _attendance(trainer)
    if attendance is not None and attendance.progress.is_over:
        _say(attendance, Progress(attendance.progress.fit + 1, False))


def batch_ends(trainer: Any, batch: int) -> None:
    """Says that this process is done with a batch; to be called before it meets others."""
    attendance = _attendance(trainer)
    if attendance is not None:
        fit, is_last = attendance.progress.fit, bool(trainer.is_last_batch)
        _say(attendance, Progress(fit, False, trainer.current_epoch, batch, is_last))


def epoch_ends(trainer: Any) -> None:
    """Says that this process is done with an epoch; to be called before it meets others."""
    attendance = _attendance(trainer)
    if attendance is not None:
        progress = attendance.progress._replace(epoch=trainer.current_epoch, is_last=True)
        _say(attendance, progress)


def training_is_over(trainer: Any) -> None:
    """Says that this process trains no more; to be called after it met others."""
    attendance = _attendance(trainer)
    if attendance is not None:
        _say(attendance, attendance.progress._replace(is_over=True))


def _say(attendance: _Attendance, progress: Progress) -> None:
    if attendance.is_apart:  # which all others know, or will when they look
        return
    try:
        attendance.say(progress)
    except RuntimeError:  # the store is gone with the process that kept it
        attendance.is_apart = True


def _attendance(trainer: Any) -> _Attendance | None:
    if trainer.world_size == 1 or not torch.distributed.is_initialized():
        return None
    store = _store()
    if store is None:
        return None
    if trainer not in _TRAINERS:
        global _COUNT  # noqa: PLW0603  # trainers have no number that is the same in all processes
        _COUNT += 1
        _TRAINERS[trainer] = _Attendance(
            torch.distributed.PrefixStore(  # type: ignore[attr-defined]  # torch exports it all the same
                f"tb_explain/{_COUNT}", store
            ),
            trainer.global_rank,
            trainer.world_size,
            _patience(trainer, store),
            Progress(),
        )
    return _TRAINERS[trainer]


def _store() -> Any | None:
    """Returns the store that the group was made by; None where it has none, as under MPI."""
    # There is no public way to it; torch's own elastic launcher takes this one.
    find = getattr(torch.distributed.distributed_c10d, "_get_default_store", None)
    return find() if find else None


def _patience(trainer: Any, store: Any) -> float:
    """Returns half of what the group waits, whoever made it: its store waits as long by default."""
    asked = getattr(trainer.strategy, "_timeout", None)  # what Lightning makes the group with
    timeout = asked if isinstance(asked, timedelta) else default_pg_timeout
    kept: timedelta = store.timeout
    return min(timeout, kept).total_seconds() / 2
