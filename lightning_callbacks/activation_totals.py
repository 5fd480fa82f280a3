"""What was seen of the outputs of layers, as numbers; those of several processes add up.

It knows what `watching` gives, and arrays; nothing of records or trainers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from lightning_callbacks.layer_records import Layer
from lightning_callbacks.reduce import Reduced, transfer
from lightning_callbacks.watching import QUANTILES, Output

QUANTILE_NAMES = [f"q{round(100 * q):02d}" for q in QUANTILES]


@dataclass(frozen=True)
class Seen:
    """Outputs of L layers.

    Attributes:
      layers: in the order of their return.
      reduced: sums and histograms.
      shares: float64 [L] each: quantiles, "saturated" and "sample_std".
      silent: bool [units] of each layer, those that were zero everywhere.
    """

    layers: Sequence[Layer]
    reduced: Reduced
    shares: Mapping[str, np.ndarray]
    silent: Sequence[np.ndarray]

    def columns(self) -> dict[str, np.ndarray]:
        """Returns float64 [L] by statistic."""
        return {
            "mean": self.reduced.mean,
            "std": self.reduced.std,
            "min": self.reduced.smallest,
            "max": self.reduced.largest,
            "zeros": self.reduced.zeros,
            "nonfinite": self.reduced.nonfinite,
            "silent": np.array([silent.mean() for silent in self.silent]),
            **self.shares,
        }


def seen_of(outputs: Sequence[Output]) -> Seen:
    """Returns what one process saw, with one transfer for each kind of figure."""
    reduced = transfer([output.begun for output in outputs])
    further = [torch.cat([o.quantiles, torch.stack([o.saturated, o.sample_std])]) for o in outputs]
    rows = torch.stack(further).cpu().numpy()
    names = [*QUANTILE_NAMES, "saturated", "sample_std"]
    layers = [Layer(o.name, o.type, o.shape, o.begun.sizes[0]) for o in outputs]
    silent = [output.silent.cpu().numpy() for output in outputs]
    return Seen(layers, reduced, dict(zip(names, rows.T, strict=True)), silent)


def together(parts: Sequence[Seen]) -> Seen:
    """Returns what several processes saw, of the layers that all of them did.

    Sums, counts, extremes and silent units are those of all outputs. Quantiles are means of the
    processes' own, and the deviation between samples is that within a process: outputs themselves
    are not sent.
    """
    if len(parts) == 1:
        return parts[0]
    common = [layer.name for layer in parts[0].layers if all(_has(part, layer) for part in parts)]
    chosen = [_of(part, common) for part in parts]
    size = np.stack([part.reduced.size for part in chosen])
    shares = {
        name: _mean([part.shares[name] for part in chosen], size, squared=name == "sample_std")
        for name in chosen[0].shares
    }
    silent = [
        np.logical_and.reduce(units) for units in zip(*(p.silent for p in chosen), strict=True)
    ]
    layers = [
        replace(layer, size=int(total))
        for layer, total in zip(chosen[0].layers, size.sum(axis=0), strict=True)
    ]
    return Seen(layers, _added([part.reduced for part in chosen]), shares, silent)


def _has(part: Seen, layer: Layer) -> bool:
    return any(other.name == layer.name for other in part.layers)


def _of(part: Seen, names: Sequence[str]) -> Seen:
    """Returns the layers called `names`, in that order."""
    places = {layer.name: place for place, layer in enumerate(part.layers)}
    order = [places[name] for name in names]
    own = {
        name: value[order] for name, value in vars(part.reduced).items() if name != "mantissa_bits"
    }
    return Seen(
        [part.layers[place] for place in order],
        replace(part.reduced, **own),
        {name: share[order] for name, share in part.shares.items()},
        [part.silent[place] for place in order],
    )


def _added(parts: Sequence[Reduced]) -> Reduced:
    return Reduced(
        size=np.sum([part.size for part in parts], axis=0),
        total=np.sum([part.total for part in parts], axis=0),
        squares=np.sum([part.squares for part in parts], axis=0),
        smallest=np.minimum.reduce([part.smallest for part in parts]),
        largest=np.maximum.reduce([part.largest for part in parts]),
        counts=np.sum([part.counts for part in parts], axis=0),
        mantissa_bits=parts[0].mantissa_bits,
    )


def _mean(shares: Sequence[np.ndarray], size: np.ndarray, *, squared: bool) -> np.ndarray:
    """Returns the mean over processes, weighted by their outputs; of squares, its root."""
    values = np.stack(shares) ** (2 if squared else 1)
    mean: np.ndarray = (values * size).sum(axis=0) / size.sum(axis=0)
    return np.sqrt(mean) if squared else mean
