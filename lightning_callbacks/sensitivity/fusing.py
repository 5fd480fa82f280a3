"""Faster forwards whose numbers are not those of the model to the last bit.

BatchNorm layers are folded into the convolutions before them, and convolutions run in channels-last
memory; in bf16 moreover in half precision, where the processor is fast at it. Nothing of the model
is changed: layers are answered for while a forward runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from lightning_callbacks.graph_origins import version_of
from lightning_callbacks.sensitivity.interception import intercepted, replaced
from lightning_callbacks.sensitivity.replay import BatchNorm

MODES = ("bitwise", "fused", "bf16")
# Of the spread of the outputs: what folding may change them by before something is wrong.
_TOLERANCE = 1e-3


class FusionError(RuntimeError):
    """Folding BatchNorm changes what the model computes."""


@dataclass(frozen=True)
class Mode:
    """How forwards are run.

    Attributes:
      name: of `MODES`.
      folded: other forwards, by which convolutions do the work of BatchNorms and run in
        channels-last memory.
    """

    name: str
    folded: dict[nn.Module, Callable[..., Any]]

    @contextmanager
    def applied(self, device: torch.device, *, batch_statistics: bool = False) -> Iterator[None]:
        """Runs forwards in this mode; with batch statistics nothing can be folded."""
        with ExitStack() as stack:
            if self.name == "bf16":
                # Its cache of cast weights would hide every edit.
                stack.enter_context(
                    torch.autocast(device.type, torch.bfloat16, cache_enabled=False)
                )
            folded = {} if batch_statistics else self.folded
            stack.enter_context(replaced(folded))
            yield


def mode_for(name: str, model: nn.Module, forward: Callable[[], Tensor]) -> Mode:
    """Returns the mode called `name`.

    Args:
      name: of `MODES`.
      model: inside the guard.
      forward: runs it on some samples.

    Raises:
      ValueError: there is no such mode.
      FusionError: folding changes the outputs by more than rounding does.
    """
    if name not in MODES:
        raise ValueError(f"Unknown mode {name!r}. Expect one of {list(MODES)}.")
    if name == "bitwise":
        return Mode(name, {})
    finder = _PairFinder()
    with intercepted(model, finder.answer):
        plain = forward()
    folded = _in_channels_last(model) | _forwards(finder.pairs())
    with replaced(folded):
        fused = forward()
    off = float((fused - plain).abs().max() / plain.std().clamp(min=1e-12))
    if not off <= _TOLERANCE:
        raise FusionError(
            f"mode={name!r}: with BatchNorm folded, outputs are off by {off:.2g} of their spread; "
            "a convolution's output is used by more than its BatchNorm. Use mode='bitwise'."
        )
    return Mode(name, folded)


@contextmanager
def in_channels_last(model: nn.Module) -> Iterator[None]:
    """Runs two-dimensional convolutions in channels-last memory: the same but for the last bits."""
    with replaced(_in_channels_last(model)):
        yield


def _in_channels_last(model: nn.Module) -> dict[nn.Module, Callable[..., Any]]:
    parts = {m for m in model.modules() if type(m) is nn.Conv2d and _is_untouched(m)}
    return {conv: _channels_last(conv) for conv in parts}


def _is_untouched(module: nn.Module) -> bool:
    """Returns whether a module runs its class's forward, and not one that somebody gave it."""
    return "forward" not in module.__dict__


def _channels_last(conv: Any) -> Callable[[Tensor], Tensor]:
    def forward(x: Tensor) -> Tensor:
        weight = conv.weight.contiguous(memory_format=torch.channels_last)
        output: Tensor = conv._conv_forward(x, weight, conv.bias)  # noqa: SLF001  # as its own forward
        return output

    return forward


class _PairFinder:
    """Notes which BatchNorm is given the untouched output of which convolution."""

    def __init__(self) -> None:
        self._made: dict[int, tuple[nn.Module, Tensor, int]] = {}
        self._pairs: list[tuple[nn.Module, nn.Module]] = []
        self._calls: dict[nn.Module, int] = {}

    def answer(self, module: nn.Module, forward: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        self._calls[module] = self._calls.get(module, 0) + 1
        if isinstance(module, BatchNorm) and args:
            maker, made, version = self._made.get(id(args[0]), (None, None, 0))
            if maker is not None and made is args[0] and version_of(made) == version:
                self._pairs.append((maker, module))
        output = forward(*args, **kwargs)
        if _can_fold(module):
            self._made[id(output)] = (module, output, version_of(output))
        return output

    def pairs(self) -> dict[nn.Module, nn.Module]:
        return {
            conv: norm
            for conv, norm in self._pairs
            if self._calls[conv] == self._calls[norm] == 1
            and _is_plain(norm)
            and _is_untouched(conv)
            and _is_untouched(norm)
        }


def _can_fold(module: nn.Module) -> bool:
    return type(module) in (nn.Conv1d, nn.Conv2d, nn.Conv3d)


def _is_plain(norm: nn.Module) -> bool:
    known = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.SyncBatchNorm)
    return type(norm) in known and not norm.training and norm.running_mean is not None


def _forwards(folded: dict[nn.Module, nn.Module]) -> dict[nn.Module, Callable[..., Any]]:
    """Returns forwards by which convolutions do the work of their BatchNorms."""
    forwards: dict[nn.Module, Callable[..., Any]] = dict.fromkeys(folded.values(), _passing_on)
    return forwards | {conv: _folding(conv, norm) for conv, norm in folded.items()}


def _passing_on(x: Tensor) -> Tensor:
    return x


def _folding(conv: Any, norm: Any) -> Callable[[Tensor], Tensor]:
    every = (conv.weight, conv.bias, norm.weight, norm.bias, norm.running_mean, norm.running_var)
    parts = [part for part in every if part is not None]
    kept: list[Any] = []

    def forward(x: Tensor) -> Tensor:
        # Mostly only one layer was edited since.
        state = [*map(version_of, parts), torch.is_autocast_enabled(x.device.type)]
        if not kept or kept[0] != state:
            kept[:] = [state, *_folded(conv, norm, x.device.type)]
        output: Tensor = conv._conv_forward(x, kept[1], kept[2])  # noqa: SLF001  # as its own forward
        return output

    return forward


def _folded(conv: Any, norm: Any, device: str) -> tuple[Tensor, Tensor]:
    """Returns weight and bias of a convolution that does the work of its BatchNorm as well."""
    scale = (norm.running_var + norm.eps).rsqrt()
    scale = scale if norm.weight is None else scale * norm.weight
    shift = -norm.running_mean * scale
    shift = shift if norm.bias is None else shift + norm.bias
    shift = shift if conv.bias is None else shift + conv.bias * scale
    weight = conv.weight * scale.view(-1, *[1] * (conv.weight.dim() - 1))
    if weight.dim() == 4:
        weight = weight.contiguous(memory_format=torch.channels_last)
    if torch.is_autocast_enabled(device):
        dtype = torch.get_autocast_dtype(device)
        return weight.to(dtype), shift.to(dtype)
    return weight, shift
