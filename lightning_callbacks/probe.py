"""The probe: the few samples that every record of a run explains, the same ones each time.

A `Probe` says where they come from; `draw` takes them once. Each sample has a content hash, so that
runs and resumed runs line up. It knows data sets and batches; nothing of records or hooks.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, IterableDataset, Subset, TensorDataset
from torch.utils.data import default_collate as torch_collate

from lightning_callbacks.batches import BatchError, BatchKey, chunks, find_input, find_labels
from lightning_callbacks.pictures import THUMBNAIL_SIDE, Pictures, make_pictures

StoreInputs = Literal["none", "thumbnail", "full"]
# To balance classes without reading a whole data set, this many times N samples are looked at.
_LOOKED_AT_PER_SAMPLE = 20


_OWN_ITERATOR = (
    "{} is its own iterator: drawing a probe would take samples away from validation. Give the "
    "monitor probe=... (a batch or a list of samples)."
)


class ProbeError(ValueError):
    """No probe can be drawn from what was given."""


@dataclass(frozen=True)
class Probe:
    """Where the probe's samples come from.

    Attributes:
      data: a batch (tensor, tuple or dict), a list of samples, a data set, a DataLoader, or a
        callable without arguments that returns one of these. None: the validation data.
      samples: how many are drawn from a data set, class by class in turn; batches and lists are
        taken whole.
      input_key: key or index of the input tensor in a batch, if it isn't found.
      label_key: key or index of the labels in a batch, if they aren't found.
      class_names: names of the classes; by default the data set's `classes`.
      mean: per channel, the normalisation that pictures undo; of inputs scaled to [0, 1].
      std: likewise.
      store_inputs: what of the inputs goes into the event file: "thumbnail" (at most 128 pixels
        a side), "full", or "none": no pixels, but labels, names, shape and hashes.
    """

    data: Any = None
    samples: int = 16
    input_key: BatchKey | None = None
    label_key: BatchKey | None = None
    class_names: Sequence[str] | None = None
    mean: Sequence[float] | None = None
    std: Sequence[float] | None = None
    store_inputs: StoreInputs = "thumbnail"

    def __post_init__(self) -> None:
        if self.samples < 1:
            raise ValueError(f"samples must be 1 or more, not {self.samples}.")
        if self.store_inputs not in ("none", "thumbnail", "full"):
            raise ValueError(
                f"store_inputs must be 'none', 'thumbnail' or 'full', not {self.store_inputs!r}."
            )

    @classmethod
    def of(cls, value: Any) -> Probe:
        """Returns `value` if it is a Probe, else a Probe with it as its data."""
        return value if isinstance(value, cls) else cls(data=value)


@dataclass(frozen=True)
class DrawnProbe:
    """The samples.

    Attributes:
      batch: all of them, collated, and prepared by transfer hooks where there are any.
      inputs: the input tensor, [N, C, H, W] or [N, C, L], before any transfer hook.
      labels: int64 [N] or None.
      hashes: content hash of each input, 16 hex digits.
      names: of each sample; its index in the data set.
      class_names: or None.
      pictures: or None, where inputs are not stored or are no images.
      digest: of all hashes, 12 hex digits.
      store_inputs: as asked.
    """

    batch: Any
    inputs: Tensor
    labels: Tensor | None
    hashes: Sequence[str]
    names: Sequence[str]
    class_names: Sequence[str] | None
    pictures: Pictures | None
    digest: str
    store_inputs: StoreInputs

    @property
    def modality(self) -> str:
        """What the page draws the samples as: "image" or "series"."""
        return "image" if self.inputs.dim() == 4 else "series"

    def fields(self) -> dict[str, Any]:
        """Returns the JSON fields of the `probe` record."""
        return {
            "digest": self.digest,
            "hashes": list(self.hashes),
            "names": list(self.names),
            "modality": self.modality,
            "store_inputs": self.store_inputs,
            "display": self.pictures.display if self.pictures else None,
            "shape": list(self.inputs.shape[1:]),
            "class_names": list(self.class_names) if self.class_names else None,
        }

    def arrays(self) -> dict[str, np.ndarray]:
        """Returns the arrays of the `probe` record."""
        count = len(self.hashes)
        labels = torch.full((count,), -1) if self.labels is None else self.labels
        arrays = {"labels": labels.numpy().astype(np.int32)}
        if self.pictures:
            files = self.pictures.files
            arrays["images"] = np.frombuffer(b"".join(files), np.uint8)
            arrays["image_ends"] = np.cumsum([len(file) for file in files], dtype=np.int64)
        return arrays


def draw(probe: Probe, fallback: Any = None) -> DrawnProbe:
    """Takes the probe's samples; the same ones whenever the data is the same.

    Args:
      probe: what the user asked for.
      fallback: a loader to draw from if `probe.data` is None.

    Raises:
      ProbeError: there is no data, or too little is known of it.
      BatchError: the input tensor can't be found; says what was found.
    """
    data = probe.data if probe.data is not None else fallback
    if callable(data) and not isinstance(data, (Tensor, Dataset, DataLoader)):
        data = data()
    if data is None:
        raise ProbeError(
            "There is no validation data to draw a probe from. Give the Trainer a validation "
            "DataLoader, or the monitor probe=... (a batch, a data set or a list of samples)."
        )
    batch, names, class_names = _collect(data, probe)
    inputs = find_input(batch, probe.input_key)
    hashes = [_content_hash(sample) for sample in inputs]
    return DrawnProbe(
        batch=batch,
        inputs=inputs,
        labels=find_labels(batch, len(inputs), probe.label_key),
        hashes=hashes,
        names=names or [str(n) for n in range(len(inputs))],
        class_names=probe.class_names or class_names,
        pictures=_pictures(inputs, probe),
        digest=hashlib.sha256("".join(hashes).encode()).hexdigest()[:12],
        store_inputs=probe.store_inputs,
    )


def _collect(data: Any, probe: Probe) -> tuple[Any, list[str], Sequence[str] | None]:
    """Returns (batch, names of its samples, class names); names are empty where unknown."""
    collate: Callable[[list[Any]], Any] = torch_collate
    allowed: Sequence[int] | None = None
    if isinstance(data, DataLoader):
        if data.batch_size is None and data.batch_sampler is None:
            return _first_batch(data, probe.samples), [], _class_names(data.dataset)
        allowed, collate, data = _sampled_indices(data), data.collate_fn, data.dataset
        if isinstance(data, list):
            data = _MapStyle(data)
    if isinstance(data, IterableDataset):
        return collate(_first(data, probe.samples)), [], _class_names(data)
    if isinstance(data, list):
        return collate(data), [], None
    if _is_map_style(data):
        indices = _balanced_indices(data, allowed or range(len(data)), probe)
        samples = [data[index] for index in indices]
        return collate(samples), [str(index) for index in indices], _class_names(data)
    if hasattr(data, "__iter__") and not isinstance(data, (Tensor, tuple, Mapping)):
        return _first_batch(data, probe.samples), [], None
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
    indices = getattr(loader.sampler, "indices", None)
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


def _balanced_indices(data: Any, allowed: Sequence[int], probe: Probe) -> list[int]:
    if not allowed:
        raise ProbeError("The data set to draw a probe from is empty.")
    known = _known_labels(data) if probe.label_key is None else None
    labels = None if known is None else [known[index] for index in allowed]
    looked_at = allowed
    if labels is None:
        looked_at = _spread(allowed, probe.samples * _LOOKED_AT_PER_SAMPLE)
        labels = _read_labels(data, looked_at, probe)
    if labels is None:
        return _spread(allowed, probe.samples)
    return _round_robin(looked_at, labels, probe.samples)


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


def _read_labels(data: Any, indices: Sequence[int], probe: Probe) -> list[int] | None:
    labels = []
    for index in indices:
        try:
            found = find_labels(torch_collate([data[index]]), 1, probe.label_key)
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


def _content_hash(sample: Tensor) -> str:
    array = sample.detach().cpu().contiguous()
    described = f"{array.dtype}{list(array.shape)}".encode()
    content = array.reshape(-1).view(torch.uint8).numpy().tobytes()
    return hashlib.sha256(described + content).hexdigest()[:16]


def _pictures(inputs: Tensor, probe: Probe) -> Pictures | None:
    if probe.store_inputs == "none" or inputs.dim() != 4:
        return None
    side = THUMBNAIL_SIDE if probe.store_inputs == "thumbnail" else None
    return make_pictures(inputs, mean=probe.mean, std=probe.std, longest_side=side)
