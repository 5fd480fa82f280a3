"""Running a model on samples to see its attention: closely, with gradients, or in passing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from lightning_callbacks.attention.maps import LayerMaps, run_seeing
from lightning_callbacks.attention.rollout import Followed, Readout, follow
from lightning_callbacks.targets import TargetError, TargetSpec, choose_targets, logits_of

Run = Callable[[nn.Module], Any]


@dataclass(frozen=True)
class CloseLook:
    """What a model did with some samples.

    Attributes:
      maps: of every layer, in the graph of the logits.
      logits: float [n, C] on the CPU; None where the model gives none.
      gradients: of the target with respect to each map, [n, H, Tq, Tk]; None where there is no
        target, or it does not depend on the maps.
      target: what the gradients are of, in words.
      left_out: layers without maps over all tokens.
      crosses: whether the model attends from one sequence to another, too.
    """

    maps: Sequence[LayerMaps]
    logits: Tensor | None
    gradients: Sequence[Tensor] | None
    target: str | None
    left_out: Sequence[str]
    crosses: bool

    def follow(self, real: Tensor, readout: Readout) -> Followed | None:
        """Returns rollout and relevance; None unless all layers attend within one sequence.

        Args:
          real: bool [n, T], False for padding.
          readout: where the output is read, if no gradient says.
        """
        sizes = {size for layer in self.maps for size in layer.weights.shape[2:]}
        if self.crosses or sizes != {real.shape[1]}:
            return None
        weights = [layer.weights.detach().float() for layer in self.maps]
        return follow(weights, self.gradients, real, readout)


def look_closely(
    model: nn.Module, forward: Run, samples: int, target: TargetSpec | None, labels: Tensor | None
) -> CloseLook:
    """Runs the model once, and backward once if there are logits and a target.

    Args:
      model: inside the guard.
      forward: runs it on the samples.
      samples: how many they are.
      target: as in `choose_targets`; its first entry counts.
      labels: int64 [n] or None.

    Raises:
      AttentionError: the model was not seen to attend.
      TargetError: the model gives logits, and the target does not fit them.
    """
    maps: list[LayerMaps] = []
    output, left_out = run_seeing(
        model, forward, samples, maps.append, differentiable=target is not None
    )
    crosses = any(_has_decoder(part) for part in model.modules())
    logits = find_logits(output, samples)
    if logits is None or target is None or not logits.requires_grad:
        return CloseLook(maps, _on_cpu(logits), None, None, left_out, crosses)
    chosen = choose_targets([target], logits, labels)[0]
    gradients = torch.autograd.grad(
        chosen.values.sum(), [layer.factor for layer in maps], allow_unused=True
    )
    by_head = [
        torch.zeros_like(layer.weights) if gradient is None else gradient.reshape_as(layer.weights)
        for layer, gradient in zip(maps, gradients, strict=True)
    ]
    in_float = [gradient.float() for gradient in by_head]
    return CloseLook(maps, _on_cpu(logits), in_float, chosen.spec, left_out, crosses)


@torch.no_grad()
def look(
    model: nn.Module, forward: Run, samples: int, see: Callable[[LayerMaps], None]
) -> Tensor | None:
    """Calls `see` with every map, keeping none; returns the logits float [n, C] on the CPU."""
    output, _ = run_seeing(model, forward, samples, see)
    return _on_cpu(find_logits(output, samples))


def find_logits(output: Any, samples: int) -> Tensor | None:
    """Returns logits [n, C] in a model's output; None of one without, as an encoder by itself."""
    try:
        return logits_of(output, samples)
    except TargetError:
        return None


def _has_decoder(module: nn.Module) -> bool:
    """Returns whether a module, torch's or Hugging Face's, attends to another sequence."""
    config = getattr(module, "config", None)
    asked = (getattr(config, name, False) for name in ("is_encoder_decoder", "add_cross_attention"))
    return isinstance(module, nn.TransformerDecoderLayer) or any(flag is True for flag in asked)


def _on_cpu(logits: Tensor | None) -> Tensor | None:
    return None if logits is None else logits.detach().float().cpu()
