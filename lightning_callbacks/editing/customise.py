"""`customise`: parts of a model exchanged by name, type or pattern; and what that changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import torch
from torch import Tensor, nn

from lightning_callbacks.batches import find_input, to_model
from lightning_callbacks.forwarding import ForwardSpec, run
from lightning_callbacks.guard import untouched
from lightning_callbacks.targets import logits_of

Pattern = str | type[nn.Module]
Factory = Callable[[nn.Module], nn.Module]
_NAMED_IN_ERRORS = 12


@dataclass(frozen=True)
class Customised:
    """What `customise` did.

    Attributes:
      replaced: names of the modules that were exchanged, and the types before and after.
      frozen: names of the parameters that are no longer trained.
      parameters_before: all of them, shared ones once.
      parameters_after: likewise.
      trainable_after: of these, those that are trained.
      output_change: mean over samples of the Euclidean norm of the outputs' change over that of
        the outputs before; NaN where no batch was given or the outputs' shape is another.
    """

    replaced: Mapping[str, tuple[str, str]]
    frozen: Sequence[str]
    parameters_before: int
    parameters_after: int
    trainable_after: int
    output_change: float


def customise(
    model: nn.Module,
    *,
    replace: Mapping[Pattern, Factory] | None = None,
    freeze: Sequence[str] | str = (),
    head: int | nn.Module | None = None,
    batch: Any = None,
    forward: ForwardSpec | None = None,
) -> Customised:
    """Exchanges parts of `model` in place, and says what that changed.

    If anything is raised, nothing is exchanged or frozen.

    `customise(net, replace={nn.ReLU: lambda old: nn.GELU(), "layer1.*.bn*": as_group_norm})`

    Args:
      model: to be changed. Optimizers made before do not know its new parameters.
      replace: by a module's class (that very class), or a glob of its name: what is given the old
        module and returns the new one. A module used in several places is exchanged in all of
        them, by the same new one. Device and train flag are taken over.
      freeze: globs of names of parameters, or of modules, that are no longer to be trained.
      head: the number of classes of a new last linear layer, or the module to put in its place.
      batch: to measure `output_change` on.
      forward: how to call the model, as for every monitor.

    Returns:
      What was changed.

    Raises:
      ValueError: a pattern matches nothing, a head has no classes, or there is no linear layer that
        could be the head.
      TypeError: a factory returns no module.
    """
    _refuse(head)
    before = _outputs(model, batch, forward)
    parameters_before = _count(model.parameters())
    with _all_or_nothing(model):
        replaced = _replaced(model, replace or {}, head)
        after = _outputs(model, batch, forward)
        frozen = _freeze(model, [freeze] if isinstance(freeze, str) else freeze)
    return Customised(
        replaced,
        frozen,
        parameters_before,
        _count(model.parameters()),
        _count(p for p in model.parameters() if p.requires_grad),
        _change(before, after),
    )


def _refuse(head: object) -> None:
    is_number = isinstance(head, int) and not isinstance(head, bool) and head > 0
    if head is not None and not is_number and not isinstance(head, nn.Module):
        raise ValueError(f"head must be a number of classes, 1 or more, or a module, not {head!r}.")


@contextmanager
def _all_or_nothing(model: nn.Module) -> Iterator[None]:
    """Puts all modules back in their places if anything is raised."""
    children = [module._modules for module in model.modules()]  # noqa: SLF001  # also names, order
    before = [dict(own) for own in children]
    try:
        yield
    except BaseException:
        for own, known in zip(children, before, strict=True):
            own.clear()
            own.update(known)
        raise


def _replaced(
    model: nn.Module, replace: Mapping[Pattern, Factory], head: int | nn.Module | None
) -> dict[str, tuple[str, str]]:
    replaced: dict[str, tuple[str, str]] = {}
    for pattern, factory in replace.items():
        replaced.update(_exchange(model, _matching(model, pattern), factory))
    if head is not None:
        name = _last_linear(model)
        replaced.update(_exchange(model, [name], lambda old: _new_head(old, head)))
    return replaced


def _matching(model: nn.Module, pattern: Pattern) -> list[str]:
    """Returns the names of all places where a matching module stands."""
    named = [(n, m) for n, m in model.named_modules(remove_duplicate=False) if n]
    found = [
        name
        for name, module in named
        if (type(module) is pattern if isinstance(pattern, type) else fnmatchcase(name, pattern))
    ]
    if not found:
        shown = ", ".join(name for name, _ in named[:_NAMED_IN_ERRORS])
        raise ValueError(f"replace: {pattern!r} matches no module of {type(model).__name__}: "
                         f"{shown}{', ...' if len(named) > _NAMED_IN_ERRORS else ''}.")  # fmt: skip
    # What is inside an exchanged module is gone with it.
    return [n for n in found if not any(n.startswith(f"{other}.") for other in found)]


def _exchange(
    model: nn.Module, names: Sequence[str], factory: Factory
) -> dict[str, tuple[str, str]]:
    made: dict[int, nn.Module] = {}
    replaced = {}
    for name in names:
        old = model.get_submodule(name)
        new = made.setdefault(id(old), old)
        if new is old:
            new = made[id(old)] = _made(factory, old, name)
        parent, _, own = name.rpartition(".")
        setattr(model.get_submodule(parent), own, new)
        replaced[name] = (type(old).__name__, type(new).__name__)
    return replaced


def _made(factory: Factory, old: nn.Module, name: str) -> nn.Module:
    new = factory(old)
    if not isinstance(new, nn.Module):
        raise TypeError(f"replace: the factory for {name} returned {new!r}; expected a module.")
    reference = next(old.parameters(), None)
    if reference is not None:
        new.to(reference.device, reference.dtype)
    return new.train(old.training)


def _last_linear(model: nn.Module) -> str:
    names: list[str] = [n for n, module in model.named_modules() if isinstance(module, nn.Linear)]
    if not names:
        raise ValueError(
            f"head: {type(model).__name__} has no linear layer; exchange its head by name, with "
            "replace={'name': factory}."
        )
    return names[-1]


def _new_head(old: Any, head: int | nn.Module) -> nn.Module:
    if isinstance(head, nn.Module):
        return head
    return nn.Linear(old.in_features, head, bias=old.bias is not None)


def _freeze(model: nn.Module, globs: Sequence[str]) -> list[str]:
    names = [name for name, _ in model.named_parameters()]
    frozen = []
    for glob in globs:
        found = [n for n in names if fnmatchcase(n, glob) or fnmatchcase(n, f"{glob}.*")]
        if not found:
            raise ValueError(f"freeze: {glob!r} matches no parameter: {', '.join(names[:12])}.")
        frozen += found
    chosen = set(frozen)
    for name, parameter in model.named_parameters():
        if name in chosen:
            parameter.requires_grad_(False)
    return sorted(chosen)


def _count(parameters: Any) -> int:
    return sum(parameter.numel() for parameter in parameters)


def _outputs(model: nn.Module, batch: Any, forward: ForwardSpec | None) -> Tensor | None:
    if batch is None:
        return None
    with untouched(model) as module, torch.no_grad():
        logits = logits_of(run(module, to_model(batch, module), forward), len(find_input(batch)))
        return logits.double()


def _change(before: Tensor | None, after: Tensor | None) -> float:
    if before is None or after is None or before.shape != after.shape:
        return float("nan")
    change: Tensor = (after - before).norm(dim=1) / before.norm(dim=1).clamp_min(1e-12)
    return float(change.mean())
