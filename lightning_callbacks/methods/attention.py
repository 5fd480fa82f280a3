"""Attention as an explanation: rollout, and gradient-weighted relevance, of each input token."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from lightning_callbacks.attention.look import look_closely
from lightning_callbacks.attention.rollout import Followed, Readout
from lightning_callbacks.attention.statistics import TokenGrid, find_grid, real_tokens
from lightning_callbacks.capture import call_order
from lightning_callbacks.function import Attributed, Function, InputMethod, Points
from lightning_callbacks.layers import patch_grid

_CAVEAT = "Attention says where information can come from, not what decides."
_IMAGE_AXES = 2


class _FollowedAttention(InputMethod):
    """What both have in common: one forward pass that is seen to attend."""

    signed = False
    uses_baseline = False
    unit = "share of attention"

    def attribute(self, function: Function) -> Attributed:
        """Returns one value per token: [N, T, 1] of texts, [N, 1, h, w] of images.

        Raises:
          AttentionError: the model was not seen to attend.
          ValueError: it does not attend within one sequence of the input's tokens.
        """
        grid = self._grid(function)
        outputs, parts = [], []
        for rows, _ in function.rows():
            points = tuple(values[rows] for values in function.inputs)
            outputs.append(function.values(points, rows))
            parts.append(self._values(function, rows, grid))
        return Attributed((torch.cat(parts),), torch.cat(outputs))

    def _values(self, function: Function, rows: Tensor, grid: TokenGrid | None) -> Tensor:
        points = tuple(values[rows] for values in function.inputs)
        seen = look_closely(
            _model(function),
            lambda _model: function.evaluate(points, rows).unsqueeze(1),
            len(rows),
            "prediction",
            None,
        )
        real = real_tokens(seen.maps[0].weights, None)
        by_default: Readout = "first token" if grid and grid.prefix else "mean of tokens"
        followed = seen.follow(real, by_default)
        if followed is None:
            raise ValueError(
                f"{self.title} needs layers that all attend within one sequence of tokens; this "
                "model's attend to another sequence, or to windows or reduced sequences."
            )
        tokens = self._of(followed)
        if grid is not None:
            cells = tokens[:, grid.prefix :]
            return cells.reshape(-1, 1, grid.height, grid.width)
        if tokens.shape[1] != points[0].shape[1] or len(points) > 1:
            raise ValueError(
                f"{self.title} is of {tokens.shape[1]} tokens, the input {list(points[0].shape)}: "
                "it can't be said which part of the input a token is."
            )
        return tokens.unsqueeze(2)

    @abstractmethod
    def _of(self, followed: Followed) -> Tensor:
        """Returns float [n, T], of what was followed."""

    def _grid(self, function: Function) -> TokenGrid | None:
        if len(function.features.axes) != _IMAGE_AXES:
            return None
        rows = torch.arange(1, device=function.inputs[0].device)
        points: Points = tuple(values[:1] for values in function.inputs)
        patches = patch_grid(
            call_order(_model(function), lambda _m, few: function.evaluate(few, rows), points)
        )
        seen = look_closely(
            _model(function), lambda _m: function.evaluate(points, rows).unsqueeze(1), 1, None, None
        )
        return find_grid(seen.maps[0].weights.shape[-1], points[0].shape, patches)


def _model(function: Function) -> nn.Module:
    if function.model is None:
        raise ValueError("Attention needs the model behind the function: Function(model=...).")
    return function.model


@dataclass(frozen=True)
class AttentionRollout(_FollowedAttention):
    """prod over layers of (0.5 mean over heads of A + 0.5 I), rows normalised, where it is read.

    Abnar and Zuidema 2020 (arXiv:2005.00928). The same whatever the target is. Sums to 1.
    """

    name = "attention_rollout"
    title = "Attention rollout"
    source = "Abnar and Zuidema 2020, arXiv:2005.00928"
    caveat = _CAVEAT + " The same for every class."

    def _of(self, followed: Followed) -> Tensor:
        return followed.rollout


@dataclass(frozen=True)
class AttentionRelevance(_FollowedAttention):
    """R <- R + mean over heads of (dA . A)^+ R, layer by layer, from where the target is read.

    Chefer, Gur and Wolf 2021 (arXiv:2103.15679), self-attention.
    """

    name = "attention_relevance"
    title = "Gradient-weighted attention"
    source = "Chefer, Gur and Wolf 2021, arXiv:2103.15679"
    unit = "relevance"
    caveat = _CAVEAT

    def _of(self, followed: Followed) -> Tensor:
        if followed.relevance is None:
            raise ValueError("The target does not depend on the attention maps.")
        return followed.relevance
