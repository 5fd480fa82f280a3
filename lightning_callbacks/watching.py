"""Statistics of the outputs of modules, taken while the model runs.

Each output is reduced in a hook, as the module returned it, before an in-place operation behind it
changes it; only statistics are kept. It knows modules and tensors; nothing of records or trainers.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from lightning_callbacks.capture import first_floating_tensor
from lightning_callbacks.reduce import Begun, begin

QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
# Two bits: four bins per power of two, fine enough to look like a linear histogram.
MANTISSA_BITS = 2
_MOST_SORTED = 2**22
_NEARLY = 0.99  # of the range of a tanh or a sigmoid

_CONVOLUTIONS = (
    nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d,
)  # fmt: skip
_LAST_AXIS = (nn.Linear, nn.LayerNorm, nn.Embedding, nn.MultiheadAttention)
_ACTIVATIONS = tuple(
    getattr(nn, name)
    for name in nn.modules.activation.__all__
    if name not in ("MultiheadAttention", "Softmax", "Softmax2d", "LogSoftmax", "Softmin")
)


def is_activation(module: nn.Module) -> bool:
    """Whether `module` is an elementwise non-linearity of `torch.nn`."""
    return isinstance(module, _ACTIVATIONS)


@dataclass(frozen=True)
class Output:
    """Statistics of one call's output; tensors may still be worked on by their device.

    Attributes:
      name: of the module; of its second call in a forward "<name>:2", and so on.
      type: class of the module.
      shape: of one output, without N.
      begun: sums and histogram.
      quantiles: float64 [7], see `QUANTILES`.
      saturated: float64 [], fraction of values within 1 % of the activation's own limits; NaN
        where it has none.
      silent: bool [units], those that were zero everywhere.
      sample_std: float64 [], root mean square over features of the standard deviation over samples.
    """

    name: str
    type: str
    shape: Sequence[int]
    begun: Begun
    quantiles: Tensor
    saturated: Tensor
    silent: Tensor
    sample_std: Tensor


class _Seen:
    """A tensor as it was when it was seen, without keeping it."""

    def __init__(self, tensor: Tensor) -> None:
        self._tensor = weakref.ref(tensor)
        self._version = tensor._version  # noqa: SLF001  # how often it was changed in place

    def is_still(self, tensor: Tensor) -> bool:
        """Whether `tensor` is that very one, and unchanged."""
        return self._tensor() is tensor and self._version == tensor._version  # noqa: SLF001  # as above


@dataclass
class Watch:
    """What hooks have seen so far; `outputs` in the order of the calls' return.

    `error` is the first that a hook met: it may not come up through the forward, which may be one
    of training. From then on nothing is looked at.
    """

    outputs: list[Output] = field(default_factory=list)
    maps: dict[str, Tensor] = field(default_factory=dict)
    calls: dict[str, int] = field(default_factory=dict)
    last_weighted: nn.Module | None = None
    last_output: _Seen | None = None
    error: Exception | None = None


@contextmanager
def watching(
    module: nn.Module,
    layers: Mapping[str, nn.Module],
    keep_map: Callable[[str, Tensor], Tensor | None] = lambda _name, _output: None,
    *,
    repeats: bool = True,
    without: Container[int] = (),
) -> Iterator[Watch]:
    """Yields what a forward fills with statistics of the outputs of `layers`.

    Args:
      module: the whole model; of its other layers only the order of calls is noted.
      layers: by name; those whose output holds no floating tensor are passed over.
      keep_map: given (name, output), returns what is to be kept in `maps`, or None.
      repeats: note a layer too that returns what the last one noted did, as a block does that ends
        in an activation.
      without: ids of modules that no hook must be attached to.
    """
    watch = Watch()
    names = {id(layer): name for name, layer in layers.items()}

    def hook(called: nn.Module, _args: Any, result: Any) -> None:
        if isinstance(called, (*_CONVOLUTIONS, *_LAST_AXIS)):
            watch.last_weighted = called
        output = first_floating_tensor(result) if id(called) in names else None
        if watch.error is None and output is not None and output.dim() > 0 and output.numel():
            if not repeats and watch.last_output and watch.last_output.is_still(output):
                return
            try:
                watch.last_output = _Seen(output)
                note(watch, names[id(called)], called, output.detach(), keep_map)
            except Exception as error:  # noqa: BLE001  # for whoever reads the watch to raise
                watch.error = error

    watched = (m for m in module.modules() if id(m) in names or isinstance(m, _WEIGHTED))
    handles = [part.register_forward_hook(hook) for part in watched if id(part) not in without]
    try:
        yield watch
    finally:
        for handle in handles:
            handle.remove()


_WEIGHTED = (*_CONVOLUTIONS, *_LAST_AXIS)


def note(
    watch: Watch,
    name: str,
    called: nn.Module,
    output: Tensor,
    keep_map: Callable[[str, Tensor], Tensor | None],
) -> None:
    """Adds statistics of the `output` of a module that was `called` to what is seen."""
    calls = watch.calls[name] = watch.calls.get(name, 0) + 1
    name = name if calls == 1 else f"{name}:{calls}"
    with torch.no_grad():
        kept = keep_map(name, output)
        if kept is not None:
            watch.maps[name] = kept
        watch.outputs.append(
            Output(
                name=name,
                type=type(called).__name__,
                shape=list(output.shape[1:]),
                begun=begin([output], MANTISSA_BITS),
                quantiles=quantiles(output),
                saturated=saturated(called, output),
                silent=_silent(output, unit_axis(output, watch.last_weighted)),
                sample_std=_sample_std(output),
            )
        )


def unit_axis(output: Tensor, last_weighted: nn.Module | None) -> int:
    """Returns the axis of an output along which its units (channels, features) lie.

    That is the last one behind a linear layer, the second one behind a convolution.
    """
    if isinstance(last_weighted, _CONVOLUTIONS):
        return 1 if output.dim() > 1 else 0
    return output.dim() - 1


def quantiles(output: Tensor) -> Tensor:
    """Returns float64 [7]: quantiles with linear interpolation, as numpy's; NaN if there is one.

    Of more than 4 million values, as training batches have, every k-th one is taken.
    """
    flat = output.reshape(-1)
    flat = flat[:: -(-len(flat) // _MOST_SORTED)].float()
    places = np.array(QUANTILES) * (len(flat) - 1)
    below, above = np.floor(places).astype(int), np.ceil(places).astype(int)
    wanted = [*below, *above, len(flat) - 1]
    if flat.device.type == "cpu":
        # numpy sorts float32 some ten times as fast as torch does.
        found = torch.from_numpy(np.sort(flat.numpy())[wanted])
    else:
        found = flat.sort().values[torch.tensor(wanted, device=flat.device)]
    lower, upper, last = torch.split(found.double(), [len(below), len(above), 1])
    between = lower + (upper - lower) * torch.from_numpy(places - below).to(flat.device)
    return torch.where(last.isnan(), last, between)


def saturated(module: nn.Module, output: Tensor) -> Tensor:
    """Returns float64 []: the fraction of outputs at the limits of the activation `module`."""
    limits = _limits(module)
    if limits is None:
        return output.new_full((), float("nan"), dtype=torch.float64)
    low, high = limits
    return ((output <= low) | (output >= high)).double().mean()


def _limits(module: nn.Module) -> tuple[float, float] | None:
    """Returns what counts as saturated: at or below the first, at or above the second."""
    if isinstance(module, (nn.Tanh, nn.Softsign)):
        return -_NEARLY, _NEARLY
    if isinstance(module, nn.Sigmoid):
        return 1 - _NEARLY, _NEARLY
    if isinstance(module, nn.Hardsigmoid):
        return 0.0, 1.0
    if isinstance(module, nn.ReLU6):
        return float("-inf"), 6.0
    if isinstance(module, nn.Hardtanh):
        return float(module.min_val), float(module.max_val)
    return None


def _silent(output: Tensor, axis: int) -> Tensor:
    silent = ~_any_by_unit(output[:1], axis)
    # Few units are silent on a sample: only on these the others are looked at.
    if output.device.type == "cpu" and axis > 0:
        left = silent.nonzero()[:, 0]
        silent[left] = ~_any_by_unit(output[1:].index_select(axis, left), axis)
        return silent
    return ~_any_by_unit(output, axis)


def _any_by_unit(output: Tensor, axis: int) -> Tensor:
    """Returns bool [units]: whether any value of each is not zero; NaN is not."""
    nonzero = output != 0
    others = [other for other in range(output.dim()) if other != axis]
    return nonzero.any(dim=others) if others else nonzero


def _sample_std(output: Tensor) -> Tensor:
    if output.shape[0] < 2:
        return output.new_full((), float("nan"), dtype=torch.float64)
    # Not var(dim=0), which takes five times as long.
    single = output.reshape(len(output), -1).float()
    # Sample by sample in single precision, all in double: a fourth of the time, and of 65,000
    # features a relative error of 1e-7.
    of_each = torch.linalg.vector_norm(single - single.mean(dim=0), dim=1)
    deviation: Tensor = torch.linalg.vector_norm(of_each, dtype=torch.float64)
    return deviation.div(output.numel() ** 0.5)
