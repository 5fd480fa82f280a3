"""Token ids as readable text. It knows tokenizers and vocabularies, nothing of models."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from torch import Tensor

Tokenizer = Any  # with convert_ids_to_tokens, or a callable, sequence or mapping


def token_texts(ids: Tensor, tokenizer: Tokenizer | None) -> list[list[str]]:
    """Returns the text of each token, [N][T].

    Args:
      ids: integers [N, T].
      tokenizer: an object with `convert_ids_to_tokens` (Hugging Face's), a callable that maps a
        list of ids to texts, a vocabulary in the order of the ids, or a dict id -> text or
        text -> id. None: the ids themselves are shown. An id without a text is shown as itself.

    Raises:
      TypeError: `tokenizer` is none of these.
      ValueError: it gave another number of texts than there are ids.
    """
    read = _reader(tokenizer)
    return [_checked(row, read(row)) for row in ids.tolist()]


def _checked(ids: list[int], texts: Sequence[Any]) -> list[str]:
    if len(texts) != len(ids) or isinstance(texts, str):
        raise ValueError(
            f"The tokenizer made {texts!r:.80} of {len(ids)} ids; expected one text for each."
        )
    return [str(text) for text in texts]


def _reader(tokenizer: Tokenizer | None) -> Callable[[list[int]], Sequence[Any]]:
    if tokenizer is None:
        return lambda ids: ids
    convert = getattr(tokenizer, "convert_ids_to_tokens", None)
    if convert is not None:
        return lambda ids: [
            i if text is None else text for i, text in zip(ids, convert(ids), strict=True)
        ]
    if isinstance(tokenizer, Mapping):
        by_id = _by_id(tokenizer)
        return lambda ids: [by_id.get(i, i) for i in ids]
    if isinstance(tokenizer, Sequence) and not isinstance(tokenizer, (str, bytes)):
        return lambda ids: [tokenizer[i] if 0 <= i < len(tokenizer) else i for i in ids]
    if callable(tokenizer):
        return cast("Callable[[list[int]], Sequence[Any]]", tokenizer)
    raise TypeError(
        f"tokenizer is a {type(tokenizer).__name__}; expected an object with "
        "convert_ids_to_tokens, a function of a list of ids, or a vocabulary (list or dict)."
    )


def _by_id(vocabulary: Mapping[Any, Any]) -> dict[int, Any]:
    if all(isinstance(key, int) for key in vocabulary):
        return dict(vocabulary)
    return {index: text for text, index in vocabulary.items()}
