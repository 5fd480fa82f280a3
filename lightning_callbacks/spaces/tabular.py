"""Tables: columns of numbers, one-hot groups of columns, and embedded categories, by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor

from lightning_callbacks.batches import BatchKey
from lightning_callbacks.function import Features, Points
from lightning_callbacks.spaces.sites import Sites
from lightning_callbacks.spaces.space import Space


@dataclass(frozen=True)
class Feature:
    """One named feature of a table.

    Attributes:
      name: as it is shown.
      columns: its column, or the columns of its one-hot code, in the input tensor; of a tensor of
        integers, the column of its category.
      unit: of its values.
      categories: their names: in the order of the one-hot columns, or of the integers.
      input: key or index, in the batch, of the tensor with these columns; None: the input tensor.
      mean: what was taken off the values before they entered the model.
      std: what they were divided by then.
    """

    name: str
    columns: int | Sequence[int]
    unit: str | None = None
    categories: Sequence[str] | None = None
    input: BatchKey | None = None
    mean: float = 0.0
    std: float = 1.0

    @property
    def places(self) -> list[int]:
        """The columns, as a list."""
        return [self.columns] if isinstance(self.columns, int) else list(self.columns)

    def described(self) -> dict[str, Any]:
        """Returns the entry of `features` in the `probe` record."""
        categories = None if self.categories is None else list(self.categories)
        return {"name": self.name, "unit": self.unit, "categories": categories}

    def values(self, table: Tensor) -> Tensor:
        """Returns float32 [N]: numbers in the feature's unit, or indices of its categories."""
        columns = table.reshape(len(table), -1)[:, self.places].float().cpu()
        if len(self.places) > 1:
            return columns.argmax(dim=1).float()
        if self.categories is not None and not table.is_floating_point():
            return columns[:, 0]
        return columns[:, 0] * self.std + self.mean


@dataclass(frozen=True)
class Place:
    """Where a feature enters the model.

    Attributes:
      input: index into the inputs.
      columns: along their second axis; None: all of it, an embedding [N, E].
    """

    input: int
    columns: Sequence[int] | None


class TabularSpace(Space):
    """Rows of tables.

    Args:
      sites: tensors [N, F], and embeddings [N, E] or [N, K, E] of categories.
      places: of each feature.
    """

    kind: ClassVar[str] = "tabular"
    default_baseline: ClassVar[str] = "mean"

    def __init__(self, sites: Sites, places: Sequence[Place]) -> None:
        super().__init__(sites)
        self._places = places

    def features(self) -> Features:
        """Returns the table's features: all columns or the whole embedding of one together."""
        ids = []
        for index, values in enumerate(self.inputs):
            own = torch.full((1, *values.shape[1:]), -1, device=values.device)
            for feature, place in enumerate(self._places):
                if place.input == index:
                    own[_within(place)] = feature
            ids.append(own)
        N = len(self.inputs[0])
        counts = torch.full((N,), len(self._places), device=self.inputs[0].device)
        return Features(tuple(ids), counts)

    def maps(self, values: Points, *, signed: bool) -> Tensor:
        """Returns float32 [N, F]: per feature the sum, or of unsigned ones the largest."""
        parts = [values[place.input][_within(place)].float().flatten(1) for place in self._places]
        return torch.stack(
            [part.sum(dim=1) if signed else part.amax(dim=1) for part in parts], dim=1
        )


def _within(place: Place) -> tuple[slice, Any]:
    return slice(None), slice(None) if place.columns is None else list(place.columns)


def columns_as_features(width: int) -> list[Feature]:
    """Returns a feature per column, for tables whose columns nobody named."""
    return [Feature(f"column {column}", column) for column in range(width)]


def named_values(features: Sequence[Feature], table_of: Callable[[Feature], Tensor]) -> Tensor:
    """Returns float32 [N, F]: the values of all features; see `Feature.values`."""
    return torch.stack([feature.values(table_of(feature)) for feature in features], dim=1)
