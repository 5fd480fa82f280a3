"""One scan of what several processes measured a share of the units of, each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tb_explain.planning import Sensitivity


def joined(parts: Sequence[Sensitivity]) -> Sensitivity:
    """Returns all shares in one; of an estimate, which every process makes whole, the first."""
    first = parts[0]
    if first.estimate is not None:
        return first
    values = {name: _filled([part.values[name] for part in parts]) for name in first.values}
    errors = {name: _filled([part.errors[name] for part in parts]) for name in first.errors}
    return replace(first, values=values, errors=errors)


def _filled(tables: Sequence[np.ndarray]) -> np.ndarray:
    filled = tables[0]
    for table in tables[1:]:
        filled = np.where(np.isnan(filled), table, filled)
    return filled
