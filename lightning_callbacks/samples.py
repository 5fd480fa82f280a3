"""Taking samples out of data of any common form: data sets, loaders, batches, lists, streams.

It knows data, nothing of what the samples are for. Labels are looked at only to balance classes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, IterableDataset, Subset, TensorDataset
from torch.utils.data import default_collate as torch_collate

from lightning_callbacks.batches import BatchError, BatchKey, chunks, find_input, find_labels

# To balance classes without reading a whole data set, this many times N samples are looked at.
_LOOKED_AT_PER_SAMPLE = 20


_OWN_ITERATOR = (
    "{} is its own iterator: drawing a probe would take samples away from validation. Give the "
    "monitor probe=... (a batch or a list of samples)."
)


class ProbeError(ValueError):
    """No probe can be drawn from what was given."""


def collect(
    data: Any, count: int, label_key: BatchKey | None
) -> tuple[Any, list[str], Sequence[str] | None]:
    """Returns (batch, names of its samples, class names); names are empty where unknown."""
    collate: Callable[[list[Any]], Any] = torch_collate
    allowed: Sequence[int] | None = None
    if isinstance(data, DataLoader):
        if data.batch_size is None and data.batch_sampler is None:
            return _first_batch(data, count), [], _class_names(data.dataset)
        allowed, collate, data = _sampled_indices(data), data.collate_fn, data.dataset
        if isinstance(data, list):
            data = _MapStyle(data)
    if isinstance(data, IterableDataset):
        return collate(_first(data, count)), [], _class_names(data)
    if isinstance(data, list):
        return collate(data), [], None
    if _is_map_style(data):
        indices = _balanced_indices(data, allowed or range(len(data)), count, label_key)
        samples = [data[index] for index in indices]
        return collate(samples), [str(index) for index in indices], _class_names(data)
    if hasattr(data, "__iter__") and not isinstance(data, (Tensor, tuple, Mapping)):
        return _first_batch(data, count), [], None
    return data, [], None


class _MapStyle(Dataset[Any]):
    """A list of samples as a data set; a list that a user gives is a probe of its own."""

    def __init__(self, samples: list[Any]) -> None:
        self._samples = samples

    def __len__(self) -> int:
        return len(self._samples)

    def __getitem__(self, index: int) -> Any:
        return self._samples[index]


def _is_map_style(data: Any) -> bool:
    plain = isinstance(data, (Tensor, tuple, Mapping, str, bytes))
    return not plain and hasattr(data, "__getitem__") and hasattr(data, "__len__")


def _sampled_indices(loader: DataLoader[Any]) -> Sequence[int] | None:
    """Returns the indices that a loader's sampler is restricted to; None if to none."""
    sampler: Any = loader.sampler
    # What Lightning wraps to share it out among processes.
    sampler = getattr(getattr(sampler, "dataset", None), "_sampler", sampler)
    indices = getattr(sampler, "indices", None)
    return None if indices is None else sorted(int(index) for index in indices)


def _first_batch(loader: Any, count: int) -> Any:
    """Returns at most `count` samples of the first batch that an iterable of batches gives."""
    if iter(loader) is loader:
        raise ProbeError(_OWN_ITERATOR.format(type(loader).__name__))
    batch = next(iter(loader))
    samples = len(find_input(batch))
    return next(part for _, part in chunks(batch, samples, count))


def _first(data: IterableDataset[Any], count: int) -> list[Any]:
    iterator: object = iter(data)
    if iterator is data:
        raise ProbeError(_OWN_ITERATOR.format(type(data).__name__))
    return list(islice(data, count))


def _balanced_indices(
    data: Any, allowed: Sequence[int], count: int, label_key: BatchKey | None
) -> list[int]:
    if not allowed:
        raise ProbeError("The data set to draw a probe from is empty.")
    known = _known_labels(data) if label_key is None else None
    labels = None if known is None else [known[index] for index in allowed]
    looked_at = allowed
    if labels is None:
        looked_at = _spread(allowed, count * _LOOKED_AT_PER_SAMPLE)
        labels = _read_labels(data, looked_at, label_key)
    if labels is None:
        return _spread(allowed, count)
    return _round_robin(looked_at, labels, count)


def _spread(indices: Sequence[int], count: int) -> list[int]:
    """Returns at most `count` of the indices, evenly spaced."""
    size, count = len(indices), min(len(indices), count)
    return [indices[i * size // count] for i in range(count)]


def _round_robin(indices: Sequence[int], labels: Sequence[int], count: int) -> list[int]:
    by_class: dict[int, list[int]] = {}
    for index, label in zip(indices, labels, strict=True):
        by_class.setdefault(label, []).append(index)
    queues = [by_class[label] for label in sorted(by_class)]
    rounds = (queue[turn] for turn in range(count) for queue in queues if turn < len(queue))
    return list(islice(rounds, count))


def _known_labels(data: Any) -> list[int] | None:
    """Returns the labels of all samples where the data set holds them in one piece."""
    if isinstance(data, Subset):
        labels = _known_labels(data.dataset)
        return None if labels is None else [labels[index] for index in data.indices]
    found = data.tensors[-1] if isinstance(data, TensorDataset) else None
    for name in ("targets", "labels"):
        found = getattr(data, name, None) if found is None else found
    try:
        array = np.asarray(found)
    except (TypeError, ValueError, RuntimeError):
        return None
    if array.ndim != 1 or not np.issubdtype(array.dtype, np.integer) or len(array) != len(data):
        return None
    labels_list: list[int] = array.tolist()
    return labels_list


def _read_labels(data: Any, indices: Sequence[int], label_key: BatchKey | None) -> list[int] | None:
    labels = []
    for index in indices:
        try:
            found = find_labels(torch_collate([data[index]]), 1, label_key)
        except (BatchError, TypeError, RuntimeError):
            # The data set's own collate function may know samples that torch's does not.
            return None
        if found is None:
            return None
        labels.append(int(found))
    return labels


def _class_names(data: Any) -> list[str] | None:
    if isinstance(data, Subset):
        return _class_names(data.dataset)
    names = text_list(getattr(data, "class_names", None))
    return names or text_list(getattr(data, "classes", None))


def text_list(names: Any) -> list[str] | None:
    """Returns class names as a list, from a sequence, an array or a dict by class index."""
    if isinstance(names, Mapping):
        by_index = all(isinstance(key, int) for key in names)
        names = [names[key] for key in sorted(names)] if by_index else list(names)
    if isinstance(names, np.ndarray):
        names = names.tolist()
    if not isinstance(names, Sequence) or isinstance(names, (str, bytes)):
        return None
    return [str(name) for name in names]
