"""The measures of how far an explanation can be believed, and the registry of them.

Each is a function of an `Examined` map. Adding one: a function, a line in MEASURES, a test.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from lightning_callbacks.function import Attributed, Features, Function, InputMethod, Points
from lightning_callbacks.quality import faithfulness, similarity
from lightning_callbacks.quality.places import by_place, places_of
from lightning_callbacks.quality.randomised import randomised

# Yeh et al. 2019: the noise on the input, as a share of its range.
_RADIUS = 0.02
_NEIGHBOURS = 3
_SUBSETS = 32
# The share of features that each leaves out, beside one.
_LEFT_OUT = 0.1
# One random model alone may resemble the trained one by chance; the mean of several less so.
RANDOM_MODELS = 3
# Shares of the modules, counted from the output, whose weights are random.
STAGES = (1 / 3, 2 / 3, 1.0)


@dataclass(frozen=True)
class Subject:
    """What maps are judged on.

    Attributes:
      function: the explained output.
      probability: what deletion and insertion watch: the probability of the explained class.
      other: another class of each sample as a function; None where there is no other.
      start: what insertion begins with: a blurred image, or the baseline.
      regions: bool [N, P]: where the evidence is known to be; None where it isn't.
    """

    function: Function
    probability: Function
    other: Function | None
    start: Points
    regions: Tensor | None

    @cached_property
    def places(self) -> Features:
        """What is ranked."""
        return places_of(self.function)


@dataclass(frozen=True)
class Examined:
    """One method's map of the subject."""

    subject: Subject
    method: InputMethod
    attributed: Attributed

    @cached_property
    def relevance(self) -> Tensor:
        """Float64 [N, P], by place."""
        return self._by_place(self.subject.function, self.attributed.values)

    def _by_place(self, function: Function, values: Points) -> Tensor:
        sums = by_place(function, self.subject.places, values)
        if self.method.shared:
            return sums
        ones = by_place(function, self.subject.places, tuple(torch.ones_like(v) for v in values))
        return sums / ones.clamp(min=1)

    @cached_property
    def values(self) -> np.ndarray:
        """The same on the CPU."""
        values: np.ndarray = self.relevance.cpu().numpy()
        return values

    @cached_property
    def deletion(self) -> np.ndarray:
        """The curve float64 [N, steps]."""
        return faithfulness.deletion(self.subject.probability, self.subject.places, self.relevance)

    @cached_property
    def insertion(self) -> np.ndarray:
        """The curve float64 [N, steps]."""
        return faithfulness.insertion(
            self.subject.probability, self.subject.places, self.relevance, self.subject.start
        )

    def again(self, function: Function) -> np.ndarray:
        """Returns float64 [N, P]: what the method says of another function of the same inputs."""
        function.generator.manual_seed(self.subject.function.generator.initial_seed())
        values = self.method.attribute(function).values
        relevance: np.ndarray = self._by_place(function, values).cpu().numpy()
        return relevance


@dataclass(frozen=True)
class Measure:
    """A figure per sample.

    Attributes:
      name: as in records.
      label: as shown.
      unit: of the figure.
      better: whether high or low values speak for the map; None: neither.
      source: the paper.
      compute: (map) -> float [N]; None where it does not apply.
      control: whether a random order has a value of it, too.
    """

    name: str
    label: str
    unit: str
    better: Literal["high", "low"] | None
    source: str
    compute: Callable[[Examined], np.ndarray | None]
    control: bool = False


def completeness(examined: Examined) -> np.ndarray | None:
    """Returns |sum of values - (output - base)| / |output - base|."""
    base = examined.attributed.base
    if base is None or not examined.method.complete:
        return None
    rise = (examined.attributed.output - base).double().cpu().numpy()
    total = examined.attributed.total.double().cpu().numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        error: np.ndarray = np.abs(total - rise) / np.abs(rise)
    return error


def _infidelity(examined: Examined) -> np.ndarray:
    """Leaves out features (squares of an image), few at a time: without many it is no input."""
    function = examined.subject.function
    features = function.features
    relevance = by_place(function, features, examined.attributed.values)
    generator = torch.Generator().manual_seed(0)
    left_out = torch.rand(_SUBSETS, max(1, features.most), generator=generator) < _LEFT_OUT
    one = torch.arange(_SUBSETS) % left_out.shape[1]
    left_out[torch.arange(_SUBSETS), one] = True  # never nothing
    return faithfulness.infidelity(
        function, features, relevance, ~left_out.to(function.inputs[0].device)
    )


def max_sensitivity(examined: Examined) -> np.ndarray:
    """Returns the largest |map(x + d) - map(x)| / |map(x)| for small d (Yeh et al. 2019)."""
    function = examined.subject.function
    generator = torch.Generator().manual_seed(0)
    size = np.linalg.norm(examined.values, axis=1)
    found = np.zeros(len(size))
    for _ in range(_NEIGHBOURS):
        near = replace(function, inputs=tuple(_nudged(x, generator) for x in function.inputs))
        moved = np.linalg.norm(examined.again(near) - examined.values, axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            found = np.fmax(found, moved / size)
    return found


def _nudged(x: Tensor, generator: torch.Generator) -> Tensor:
    flat = x.flatten(1)
    spread = (flat.amax(dim=1) - flat.amin(dim=1)) * _RADIUS
    noise = 2 * torch.rand(x.shape, generator=generator, dtype=x.dtype).to(x.device) - 1
    return x + noise * spread.reshape(-1, *[1] * (x.dim() - 1))


def _random_logit(examined: Examined) -> np.ndarray | None:
    other = examined.subject.other
    return None if other is None else similarity.spearman(examined.again(other), examined.values)


def _randomised(share: float) -> Callable[[Examined], np.ndarray | None]:
    def compute(examined: Examined) -> np.ndarray | None:
        model = examined.subject.function.model
        if model is None:
            return None
        found = []
        for _ in range(RANDOM_MODELS):
            with randomised(model, share):
                again = examined.again(examined.subject.function)
            found.append(similarity.spearman(again, examined.values))
        mean: np.ndarray = np.mean(found, axis=0)
        return mean

    return compute


def _pointing(examined: Examined) -> np.ndarray | None:
    regions = examined.subject.regions
    if regions is None:
        return None
    peak = examined.relevance.argmax(dim=1, keepdim=True)
    hit: np.ndarray = regions.gather(1, peak).squeeze(1).double().cpu().numpy()
    return hit


def _mass(examined: Examined) -> np.ndarray | None:
    regions = examined.subject.regions
    if regions is None:
        return None
    positive = examined.relevance.clamp(min=0)
    share = (positive * regions).sum(dim=1) / positive.sum(dim=1)
    found: np.ndarray = (share / regions.double().mean(dim=1)).cpu().numpy()
    return found


_PETSIUK = "Petsiuk, Das and Saenko 2018, arXiv:1806.07421"
_YEH = "Yeh et al. 2019, arXiv:1901.09392"
_ADEBAYO = "Adebayo et al. 2018, arXiv:1810.03292"

MEASURES: Mapping[str, Measure] = {
    measure.name: measure
    for measure in (
        Measure("completeness", "completeness error", "fraction", "low",
                "Sundararajan, Taly and Yan 2017, arXiv:1703.01365", completeness),
        Measure("deletion", "deletion AUC", "probability", "low", _PETSIUK,
                lambda examined: faithfulness.area(examined.deletion), control=True),
        Measure("insertion", "insertion AUC", "probability", "high", _PETSIUK,
                lambda examined: faithfulness.area(examined.insertion), control=True),
        Measure("infidelity", "infidelity", "logit²", "low", _YEH, _infidelity, control=True),
        Measure("max_sensitivity", "max-sensitivity", "fraction", "low", _YEH, max_sensitivity),
        Measure("sparseness", "sparseness (Gini)", "", None,
                "Chalasani et al. 2020, arXiv:1810.06583",
                lambda examined: similarity.gini(examined.values)),
        Measure("random_logit", "similarity to another class's map", "Spearman", "low",
                "Sixt, Granz and Landgraf 2020, arXiv:1912.09818", _random_logit),
        *(
            Measure(f"randomised_{round(100 * share)}",
                    f"similarity with {round(100 * share)} % of layers random", "Spearman", "low",
                    _ADEBAYO, _randomised(share))
            for share in STAGES
        ),
        Measure("pointing", "pointing game", "share of hits", "high",
                "Zhang et al. 2018, arXiv:1608.00507", _pointing, control=True),
        Measure("mass", "positive mass in the region, against its area", "times", "high", "",
                _mass, control=True),
    )
}  # fmt: skip
