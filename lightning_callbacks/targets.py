"""What of a model's output is explained: the logit of a class, or what a callable picks.

Targets are logits, not probabilities: a softmax saturates, and with it every gradient.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor
from torch.nn import functional

from lightning_callbacks.capture import describe


@dataclass(frozen=True)
class Contrast:
    """Explains a difference of two logits: why the first class, and not the second.

    Attributes:
      first: "label", "prediction", "top-k" (the k-th alone), a class index or class indices.
      second: likewise.
    """

    first: ClassSpec
    second: ClassSpec


ClassSpec = str | int | Sequence[int] | Tensor
TargetSpec = ClassSpec | Contrast | Callable[[Tensor], Tensor]
Activation = Literal["softmax", "sigmoid", "none"]
NO_LABEL = -1
NO_CLASS = -1


class TargetError(ValueError):
    """A target does not fit the model's output or the data."""


def main_of(output: Any) -> Any:
    """Returns what a model says first of all.

    The `logits` of a dict or object that has some, else the first value of a dict, the first item
    of a tuple or list, or the output itself.
    """
    if isinstance(output, Mapping):
        return output.get("logits", next(iter(output.values()), None))
    if hasattr(output, "logits"):
        return output.logits
    return output[0] if isinstance(output, (tuple, list)) and output else output


def logits_of(output: Any, samples: int) -> Tensor:
    """Returns the logits [N, C] in a model's output.

    Args:
      output: a tensor [N, C] or [N], a dict or object with `logits`, or a tuple that begins with
        such a tensor.
      samples: N.

    Raises:
      TargetError: there is no such tensor.
    """
    found = main_of(output)
    if isinstance(found, Tensor) and found.shape == (samples,):
        found = found.unsqueeze(1)
    if not isinstance(found, Tensor) or found.dim() != 2 or found.shape[0] != samples:
        raise TargetError(
            f"The model returned {describe(output)}; expected logits of shape [{samples}, classes] "
            "or a dict with 'logits'. Pass forward=..., a function (model, inputs) -> logits."
        )
    return found


@dataclass(frozen=True)
class Target:
    """One scalar per sample.

    Attributes:
      spec: what it is, in words: "label", "prediction", "top-2", "class 3", a callable's name.
      classes: int64 [N]; `NO_CLASS` where the target is no class.
      values: float [N], the logits (or a callable's values), differentiable.
      again: (logits [n, C], rows int64 [n]) -> float [n]: the same target of other logits of the
        samples `rows`, with the classes that were chosen here.
    """

    spec: str
    classes: Tensor
    values: Tensor
    again: Callable[[Tensor, Tensor], Tensor]


def choose_targets(
    specs: Sequence[TargetSpec], logits: Tensor, labels: Tensor | None
) -> list[Target]:
    """Returns a target per spec ("top-3" gives three), in the order of `specs`.

    Args:
      specs: "label" (of a negative label, which losses ignore, the prediction), "prediction",
        "top-k", a class index, class indices [N], a `Contrast` of two of them, or a callable that
        maps logits [N, C] to one differentiable scalar per sample [N].
      logits: float [N, C]; with C = 1 the single logit is that of class 1 against class 0 if
        `labels` are 0 and 1, else an output without classes, as in regression.
      labels: int64 [N], or None where there are none.

    Raises:
      TargetError: an unknown spec, a class the model does not have, "label" without labels, or a
        callable that returns something else.
    """
    return [target for spec in specs for target in _targets(spec, logits, labels)]


def _targets(spec: TargetSpec, logits: Tensor, labels: Tensor | None) -> list[Target]:
    if callable(spec) and not isinstance(spec, Tensor):
        return [_called(spec, logits)]
    if isinstance(spec, Contrast):
        return [_contrast(spec, logits, labels)]
    if isinstance(spec, str) and spec.startswith("top-"):
        return [
            _of_classes(f"top-{rank + 1}", classes, logits)
            for rank, classes in enumerate(_top(spec, logits))
        ]
    if logits.shape[1] == 1 and spec in ("label", "prediction") and not _are_binary(labels):
        none = torch.full(logits.shape[:1], NO_CLASS, device=logits.device)
        return [Target("output", none, logits[:, 0], lambda others, _rows: others[:, 0])]
    name, classes = _classes(spec, logits, labels)
    return [_of_classes(name, classes, logits)]


def _of_classes(name: str, classes: Tensor, logits: Tensor) -> Target:
    return Target(
        name,
        classes,
        class_values(logits, classes),
        lambda others, rows: class_values(others, classes[rows]),
    )


def _contrast(spec: Contrast, logits: Tensor, labels: Tensor | None) -> Target:
    # Of "top-2" the second class alone.
    first, second = (_targets(each, logits, labels)[-1] for each in (spec.first, spec.second))
    if NO_CLASS in (int(first.classes[0]), int(second.classes[0])):
        raise TargetError("A Contrast is between classes, and this model has one output without.")
    # One logit is that of class 1 against class 0 already: the difference counts it twice.
    share = 0.5 if logits.shape[1] == 1 else 1.0
    return Target(
        f"{first.spec} - {second.spec}",
        first.classes,
        share * (first.values - second.values),
        lambda others, rows: share * (first.again(others, rows) - second.again(others, rows)),
    )


def _called(spec: Callable[[Tensor], Tensor], logits: Tensor) -> Target:
    name = getattr(spec, "__name__", type(spec).__name__)
    values = _called_values(spec, name, logits)
    none = torch.full(values.shape, NO_CLASS, device=logits.device)
    return Target(name, none, values, lambda others, _rows: _called_values(spec, name, others))


def _called_values(spec: Callable[[Tensor], Tensor], name: str, logits: Tensor) -> Tensor:
    values = spec(logits)
    if not isinstance(values, Tensor) or values.shape != logits.shape[:1]:
        raise TargetError(
            f"The target {name!r} returned {describe(values)}; expected one value per sample, a "
            f"tensor of shape [{logits.shape[0]}]."
        )
    return values


def _top(spec: str, logits: Tensor) -> list[Tensor]:
    count = spec.removeprefix("top-")
    ranked = _two_sided(logits).argsort(dim=1, descending=True, stable=True)
    if not count.isdigit() or not 1 <= int(count) <= ranked.shape[1]:
        raise TargetError(
            f"Target {spec!r}: expected 'top-1' to 'top-{ranked.shape[1]}', as the model has "
            f"{ranked.shape[1]} classes."
        )
    return list(ranked[:, : int(count)].unbind(1))


def _classes(spec: ClassSpec, logits: Tensor, labels: Tensor | None) -> tuple[str, Tensor]:
    samples = logits.shape[0]
    if spec == "label":
        if labels is None:
            raise TargetError("Target 'label': the samples have no labels. Use 'prediction'.")
        if labels.shape != (samples,):
            raise TargetError(f"labels is {describe(labels)}; expected integers [{samples}].")
        # Negative labels are those that a loss ignores.
        known = torch.where(
            labels.to(logits.device) < 0, _predicted(logits), labels.to(logits.device)
        )
        return "label", _checked(known, logits, "label")
    if spec == "prediction":
        return "prediction", _predicted(logits)
    if isinstance(spec, str):
        raise TargetError(
            f"Unknown target {spec!r}. Expect 'label', 'prediction', 'top-k' (as 'top-3'), a class "
            "index, class indices, a Contrast or a callable."
        )
    classes = _indices(spec).to(logits.device)
    if classes.shape not in ((), (samples,)):
        raise TargetError(
            f"Target has class indices of shape {list(classes.shape)} for {samples} samples; "
            f"expected one index, or one per sample, [{samples}]."
        )
    name = f"class {int(classes)}" if classes.dim() == 0 else "classes"
    return name, _checked(classes.expand(samples), logits, name)


def _indices(spec: Any) -> Tensor:
    try:
        classes = torch.as_tensor(spec)
    except (TypeError, ValueError, RuntimeError):
        classes = torch.empty(0)
    if classes.is_floating_point() or classes.is_complex() or classes.dtype == torch.bool:
        raise TargetError(
            f"Target {spec!r} is no class index. Expect 'label', 'prediction', 'top-k' (as "
            "'top-3'), a class index, class indices, a Contrast or a callable."
        )
    return classes.long()


def _checked(classes: Tensor, logits: Tensor, name: str) -> Tensor:
    count = max(2, logits.shape[1])
    wrong = classes[(classes < 0) | (classes >= count)]
    if wrong.numel():
        raise TargetError(
            f"Target {name!r}: class {int(wrong[0])} is not one of the model's 0 to {count - 1}. "
            "If it is no class label, say where the labels are: label_key=..."
        )
    return classes.to(logits.device, torch.int64)


def class_values(logits: Tensor, classes: Tensor) -> Tensor:
    """Returns float [N]: each sample's logit of its class; of one logit f, f or -f (class 0)."""
    if logits.shape[1] == 1:
        return torch.where(classes == 1, logits[:, 0], -logits[:, 0])
    return logits.gather(1, classes.unsqueeze(1)).squeeze(1)


def probabilities(logits: Tensor, classes: Tensor) -> Tensor:
    """Returns float [N]: each sample's probability of its class: softmax, of one logit sigmoid."""
    if logits.shape[1] == 1:
        return class_values(logits, classes).sigmoid()
    return class_values(logits.softmax(dim=1), classes)


def _predicted(logits: Tensor) -> Tensor:
    return _two_sided(logits).argmax(dim=1)


def _are_binary(labels: Tensor | None) -> bool:
    return labels is not None and bool(((labels == 0) | (labels == 1)).all())


def _two_sided(logits: Tensor) -> Tensor:
    return torch.cat([-logits, logits], dim=1) if logits.shape[1] == 1 else logits


def scores_of(logits: Tensor, labels: Tensor | None) -> tuple[Tensor, Activation]:
    """Returns class scores float32 [N, C], and the activation that made them from the logits.

    Softmax for several logits; sigmoid for one logit with labels 0 and 1, giving [N, 2]; for one
    output otherwise (a regression) the output itself, [N, 1].
    """
    logits = logits.float()
    if logits.shape[1] > 1:
        return logits.softmax(dim=1), "softmax"
    if _are_binary(labels):
        return torch.cat([-logits, logits], dim=1).sigmoid(), "sigmoid"
    return logits, "none"


def losses_of(logits: Tensor, labels: Tensor | None) -> Tensor:
    """Returns the cross-entropy float32 [N] in nats; NaN where there is no class label."""
    samples, count = logits.shape
    if labels is None or not bool(((labels >= 0) & (labels < max(2, count))).all()):
        return torch.full((samples,), float("nan"))
    if count == 1:
        return functional.softplus(-class_values(logits.float(), labels))
    return functional.cross_entropy(logits.float(), labels, reduction="none")
