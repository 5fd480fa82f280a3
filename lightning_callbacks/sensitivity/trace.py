"""One forward, call by call: what may be skipped when it is run again, and who reads which weight.

It knows modules, calls and storages; nothing of edits.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from lightning_callbacks.graph_nodes import tensors_in
from lightning_callbacks.graph_origins import memory_of, version_of
from lightning_callbacks.sensitivity.interception import intercepted

# Operations that hold several matrix products each, which torch's table of costs leaves out.
_WHOLE_LAYERS = ("rnn", "lstm", "gru", "transformer_encoder_layer", "native_multi_head_attention")


@dataclass(eq=False)
class Call:
    """One call of a module.

    Attributes:
      module: what was called.
      stop: number of the first call that started after this one ended.
      start: when it began, and
      end: ended, in ticks; infinite: it raised.
      skippable: its outcome can stand for it: it changed nothing it was given, returned nothing of
        it, kept nothing in buffers, drew no random numbers, and returned tensors in plain
        containers.
      changed: what it returned was changed in place later.
    """

    module: nn.Module
    start: int
    stop: int = 0
    end: float = math.inf
    skippable: bool = False
    changed: bool = False


@dataclass
class Trace:
    """What one forward did.

    Attributes:
      calls: in the order they started.
      reads: by storage of a parameter or buffer, the first operation that was given it: (tick,
        calls started by then).
      readers: by storage of a parameter or buffer, the innermost modules that ran when an operation
        was given it; None: the whole model.
      macs: by address within a parameter, multiply-adds of the operations that were given it.
      output: what the forward returned.
    """

    calls: list[Call] = field(default_factory=list)
    reads: dict[int | None, tuple[int, int]] = field(default_factory=dict)
    readers: dict[int | None, set[nn.Module | None]] = field(default_factory=dict)
    macs: dict[int, int] = field(default_factory=dict)
    output: Any = None

    def first_use(self, tensors: Iterable[Tensor], owners: Iterable[nn.Module]) -> tuple[int, int]:
        """Returns (tick, calls started by then) when any of `tensors` was first used.

        A tensor that no operation was given (one may be read through numpy) is used when the first
        of its `owners` is called; if none is, from the start on.
        """
        known = [self.reads[key] for key in map(memory_of, tensors) if key in self.reads]
        owners = set(owners)
        called = [
            (call.start, number + 1)
            for number, call in enumerate(self.calls)
            if call.module in owners
        ]
        return min(known + called, default=(0, 0))

    def macs_of(self, parameter: Tensor) -> int:
        """Returns the multiply-adds of all operations given `parameter` or parts of it."""
        begin = parameter.data_ptr()
        within = range(begin, begin + parameter.nbytes)
        return sum(macs for address, macs in self.macs.items() if address in within)


def trace(model: nn.Module, forward: Callable[[], Any]) -> Trace:
    """Returns what happens in `forward`, which runs `model`; under `no_grad`."""
    tracer = _Tracer(model)
    with intercepted(model, tracer.answer), _Operations(tracer):
        tracer.trace.output = forward()
    for call, outputs in tracer.outputs:
        call.changed = any(version_of(tensor) > version for tensor, version in outputs)
    return tracer.trace


class _Tracer:
    def __init__(self, model: nn.Module) -> None:
        self.trace = Trace()
        self.outputs: list[tuple[Call, list[tuple[Tensor, int]]]] = []
        self.tick = 0
        self._running: list[Call] = []
        parameters = [*model.parameters(), *model.buffers()]
        self.weights = {memory_of(tensor) for tensor in parameters} - {None}

    def answer(self, module: nn.Module, forward: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        call = Call(module, self._next_tick())
        self.trace.calls.append(call)
        self._running.append(call)
        given, buffers = tensors_in((args, kwargs)), list(module.buffers(recurse=False))
        before, kept = versions(given), versions(buffers)
        random = torch.get_rng_state()
        call.skippable = True
        try:
            output = forward(*args, **kwargs)
        except BaseException:
            call.skippable = False
            raise
        finally:
            call.stop = len(self.trace.calls)
            self._running.pop()
        call.end = self._next_tick()
        if versions(buffers) != kept or not torch.equal(torch.get_rng_state(), random):
            for outer in (call, *self._running):
                outer.skippable = False
        call.skippable &= _stands_for_itself(output, given) and versions(given) == before
        outputs = tensors_in(output)
        self.outputs.append((call, list(zip(outputs, versions(outputs), strict=True))))
        return output

    def read(self, tensors: Iterable[Tensor], macs: Callable[[Tensor], int]) -> None:
        for tensor in tensors:
            key = memory_of(tensor)
            if key is not None and key in self.weights:
                self.trace.reads.setdefault(key, (self._next_tick(), len(self.trace.calls)))
                running = self._running[-1].module if self._running else None
                self.trace.readers.setdefault(key, set()).add(running)
                address = tensor.data_ptr()
                self.trace.macs[address] = self.trace.macs.get(address, 0) + macs(tensor)

    def _next_tick(self) -> int:
        self.tick += 1
        return self.tick


def versions(tensors: Iterable[Tensor]) -> list[int]:
    """Returns how often each of `tensors` was changed in place."""
    return list(map(version_of, tensors))


def _stands_for_itself(output: Any, given: list[Tensor]) -> bool:
    memory = {memory_of(tensor) for tensor in given} - {None}
    return is_plain(output) and memory.isdisjoint(map(memory_of, tensors_in(output)))


def is_plain(value: Any) -> bool:
    """Returns whether `value` is made of tensors and constants in tuples, lists and dicts.

    Outputs of Hugging Face's models are, too.
    """
    if type(value) in (list, tuple) or (isinstance(value, tuple) and hasattr(value, "_fields")):
        return all(map(is_plain, value))
    if type(value) is dict or (isinstance(value, Mapping) and hasattr(value, "to_tuple")):
        return all(map(is_plain, value.values()))
    return value is None or isinstance(value, (Tensor, int, float, str, torch.Size))


class _Operations(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch's own
    """Tells the tracer of every operation's tensors."""

    def __init__(self, tracer: _Tracer) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # torch's own
        self._tracer = tracer

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        output = func(*args, **kwargs)
        tensors = tensors_in((args, kwargs))
        self._tracer.read(tensors, lambda weight: _macs(func, weight, args, kwargs, output))
        return output


def _macs(func: Any, weight: Tensor, args: Any, kwargs: Any, output: Any) -> int:
    packet = func.overloadpacket
    if weight.dim() < 2:
        return 0
    if packet in flop_registry:
        return int(flop_registry[packet](*args, **kwargs, out_val=output)) // 2
    if any(name in str(packet) for name in _WHOLE_LAYERS):
        rows: Tensor = tensors_in(args)[0]
        return weight.numel() * (rows.numel() // rows.shape[-1])
    return 0
