"""`ModelGraphMonitor`: the model's structure, and what flows through it."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from math import prod
from typing import Any

import torch
from torch import nn
from torch.nn.parameter import is_lazy
from typing_extensions import Unpack

from lightning_callbacks.batches import chunks, find_input, to_model
from lightning_callbacks.forwarding import ForwardSpec, run
from lightning_callbacks.graph_trace import Tracer
from lightning_callbacks.guard import unwrap
from lightning_callbacks.monitor import Monitor, MonitorOptions
from lightning_callbacks.probe import DrawnProbe
from lightning_callbacks.records import Moment, Observation, Part

# Samples of the probe that are run: two, since some layers treat a batch of one differently.
_SAMPLES = 2


class ModelGraphMonitor(Monitor):
    """Records modules, operations, and what flows between them on two of the probe's samples.

    Once per run, and again when modules or the shapes of parameters change. Multiply-accumulates
    are those of matrix products, convolutions and attention (`torch.utils.flop_counter`), which
    is where nearly all are; activation memory is what outputs of their own take.

    Args:
      forward: how to run the model, as in `forwarding.run`.
      **options: as for every `Monitor`.

    Raises:
      ValueError: arguments that exclude one another or are out of range.
    """

    default_name = "graph"
    status_kind = "graph"

    def __init__(
        self, forward: ForwardSpec | None = None, **options: Unpack[MonitorOptions]
    ) -> None:
        super().__init__(**options)
        self._forward = partial(run, forward=forward, input_key=self._probe.input_key)

    def _start_over(self) -> None:
        super()._start_over()
        self._recorded: int | None = None

    def _record(self, trainer: Any, pl_module: Any, moment: Moment) -> None:
        structure = _structure(unwrap(pl_module))
        if structure != self._recorded:
            super()._record(trainer, pl_module, moment)
            self._recorded = structure

    def observe(self, model: nn.Module, probe: DrawnProbe) -> Observation:
        """Returns the `graph` record."""
        inputs = find_input(probe.batch, self._probe.input_key)
        part, batch = next(iter(chunks(probe.batch, len(inputs), _SAMPLES)))
        fields, notes = trace(model, to_model(batch, model), part.stop, self._forward)
        self._records.notes += notes
        return Observation([Part("graph", fields)])


def trace(
    model: nn.Module, batch: Any, samples: int, forward: Callable[[nn.Module, Any], Any] = run
) -> tuple[dict[str, Any], list[str]]:
    """Returns the fields `nodes` and `edges` of a `graph` record, and notes on what is not seen.

    Args:
      model: inside the guard.
      batch: what `forward` takes.
      samples: how many are in the batch.
      forward: runs the model on it.
    """
    try:
        with _counting() as flops:
            tracer = _traced(model, batch, forward, flops)
    except Exception as error:  # noqa: BLE001  # the model may run where its work can't be counted
        tracer = _traced(model, batch, forward, lambda: 0)
        for node in tracer.graph.nodes.values():
            node.macs = None
        uncounted = [f"multiply-accumulates could not be counted: {error!r}"]
    else:
        uncounted = []
    return tracer.graph.finished(samples), [*uncounted, *_notes(tracer)]


@torch.no_grad()
def _traced(
    model: nn.Module,
    batch: Any,
    forward: Callable[[nn.Module, Any], Any],
    flops: Callable[[], int],
) -> Tracer:
    tracer = Tracer(model, flops)
    tracer.begin(batch)
    with tracer.attached() as hooked, tracer:
        output = forward(hooked, batch)
    tracer.end(output)
    return tracer


@contextmanager
def _counting() -> Iterator[Callable[[], int]]:
    from torch.utils.flop_counter import FlopCounterMode

    counter = FlopCounterMode(display=False, custom_mapping=_cpu_formulas())
    with warnings.catch_warnings(), counter:
        # The counter's own hooks, which are gone when it is done.
        warnings.filterwarnings("ignore", ".*when there are global hooks on modules", UserWarning)
        yield counter.get_total_flops


def _cpu_formulas() -> dict[Any, Callable[..., int]]:
    """Returns formulas for kernels of the CPU that torch's counter has none for."""
    names = {
        "_scaled_dot_product_flash_attention_for_cpu": _attention_flops,
        "mkldnn_rnn_layer": _recurrent_flops,
    }
    known = {name: getattr(torch.ops.aten, name, None) for name in names}
    return {known[name]: names[name] for name in names if known[name] is not None}


def _attention_flops(query: Any, key: Any, value: Any, *_: Any, **__: Any) -> int:
    # Two products of [T, D] and [D, S], per sample and head.
    flops: int = 2 * prod(query[:-1]) * key[-2] * (query[-1] + value[-1])
    return flops


def _recurrent_flops(inputs: Any, of_input: Any, of_state: Any, *_: Any, **__: Any) -> int:
    # At every step of every sample, a product with each of the two matrices.
    flops: int = 2 * prod(inputs[:-1]) * (prod(of_input) + prod(of_state))
    return flops


def _notes(tracer: Tracer) -> list[str]:
    untraced = [node for node in tracer.graph.nodes.values() if node.kind == "untraced"]
    scripted = [node.name for node in untraced if node.name in tracer.graph.modules]
    unknown = [node.name for node in untraced if node.name not in tracer.graph.modules]
    notes = []
    if scripted:
        notes.append(f"what happens inside of scripted modules is not seen: {', '.join(scripted)}")
    if unknown:
        notes.append(
            "tensors whose origin is not seen, as those of numpy, scripts or C++ extensions: "
            f"{', '.join(unknown)}"
        )
    return notes


def _structure(module: nn.Module) -> int:
    """Returns a number that changes with modules, their names and the shapes of parameters."""
    parts = tuple((name, type(part)) for name, part in module.named_modules())
    # A lazy parameter has no shape before the first forward.
    shapes = tuple(
        (name, None if is_lazy(p) else tuple(p.shape)) for name, p in module.named_parameters()
    )
    return hash((parts, shapes))
