"""What a model takes and achieves, measured on this machine: the figures of a report."""

from __future__ import annotations

import io
import math
import platform
import statistics
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from lightning_callbacks.batches import chunks
from lightning_callbacks.forwarding import ForwardSpec, run
from lightning_callbacks.guard import untouched
from lightning_callbacks.sensitivity.samples import Chunk, cut, outputs_of, truths_of
from lightning_callbacks.sensitivity.scores import Scorer

_CHUNK = 64
LEAST_ROUNDS = 20


@dataclass(frozen=True)
class Measured:
    """Figures of one model.

    Attributes:
      parameters: all, shared ones once; of quantised layers as many as weights they hold.
      nonzero: of these.
      bytes: of the state dict as torch writes it.
      macs: multiply-adds per sample; None where torch has no count, as of quantised models.
      seconds_one: median time of a forward of one sample.
      seconds_batch: the same of `batch` samples.
      batch: how many.
      threads: of torch.
      machine: processor and system.
      samples: how many `loss` and `metric` are of.
      loss: mean; NaN without truths.
      metric: likewise; larger is better.
      metric_name: as "accuracy".
    """

    parameters: int
    nonzero: int
    bytes: int
    macs: int | None
    seconds_one: float
    seconds_batch: float
    batch: int
    threads: int
    machine: str
    samples: int
    loss: float
    metric: float
    metric_name: str


def measure(
    model: nn.Module,
    batches: Any,
    *,
    forward: ForwardSpec | None = None,
    rounds: int = LEAST_ROUNDS,
) -> Measured:
    """Returns the figures of `model`, which stays as it is.

    Args:
      model: measured in evaluation mode, where it is.
      batches: a batch or an iterable of batches; the first 64 samples of the first are timed.
      forward: how to call the model, as for every monitor.
      rounds: forwards that a time is the median of, after one that warms up.

    Raises:
      BatchError: there are no samples.
    """
    fast = torch.backends.mha.get_fastpath_enabled()  # models run so where they are used
    with untouched(model) as module, torch.no_grad():
        pieces = cut(batches, module, _CHUNK)
        first = pieces[0]
        one = next(part for _, part in chunks(first.batch, first.samples, 1))
        parameters, nonzero = _weights(module)
        loss, metric, name = _achieved(module, pieces, forward)
        return Measured(
            parameters,
            nonzero,
            _bytes(module),
            _macs(module, first, forward),
            _seconds(lambda: run(module, one, forward), rounds, fast=fast),
            _seconds(lambda: run(module, first.batch, forward), rounds, fast=fast),
            first.samples,
            torch.get_num_threads(),
            f"{platform.machine()}, {platform.system()}",
            sum(piece.samples for piece in pieces),
            loss,
            metric,
            name,
        )


def _weights(module: nn.Module) -> tuple[int, int]:
    """Returns (parameters, those that aren't zero), those packed in quantised layers too."""
    tensors = [*{id(p): p for p in module.parameters()}.values(), *_packed(module)]
    total = sum(tensor.numel() for tensor in tensors)
    return total, sum(int((tensor != 0).sum()) for tensor in tensors)


def _packed(module: nn.Module) -> list[torch.Tensor]:
    """Returns the weights of torch's int8 layers, in float32."""
    found = []
    for part in module.modules():
        weight = getattr(part, "weight", None)
        if callable(weight) and not isinstance(weight, torch.Tensor):
            with suppress(TypeError, RuntimeError, AttributeError):
                found.append(weight().dequantize())
    return found


def _bytes(module: nn.Module) -> int:
    buffer = io.BytesIO()
    torch.save(module.state_dict(), buffer)
    return buffer.tell()


def _macs(module: nn.Module, chunk: Chunk, forward: ForwardSpec | None) -> int | None:
    if _packed(module):  # torch has no count of their products
        return None
    try:
        with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
            run(module, chunk.batch, forward)
    except (RuntimeError, NotImplementedError, TypeError):
        return None
    return round(counter.get_total_flops() / 2 / chunk.samples) or None


def _seconds(forward: Callable[[], Any], rounds: int, *, fast: bool) -> float:
    """Returns what a forward takes; `fast`: with torch's fast path of transformer layers."""
    torch.backends.mha.set_fastpath_enabled(fast)  # the guard restores it
    forward()
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        forward()
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def _achieved(
    module: nn.Module, pieces: list[Chunk], forward: ForwardSpec | None
) -> tuple[float, float, str]:
    scorer, name = Scorer(), ""
    sums, samples = {"loss": 0.0, "metric": 0.0}, 0
    for piece in pieces:
        outputs = outputs_of(run(module, piece.batch, forward), piece.samples)
        truths = truths_of(piece.batch, outputs)
        own = scorer.reference(outputs, truths).own
        name = scorer.metric_name(outputs, truths)
        if not own:
            return math.nan, math.nan, name
        samples += piece.samples
        for measure_name in sums:
            sums[measure_name] += float(own[measure_name].sum())
    return sums["loss"] / samples, sums["metric"] / samples, name
