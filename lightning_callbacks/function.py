"""What input attribution methods share: the function they explain, and what they return.

A method knows tensors and `Function` alone; which inputs they are of (pixels, embedded tokens,
columns) and which model is behind them, `lightning_callbacks.spaces` knows.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

Points = tuple[Tensor, ...]
# Elements of the inputs in one call of the model, if it may have more rows than _FEWEST_ROWS.
_ELEMENTS_AT_ONCE = 2**19
_FEWEST_ROWS = 32
_MOST_ROWS = 4096
NEVER_CHANGED = -1


@dataclass(frozen=True)
class Features:
    """What methods that leave parts of the input out, leave out as one.

    Attributes:
      ids: per input, int64 that broadcasts to it, [N or 1, ...]: the feature that an element
        belongs to, 0 to G - 1; `NEVER_CHANGED` for what is always there (special tokens, padding).
      counts: int64 [N], how many features each sample has: ids 0 to counts - 1.
      axes: of a single input, the axes along which neighbours belong together: rows and columns of
        an image, time of a series, the places of a text.
    """

    ids: tuple[Tensor, ...]
    counts: Tensor
    axes: tuple[int, ...] = ()

    @property
    def most(self) -> int:
        """G: the number of features of the sample with the most."""
        return int(self.counts.max()) if len(self.counts) else 0


@dataclass(frozen=True)
class Function:
    """One scalar output per sample, as a function of what is attributed.

    Attributes:
      inputs: float [N, ...] each; detached.
      baselines: shaped as `inputs`: what stands for "not there" (x').
      evaluate: (points [n, ...], rows int64 [n]) -> float [n], differentiable in the points: the
        target's value for each point, where all else (masks, other inputs, the explained class) is
        that of sample `rows[i]`.
      features: what is left out as one.
      references: float [R, ...] each: samples of the data, for expectations over baselines; None
        stands for the baselines.
      generator: for every random number of a method, on the CPU.
      chunk: points in one call of `evaluate`; None: so many that memory stays below that of a step
        of training.
      model: what `evaluate` runs, for methods that hook modules.
    """

    inputs: Points
    baselines: Points
    evaluate: Callable[[Points, Tensor], Tensor]
    features: Features
    references: Points | None = None
    generator: torch.Generator = field(default_factory=torch.Generator)
    chunk: int | None = None
    model: nn.Module | None = None

    @property
    def samples(self) -> int:
        """N."""
        return len(self.inputs[0])

    @property
    def rows_at_once(self) -> int:
        """Points in one call of the model."""
        if self.chunk is not None:
            return self.chunk
        elements = sum(values[0].numel() for values in self.inputs)
        return min(_MOST_ROWS, max(_FEWEST_ROWS, _ELEMENTS_AT_ONCE // max(1, elements)))

    def rows(self, repeats: int = 1) -> Iterator[tuple[Tensor, Tensor]]:
        """Yields (rows [n], repeat [n]) for N x `repeats` points, a chunk at a time.

        Points of a sample follow one another: rows 0 0 0 1 1 1, repeat 0 1 2 0 1 2.
        """
        places = torch.arange(self.samples * repeats, device=self.inputs[0].device)
        for part in torch.split(places, self.rows_at_once):
            yield part // repeats, part % repeats

    def values(self, points: Points, rows: Tensor) -> Tensor:
        """Returns float [n]: the output at `points`, at most a chunk of them; no gradient."""
        with torch.no_grad():
            return self.evaluate(points, rows)

    def gradient(self, points: Points, rows: Tensor) -> tuple[Tensor, Points]:
        """Returns (output [n], its gradient [n, ...] per input) at a chunk of points."""
        points = tuple(values.detach().requires_grad_() for values in points)
        output = self.evaluate(points, rows)
        gradients = torch.autograd.grad(output.sum(), points, allow_unused=True)
        pairs = zip(gradients, points, strict=True)
        known = tuple(torch.zeros_like(at) if of is None else of for of, at in pairs)
        return output.detach(), known

    def generator_of(self, key: int) -> torch.Generator:
        """Returns a generator that depends on `key` alone, not on what was drawn before."""
        return torch.Generator().manual_seed(self.generator.initial_seed() + 1 + key)

    def normal(self, repeats: int) -> Points:
        """Returns per input float [repeats, ...]: Gaussian noise, the same for every sample.

        So a sample's values do not depend on its batch mates, and compare between samples.
        """
        return tuple(
            torch.randn(
                (repeats, *values.shape[1:]), generator=self.generator, dtype=values.dtype
            ).to(values.device)
            for values in self.inputs
        )

    def outputs(self) -> tuple[Tensor, Tensor]:
        """Returns f(x) and f(x'), float [N] each."""
        parts = [
            (
                self.values(_at(self.inputs, rows), rows),
                self.values(_at(self.baselines, rows), rows),
            )
            for rows, _ in self.rows()
        ]
        at_inputs, at_baselines = zip(*parts, strict=True)
        return torch.cat(at_inputs), torch.cat(at_baselines)

    def without(self, present: Tensor, rows: Tensor) -> Points:
        """Returns points whose absent features are those of the baseline.

        Args:
          present: bool [n, G], which features of each point are there.
          rows: int64 [n], the sample of each point.
        """
        always = torch.ones(len(present), 1, dtype=torch.bool, device=present.device)
        there = torch.cat([present, always], dim=1)  # id -1 is the last column
        points = []
        for values, base, ids in zip(self.inputs, self.baselines, self.features.ids, strict=True):
            own = ids[rows] if len(ids) > 1 else ids.expand(len(rows), *ids.shape[1:])
            mask = there.gather(1, own.flatten(1) % there.shape[1]).reshape(own.shape)
            points.append(torch.where(mask, values[rows], base[rows]))
        return tuple(points)

    def spread(self, of_features: Tensor) -> Points:
        """Returns [N, ...] per input: each feature's value shared equally among its elements.

        Args:
          of_features: float [N, G].
        """
        zero = of_features.new_zeros(len(of_features), 1)
        known = torch.cat([of_features, zero], dim=1)
        ids = [
            own.expand_as(values).flatten(1) % known.shape[1]
            for values, own in zip(self.inputs, self.features.ids, strict=True)
        ]
        sizes = torch.zeros_like(known)
        for own in ids:
            sizes.scatter_add_(1, own, torch.ones_like(own, dtype=known.dtype))
        shares = known / sizes.clamp(min=1)
        return tuple(
            shares.gather(1, own).reshape(values.shape)
            for values, own in zip(self.inputs, ids, strict=True)
        )


def _at(points: Points, rows: Tensor) -> Points:
    return tuple(values[rows] for values in points)


@dataclass(frozen=True)
class Attributed:
    """What a method says of N samples.

    Attributes:
      values: shaped as the function's inputs, in its unit unless the method says otherwise; signed
        unless the method is not.
      output: float [N], f(x).
      base: float [N], what the values add up to f(x) from: f(x'), or its mean over references;
        None for methods without a baseline.
      fit: float [N], weighted R^2 of a method that fits a model of the function; None of others.
      notes: what a reader must know, in words: operators without a rule, for one.
    """

    values: Points
    output: Tensor
    base: Tensor | None = None
    fit: Tensor | None = None
    notes: Sequence[str] = ()

    @property
    def total(self) -> Tensor:
        """The sum of a sample's values, float [N]."""
        sums = [values.flatten(1).sum(dim=1) for values in self.values]
        return torch.stack(sums).sum(dim=0)


class InputMethod:
    """A method that attributes a function's output to its inputs; a frozen dataclass.

    Attributes:
      name: as users write it.
      title: as the paper writes it.
      source: the paper.
      signed: whether values have a sign.
      uses_baseline: whether values depend on the baseline or the references.
      uses_references: whether they depend on the references: by default other samples.
      complete: whether it promises that values add up to f(x) - f(x'); the error is recorded.
      shared: whether what belongs together shares its value, so that sums are shown; where each
        element has the whole of it (occlusion), means are.
      unit: of the values.
      caveat: why to doubt it, in words, or None: sanity checks that it is known to fail.
    """

    name: str
    title: str
    source: str
    signed: bool = True
    complete: bool = False
    uses_baseline: bool = True
    uses_references: bool = False
    shared: bool = True
    unit: str = "logit"
    caveat: str | None = None

    @abstractmethod
    def attribute(self, function: Function) -> Attributed:
        """Returns the attributions of all samples; called inside the guard, parameters frozen."""
