"""What the unedited model takes: multiply-adds of each weight, seconds of each module."""

from __future__ import annotations

import statistics
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from lightning_callbacks.sensitivity.edits.edited import Costs
from lightning_callbacks.sensitivity.interception import intercepted
from lightning_callbacks.sensitivity.trace import Trace

_ROUNDS = 3


def measured_costs(
    model: nn.Module, forward: Callable[[], Tensor], samples: int, traced: Trace
) -> Costs:
    """Returns the costs of one sample.

    Args:
      model: inside the guard.
      forward: runs it; under `no_grad`.
      samples: how many it is run on.
      traced: of such a forward.
    """
    macs = {
        name.replace("_orig_mod.", ""): round(traced.macs_of(parameter) / samples)
        for name, parameter in model.named_parameters(remove_duplicate=False)
    }
    rounds = [_seconds(model, forward) for _ in range(_ROUNDS)]
    names = {module: name.replace("_orig_mod.", "") for name, module in model.named_modules()}
    seconds = {
        names[module]: statistics.median(one[module] for one in rounds) / samples
        for module in rounds[0]
        if all(module in one for one in rounds)
    }
    return Costs(_by_plain_names(macs), seconds)


def _by_plain_names(macs: dict[str, int]) -> dict[str, int]:
    """Adds the names by which users know weights that are parametrised or masked."""
    plain = {
        name.replace("parametrizations.", "").removesuffix(".original").removesuffix("_orig"): count
        for name, count in macs.items()
    }
    return {**plain, **macs}


def _seconds(model: nn.Module, forward: Callable[[], Tensor]) -> dict[nn.Module, float]:
    seconds: dict[nn.Module, float] = defaultdict(float)

    def answer(module: nn.Module, run: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        start = _now()
        output = run(*args, **kwargs)
        seconds[module] += _now() - start
        return output

    with intercepted(model, answer):
        forward()
    return seconds


def _now() -> float:
    if torch.cuda.is_available() and torch.cuda.is_initialized():  # type: ignore[no-untyped-call]  # torch's own
        torch.cuda.synchronize()
    return time.perf_counter()
