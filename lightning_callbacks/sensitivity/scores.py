"""How far outputs are from those of the unedited model, sample by sample, in float64.

It knows outputs and truths; nothing of models or edits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional

from lightning_callbacks.sensitivity.samples import checked

# Given outputs [N, ..., C] and truths (see `truths_of`), returns one value per sample, [N].
PerSample = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Scorer:
    """What is measured of each output.

    Attributes:
      loss: None: cross-entropy, of a regression the squared error.
      metric: larger is better; None: accuracy, of a regression minus the absolute error.
    """

    loss: PerSample | None = None
    metric: PerSample | None = None

    def metric_name(self, outputs: Tensor, truths: Tensor | None) -> str:
        """Returns what the metric is called."""
        if self.metric is not None:
            return getattr(self.metric, "__name__", type(self.metric).__name__)
        return "accuracy" if are_classes(outputs, truths) else "minus absolute error"

    def reference(self, outputs: Tensor, truths: Tensor | None) -> Reference:
        """Returns what outputs of edited models are held against.

        Raises:
          ValueError: a label is of no class, and loss or metric are the usual ones.
        """
        classes = are_classes(outputs, truths)
        if classes and truths is not None and None in (self.loss, self.metric):
            check_labels(outputs, truths)
        own = self._own(outputs, truths, classes=classes)
        return Reference(self, outputs.double(), truths, classes, own)

    def _own(self, outputs: Tensor, truths: Tensor | None, *, classes: bool) -> dict[str, Tensor]:
        if truths is None:
            return {}
        usual = (cross_entropy, right) if classes else (squared_error, closeness)
        chosen = {"loss": (self.loss, usual[0]), "metric": (self.metric, usual[1])}
        samples = len(outputs)
        return {
            name: checked(asked(outputs, truths), name, samples) if asked else own(outputs, truths)
            for name, (asked, own) in chosen.items()
        }


@dataclass(frozen=True)
class Reference:
    """Outputs of the unedited model, and what is known of them.

    Attributes:
      outputs: float64 [N, ..., C].
      truths: see `truths_of`.
      classes: whether outputs are logits of classes.
      own: float64 [N] by measure: "loss" and "metric" of these outputs; empty without truths.
    """

    scorer: Scorer
    outputs: Tensor
    truths: Tensor | None
    classes: bool
    own: dict[str, Tensor]

    def changes(self, outputs: Tensor) -> dict[str, Tensor]:
        """Returns float64 [N] by measure: "kl", and the changes of "loss" and "metric"."""
        after = self.scorer._own(outputs, self.truths, classes=self.classes)  # noqa: SLF001  # its own part
        changes = {name: value - self.own[name] for name, value in after.items()}
        return {"kl": self.divergence(outputs), **changes}

    def against(self, outputs: Tensor) -> Reference:
        """Returns the same with other outputs of the unedited model."""
        return replace(self, outputs=outputs.double())

    def divergence(self, outputs: Tensor) -> Tensor:
        """Returns float64 [N]: KL(these || outputs) in nats; of a regression, squared differences.

        Means over positions where there are several. Squared differences are yet to be divided by
        the variance of the unedited outputs of all samples.
        """
        if not self.classes:
            return (outputs.double() - self.outputs).square().flatten(1).mean(1)
        ours, theirs = _log_probabilities(self.outputs), _log_probabilities(outputs)
        return _over_positions((ours.exp() * (ours - theirs)).sum(-1))


def are_classes(outputs: Tensor, truths: Tensor | None) -> bool:
    """Returns whether outputs [N, ..., C] are logits; one without labels is a regression's."""
    if truths is not None:
        return not truths.is_floating_point()
    return outputs.shape[-1] > 1


def check_labels(outputs: Tensor, labels: Tensor) -> None:
    """Refuses labels that outputs [N, ..., C] have no class for; those below 0 are left out.

    Raises:
      ValueError: a label is C or more.
    """
    classes = max(outputs.shape[-1], 2)  # a single logit is of two classes
    largest = int(labels.max()) if labels.numel() else 0
    if largest >= classes:
        raise ValueError(
            f"There is a label {largest}, and the model's outputs are of {classes} classes, 0 to "
            f"{classes - 1}. Count labels from 0, give the model an output for each, and give what "
            "is to be left out a label below 0."
        )


def cross_entropy(outputs: Tensor, labels: Tensor) -> Tensor:
    """Returns float64 [N] in nats, means over positions that are labelled."""
    log_probabilities = _log_probabilities(outputs)
    known = labels >= 0
    chosen = log_probabilities.gather(-1, labels.clamp(min=0).unsqueeze(-1)).squeeze(-1)
    return _over_positions(-chosen, known)


def right(outputs: Tensor, labels: Tensor) -> Tensor:
    """Returns float64 [N], the share of labelled positions that are predicted rightly."""
    predicted = outputs.argmax(-1) if outputs.shape[-1] > 1 else (outputs[..., 0] > 0).long()
    return _over_positions((predicted == labels).double(), labels >= 0)


def squared_error(outputs: Tensor, values: Tensor) -> Tensor:
    """Returns float64 [N]."""
    return (outputs.double() - values.double()).square().mean(1)


def closeness(outputs: Tensor, values: Tensor) -> Tensor:
    """Returns float64 [N], minus the absolute error."""
    return -(outputs.double() - values.double()).abs().mean(1)


def _log_probabilities(outputs: Tensor) -> Tensor:
    logits = outputs.double()
    if logits.shape[-1] == 1:  # that of class 1 against class 0
        return functional.logsigmoid(torch.cat([-logits, logits], -1))
    return logits.log_softmax(-1)


def _over_positions(values: Tensor, known: Tensor | None = None) -> Tensor:
    if values.dim() == 1:
        return values if known is None else torch.where(known, values, torch.nan)
    if known is None:
        return values.mean(1)
    return torch.where(known, values, 0.0).sum(1) / known.sum(1)
