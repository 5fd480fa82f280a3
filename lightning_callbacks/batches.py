"""Finding inputs and labels in a batch of any common form, and cutting batches into chunks.

It knows tensors in tuples, lists and dicts; nothing of models or trainers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import torch
from lightning_utilities.core.apply_func import apply_to_collection
from torch import Tensor

from lightning_callbacks.capture import describe

BatchKey = str | int
# As in torchvision, timm, Hugging Face and the usual hand-written data sets.
_INPUT_NAMES = ("image", "images", "img", "pixel_values", "x", "input", "inputs", "data")
_TOKEN_NAMES = ("input_ids", "tokens", "token_ids", "text", "text_ids", *_INPUT_NAMES)
_TABULAR_NAMES = ("features", *_INPUT_NAMES)
_NO_LABEL_NAMES = (
    "id", "ids", "idx", "index", "indices", "sample_id", "image_id", "length", "lengths",
)  # fmt: skip
LABEL_NAMES = ("label", "labels", "target", "targets", "y", "class", "class_id")
# Masks that are 1 for real tokens, as Hugging Face's, or for padding, as torch's own.
_REAL_NAMES = ("attention_mask",)
_PADDING_NAMES = ("key_padding_mask", "src_key_padding_mask", "padding_mask")


class BatchError(ValueError):
    """Inputs or labels can't be found in a batch."""


def find_input(batch: Any, key: BatchKey | None = None) -> Tensor:
    """Returns the input tensor of `batch`: [N, C, H, W], [N, C, L], token ids [N, T] or [N, F].

    Args:
      batch: a tensor, or a tuple, list or dict that holds one.
      key: where it is; by default the usual names are tried in a dict, then the first floating or
        uint8 tensor with three or four axes is taken; without any, the first token ids (integers
        [N, T], in a dict under a usual name only), else the first floating tensor [N, F].

    Raises:
      BatchError: there is none; says what was found.
    """
    if key is not None:
        return _at(batch, key, "input_key")
    if isinstance(batch, Tensor):
        return batch
    items = _items(batch)
    others = [item for name, item in items.items() if name not in LABEL_NAMES]
    in_places = {name: item for name, item in items.items() if not isinstance(name, str)}
    candidates = [
        (item for item in [*_named(items, _INPUT_NAMES), *items.values()] if _are_maps(item)),
        (item for item in [*_named(items, _TOKEN_NAMES), *in_places.values()] if are_tokens(item)),
        (item for item in [*_named(items, _TABULAR_NAMES), *others] if _are_features(item)),
    ]
    found = next((item for kind in candidates for item in kind), None)
    if found is None:
        raise BatchError(
            "No input tensor [N, C, H, W], [N, C, L], [N, T] (token ids) or [N, F] was found in "
            f"the batch: {describe(batch)}. Name it with input_key=... (a key or an index)."
        )
    return cast("Tensor", found)


def find_labels(batch: Any, samples: int, key: BatchKey | None = None) -> Tensor | None:
    """Returns the class labels int64 [N] of `batch`, or None where there are none.

    Args:
      batch: as for `find_input`.
      samples: N.
      key: where they are; by default the usual names are tried in a dict, then the first
        tensor [N] of integers, or of floats that are all 0 or 1, is taken.

    Raises:
      BatchError: `key` is not there, or holds no integers of shape [N].
    """
    if key is not None:
        labels = _at(batch, key, "label_key")
        if not _are_labels(labels, samples):
            raise BatchError(
                f"label_key={key!r} holds {describe(labels)}; expected integers [{samples}]."
            )
        return labels.reshape(samples).long()
    items = {} if isinstance(batch, Tensor) else _items(batch)
    named = [items[name] for name in LABEL_NAMES if name in items]
    items = {key: item for key, item in items.items() if key not in _NO_LABEL_NAMES}
    found = (item for item in [*named, *items.values()] if _are_labels(item, samples))
    first = next(found, None)
    return None if first is None else first.reshape(samples).long()


def find_mask(batch: Any, shape: Sequence[int]) -> Tensor | None:
    """Returns bool [N, T], False for padding, where `batch` holds a mask of that shape by name."""
    items = _items(batch) if isinstance(batch, Mapping) else {}
    for names, padding in ((_REAL_NAMES, False), (_PADDING_NAMES, True)):
        for item in _named(items, names):
            if isinstance(item, Tensor) and list(item.shape) == list(shape):
                return item.bool() ^ padding
    return None


def _named(items: Mapping[Any, Any], names: Sequence[str]) -> list[Any]:
    return [items[name] for name in names if name in items]


def _are_maps(item: Any) -> bool:
    if not isinstance(item, Tensor) or item.dim() not in (3, 4):
        return False
    return item.is_floating_point() or item.dtype == torch.uint8


def are_tokens(item: Any) -> bool:
    """Returns whether `item` can be token ids: integers [N, T]."""
    if not isinstance(item, Tensor) or item.dim() != 2:
        return False
    return item.dtype in (torch.int64, torch.int32, torch.int16)


def _are_features(item: Any) -> bool:
    return isinstance(item, Tensor) and item.dim() == 2 and item.is_floating_point()


def _are_labels(item: Any, samples: int) -> bool:
    if not isinstance(item, Tensor) or item.shape not in ((samples,), (samples, 1)):
        return False
    if item.is_floating_point():
        # As BCEWithLogitsLoss wants them.
        return bool(((item == 0) | (item == 1)).all())
    return not item.is_complex()


def _items(batch: Any) -> dict[Any, Any]:
    if isinstance(batch, Mapping):
        return dict(batch)
    if isinstance(batch, Sequence) and not isinstance(batch, (str, bytes)):
        return dict(enumerate(batch))
    raise BatchError(
        f"A batch must be a tensor, tuple, list or dict of tensors, not {describe(batch)}."
    )


def _at(batch: Any, key: BatchKey, name: str) -> Tensor:
    items = {0: batch} if isinstance(batch, Tensor) else _items(batch)
    found = items.get(key)
    if not isinstance(found, Tensor):
        raise BatchError(f"{name}={key!r} is no tensor of the batch: {describe(batch)}.")
    return found


def chunks(batch: Any, samples: int, size: int) -> Iterator[tuple[slice, Any]]:
    """Yields (slice, part of `batch`) for at most `size` samples each.

    Tensors whose first axis has `samples` entries are cut; all else is passed on whole.
    """
    for start in range(0, samples, size):
        part = slice(start, min(samples, start + size))
        yield part, apply_to_collection(batch, Tensor, lambda t, p=part: _cut(t, samples, p))


def _cut(tensor: Tensor, samples: int, part: slice) -> Tensor:
    return tensor[part] if tensor.dim() and tensor.shape[0] == samples else tensor


def to_model(batch: Any, module: torch.nn.Module) -> Any:
    """Returns a copy of `batch` on the device of `module`, floating tensors in its dtype.

    A copy, since a model may change its inputs in place, and autograd refuses tensors made in
    inference mode.
    """
    reference = next((p for p in module.parameters() if p.is_floating_point()), torch.empty(0))

    def move(tensor: Tensor) -> Tensor:
        dtype = reference.dtype if tensor.is_floating_point() else tensor.dtype
        return tensor.detach().to(reference.device, dtype, copy=True)

    return apply_to_collection(batch, Tensor, move)
