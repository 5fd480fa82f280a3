"""What attributions of many samples have in common: means with intervals, class means, tokens.

Samples are added batch by batch; but for tables, whose few numbers are kept, only sums are. It
knows arrays; nothing of models.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lightning_callbacks.privacy import Ledger
from tb_explain import schema

_RESAMPLES = 1000
_INTERVAL = (2.5, 97.5)  # per cent
_SEED = 0
# Samples of which every value is recorded, for a beeswarm.
MOST_IN_SWARM = 200
_TOKENS_PER_CLASS = 12
# A token seen once says more about its sentence than about itself.
_FEWEST_SIGHTINGS = 2
_NEGLIGIBLE = 1e-6
_BINS = 8  # of a feature's values, within which the others' influence is looked for


class TableSummary:
    """Attributions of tables: [N, F] and the features' values, kept."""

    def __init__(self) -> None:
        self._maps: list[np.ndarray] = []

    def add(self, maps: np.ndarray, _classes: np.ndarray, _tokens: Any) -> None:
        """Adds float [n, F]."""
        self._maps.append(np.asarray(maps, np.float64))

    def arrays(
        self, name: str, features: np.ndarray | None, ledger: Ledger | None
    ) -> dict[str, np.ndarray]:
        """Returns the arrays of summary `name`; see `tb_explain.schema`.

        Args:
          name: its number.
          features: float [N, F], the features' values, or None where they are not stored.
          ledger: releases only a noised mean, at the cost of one release.
        """
        maps = np.concatenate(self._maps)
        if ledger is not None:
            both = ledger.mean(np.concatenate([np.abs(maps), maps], axis=1)).astype(np.float32)
            mean_abs, mean = np.split(both, 2)
            return {f"mean_abs.{name}": mean_abs, f"mean.{name}": mean}
        arrays = {
            f"mean_abs.{name}": np.abs(maps).mean(axis=0),
            f"mean.{name}": maps.mean(axis=0),
            f"swarm.{name}": maps[:MOST_IN_SWARM],
        }
        arrays[f"low.{name}"], arrays[f"high.{name}"] = bootstrap(np.abs(maps))
        arrays[f"mean_low.{name}"], arrays[f"mean_high.{name}"] = bootstrap(maps)
        if features is not None:
            arrays[f"interaction.{name}"] = interactions(maps, features)
        return {key: value.astype(np.float32) for key, value in arrays.items()}

    def fields(self) -> dict[str, Any]:
        """Returns the fields of the summary."""
        return {"classes": None, "tokens": None}


def bootstrap(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns the 95 % bootstrap interval of the mean of `values` [N, F]: low [F], high [F]."""
    generator = np.random.default_rng(_SEED)
    counts = generator.multinomial(len(values), [1 / len(values)] * len(values), _RESAMPLES)
    low, high = np.percentile(counts @ values / len(values), _INTERVAL, axis=0)
    return low, high


def interactions(maps: np.ndarray, features: np.ndarray) -> np.ndarray:
    """Returns float [F, F]: how much of feature i's attribution, at equal values of i, follows j.

    Within bins of equal counts of feature i's values, a line in i is taken off its attribution and
    off feature j; the magnitude of the correlation of what is left, over all bins: 0 where i acts
    alone (by chance about one over the root of a bin's samples). The diagonal is 0.
    """
    count = maps.shape[1]
    found = np.zeros((count, count))
    for i in range(count):
        bins = _equal_bins(features[:, i])
        rest = _without_line(maps[:, i], features[:, i], bins)
        if np.linalg.norm(rest) <= _NEGLIGIBLE * np.linalg.norm(maps[:, i]):
            continue
        for j in range(count):
            other = _without_line(features[:, j], features[:, i], bins)
            sizes = np.sqrt(np.bincount(bins, rest**2) * np.bincount(bins, other**2))
            if i != j and sizes.any():
                found[i, j] = np.abs(np.bincount(bins, rest * other)).sum() / sizes.sum()
    return found


def _equal_bins(values: np.ndarray) -> np.ndarray:
    edges = np.unique(np.quantile(values, np.linspace(0, 1, _BINS + 1)[1:-1]))
    bins: np.ndarray = np.searchsorted(edges, values, side="right")
    return bins


def _without_line(values: np.ndarray, of: np.ndarray, bins: np.ndarray) -> np.ndarray:
    """Returns `values` less, in each bin, their least squares line in `of`."""
    centred, along = _centred(values, bins), _centred(of, bins)
    squares = np.bincount(bins, along * along)
    slope = np.bincount(bins, along * centred) / np.where(squares > 0, squares, 1)
    rest: np.ndarray = centred - slope[bins] * along
    return rest


def _centred(values: np.ndarray, bins: np.ndarray) -> np.ndarray:
    sizes = np.maximum(np.bincount(bins), 1)
    centred: np.ndarray = values - (np.bincount(bins, values) / sizes)[bins]
    return centred


class MapSummary:
    """Attributions of images or series: their mean for each class."""

    def __init__(self, *, signed: bool, private: bool) -> None:
        self._signed = signed
        self._private = private
        self._sums: dict[int, np.ndarray] = {}
        self._counts: dict[int, int] = {}
        self._flat: list[np.ndarray] = []

    def add(self, maps: np.ndarray, classes: np.ndarray, _tokens: Any) -> None:
        """Adds float [n, ...] of the classes int [n]."""
        for known in np.unique(classes).tolist():
            own = maps[classes == known]
            self._sums[known] = self._sums.get(known, 0) + own.sum(axis=0, dtype=np.float64)
            self._counts[known] = self._counts.get(known, 0) + len(own)
        if self._private:  # what is clipped is each sample's own map
            self._flat.append(maps)

    def arrays(
        self, name: str, _features: np.ndarray | None, ledger: Ledger | None
    ) -> dict[str, np.ndarray]:
        """Returns the arrays of summary `name`; under privacy one mean over all classes."""
        if ledger is not None:
            maps = np.concatenate(self._flat)
            means = ledger.mean(maps.reshape(len(maps), -1)).reshape(1, *maps.shape[1:])
            return _quantised(name, means, signed=True)
        means = np.stack([self._sums[c] / self._counts[c] for c in sorted(self._sums)])
        return _quantised(name, means, signed=self._signed)

    def fields(self) -> dict[str, Any]:
        """Returns the fields of the summary."""
        return {"classes": sorted(self._sums), "tokens": None}


def _quantised(name: str, means: np.ndarray, *, signed: bool) -> dict[str, np.ndarray]:
    maps, scale = schema.quantise(means, signed=signed)
    return {f"class_mean.{name}": maps, f"class_mean.{name}.scale": scale}


@dataclass
class _Sightings:
    total: float = 0.0
    count: int = 0


@dataclass
class TextSummary:
    """Attributions of texts: the tokens that speak most for and against each class."""

    _seen: dict[tuple[int, str], _Sightings] = field(default_factory=dict)

    def add(
        self, maps: np.ndarray, classes: np.ndarray, tokens: Sequence[Sequence[str]] | None
    ) -> None:
        """Adds float [n, T] of the tokens [n][T]."""
        for row, known, texts in zip(maps, classes.tolist(), tokens or (), strict=False):
            for value, text in zip(row.tolist(), texts, strict=True):
                if value:  # special tokens and padding have none
                    sightings = self._seen.setdefault((known, text), _Sightings())
                    sightings.total += value
                    sightings.count += 1

    def arrays(
        self, _name: str, _features: np.ndarray | None, _ledger: Ledger | None
    ) -> Mapping[str, np.ndarray]:
        """Returns nothing: all is in the fields."""
        return {}

    def fields(self) -> dict[str, Any]:
        """Returns the fields of the summary."""
        classes = sorted({known for known, _ in self._seen})
        tokens = [entry for known in classes for entry in self._top(known)]
        return {"classes": classes, "tokens": tokens}

    def _top(self, known: int) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = [
            {"class": own, "token": text, "mean": seen.total / seen.count, "count": seen.count}
            for (own, text), seen in self._seen.items()
            if own == known and seen.count >= _FEWEST_SIGHTINGS
        ]
        entries.sort(key=lambda entry: -abs(float(entry["mean"])))
        return entries[:_TOKENS_PER_CLASS]


Summary = TableSummary | MapSummary | TextSummary


def summary_of(space: str, *, signed: bool, private: bool) -> Summary:
    """Returns an empty summary for attributions to inputs of kind `space`."""
    if space == "tabular":
        return TableSummary()
    return TextSummary() if space == "text" else MapSummary(signed=signed, private=private)
