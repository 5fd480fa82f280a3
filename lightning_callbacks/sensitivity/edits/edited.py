"""What every kind of edit gives the scan: units to write to, level by level, and what they cost.

The scan clones and restores tensors and runs the model; a kind of edit knows what to write where.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from torch import Tensor, nn

from lightning_callbacks.layers import LayerSpec
from tb_explain.planning import Layer, Unit

# Names, globs, classes or modules, as in `layers.named_layers`; None: all.
Layers = Sequence[LayerSpec] | None
# Numbers, or texts as "2:4"; None: the kind's own.
Levels = Sequence[float | str] | None


@dataclass(frozen=True)
class Costs:
    """What the unedited model takes, per sample.

    Attributes:
      macs: multiply-adds by name of the parameter that is multiplied with ("conv1.weight").
      seconds: time of one forward by name of the module, all inside it included; modules that
        were never called are missing.
    """

    macs: Mapping[str, int]
    seconds: Mapping[str, float]


@dataclass(frozen=True)
class Example:
    """A chunk of samples, as the scan runs the model on it.

    Attributes:
      batch: on the model's device.
      samples: how many are in it.
      forward: runs the model on `batch`; returns its raw output.
      logits: the same, float [N, ...]: what is compared.
      costs: measured on `batch`.
    """

    batch: Any
    samples: int
    forward: Callable[[], Any]
    logits: Callable[[], Tensor]
    costs: Costs


class EditedUnit(Protocol):
    """One unit, and how it is edited.

    Attributes:
      unit: what it is called and what it costs.
      tensors: every parameter or buffer that `write` changes; the scan clones and restores them.
      removed: how many of the unit's `size` are removed, by level; None for "bits", "clusters".
      stored_bits: what the unit takes in a file, by level; for "bits" and "clusters" only.
    """

    @property
    def unit(self) -> Unit: ...  # noqa: D102  # see above
    @property
    def tensors(self) -> Sequence[Tensor]: ...  # noqa: D102  # see above
    @property
    def removed(self) -> Sequence[int] | None: ...  # noqa: D102  # see above
    @property
    def stored_bits(self) -> Sequence[float] | None: ...  # noqa: D102  # see above

    def write(self, level: int) -> None:
        """Edits `tensors`, which hold their unedited values, in place, as level number `level`.

        Called under `no_grad`; restoring is the scan's task.
        """


@dataclass(frozen=True)
class Edits:
    """All units of one kind of edit, and the levels they share.

    Attributes:
      units: in the order of the model's modules.
      levels: float64 [K], see `planning.EDITS`.
      level_names: [K].
      layers: how costs follow from widths; for "channel" and "heads".
      shares: float64 [G], and
      counts: by allocator int64 [G, U], as in `planning.Sensitivity`; for "unstructured".
      offered: bool [U, K], False where a unit can't take a level, which is then NaN in scans and
        estimates; None: all can.
    """

    units: Sequence[EditedUnit]
    levels: np.ndarray
    level_names: Sequence[str]
    layers: Sequence[Layer] = ()
    shares: np.ndarray = field(default_factory=lambda: np.zeros(0))
    counts: Mapping[str, np.ndarray] = field(default_factory=dict)
    offered: np.ndarray | None = None

    def levels_of(self, unit: int) -> Sequence[int]:
        """Returns the numbers of the levels that unit number `unit` can take."""
        every = range(len(self.levels))
        return every if self.offered is None else [k for k in every if self.offered[unit, k]]


# Called with the model (inside the guard), an example, levels and layers.
MakeEdits = Callable[[nn.Module, Example, Levels, Layers], Edits]
