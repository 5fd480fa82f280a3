"""The referee of plans: the divergence of a model with all cuts together from the unedited one.

BatchNorm is in batch statistics in both: so KL ranks plans nearly as accuracy does after
recalibration, and needs no labels.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor

from lightning_callbacks.editing.recalibrate import BatchNorm
from lightning_callbacks.editing.writers import Writer
from lightning_callbacks.sensitivity.scores import Reference, Scorer
from lightning_callbacks.sensitivity.subject import Subject


def references_of(found: Subject) -> list[Reference]:
    """Returns the outputs of each chunk, as what others are held against."""
    outputs = [found.forward(chunk)() for chunk in found.chunks]
    pairs = zip(found.chunks, outputs, strict=True)
    return [Scorer().reference(output, found.truths(chunk, output)) for chunk, output in pairs]


def mean_divergence(references: Sequence[Reference], outputs: Iterable[Tensor]) -> float:
    """Returns the mean over samples of the divergence of `outputs` [chunk], as scans measure it."""
    pairs = zip(references, outputs, strict=True)
    found = torch.cat([reference.divergence(output) for reference, output in pairs]).mean()
    if not references[0].classes:
        # Squared differences of a regression are relative to the spread of its outputs.
        found = found / torch.cat([one.outputs for one in references]).var(unbiased=False)
    return float(found)


class Judge:
    """Measures cuts jointly.

    Args:
      found: the model, inside the guard, and its samples.
      writers: of the plan's units.
    """

    def __init__(self, found: Subject, writers: Sequence[Writer]) -> None:
        self._found, self._writers = found, writers
        self._before = {
            id(tensor): (tensor, tensor.detach().clone())
            for writer in writers
            for tensor in writer.tensors
        }
        self.batch_statistics = found.has_batch_norm()
        self.samples = sum(chunk.samples for chunk in found.chunks)
        self.measured = 0
        self._known: dict[bytes, float] = {}
        with self._ready():
            self._references = references_of(found)

    def kl(self, cuts: np.ndarray) -> float:
        """Returns the mean divergence of the model with `cuts` int64 [U], as in a scan."""
        key = cuts.astype(np.int64).tobytes()
        if key not in self._known:
            self._known[key] = self._measure(cuts)
            self.measured += 1
        return self._known[key]

    def _measure(self, cuts: np.ndarray) -> float:
        with self._ready():
            for writer, cut in zip(self._writers, cuts, strict=True):
                if cut:
                    writer.write(int(cut))
            outputs = (self._found.forward(chunk)() for chunk in self._found.chunks)
            return mean_divergence(self._references, outputs)

    @contextmanager
    def _ready(self) -> Iterator[None]:
        """BatchNorm in batch statistics; afterwards tensors are as before."""
        norms = [m for m in self._found.model.modules() if isinstance(m, BatchNorm)]
        try:
            with torch.no_grad():
                for norm in norms if self.batch_statistics else []:
                    norm.train()
                yield
        finally:
            for norm in norms:
                norm.eval()
            with torch.no_grad():
                for tensor, values in self._before.values():
                    tensor.copy_(values)
