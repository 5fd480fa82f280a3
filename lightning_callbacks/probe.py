"""The probe: the few samples that every record of a run explains, the same ones each time.

A `Probe` says where they come from; `draw` takes them once. Each sample has a content hash, so that
runs and resumed runs line up. It knows data sets and batches; nothing of records or hooks.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import avg_pool1d
from torch.utils.data import DataLoader, Dataset

from lightning_callbacks.batches import BatchKey, are_tokens, find_input, find_labels
from lightning_callbacks.pictures import THUMBNAIL_SIDE, Pictures, make_pictures
from lightning_callbacks.samples import ProbeError, collect
from lightning_callbacks.spaces.series import LONGEST
from lightning_callbacks.spaces.tabular import Feature, columns_as_features, named_values
from lightning_callbacks.tokens import Tokenizer, token_texts

StoreInputs = Literal["none", "thumbnail", "full"]


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
        a side), "full", or "none": no pixels or tokens, but labels, names, shape and hashes.
      features: of tables: the features by name, unit and category; by default a feature per column.
      tokenizer: how token ids read as text, as in `token_texts`; by default the ids are shown.
    """

    data: Any = None
    samples: int = 16
    input_key: BatchKey | None = None
    label_key: BatchKey | None = None
    class_names: Sequence[str] | None = None
    mean: Sequence[float] | None = None
    std: Sequence[float] | None = None
    store_inputs: StoreInputs = "thumbnail"
    features: Sequence[Feature] | None = None
    tokenizer: Tokenizer | None = None

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
      inputs: the input tensor, before any transfer hook: [N, C, H, W], [N, C, L], token ids
        [N, T] or [N, F].
      labels: int64 [N] or None.
      hashes: content hash of each input, 16 hex digits.
      names: of each sample; its index in the data set.
      class_names: or None.
      pictures: or None, where inputs are not stored or are no images.
      digest: of all hashes, 12 hex digits.
      store_inputs: as asked.
      tokens: texts [N][T] of token ids; None where inputs are not stored or are no text.
      features: of tables: what the columns are; else None.
      values: of tables float32 [N, F], in the features' units; None where inputs are not stored.
      signals: of series float32 [N, C, L], of long ones means of runs of points; likewise.
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
    tokens: Sequence[Sequence[str]] | None = None
    features: Sequence[Feature] | None = None
    values: Tensor | None = None
    signals: Tensor | None = None

    @property
    def modality(self) -> str:
        """What the page draws the samples as: "image", "series", "text" or "tabular"."""
        if self.features is not None:
            return "tabular"
        if are_tokens(self.inputs):
            return "text"
        return {2: "tabular", 3: "series"}.get(self.inputs.dim(), "image")

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
            "tokens": None if self.tokens is None else [list(texts) for texts in self.tokens],
            "features": described_features(self.features),
        }

    def arrays(self) -> dict[str, np.ndarray]:
        """Returns the arrays of the `probe` record."""
        count = len(self.hashes)
        labels = torch.full((count,), -1) if self.labels is None else self.labels
        arrays = {"labels": labels.numpy().astype(np.int32)}
        for name, values in (("values", self.values), ("signals", self.signals)):
            if values is not None:
                arrays[name] = values.numpy()
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
    batch, names, class_names = collect(data, probe.samples, probe.label_key)
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
        tokens=_tokens(inputs, probe),
        features=_features(inputs, probe),
        values=_values(batch, inputs, probe),
        signals=_signals(inputs, probe),
    )


def redescribed(drawn: DrawnProbe, probe: Probe) -> DrawnProbe:
    """Returns the same samples with the names, tokens and pictures that `probe` makes of them."""
    return replace(
        drawn,
        class_names=probe.class_names or drawn.class_names,
        pictures=_pictures(drawn.inputs, probe),
        tokens=_tokens(drawn.inputs, probe),
        features=_features(drawn.inputs, probe),
        values=_values(drawn.batch, drawn.inputs, probe),
    )


def described_features(features: Sequence[Feature] | None) -> list[dict[str, Any]] | None:
    """Returns the field `features` of the `probe` record."""
    return None if features is None else [feature.described() for feature in features]


def _features(inputs: Tensor, probe: Probe) -> Sequence[Feature] | None:
    if probe.features is not None:
        return probe.features
    is_table = inputs.dim() == 2 and inputs.is_floating_point()  # [N, F]
    return columns_as_features(inputs.shape[1]) if is_table else None


def _values(batch: Any, inputs: Tensor, probe: Probe) -> Tensor | None:
    features = _features(inputs, probe)
    if probe.store_inputs == "none" or features is None:
        return None

    def table_of(feature: Feature) -> Tensor:
        return inputs if feature.input is None else find_input(batch, feature.input)

    return named_values(features, table_of)


def _signals(inputs: Tensor, probe: Probe) -> Tensor | None:
    if probe.store_inputs == "none" or inputs.dim() != 3:  # [N, C, L]
        return None
    run = 1 if probe.store_inputs == "full" else -(-inputs.shape[2] // LONGEST)
    signals = inputs.detach().float().cpu()
    return avg_pool1d(signals, run, ceil_mode=True).contiguous()


def _tokens(inputs: Tensor, probe: Probe) -> list[list[str]] | None:
    is_text = are_tokens(inputs) and probe.features is None
    if probe.store_inputs == "none" or not is_text:
        return None
    return token_texts(inputs, probe.tokenizer)


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
