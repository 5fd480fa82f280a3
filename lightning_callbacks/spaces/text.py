"""Token sequences: attributed at the output of the token embedding, one value per token.

Position and type embeddings, added behind it, stay as they are: interpolating them would leave the
data. Special tokens and padding stand in the baseline as they stand in the input.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar

import torch
from torch import Tensor, nn

from lightning_callbacks.function import NEVER_CHANGED, Features, Points
from lightning_callbacks.spaces.sites import Sites
from lightning_callbacks.spaces.space import Space


class TextSpace(Space):
    """Token ids [N, T] whose embeddings [N, T, E] are attributed.

    Args:
      sites: with the embedding.
      kept: bool [N, T], tokens that are never left out: special ones and padding.
      pad_id: the token that stands for "not there".
    """

    kind: ClassVar[str] = "text"
    default_baseline: ClassVar[str] = "pad"

    def __init__(self, sites: Sites, kept: Tensor, pad_id: int) -> None:
        super().__init__(sites)
        self._kept = kept
        self._pad_id = pad_id

    def named_baselines(self, _generator: torch.Generator) -> Mapping[str, Callable[[], Points]]:
        """Returns pad (the padding token's embedding), zero and mean (of all tokens)."""
        (embedded,) = self.inputs
        module = self.sites.embeddings[0].module

        def pad() -> Points:
            ids = torch.full(embedded.shape[:2], self._pad_id, device=embedded.device)
            with torch.no_grad():
                return (self._with_kept(module(ids)),)

        return {
            "pad": pad,
            "zero": lambda: (self._with_kept(torch.zeros_like(embedded)),),
            "mean": lambda: (self._with_kept(self._mean(embedded)),),
        }

    def _with_kept(self, base: Tensor) -> Tensor:
        (embedded,) = self.inputs
        return torch.where(self._kept.unsqueeze(2), embedded, base.to(embedded))

    def _mean(self, embedded: Tensor) -> Tensor:
        words = embedded[~self._kept]
        return words.mean(dim=0).expand_as(embedded)

    def references(self) -> Points | None:
        """Returns None: other texts have other lengths, their tokens other places."""
        return None

    def features(self) -> Features:
        """Returns a feature per token that is not kept, numbered from left to right."""
        numbers = (~self._kept).cumsum(dim=1) - 1
        ids = torch.where(self._kept, NEVER_CHANGED, numbers)
        return Features((ids.unsqueeze(2),), (~self._kept).sum(dim=1), axes=(1,))

    def maps(self, values: Points, *, signed: bool) -> Tensor:
        """Returns float32 [N, T]: sums over a token's embedding, of unsigned ones norms."""
        (own,) = values
        return own.float().sum(dim=2) if signed else self.norms(values)

    def norms(self, values: Points) -> Tensor:
        """Returns float32 [N, T]: the Euclidean norm over a token's embedding."""
        norms: Tensor = torch.linalg.vector_norm(values[0].float(), dim=2)
        return norms


def padding_id(module: nn.Module, tokenizer: object) -> int:
    """Returns the id of the padding token: the tokenizer's, the embedding's, else 0."""
    known = getattr(tokenizer, "pad_token_id", None)
    known = getattr(module, "padding_idx", None) if known is None else known
    return int(known or 0)


def special_ids(tokenizer: object) -> list[int]:
    """Returns the ids of special tokens, as Hugging Face's tokenizers name them."""
    return [int(number) for number in getattr(tokenizer, "all_special_ids", None) or ()]
