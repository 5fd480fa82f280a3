"""The kinds of inputs that are attributed: how they enter a model, and what is shown of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from lightning_utilities.core.apply_func import apply_to_collection
from torch import Tensor, nn

from lightning_callbacks.batches import BatchKey, are_tokens, find_input, find_mask
from lightning_callbacks.capture import Forward, describe
from lightning_callbacks.spaces.image import DEFAULT_SQUARES, ImageSpace, Segments
from lightning_callbacks.spaces.series import SeriesSpace
from lightning_callbacks.spaces.several import SeveralInputs
from lightning_callbacks.spaces.sites import (
    Embedding,
    SiteError,
    Sites,
    find_embedding_by_change,
    find_embeddings,
)
from lightning_callbacks.spaces.space import BaselineError, BaselineSpec, Space
from lightning_callbacks.spaces.tabular import Feature, Place, TabularSpace, columns_as_features
from lightning_callbacks.spaces.text import TextSpace, padding_id, special_ids
from lightning_callbacks.tokens import Tokenizer

__all__ = [
    "BaselineError",
    "BaselineSpec",
    "Feature",
    "Segments",
    "SiteError",
    "Space",
    "SpaceOptions",
    "find_space",
]


@dataclass(frozen=True)
class SpaceOptions:
    """What is known of the inputs beyond the batch.

    Attributes:
      input_key: key or index of the input tensor, if it isn't found.
      features: of a table: its features by name; None: a feature per column.
      tokenizer: of text: for special tokens and padding.
      special: of text: ids of further tokens that are never left out.
      segments: of images: see `ImageSpace`.
      further: keys or indices of further floating tensors of the batch that are attributed beside
        the input; they share in sums, and are in `Attribution.raw`, but not shown.
    """

    input_key: BatchKey | None = None
    features: Sequence[Feature] | None = None
    tokenizer: Tokenizer | None = None
    special: Sequence[int] = ()
    segments: Segments = DEFAULT_SQUARES
    further: Sequence[BatchKey] = ()


def find_space(model: nn.Module, forward: Forward, batch: Any, options: SpaceOptions) -> Space:
    """Returns the space of the inputs in `batch`; call it inside the guard.

    Args:
      model: the module.
      forward: (model, batch) -> output.
      batch: on the model's device.
      options: what is known of the inputs.

    Raises:
      BatchError: the input tensor can't be found.
      SiteError: the embedding of tokens or categories can't be found.
      ValueError: a feature names a column that there is not.
    """
    main = _find_main(model, forward, batch, options)
    if not options.further:
        return main
    others = [find_input(batch, key) for key in options.further]
    for key, other in zip(options.further, others, strict=True):
        if not other.is_floating_point():
            raise SiteError(
                f"The further input {key!r} is {other.dtype}; expected floating values. Embedded "
                "integers are attributed as a table's: features=[...]."
            )
    return SeveralInputs(main, others)


def _find_main(model: nn.Module, forward: Forward, batch: Any, options: SpaceOptions) -> Space:
    inputs = find_input(batch, options.input_key)
    if inputs.dim() == 0 or not len(inputs):
        raise SiteError(f"The inputs are {describe(inputs)}: there is no sample to explain.")
    site = partial(Sites, model, forward, batch, len(inputs))
    if options.features is not None:
        return _named_table(site, inputs, options.features)
    if are_tokens(inputs):
        return _text(site, inputs, options)
    if not inputs.is_floating_point():
        raise SiteError(
            f"The inputs are {inputs.dtype} {list(inputs.shape)}: neither floating values nor "
            "token ids [N, T]. Name the input with input_key=..., or a table's columns with "
            "features=[...]."
        )
    if inputs.dim() not in (2, 3, 4):
        raise SiteError(
            f"The inputs are {describe(inputs)}; expected [N, C, H, W], [N, C, L], [N, F] or token "
            "ids [N, T]. Reshape them in forward=..., and a single sample with inputs.unsqueeze(0)."
        )
    if inputs.dim() == 4:  # [N, C, H, W]
        return ImageSpace(site([inputs]), options.segments)
    if inputs.dim() == 3:  # [N, C, L]
        return SeriesSpace(site([inputs]))
    return _named_table(site, inputs, columns_as_features(inputs.shape[1]))


def _text(site: partial[Sites], inputs: Tensor, options: SpaceOptions) -> TextSpace:
    model, forward, batch, _ = site.args
    outputs: list[Any] = []

    def run() -> None:
        outputs.append(forward(model, batch))

    embedding = find_embeddings(model, run, {"the input": inputs})["the input"]
    special = torch.tensor([*special_ids(options.tokenizer), *options.special])
    kept = torch.isin(inputs, special.to(inputs))
    mask = find_mask(batch, inputs.shape)
    pad_id = padding_id(embedding.module, options.tokenizer)
    # Without a mask, the padding token marks padding where somebody says which it is.
    known = getattr(embedding.module, "padding_idx", None) is not None
    kept |= ~mask if mask is not None else (inputs == pad_id) & known
    return TextSpace(site([], [embedding], outputs[0]), kept, pad_id)


def _named_table(site: partial[Sites], inputs: Tensor, features: Sequence[Feature]) -> TabularSpace:
    _, _, batch, _ = site.args
    if not features:
        raise ValueError("features is empty; expected a Feature for each column, or None.")
    tables = {
        feature.input: inputs if feature.input is None else find_input(batch, feature.input)
        for feature in features
    }
    for feature in features:
        _require_columns(feature, tables[feature.input])
    floating = [key for key, table in tables.items() if table.is_floating_point()]
    for key in tables:
        own = [feature for feature in features if feature.input == key]
        _require_each_once(own, tables[key].shape[-1] if key in floating else 0)
    embedded = _embedded(site, features, {k: t for k, t in tables.items() if k not in floating})
    sites = site([tables[key] for key in floating], list(dict.fromkeys(embedded.values())))
    places = [
        Place(floating.index(feature.input), feature.places)
        if feature.input in floating
        else _embedded_place(sites, embedded, feature)
        for feature in features
    ]
    return TabularSpace(sites, places)


def _require_columns(feature: Feature, table: Tensor) -> None:
    width = table.shape[1] if table.dim() > 1 else 1
    wrong = [column for column in feature.places if not 0 <= column < width]
    if wrong:
        raise ValueError(
            f"Feature {feature.name!r} is column {wrong[0]} of a tensor {list(table.shape)}; "
            f"expected columns 0 to {width - 1}."
        )


def _require_each_once(features: Sequence[Feature], width: int) -> None:
    """Makes sure that values of features add up: no column is in two, none of `width` in none."""
    owners: dict[int, str] = {}
    for feature in features:
        for column in feature.places:
            if column in owners:
                raise ValueError(
                    f"Column {column} is in two features, {owners[column]!r} and {feature.name!r}; "
                    "expected each in one."
                )
            owners[column] = feature.name
    missing = sorted(set(range(width)) - set(owners))
    if missing:
        raise ValueError(
            f"Columns {missing} of the table are in no feature, so that values of features would "
            "not add up to the output. Name them too, together if you like: Feature('others', "
            f"{missing})."
        )


def _embedded(
    site: partial[Sites], features: Sequence[Feature], tables: dict[BatchKey | None, Tensor]
) -> dict[str, Embedding]:
    """Returns the embedding of each integer feature by its name: of whole tables, or of columns."""
    model, forward, batch, _ = site.args

    def run() -> Any:
        return forward(model, batch)

    found: dict[str, Embedding] = {}
    for key, table in tables.items():
        own = [feature for feature in features if feature.input == key]
        flat = table.reshape(len(table), -1)
        try:
            whole = find_embeddings(model, run, {"the whole table": flat}, offsets=True)
            found.update((feature.name, whole["the whole table"]) for feature in own)
        except SiteError:
            columns = {feature.name: flat[:, feature.places[0]] for feature in own}
            found.update(find_embeddings(model, run, columns))
            alike = [feature for feature in own if _has_twin(feature.name, columns)]
            found.update(_told_apart(site, table, alike))
    return found


def _has_twin(name: str, columns: dict[str, Tensor]) -> bool:
    return sum(bool((columns[name] == other).all()) for other in columns.values()) > 1


def _told_apart(
    site: partial[Sites], table: Tensor, alike: Sequence[Feature]
) -> dict[str, Embedding]:
    """Returns the embeddings of columns that hold the same integers: those that follow a change.

    Nothing where a model refuses the change, or does not embed what was changed.
    """
    model, forward, batch, _ = site.args
    told = {}
    for feature in alike:
        changed = table.clone()
        column = changed.reshape(len(table), -1)[:, feature.places[0]]
        # 0 and 1 are categories of every embedding but that of a single one.
        column.copy_(column == 0)
        other = apply_to_collection(batch, Tensor, lambda t, c=changed: c if t is table else t)
        runs = partial(forward, model, batch), partial(forward, model, other)
        try:
            told[feature.name] = find_embedding_by_change(model, *runs, column)
        except (SiteError, IndexError, RuntimeError, ValueError, TypeError):
            return {}
    return told


def _embedded_place(sites: Sites, embedded: dict[str, Embedding], feature: Feature) -> Place:
    embedding = embedded[feature.name]
    index = next(i for i, each in enumerate(sites.embeddings) if each is embedding)
    whole = embedding.output.dim() == 3  # [N, K, E]
    return Place(len(sites.tensors) + index, feature.places if whole else None)
