"""How monitors run a model on a batch: which of its tensors are passed, and how.

It knows batches and callables; nothing of what is looked at while the model runs.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from lightning_utilities.core.apply_func import apply_to_collection
from torch import Tensor, nn

from lightning_callbacks.batches import LABEL_NAMES, BatchError, BatchKey, find_input
from lightning_callbacks.capture import describe

ForwardSpec = str | Callable[[nn.Module, Any], Any]
# A forward(*args, **kwargs) that hands on to a Hugging Face model does not say that it takes these.
_HUGGING_FACE_NAMES = (
    "input_ids", "inputs_embeds", "pixel_values", "input_values", "input_features",
    "attention_mask", "token_type_ids", "position_ids",
)  # fmt: skip


def run(
    model: nn.Module,
    batch: Any,
    forward: ForwardSpec | None = None,
    input_key: BatchKey | None = None,
) -> Any:
    """Returns what `model` makes of `batch`.

    Of a dict, the tensors that the forward takes by name are passed (labels only if it can't do
    without); where that leaves out the input tensor or something required, and of any other batch,
    the input tensor alone is passed.

    Args:
      model: the module, on the device of the batch (see `to_model`).
      batch: a tensor, tuple, list or dict.
      forward: None calls the model; a name its method or sub-module of that name ("net.encoder");
        a callable is given (model, batch), whole.
      input_key: where the input tensor is, if it isn't found.

    Raises:
      BatchError: the input tensor can't be found.
      AttributeError: `forward` names nothing in the model.
      TypeError: the model does not take what it was given.
    """
    if callable(forward):
        return forward(model, batch)
    part = model if forward is None else _named_part(model, forward)
    keywords = keyword_arguments(part, batch, input_key)
    if keywords is not None:
        return call(part, **keywords)
    return call(part, find_input(batch, input_key))


def on_copies(forward: Callable[[nn.Module, Any], Any]) -> Callable[[nn.Module, Any], Any]:
    """Returns `forward` on a copy of the batch, for models that change their inputs in place."""
    return partial(_on_copy, forward)


def _on_copy(forward: Callable[[nn.Module, Any], Any], model: nn.Module, batch: Any) -> Any:
    return forward(model, apply_to_collection(batch, Tensor, Tensor.clone))


def call_whole(model: nn.Module, inputs: Any, input_key: BatchKey | None = None) -> Any:
    """Returns `model(**inputs)` of a dict whose tensors it takes by name, else `model(inputs)`.

    Raises:
      TypeError: the model does not take what it was given.
    """
    keywords = None
    if isinstance(inputs, Mapping):
        # Where no input is found by name, none of them can be what the model takes by name.
        with suppress(BatchError):
            keywords = keyword_arguments(model, inputs, input_key)
    return call(model, inputs) if keywords is None else call(model, **keywords)


def keyword_arguments(
    part: Callable[..., Any], batch: Any, input_key: BatchKey | None = None
) -> dict[str, Tensor] | None:
    """Returns the tensors of a dict that `part` is to be called with; None if they don't fit."""
    parameters = _parameters(part)
    if not isinstance(batch, Mapping) or parameters is None:
        return None
    required = {p.name for p in parameters if p.default is p.empty and _is_named(p)}
    taken = {
        name: item
        for name, item in batch.items()
        if isinstance(item, Tensor)
        and _takes(parameters, name)
        and (name in required or name not in LABEL_NAMES)
    }
    wanted = find_input(batch, input_key)
    has_input = any(item is wanted for item in taken.values())
    return taken if has_input and required <= set(taken) else None


def call(part: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Returns `part(*args, **kwargs)`; of a call that fails, says what was passed.

    Raises:
      TypeError: the call failed for what it was given.
    """
    name = getattr(part, "__name__", type(part).__name__)
    try:
        return part(*args, **kwargs)
    except NotImplementedError as error:
        raise TypeError(
            f"{name} has no forward(inputs). Pass forward=..., the name of the "
            "method or sub-module that gives logits, or a function (model, inputs) -> logits."
        ) from error
    except (TypeError, IndexError, KeyError, AttributeError) as error:
        given = describe(kwargs or (args[0] if len(args) == 1 else args))
        raise TypeError(
            f"{name} was called with its input, {given}, and "
            f"failed: {error!r}. If it takes the whole batch, pass forward=lambda m, b: m(b)."
        ) from error


def _named_part(model: nn.Module, path: str) -> Callable[..., Any]:
    part: Any = model
    for name in path.split("."):
        if not hasattr(part, name):
            children = [child for child, _ in model.named_children()]
            raise AttributeError(
                f"forward={path!r}: {type(part).__name__} has no {name!r}. Name a method of "
                f"{type(model).__name__} or one of its parts: {', '.join(children) or 'none'}."
            )
        part = getattr(part, name)
    if not callable(part):
        raise AttributeError(f"forward={path!r} is no method or sub-module but {describe(part)}.")
    return part  # type: ignore[no-any-return]  # any attribute of a module, just checked


def parameter_names(part: Callable[..., Any]) -> list[str]:
    """Returns the names of what `part` takes, in order; none where it does not say."""
    return [p.name for p in _parameters(part) or [] if _is_named(p)]


def _parameters(part: Callable[..., Any]) -> list[inspect.Parameter] | None:
    function = part.forward if isinstance(part, nn.Module) else part
    try:
        return list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # compiled ones have none
        return None


def _is_named(parameter: inspect.Parameter) -> bool:
    return parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)


def _takes(parameters: list[inspect.Parameter], name: str) -> bool:
    if any(_is_named(p) and p.name == name for p in parameters):
        return True
    kinds = {p.kind for p in parameters}
    only_keywords = kinds == {inspect.Parameter.VAR_KEYWORD}
    return only_keywords or (inspect.Parameter.VAR_KEYWORD in kinds and name in _HUGGING_FACE_NAMES)
