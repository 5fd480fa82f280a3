"""`DistilFrom`: a student that learns what a teacher says, in the same trainer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from lightning_callbacks.batches import BatchError
from lightning_callbacks.capture import describe
from lightning_callbacks.editing.overriding import override
from lightning_callbacks.forwarding import call
from lightning_callbacks.guard import unwrap
from lightning_callbacks.lightning_base import LightningCallback
from lightning_callbacks.targets import TargetError, logits_of, main_of
from lightning_callbacks.truths import find_truths

Step = Callable[..., Any]


class DistilFrom(LightningCallback):
    """Adds to the training loss how far the student is from a teacher.

    (1 - weight) * loss + weight * T^2 * KL(teacher || student) + feature_weight * features, with
    both softened by the temperature T (Hinton et al. 2015, arXiv:1503.02531, which puts T^2 there
    so that gradients keep their size); features is the mean over pairs of layers of the squared
    difference over the teacher's variance (after Romero et al. 2015, arXiv:1412.6550, without a
    regressor: both layers need the same shape). The student's outputs are those that its
    `training_step` computes; the teacher is called with what the student was called with, in
    evaluation mode, without gradients. It composes with `PruneToPlan`: teach a pruned student by
    its dense self. While `fit` runs, the module's own `training_step` is wrapped; afterwards it is
    as before. Logged: "distil/kl" (or "distil/values") and
    "distil/features".

    Args:
      teacher: called as the student is; not trained, and not part of checkpoints.
      outputs: "logits" of classes; or "values" of a regression: then the teacher's term is the mean
        squared difference over the variance of the teacher's outputs.
      temperature: T, above 0; of logits.
      weight: of the teacher's word against the labels', from 0 to 1.
      student: name of the sub-module whose outputs are the logits; None: the LightningModule if it
        is called itself, else its child that was called last.
      features: by name of a student's layer the name of the teacher's.
      feature_weight: of these.

    Raises:
      ValueError: a number is out of range.
    """

    def __init__(  # noqa: PLR0913  # what there is to say of it, in one flat list
        self,
        teacher: nn.Module,
        *,
        outputs: Literal["logits", "values"] = "logits",
        temperature: float = 4.0,
        weight: float = 0.9,
        student: str | None = None,
        features: Mapping[str, str] | None = None,
        feature_weight: float = 1.0,
    ) -> None:
        super().__init__()
        if outputs not in ("logits", "values"):
            raise ValueError(f"outputs must be 'logits' or 'values', not {outputs!r}.")
        if not temperature > 0:
            raise ValueError(f"temperature must be above 0, not {temperature}.")
        if not 0 <= weight <= 1:
            raise ValueError(f"weight must be from 0 to 1, not {weight}.")
        self._teacher = unwrap(teacher)
        self._are_values = outputs == "values"
        self._temperature = temperature
        self._weight = weight
        self._student = student
        self._features = dict(features or {})
        self._feature_weight = feature_weight
        self._undo = ExitStack()
        self._calls: dict[str, tuple[tuple[Any, ...], dict[str, Any], Any]] = {}
        self._seen: dict[tuple[str, str], Tensor] = {}

    # Lightning's hooks.

    def on_fit_start(self, trainer: Any, pl_module: Any) -> None:  # noqa: ARG002  # Lightning's
        """Wraps the student's training step.

        Raises:
          ValueError: a layer is not there, the module optimises by hand, or the teacher is (in
            part) the student.
        """
        if not pl_module.automatic_optimization:
            raise ValueError(
                "DistilFrom changes the loss that training_step returns; with manual optimization "
                "add the teacher's term in training_step yourself."
            )
        own = set(map(id, pl_module.parameters()))
        if any(id(parameter) in own for parameter in self._teacher.parameters()):
            raise ValueError(
                "The teacher shares parameters with the student, which would teach itself: give "
                "DistilFrom(copy.deepcopy(model))."
            )
        flags = [(part, part.training) for part in self._teacher.modules()]
        self._undo.callback(_set_flags, flags)
        self._teacher.to(pl_module.device).eval()
        with ExitStack() as hooks:
            self._watch(pl_module, hooks)  # says now what can't be watched
        wrap = partial(self._wrapped, pl_module)
        self._undo.callback(override(pl_module, "training_step", wrap))

    def on_fit_end(self, *_what: Any) -> None:
        """Takes everything off again."""
        self._undo.close()

    def on_exception(self, *_what: Any) -> None:
        """Takes everything off a run that fails."""
        self._undo.close()

    # The loss.

    def _watch(self, pl_module: nn.Module, hooks: ExitStack) -> None:
        for name, part in self._candidates(pl_module).items():
            handle = part.register_forward_hook(self._keep_call(name), with_kwargs=True)
            hooks.callback(handle.remove)
        for side, module, names in (
            ("student", pl_module, self._features.keys()),
            ("teacher", self._teacher, self._features.values()),
        ):
            for name in names:
                handle = _layer(module, name, side).register_forward_hook(self._keep(side, name))
                hooks.callback(handle.remove)

    def _candidates(self, pl_module: nn.Module) -> dict[str, nn.Module]:
        if self._student is not None:
            return {self._student: _layer(pl_module, self._student, "student")}
        # Losses and metrics have no parameters, and are no students.
        parts = {
            n: p for n, p in pl_module.named_children() if next(p.parameters(), None) is not None
        }
        return {"": pl_module, **parts}

    def _keep_call(self, name: str) -> Step:
        def hook(_module: nn.Module, args: Any, kwargs: Any, result: Any) -> None:
            if torch.is_grad_enabled():
                self._calls.pop(name, None)
                self._calls[name] = (args, kwargs, result)

        return hook

    def _keep(self, side: str, name: str) -> Step:
        def hook(_module: nn.Module, _args: Any, result: Any) -> None:
            # A copy: an activation that follows may write into it.
            self._seen[side, name] = result.clone()

        return hook

    def _wrapped(self, pl_module: Any, step: Step) -> Step:
        def training_step(*args: Any, **kwargs: Any) -> Any:
            self._calls.clear()
            self._seen.clear()
            # Hooks are on for this step alone: other callbacks may exchange layers.
            with ExitStack() as hooks:
                self._watch(pl_module, hooks)
                returned = step(*args, **kwargs)
                batch = args[0] if args else kwargs.get("batch")
                return self._taught(returned, pl_module, batch)

        return training_step

    def _taught(self, returned: Any, pl_module: Any, batch: Any) -> Any:
        loss = returned["loss"] if isinstance(returned, Mapping) else returned
        if loss is None:  # a skipped batch
            return None
        taught = self._loss(loss, pl_module, batch)
        return {**returned, "loss": taught} if isinstance(returned, Mapping) else taught

    def _loss(self, loss: Tensor, pl_module: Any, batch: Any) -> Tensor:
        name = "" if "" in self._calls else next(reversed(self._calls), None)
        if name is None:
            raise ValueError(
                "training_step called neither the LightningModule nor a child of it: name the "
                "sub-module that gives the logits, DistilFrom(..., student='net')."
            )
        args, kwargs, result = self._calls[name]
        with torch.no_grad():
            said = call(self._teacher, *args, **kwargs)
        samples = len(main_of(result))
        teacher, student = logits_of(said, samples), logits_of(result, samples)
        if self._are_values:
            term = _relative_square(teacher, student)
            pl_module.log("distil/values", term.detach())
        else:
            _require_classes(batch, samples)
            divergence = self._divergence(teacher, student)
            pl_module.log("distil/kl", divergence.detach())
            term = self._temperature**2 * divergence
        total = (1 - self._weight) * loss + self._weight * term
        if not self._features:
            return total
        apart = self._apart()
        pl_module.log("distil/features", apart.detach())
        return total + self._feature_weight * apart

    def _divergence(self, teacher: Tensor, student: Tensor) -> Tensor:
        """Returns the mean over samples of KL(teacher || student), softened, in nats."""
        if teacher.shape != student.shape:
            raise ValueError(
                f"The teacher's outputs are {describe(teacher)}, the student's "
                f"{describe(student)}; both need the same classes."
            )
        if student.shape[1] == 1:  # one logit: the other class has 0
            teacher, student = (torch.cat([-x, x], dim=1) / 2 for x in (teacher, student))
        soft = functional.log_softmax(student.float() / self._temperature, dim=1)
        target = functional.log_softmax(teacher.float() / self._temperature, dim=1)
        return functional.kl_div(soft, target, reduction="batchmean", log_target=True)

    def _apart(self) -> Tensor:
        terms = []
        for mine, theirs in self._features.items():
            student, teacher = self._seen["student", mine], self._seen["teacher", theirs]
            if student.shape != teacher.shape:
                raise ValueError(
                    f"features: {mine} gives {list(student.shape)}, the teacher's {theirs} "
                    f"{list(teacher.shape)}; choose layers of the same shape."
                )
            terms.append(_relative_square(teacher, student))
        return torch.stack(terms).mean()


def _relative_square(teacher: Tensor, student: Tensor) -> Tensor:
    if teacher.shape != student.shape:
        raise ValueError(
            f"The teacher's outputs are {describe(teacher)}, the student's {describe(student)}."
        )
    spread = teacher.float().var(correction=0).clamp_min(1e-12)
    return (student.float() - teacher.float()).square().mean() / spread


def _require_classes(batch: Any, samples: int) -> None:
    try:
        truths = find_truths(batch, samples, None)
    except (TargetError, BatchError):
        return  # none are found: it's the user's word
    if truths.is_floating_point():
        raise ValueError(
            f"The truths are {describe(truths)}, which are no classes: for a regression give "
            "DistilFrom(..., outputs='values')."
        )


def _layer(module: nn.Module, name: str, side: str) -> nn.Module:
    try:
        return module.get_submodule(name)
    except AttributeError as error:
        children = ", ".join(child for child, _ in module.named_children())
        raise ValueError(f"The {side} has no layer {name!r}; it begins with {children}.") from error


def _set_flags(flags: list[tuple[nn.Module, bool]]) -> None:
    for part, flag in flags:
        part.training = flag
