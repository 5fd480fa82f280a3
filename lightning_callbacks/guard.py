"""Looking at a model without changing it, or the training it is part of.

`untouched(model)` is the one way monitors and `attribute` run a model. It knows modules, tensors
and process-wide switches; it must not know what is computed inside.
"""

from __future__ import annotations

import random
import sys
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from lightning_callbacks.collectives import no_collectives

# Any fixed number does: inside the guard, a model that draws random numbers in eval mode then
# gives the same explanation at every record.
_SEED = 20_170_801

_HOOK_DICTS = (
    "_forward_hooks",
    "_forward_hooks_with_kwargs",
    "_forward_hooks_always_called",
    "_forward_pre_hooks",
    "_forward_pre_hooks_with_kwargs",
    "_backward_hooks",
    "_backward_pre_hooks",
)


# Of most attributes the type alone says that they are no random generators.
_NO_GENERATORS = frozenset({bool, int, float, str, tuple, list, dict, OrderedDict, type(None)})

# Where a module keeps its tensors and parts, by name.
_HOMES = ("_parameters", "_buffers", "_modules")


_WORD = 8  # bytes


class GuardError(RuntimeError):
    """The model can't be observed without changing it."""


@contextmanager
def untouched(model: nn.Module) -> Iterator[nn.Module]:
    """Yields `model` unwrapped, ready to be explained; afterwards all is as before, to the bit.

    Inside: eval mode, parameters frozen (`requires_grad` False) and without `.grad`, gradients
    enabled, no autocast, no inference mode, compiled models run eagerly, fixed random seeds, and
    no fast path of transformer layers, which calls no hooks and returns nested tensors. Calls to
    other processes raise `CollectiveError`.
    Restored afterwards, whatever was done and raised inside: parameters and buffers (values and
    identity), `.grad` (identity; its values can't be reached from inside), `requires_grad`, each
    module's own train/eval flag and hooks, the random states of torch (CPU and used devices),
    numpy and python, random generators that modules hold as attributes, gradient and autocast
    modes, the switches of cuDNN and of that fast path.

    The cost is one copy of the parameters and buffers while inside.

    Args:
      model: an eager, compiled or DistributedDataParallel module.

    Raises:
      GuardError: a parameter is lazy (not yet initialised), so that any forward would change it.
    """
    module = unwrap(model)
    _refuse_lazy(module)
    with ExitStack() as stack:
        for restore in _snapshots(module):
            stack.callback(restore)
        _enter_modes(stack, module)
        module.eval()
        for parameter in module.parameters():
            parameter.grad = None
            parameter.requires_grad_(False)
        _seed_all()
        yield module


def unwrap(model: nn.Module) -> nn.Module:
    """Returns the module inside `torch.compile` and (Distributed)DataParallel wrappers."""
    while True:
        if isinstance(model, (nn.DataParallel, nn.parallel.DistributedDataParallel)):
            model = model.module
            continue
        inner = getattr(model, "_orig_mod", None)  # what torch.compile(module) wraps
        if not isinstance(inner, nn.Module):
            return model
        model = inner


def _refuse_lazy(module: nn.Module) -> None:
    for name, tensor in [*module.named_parameters(), *module.named_buffers()]:
        if is_lazy(tensor):
            raise GuardError(
                f"Parameter {name!r} is lazy: its shape is known only after the first training "
                "forward, which observing must not be. Run one batch through the model before "
                "training, or record from the first epoch on (untrained=False)."
            )


def _enter_modes(stack: ExitStack, module: nn.Module) -> None:
    devices = {tensor.device.type for tensor in module.parameters()} | {"cpu"}
    stack.enter_context(torch.inference_mode(False))
    stack.enter_context(torch.enable_grad())
    for device in sorted(devices - {"meta"}):
        stack.enter_context(torch.autocast(device, enabled=False))
    # cuDNN has no backward for recurrent layers in eval mode; without it torch's own runs.
    recurrent = any(isinstance(m, nn.RNNBase) for m in module.modules())
    # One by one: cudnn.flags() also resets how exact matrix products are.
    wanted = {"benchmark": False, "deterministic": True}
    if recurrent:
        wanted["enabled"] = False
    for name, value in wanted.items():
        before = getattr(torch.backends.cudnn, name)
        stack.callback(setattr, torch.backends.cudnn, name, before)
        setattr(torch.backends.cudnn, name, value)
    fast = torch.backends.mha.get_fastpath_enabled()
    # Nested tensors, of padded batches, have no shape to record, and no gradients of their own.
    stack.callback(torch.backends.mha.set_fastpath_enabled, fast)
    torch.backends.mha.set_fastpath_enabled(False)
    stack.enter_context(no_collectives())
    # Only a program that compiles has loaded dynamo; loading it here would cost seconds.
    if "torch._dynamo" in sys.modules:
        stack.enter_context(torch.compiler.set_stance("force_eager"))


def _seed_all() -> None:
    # Not torch.manual_seed: it would leave a seed behind for devices not yet in use.
    torch.default_generator.manual_seed(_SEED)
    if torch.cuda.is_available() and torch.cuda.is_initialized():  # type: ignore[no-untyped-call]  # torch's own
        torch.cuda.manual_seed_all(_SEED)
    np.random.seed(_SEED)  # noqa: NPY002  # the user's code may draw from it
    random.seed(_SEED)


def _snapshots(module: nn.Module) -> list[Callable[[], None]]:
    return [
        random_states(),
        generator_states(module.modules()),
        _parameter_flags(module),
        _tensors(module),
        _module_flags(module),
    ]


def random_states() -> Callable[[], None]:
    """Returns what restores the random states of torch, numpy and python."""
    cpu = torch.get_rng_state()
    # Asking an unused CUDA for its state would initialise it.
    used = torch.cuda.is_available() and torch.cuda.is_initialized()  # type: ignore[no-untyped-call]  # torch's own
    cuda = torch.cuda.get_rng_state_all() if used else []
    mps = torch.mps.get_rng_state() if torch.backends.mps.is_available() else None
    in_numpy = np.random.get_state()  # noqa: NPY002  # as in _seed_all
    in_python = random.getstate()

    def restore() -> None:
        torch.set_rng_state(cpu)
        if cuda:
            torch.cuda.set_rng_state_all(cuda)
        if mps is not None:
            torch.mps.set_rng_state(mps)
        np.random.set_state(in_numpy)  # noqa: NPY002  # as in _seed_all
        random.setstate(in_python)

    return restore


def generator_states(owners: Iterable[object]) -> Callable[[], None]:
    """Returns what restores the random generators that `owners` hold as attributes."""
    held = [
        value
        for owner in owners
        for value in getattr(owner, "__dict__", {}).values()
        if type(value) not in _NO_GENERATORS
    ]
    restores: list[Callable[[], Any]] = []
    for value in held:
        if isinstance(value, torch.Generator):
            restores.append(partial(value.set_state, value.get_state().clone()))
        elif isinstance(value, np.random.RandomState):
            restores.append(partial(value.set_state, value.get_state()))
        elif isinstance(value, np.random.Generator):
            state = value.bit_generator.state
            restores.append(partial(setattr, value.bit_generator, "state", state))
        elif isinstance(value, random.Random):
            restores.append(partial(value.setstate, value.getstate()))

    def restore() -> None:
        for one in restores:
            one()

    return restore


def _parameter_flags(module: nn.Module) -> Callable[[], None]:
    flags = [(p, p.requires_grad, p.grad) for p in module.parameters()]

    def restore() -> None:
        for parameter, requires_grad, grad in flags:
            parameter.requires_grad_(requires_grad)
            parameter.grad = grad

    return restore


def _tensors(module: nn.Module) -> Callable[[], None]:
    homes = [
        (home, dict(home))
        for m in module.modules()
        for home in (m.__dict__[name] for name in _HOMES)
    ]
    held = (t for _, saved in homes for t in saved.values() if isinstance(t, Tensor))
    tensors = {id(part): part for tensor in held for part in stored_tensors(tensor)}
    # `data` shares the tensor's storage: views of it elsewhere (DDP's buckets, tied weights)
    # stay views of the same memory.
    copies = [(t, t.data, t.detach().clone()) for t in tensors.values()]

    def restore() -> None:
        for home, saved in homes:
            _restore_dict(home, saved)
        with torch.no_grad():
            for tensor, data, copy in copies:
                if tensor.data_ptr() != data.data_ptr() or tensor.shape != data.shape:
                    tensor.data = data
                if not _same_bits(data, copy):
                    tensor.copy_(copy)

    return restore


def stored_tensors(tensor: Tensor) -> Iterator[Tensor]:
    """Yields the plain tensors that `tensor` stores: itself, or those inside of quantised ones."""
    names = getattr(tensor, "__tensor_flatten__", None)
    if names is None:
        yield tensor
        return
    for name in names()[0]:
        yield from stored_tensors(getattr(tensor, name))


def _same_bits(a: Tensor, b: Tensor) -> bool:
    # Not as numbers, since torch.equal calls NaN unlike itself, and 0.0 like -0.0.
    flat = [t.reshape(-1).contiguous().view(torch.uint8) for t in (a, b)]
    # Word by word, which takes a sixth of the time; what begins elsewhere has no words.
    if all(t.numel() % _WORD == 0 and t.storage_offset() % _WORD == 0 for t in flat):
        flat = [t.view(torch.int64) for t in flat]
    return torch.equal(*flat)


def _module_flags(module: nn.Module) -> Callable[[], None]:
    modules = list(module.modules())
    training = [(m, m.training) for m in modules]
    hooks = [(m.__dict__[name], dict(m.__dict__[name])) for m in modules for name in _HOOK_DICTS]

    def restore() -> None:
        for m, flag in training:
            m.training = flag
        for current, saved in hooks:
            _restore_dict(current, saved)

    return restore


def _restore_dict(current: dict[Any, Any] | OrderedDict[Any, Any], saved: dict[Any, Any]) -> None:
    same = len(current) == len(saved) and all(
        key in current and current[key] is value for key, value in saved.items()
    )
    if not same:
        current.clear()
        current.update(saved)
