"""A `Sensitivity` of measured or estimated values, with what the edits know of themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from lightning_callbacks.sensitivity.edits.edited import Edits
from tb_explain.planning import Sensitivity


def sensitivity_of(
    edits: Edits,
    values: Mapping[str, np.ndarray],
    errors: Mapping[str, np.ndarray],
    *,
    samples: int,
) -> Sensitivity:
    """Returns what is known of any scan; the caller replaces what it knows better.

    Args:
      edits: of all units.
      values: float64 [U, K] by measure; what is not offered becomes NaN.
      errors: their standard errors.
      samples: how many it was measured on.
    """
    units = edits.units
    return Sensitivity(
        edit="unstructured",
        units=[unit.unit for unit in units],
        levels=edits.levels,
        level_names=edits.level_names,
        samples=samples,
        values=_offered(edits, values),
        errors=_offered(edits, errors),
        dense={"loss": float("nan"), "metric": float("nan")},
        removed=_table([unit.removed for unit in units], np.int64),
        stored_bits=_table([unit.stored_bits for unit in units], np.float64),
        layers=edits.layers,
        shares=edits.shares,
        counts=edits.counts,
    )


def _offered(edits: Edits, arrays: Mapping[str, np.ndarray]) -> Mapping[str, np.ndarray]:
    if edits.offered is None:
        return arrays
    return {name: np.where(edits.offered, array, np.nan) for name, array in arrays.items()}


def _table(rows: Sequence[Sequence[float] | None], dtype: type) -> np.ndarray | None:
    known = [row for row in rows if row is not None]
    return np.array(known, dtype) if len(known) == len(rows) else None
