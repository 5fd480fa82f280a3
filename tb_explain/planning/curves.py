"""The damage of each unit, rising with how many of its weights, channels or heads are removed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from tb_explain.planning.plan import PlanError
from tb_explain.planning.sensitivity import Sensitivity

# Points between two levels at which a plan may stop, and below how many all counts are tried.
_BETWEEN = 4
_FEW = 40


@dataclass(frozen=True)
class Curves:
    """A rising curve per unit through its measured points; between them a monotone cubic.

    The cubic's tangents are harmonic means of the neighbouring slopes (Fritsch and Butland), so
    that it neither overshoots nor falls.

    Attributes:
      counts: float64 [U, K], rising, the first 0, infinite beyond a unit's last point.
      damage: float64 [U, K], never falling, the first 0, the last repeated.
      points: int64 [U], how many are a unit's own.
    """

    counts: np.ndarray
    damage: np.ndarray
    points: np.ndarray

    @cached_property
    def deepest(self) -> np.ndarray:
        """int64 [U]: the largest count that was measured; 0 where none was."""
        return np.asarray(self.counts[np.arange(len(self.points)), self.points - 1].astype(int))

    def at(self, cuts: np.ndarray) -> np.ndarray:
        """Returns float64 [U] at `cuts` [U]; beyond the deepest, along the last two points' line.

        NaN where something is cut of a unit that was not measured.
        """
        return self.of_unit(np.arange(len(self.points)), cuts)

    def of_unit(self, unit: int | np.ndarray, cuts: np.ndarray) -> np.ndarray:
        """Returns the damage of `unit` at `cuts`, both of one shape or one of them single."""
        counts, points = self.counts[unit], self.points[unit]
        k = np.clip((counts <= np.asarray(cuts)[..., None]).sum(-1), 1, points - 1 + (points < 2))
        slope, width = self._slopes[unit, k - 1], self._widths[unit, k - 1]
        x = cuts - self.counts[unit, k - 1]
        t = x / width
        left, right = self._tangents[unit, k - 1], self._tangents[unit, k]
        cubic = left + t * (3 * slope - 2 * left - right + t * (left + right - 2 * slope))
        found = self.damage[unit, k - 1] + x * np.where(t > 1, slope, cubic)
        return np.asarray(np.where((points < 2) & (np.asarray(cuts) > 0), np.nan, found))

    def grid(self, unit: int, most: int) -> np.ndarray:
        """Returns counts int64 [M] from 0 to `most` between which the curve is nearly a line."""
        if most <= _FEW:
            return np.arange(most + 1)
        own = self.counts[unit, : self.points[unit]]
        parts = np.linspace(own[:-1], own[1:], _BETWEEN, endpoint=False)
        counts = np.rint(parts.T.ravel()).astype(np.int64)
        return np.unique(np.append(counts[counts < most], most))

    @cached_property
    def _widths(self) -> np.ndarray:
        width = np.diff(np.where(np.isinf(self.counts), 0, self.counts), axis=1)
        return np.asarray(np.where(width > 0, width, 1.0))

    @cached_property
    def _slopes(self) -> np.ndarray:
        return np.asarray(np.diff(self.damage, axis=1) / self._widths)

    @cached_property
    def _tangents(self) -> np.ndarray:
        left, right = self._slopes[:, :-1], self._slopes[:, 1:]
        total = left + right
        inner = np.divide(2 * left * right, total, out=np.zeros_like(total), where=total > 0)
        tangents = np.concatenate([self._slopes[:, :1], inner, self._slopes[:, -1:]], axis=1)
        last = np.arange(len(self.points)), np.maximum(self.points - 1, 0)
        tangents[last] = self._slopes[last[0], np.maximum(self.points - 2, 0)]
        return tangents


def curves(sensitivity: Sensitivity) -> Curves:
    """Returns the curves of the measured levels; noise that lets one fall is levelled out."""
    pairs = zip(removed_of(sensitivity), sensitivity.damage, strict=True)
    found = [_points(counts, damage) for counts, damage in pairs]
    longest = max(2, *(len(counts) for counts, _ in found))
    return Curves(
        np.array([_padded(counts, longest, np.inf) for counts, _ in found]),
        np.array([_padded(damage, longest, damage[-1]) for _, damage in found]),
        np.array([len(counts) for counts, _ in found]),
    )


def removed_of(sensitivity: Sensitivity) -> np.ndarray:
    """Returns int64 [U, K], how many are removed.

    Raises:
      PlanError: the sensitivity does not hold it.
    """
    if sensitivity.removed is None:
        raise PlanError(f'The sensitivity to {sensitivity.edit!r} does not hold "removed".')
    return sensitivity.removed


def _padded(values: np.ndarray, length: int, by: float) -> np.ndarray:
    return np.concatenate([values, np.full(length - len(values), by)])


def _points(counts: np.ndarray, damage: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    known = ~np.isnan(damage) & (counts > 0)
    order = np.argsort(counts[known], kind="stable")
    counts = counts[known][order].astype(float)
    damage = np.maximum.accumulate(np.maximum(damage[known][order], 0))
    last = np.append(counts[1:] > counts[:-1], True)[: len(counts)]
    return np.append(0.0, counts[last]), np.append(0.0, damage[last])
