"""Several inputs at once: one of them is shown, the others are attributed beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from lightning_callbacks.function import Features, Points
from lightning_callbacks.spaces.space import Space


class SeveralInputs(Space):
    """A space and further floating tensors of the batch.

    The further ones are left out column by column ([N, F]) or whole, and have zero for a baseline
    where the space's own has another name than they know.

    Args:
      main: what is shown.
      others: further tensors [N, ...] of the batch.
    """

    def __init__(self, main: Space, others: Sequence[Tensor]) -> None:
        sites = replace(main.sites, tensors=[*main.sites.tensors, *others])
        super().__init__(sites)
        self.kind = main.kind  # type: ignore[misc]  # that of what is shown
        self.default_baseline = main.default_baseline  # type: ignore[misc]  # likewise
        self._main = main
        self._others = slice(len(main.sites.tensors), len(sites.tensors))

    def _split(self, values: Points) -> tuple[Points, Points]:
        """Returns the main space's values and those of the others."""
        others = values[self._others]
        return values[: self._others.start] + values[self._others.stop :], others

    def _joined(self, main: Points, others: Points) -> Points:
        start = self._others.start
        return main[:start] + others + main[start:]

    def named_baselines(self, generator: torch.Generator) -> Mapping[str, Callable[[], Points]]:
        """Returns those of the main space."""
        _, others = self._split(self.inputs)
        means = tuple(other.mean(dim=0, keepdim=True).expand_as(other) for other in others)
        zeros = tuple(torch.zeros_like(other) for other in others)

        def beside(name: str, main: Callable[[], Points]) -> Callable[[], Points]:
            return lambda: self._joined(main(), means if name == "mean" else zeros)

        known = self._main.named_baselines(generator)
        return {name: beside(name, make) for name, make in known.items()}

    def features(self) -> Features:
        """Returns the main space's features, and behind them those of the others."""
        own = self._main.features()
        _, others = self._split(self.inputs)
        counts, ids = own.counts, []
        for other in others:
            columns = other.shape[1] if other.dim() == 2 else 1  # [N, F]
            number = torch.arange(columns, device=other.device)
            shape = [len(other), *([columns] if other.dim() == 2 else [1] * (other.dim() - 1))]
            ids.append((counts.unsqueeze(1) + number).reshape(shape))
            counts = counts + columns
        return Features(self._joined(own.ids, tuple(ids)), counts)

    def maps(self, values: Points, *, signed: bool) -> Tensor:
        """Returns the main space's maps."""
        return self._main.maps(self._split(values)[0], signed=signed)

    def norms(self, values: Points) -> Tensor | None:
        """Returns the main space's norms."""
        return self._main.norms(self._split(values)[0])

    def references(self) -> Points | None:
        """Returns the samples; None where the main space's can't stand for one another."""
        return None if self._main.references() is None else self.inputs
