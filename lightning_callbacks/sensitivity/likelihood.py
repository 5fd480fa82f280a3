"""What estimates differentiate: log-likelihoods of labels, drawn from the model or given.

The mean over y ~ p(y|x) of (d log p(y|x))^2 is twice the KL divergence that a small change makes,
to second order (the Fisher information); with the labels of the data it is called empirical, and
is not the same. Drawn labels are the same at every record of the same samples.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

from lightning_callbacks.sensitivity.scores import are_classes, check_labels

Labels = Literal["drawn", "given"]
_SEED = 1_918  # any


class Likelihood:
    """Log-likelihoods of one chunk after another.

    Args:
      labels: "drawn" from the model, or "given" with the samples.

    Attributes:
      classes: whether outputs are logits of classes; known after the first chunk.
    """

    def __init__(self, labels: Labels) -> None:
        self._labels = labels
        self.classes = True
        self.restart()

    def restart(self) -> None:
        """Begins with the first chunk again, for which the same labels will be drawn."""
        self._generator = torch.Generator().manual_seed(_SEED)
        self._outputs: list[Tensor] = []

    def of(self, outputs: Tensor, truths: Tensor | None) -> Tensor:
        """Returns what is differentiated, float [N], of outputs [N, ..., C].

        Of classes the log-likelihood, summed over P positions and divided by sqrt(P), so that half
        its square is the mean over positions. Of a regression outputs times random signs.

        Raises:
          ValueError: labels of classes must be given, and are not, or there is no such class.
        """
        self.classes = are_classes(outputs, truths)
        if self._labels == "given" and (truths is None or not self.classes):
            raise ValueError(
                "This estimate needs labels of classes, and the batches have none. Use a method "
                "that draws them: 'output_fisher' or 'weight_fisher'."
            )
        if not self.classes:
            return self._of_values(outputs)
        if self._labels == "drawn" or truths is None:
            return _log_likelihood(outputs, self._draw(outputs.detach()))
        check_labels(outputs, truths)
        return _log_likelihood(outputs, truths)

    def divisor(self) -> float:
        """Returns what mean squared changes are divided by to be KL as `Sensitivity` defines it."""
        if self.classes:
            return 2.0
        outputs = torch.cat(self._outputs)
        return float(outputs.var(0, correction=0).mean()) * outputs[0].numel()

    def _of_values(self, outputs: Tensor) -> Tensor:
        self._outputs.append(outputs.detach().double())
        signs = torch.randint(0, 2, outputs.shape, generator=self._generator) * 2 - 1
        return (outputs * signs.to(outputs)).sum(1)

    def _draw(self, outputs: Tensor) -> Tensor:
        shape = outputs.shape[:-1]
        uniform = torch.rand(*shape, 1, generator=self._generator).to(outputs.device)
        if outputs.shape[-1] == 1:
            return (uniform < outputs.sigmoid()).squeeze(-1).long()
        below = outputs.double().softmax(-1).cumsum(-1) < uniform
        return below.sum(-1).clamp(max=outputs.shape[-1] - 1)


def _log_likelihood(outputs: Tensor, labels: Tensor) -> Tensor:
    if outputs.shape[-1] == 1:
        each = functional.logsigmoid(torch.where(labels > 0, outputs[..., 0], -outputs[..., 0]))
    else:
        chosen = labels.clamp(min=0).unsqueeze(-1)
        each = outputs.log_softmax(-1).gather(-1, chosen).squeeze(-1)
    each = torch.where(labels >= 0, each, 0.0)
    return each if each.dim() == 1 else each.sum(1) / each.shape[1] ** 0.5
