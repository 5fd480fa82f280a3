"""Tables whose numbers and kinds (integers) come in two tensors of a batch.

By their shapes kinds [N, K] could be token ids: the model decides, by what it embeds.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from operator import attrgetter
from typing import Any

from torch import Tensor, nn

from lightning_callbacks.batches import LABEL_NAMES, BatchKey, are_tokens, find_input, to_model
from lightning_callbacks.choosing.forwards import Positional, Way, find_way, try_way
from lightning_callbacks.forwarding import ForwardSpec, keyword_arguments, run
from lightning_callbacks.guard import untouched
from lightning_callbacks.probe import DrawnProbe, Probe
from lightning_callbacks.spaces import Feature, SpaceOptions, find_space
from lightning_callbacks.spaces.tabular import columns_as_features


@dataclass(frozen=True)
class Mixed:
    """A table in several tensors.

    Attributes:
      numbers: where the tensor [N, F] of numbers is; the input.
      kinds: the columns of the other tensors; none where these can't be explained.
      note: what is said of those then.
    """

    numbers: BatchKey
    kinds: Sequence[Feature] = ()
    note: str | None = None

    def features(self, drawn: DrawnProbe, names: Sequence[str] | None) -> list[Feature]:
        """Returns all columns, those of numbers first.

        Args:
          drawn: samples whose input are the numbers.
          names: of the numbers, or of all; None: they are counted.

        Raises:
          ValueError: another number of names.
        """
        count = drawn.inputs.shape[1]
        features = [*columns_as_features(count), *self.kinds]
        if names is None:
            return features
        if len(names) not in (count, len(features)):
            raise ValueError(
                f"feature_names has {len(names)} names; the table has {count} columns of numbers "
                f"and {len(self.kinds)} of kinds. Give one name for each."
            )
        named = [replace(one, name=name) for one, name in zip(features, names, strict=False)]
        return [*named, *features[len(names) :]]


def mixed_table(
    model: nn.Module, drawn: DrawnProbe, probe: Probe, forward: ForwardSpec | None
) -> Mixed | None:
    """Returns the table of numbers and kinds that the batch is; None if it is none, or is said.

    Args:
      model: which is left as it was.
      drawn: some samples.
      probe: where they came from.
      forward: as the user gave it; None: it is found.
    """
    numbers, kinds = _tensors(drawn)
    is_text = drawn.modality == "text"
    is_said = probe.input_key is not None or probe.features is not None
    if is_said or not numbers or not kinds:
        return None
    with untouched(model) as module, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        batch = to_model(drawn.batch, module)
        seen = _Seen(module, batch, len(drawn.inputs), forward)
        if is_text and seen.is_text():
            return None
        table = seen.table(numbers[0], kinds)
    # Numbers are explained anyway where no kinds go with them.
    return table if is_text or (table and (table.kinds or table.note)) else None


def _tensors(drawn: DrawnProbe) -> tuple[list[BatchKey], list[BatchKey]]:
    """Returns where (numbers [N, F], integers [N, K]) are that are neither labels nor masks."""
    batch = drawn.batch
    if isinstance(batch, Tensor) or drawn.modality not in ("text", "tabular"):
        return [], []
    items = batch.items() if isinstance(batch, Mapping) else enumerate(batch)
    tensors = {
        key: item
        for key, item in items
        if isinstance(item, Tensor)
        and item.dim() == 2
        and len(item) == len(drawn.inputs)
        and key not in LABEL_NAMES
    }
    kinds = [key for key, item in tensors.items() if are_tokens(item) and item.shape[1] > 1]
    masks = [tensors[key].shape for key in kinds]
    if drawn.modality == "tabular":
        found = find_input(batch)
        return [key for key, item in tensors.items() if item is found], kinds
    numbers = [
        key
        for key, item in tensors.items()
        if item.is_floating_point() and not (item.shape in masks and _are_marks(item))
    ]
    return numbers, kinds


def _are_marks(item: Tensor) -> bool:
    return bool(((item == 0) | (item == 1)).all())


@dataclass(frozen=True)
class _Seen:
    """A model inside the guard, and a batch of `samples` for it."""

    model: nn.Module
    batch: Any
    samples: int
    forward: ForwardSpec | None

    def is_text(self) -> bool:
        """Whether the model embeds integers [N, T] of the batch as one sequence."""
        way = self._way(None)
        return way is not None and self._problem(way, SpaceOptions()) is None

    def table(self, numbers: BatchKey, kinds: Sequence[BatchKey]) -> Mixed | None:
        """Returns what the model takes of the table; None if it can't be called so."""
        way = self._way(numbers)
        if way is None:
            return None
        taken = [key for key in kinds if self._takes(way, numbers, key)]
        if not taken:
            return Mixed(numbers)
        further = self._columns(numbers, taken)
        own = columns_as_features(self.batch[numbers].shape[1])
        problem = self._problem(way, SpaceOptions(numbers, [*own, *further]))
        if problem is None:
            return Mixed(numbers, further)
        which = ", ".join(f"batch[{key!r}]" for key in taken)
        return Mixed(numbers, note=f"{which}: passed on as they are, not explained")

    def _way(self, key: BatchKey | None) -> Way | None:
        if self.forward is None:
            way = find_way(self.model, self.batch, self.samples, key)
        else:
            way = try_way(self.model, self.batch, self.samples, key, self.forward)
        return way if isinstance(way, Way) and way.logits is not None else None

    def _problem(self, way: Way, options: SpaceOptions) -> Exception | None:
        """Returns why the inputs can't be attributed to; None if they can."""
        call = partial(_run, way.forward, options.input_key)
        try:
            find_space(self.model, call, self.batch, options)
        except Exception as error:  # noqa: BLE001  # a model may refuse in any way
            return error
        return None

    def _takes(self, way: Way, numbers: BatchKey, key: BatchKey) -> bool:
        """Whether the model is given the tensor at `key`, or the whole batch."""
        if isinstance(way.forward, Positional):
            return key in way.forward.places
        if way.forward is None or isinstance(way.forward, str):
            part = self.model if way.forward is None else attrgetter(way.forward)(self.model)
            return key in (keyword_arguments(part, self.batch, numbers) or ())
        return True

    def _columns(self, numbers: BatchKey, keys: Sequence[BatchKey]) -> list[Feature]:
        count = self.batch[numbers].shape[1]
        places = [(key, column) for key in keys for column in range(self.batch[key].shape[1])]
        return [
            Feature(f"column {count + n}", column, input=key)
            for n, (key, column) in enumerate(places)
        ]


def _run(forward: ForwardSpec | None, key: BatchKey | None, model: nn.Module, batch: Any) -> Any:
    return run(model, batch, forward, key)
