"""How much of a plan is cut at which point of a training."""

from __future__ import annotations

from collections.abc import Callable, Mapping

# Each is given what of the time has passed (0 to 1), a unit's size and its final cut.
Timetable = Callable[[float, int, int], int]
ROUNDS = 5


def _one_shot(_passed: float, _size: int, cut: int) -> int:
    return cut


def _gradual(passed: float, _size: int, cut: int) -> int:
    """Cubic: Zhu & Gupta 2017, arXiv:1710.01878, equation 1, from nothing cut."""
    return round(cut * (1 - (1 - passed) ** 3))


def _iterative(passed: float, size: int, cut: int) -> int:
    """In rounds that each keep the same share of what was left: Han et al. 2015, 1506.02626."""
    rounds_done = min(ROUNDS, int(passed * ROUNDS) + 1)
    if rounds_done == ROUNDS or cut == size:
        return cut
    kept: float = size * ((size - cut) / size) ** (rounds_done / ROUNDS)
    return size - round(kept)


SCHEDULES: Mapping[str, Timetable] = {
    "one_shot": _one_shot,
    "gradual": _gradual,
    "iterative": _iterative,
}
