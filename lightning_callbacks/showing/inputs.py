"""What is kept of explained inputs, to show them: the first few samples, on the CPU."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import avg_pool1d

from lightning_callbacks.batches import find_input, find_mask
from lightning_callbacks.spaces import SpaceOptions
from lightning_callbacks.spaces.series import LONGEST
from lightning_callbacks.spaces.tabular import columns_as_features, named_values
from lightning_callbacks.tokens import Tokenizer, token_texts

MOST_SHOWN = 8


@dataclass(frozen=True)
class Shown:
    """The first samples of a batch, as they are shown.

    Attributes:
      kind: "image", "text", "tabular" or "series".
      samples: how many the whole batch has.
      pictures: of images float [n, C, H, W]; None of others.
      signals: of series float32 [n, C, l], of long ones means of runs of points.
      tokens: of texts, [n][T].
      real: of texts bool [n, T], False for padding.
      rows: of tables, [n][F]: (name of the feature, its value in words).
    """

    kind: str
    samples: int
    pictures: Tensor | None = None
    signals: Tensor | None = None
    tokens: Sequence[Sequence[str]] | None = None
    real: Tensor | None = None
    rows: Sequence[Sequence[tuple[str, str]]] | None = None


def shown_inputs(kind: str, batch: Any, options: SpaceOptions) -> Shown:
    """Returns what is kept of a batch.

    Args:
      kind: as in `Shown`.
      batch: the samples.
      options: what is known of them.
    """
    whole = find_input(batch, options.input_key)
    few = whole[:MOST_SHOWN].detach().cpu()
    if kind == "image":
        return Shown(kind, len(whole), pictures=few.clone())
    if kind == "series":
        run = -(-few.shape[-1] // LONGEST)
        return Shown(kind, len(whole), signals=avg_pool1d(few.float(), run, ceil_mode=True))
    if kind == "text":
        mask = find_mask(batch, whole.shape)
        real = torch.ones_like(few, dtype=torch.bool) if mask is None else mask[:MOST_SHOWN].cpu()
        return Shown(kind, len(whole), tokens=_readable(few, options.tokenizer), real=real)
    return Shown(kind, len(whole), rows=_rows(batch, whole, options))


def _readable(ids: Tensor, tokenizer: Tokenizer | None) -> list[list[str]]:
    """Returns tokens as texts, or as ids where the tokenizer was given for its padding alone."""
    try:
        return token_texts(ids, tokenizer)
    except (TypeError, ValueError):
        return token_texts(ids, None)


def _rows(batch: Any, whole: Tensor, options: SpaceOptions) -> list[list[tuple[str, str]]]:
    features = options.features or columns_as_features(whole.shape[1])
    tables = {
        feature.input: whole if feature.input is None else find_input(batch, feature.input)
        for feature in features
    }
    values = named_values(
        features, lambda feature: tables[feature.input][:MOST_SHOWN].detach().cpu()
    )
    return [
        [
            (feature.name, _in_words(value, feature.categories, feature.unit))
            for feature, value in zip(features, row, strict=True)
        ]
        for row in values.tolist()
    ]


def _in_words(value: float, categories: Sequence[str] | None, unit: str | None) -> str:
    if categories is not None and value == int(value) and 0 <= int(value) < len(categories):
        return str(categories[int(value)])
    return f"{value:.4g}" + (f" {unit}" if unit else "")
