"""One record as scripts use it: fields, arrays as they were stored, arrays in their own units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from tb_explain import schema
from tb_explain.listing import natural_key

SCALE = ".scale"  # what the array of a quantised array's scales adds to its name


@dataclass(frozen=True)
class LoadedRecord:
    """What a monitor wrote at one step; `tb_explain.schema` lists the fields and arrays of a kind.

    Attributes:
      stored: the record to the byte: `stored.arrays` are 8-bit counts and their scales.
      wall_time: when it was written, in seconds since 1970.
    """

    stored: schema.Record
    wall_time: float

    @property
    def kind(self) -> str:
        """A key of `schema.KINDS`."""
        return self.stored.kind

    @property
    def monitor(self) -> str:
        """Name of the monitor that wrote it."""
        return self.stored.monitor

    @property
    def step(self) -> int:
        """Completed optimizer steps."""
        return self.stored.step

    @property
    def epoch(self) -> int:
        """The epoch just finished; -1 for the untrained model."""
        return self.stored.epoch

    @property
    def fields(self) -> Mapping[str, Any]:
        """The JSON fields of the kind."""
        return self.stored.fields

    @cached_property
    def arrays(self) -> Mapping[str, np.ndarray]:
        """The arrays by name; what was quantised, as float32 in its unit, without its scale."""
        stored = self.stored.arrays
        return {
            name: _in_units(stored[name], stored.get(name + SCALE))
            for name in sorted(stored, key=natural_key)
            if not (name.endswith(SCALE) and name.removesuffix(SCALE) in stored)
        }

    def __getitem__(self, name: str) -> np.ndarray:
        """Returns the array `name`; a KeyError lists the names there are."""
        if name not in self.arrays:
            raise KeyError(f"No array {name!r} in this record. Expect one of {list(self.arrays)}.")
        return self.arrays[name]

    def __repr__(self) -> str:
        shapes = {name: f"{a.dtype}{list(a.shape)}" for name, a in self.arrays.items()}
        return f"<{self.kind} of {self.monitor} at step {self.step}, epoch {self.epoch}: {shapes}>"


def _in_units(array: np.ndarray, scale: np.ndarray | None) -> np.ndarray:
    """Returns float32: `array` times `scale`, whose axes are its first; without one, `array`."""
    if scale is None:
        return array
    spread = scale.reshape(scale.shape + (1,) * (array.ndim - scale.ndim))
    with np.errstate(all="ignore"):  # what is not finite stays so
        values: np.ndarray = array.astype(np.float32) * spread
    return values
