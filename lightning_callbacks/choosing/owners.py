"""Finding what describes the data: names, tokenizer, normalisation, wherever users keep them.

It looks at attributes of the data module, the model, the data sets and their collate functions; it
reads no sample and downloads nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from lightning_callbacks.batches import LABEL_NAMES
from lightning_callbacks.samples import text_list
from lightning_callbacks.tokens import Tokenizer, token_texts

_DEEPEST_NESTING = 30
_CLASS_NAMES = ("class_names", "classes", "class_to_idx", "label_names", "id2label")
_FEATURE_NAMES = ("feature_names", "feature_names_in_", "columns", "column_names")
_TOKENIZERS = ("tokenizer", "vocabulary", "vocab", "itos", "id2token", "id2word")
_OF_LABELS = (*LABEL_NAMES, "output", "outcome")


@dataclass(frozen=True)
class Found:
    """Something that was found, and where, in words."""

    value: Any
    where: str


Owner = tuple[str, object]


def owners_of(trainer: Any, pl_module: nn.Module, data: Any = None) -> list[Owner]:
    """Returns (where, object) of all that may describe the data, what is said last of all last.

    Args:
      trainer: whose loaders, data sets and data module are looked at.
      pl_module: the model.
      data: the data that the user gave for a probe.
    """
    owners: list[Owner] = []
    if getattr(trainer, "datamodule", None) is not None:
        owners.append(("the data module", trainer.datamodule))
    owners.append(("the model", pl_module))
    owners += [
        ("the model's hparams", each) for each in [getattr(pl_module, "hparams", None)] if each
    ]
    sources = [data, trainer.val_dataloaders, trainer.train_dataloader]
    for source in sources:
        owners += [("the data set", each) for each in _layers(source)]
    owners += [("the model's config", each) for each in _configs(pl_module)]
    known: dict[int, Owner] = {}
    for owner in owners:
        known.setdefault(id(owner[1]), owner)
    return list(known.values())


def _layers(source: Any) -> Iterator[object]:
    """Yields a loader, its data sets from the outside in, and its collate function."""
    if isinstance(source, Mapping):
        source = list(source.values())
    if isinstance(source, (list, tuple)):
        source = source[0] if source else None
    for _ in range(_DEEPEST_NESTING):
        if source is None or isinstance(source, Tensor):
            return
        yield source
        collate = getattr(source, "collate_fn", None)
        if collate is not None:
            yield collate
        source = _inner(source)


def _inner(source: Any) -> Any:
    inner = getattr(source, "dataset", None)
    several = getattr(source, "datasets", None)
    if inner is None and isinstance(several, (list, tuple)) and several:
        return several[0]
    return inner


def _configs(module: nn.Module) -> Iterator[object]:
    for part in module.modules():
        config = part.__dict__.get("config")
        if config is not None:
            yield config


def _attributes(owners: Sequence[Owner], names: Sequence[str]) -> Iterator[Found]:
    """Yields what owners hold under `names`: of an owner by name, name by name."""
    for where, owner in owners:
        for name in names:
            try:
                value = getattr(owner, name, None)
            except Exception:  # noqa: BLE001, S112  # a property of the user's, which may do anything
                continue
            if value is not None:
                yield Found(value, where)


def find_class_names(owners: Sequence[Owner], count: int) -> Found | None:
    """Returns the names of `count` classes, as a list."""
    for found in [*_attributes(owners, _CLASS_NAMES), *_of_features(owners)]:
        names = _class_list(found.value)
        if names and len(names) == count and not all(name.startswith("LABEL_") for name in names):
            return Found(names, found.where)
    return None


def _class_list(value: Any) -> list[str] | None:
    """Returns names by class index, from a list, index -> name or name -> index."""
    if isinstance(value, Mapping) and all(isinstance(index, int) for index in value.values()):
        value = sorted(value, key=lambda name: int(value[name]))
    return text_list(value)


def _of_features(owners: Sequence[Owner]) -> Iterator[Found]:
    """Yields the class names that Hugging Face's data sets know of their columns."""
    for found in _attributes(owners, ("features",)):
        if isinstance(found.value, Mapping):
            for name in LABEL_NAMES:
                names = getattr(found.value.get(name), "names", None)
                if names:
                    yield Found(names, found.where)


def find_feature_names(owners: Sequence[Owner], count: int) -> Found | None:
    """Returns the names of a table's `count` columns, as a list."""
    frames = [
        Found(value.columns, where)
        for where, owner in owners
        for value in getattr(owner, "__dict__", {}).values()
        if type(value).__name__ == "DataFrame" and hasattr(value, "columns")
    ]
    for found in [*_attributes(owners, _FEATURE_NAMES), *frames]:
        names = None if callable(found.value) else _listed(found.value)
        if names and len(names) > count:
            names = [name for name in names if name.lower() not in _OF_LABELS]
        if names and len(names) == count and len(set(names)) == count:
            return Found(names, found.where)
    return None


def _listed(values: Any) -> list[str] | None:
    return text_list(list(values)) if hasattr(values, "__iter__") else None


def find_tokenizer(owners: Sequence[Owner], ids: Tensor) -> Found | None:
    """Returns what reads the token ids [N, T] as text."""
    for found in _attributes(owners, _TOKENIZERS):
        tokenizer: Tokenizer = found.value
        if hasattr(tokenizer, "get_itos"):
            tokenizer = tokenizer.get_itos()
        # What can only be called makes ids of texts, mostly.
        reads = hasattr(tokenizer, "convert_ids_to_tokens") or not callable(tokenizer)
        if reads and _reads(tokenizer, ids):
            return Found(tokenizer, found.where)
    return next((found for found in _from_cache(owners) if _reads(found.value, ids)), None)


def _from_cache(owners: Sequence[Owner]) -> Iterator[Found]:
    """Yields tokenizers of Hugging Face models that are on this machine, if those are in use."""
    transformers = sys.modules.get("transformers")
    names = {
        str(name)
        for _, owner in owners
        if (name := getattr(owner, "_name_or_path", None)) and isinstance(name, str)
    }
    for name in names if transformers else ():
        try:
            tokenizer = transformers.AutoTokenizer.from_pretrained(name, local_files_only=True)  # type: ignore[union-attr]  # loaded
        except Exception:  # noqa: BLE001, S112  # not on this machine, or no tokenizer
            continue
        yield Found(tokenizer, f"this machine's copy of {name}")


def _reads(tokenizer: Tokenizer, ids: Tensor) -> bool:
    try:
        texts = token_texts(ids[:1], tokenizer)
    except Exception:  # noqa: BLE001  # whatever was under that name, it is no tokenizer
        return False
    # What leaves ids as they are is a vocabulary of something else.
    return texts != token_texts(ids[:1], None)


def find_normalisation(owners: Sequence[Owner], channels: int) -> Found | None:
    """Returns (mean, std) per channel of the data set's last normalisation."""
    for where, owner in owners:
        transform = getattr(owner, "__dict__", {}).get("transform")
        for step in getattr(transform, "transforms", None) or [transform]:
            mean, std = (_numbers(getattr(step, name, None)) for name in ("mean", "std"))
            if mean and std and len(mean) == len(std) == channels:
                return Found((mean, std), where)
    return None


def _numbers(values: Any) -> list[float] | None:
    try:
        return [float(value) for value in values]
    except (TypeError, ValueError):
        return None
