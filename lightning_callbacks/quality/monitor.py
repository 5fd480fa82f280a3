"""`ExplanationQualityMonitor`: how far each method's maps can be believed, epoch by epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from typing_extensions import Unpack

from lightning_callbacks.attributions import (
    DEFAULT_METHODS,
    AttributionMonitor,
    AttributionOptions,
)
from lightning_callbacks.function import InputMethod
from lightning_callbacks.input_explainer import Explained
from lightning_callbacks.methods import MethodSpec, find_any_methods
from lightning_callbacks.probe import DrawnProbe
from lightning_callbacks.quality.drift import DRIFT, drift
from lightning_callbacks.quality.faithfulness import FRACTIONS
from lightning_callbacks.quality.measures import MEASURES, Examined, Measure, Subject
from lightning_callbacks.quality.similarity import spearman
from lightning_callbacks.quality.verdicts import verdicts
from lightning_callbacks.records import Observation, Part
from lightning_callbacks.spaces import BaselineSpec
from lightning_callbacks.targets import TargetSpec

_CURVES = ("deletion", "insertion")


class ExplanationQualityMonitor(AttributionMonitor):
    """Records checks of explanations: are they complete, faithful, stable, about this model?

    Beside every figure that allows it stands that of a random order of the input's places. Checks
    that re-explain (max-sensitivity, another class, random weights) cost several times what the
    methods themselves do: choose `measures`, or a sparse schedule.

    Args:
      methods: as for `AttributionMonitor`, and class activation maps.
      target: as `targets` there, but one.
      baseline: likewise.
      measures: names in `quality.MEASURES`; None: all. Drift against the previous record and
        agreement between methods are always recorded.
      regions: bool [N, H, W] (images), [N, T] (texts), [N, F] (tables): where the evidence of each
        of the probe's samples is known to be; for the pointing game.
      **options: as for every `AttributionMonitor`.

    Raises:
      ValueError: an unknown measure, or as `AttributionMonitor`.
    """

    default_name = "explanation_quality"
    remembers = True
    status_kind = "explanation_quality"

    def __init__(
        self,
        methods: Sequence[MethodSpec] | MethodSpec = DEFAULT_METHODS,
        target: TargetSpec | None = None,
        baseline: BaselineSpec | None = None,
        *,
        measures: Sequence[str] | None = None,
        regions: Tensor | None = None,
        **options: Unpack[AttributionOptions],
    ) -> None:
        super().__init__(methods, None if target is None else [target], baseline, **options)
        self._measures = _found(measures)
        self._regions = regions

    def found_methods(self, specs: Sequence[Any]) -> list[InputMethod]:
        """Returns the methods that `specs` name or are; class activation maps, too."""
        return find_any_methods(specs)

    def _start_over(self) -> None:
        super()._start_over()
        self._before: dict[str, np.ndarray] = {}

    @property
    def is_shared(self) -> bool:
        """The first process does it all: methods are compared with one another."""
        return False

    def observe(self, model: nn.Module, probe: DrawnProbe) -> Observation:
        """Returns all figures as an `explanation_quality` record."""
        explained = self.explained(model, probe)
        subject = self._subject(explained)
        examined = self._examine(subject)
        names = [each.method.name for each in examined]
        values = {m.name: _figures(m, examined) for m in self._measures}
        values.update(self._drift(explained, examined))
        chance = replace(examined[0], attributed=_random(subject, examined[0]))
        control = {m.name: _figures(m, [chance])[0] for m in self._measures if m.control}
        agreement = _agreement(examined)
        measured = [m for m in self._described() if not np.isnan(values[m["name"]]).all()]
        arrays = {
            "values": np.stack([values[m["name"]] for m in measured], axis=1),
            "control": np.stack([control.get(m["name"], _nothing(subject)) for m in measured]),
            "agreement": agreement,
            **{name: _mean_curves(name, [*examined, chance]) for name in self._curves()},
        }
        fields = {
            "target": explained.targets[0].spec,
            "methods": [{"name": e.method.name, "title": e.method.title} for e in examined],
            "measures": measured,
            "verdicts": [
                asdict(v) for v in verdicts(names, values, control, agreement, _distinct(examined))
            ],
            "fractions": FRACTIONS.tolist(),
        }
        in_float = {name: array.astype(np.float32) for name, array in arrays.items()}
        return Observation([Part("explanation_quality", fields, in_float)])

    def _subject(self, explained: Explained) -> Subject:
        function = explained.function(explained.targets[0])
        subject = Subject(
            function,
            explained.probability(explained.targets[0]),
            explained.other_class(explained.targets[0]),
            explained.space.blurred() or function.baselines,
            None,
        )
        if self._regions is None:
            return subject
        regions = self._regions.reshape(len(self._regions), -1).bool()
        expected = (function.samples, subject.places.most)
        if regions.shape != expected:
            raise ValueError(
                f"regions is {list(self._regions.shape)}; expected {expected[0]} samples of "
                f"{expected[1]} places (pixels, tokens or features)."
            )
        return replace(subject, regions=regions.to(function.inputs[0].device))

    def _examine(self, subject: Subject) -> list[Examined]:
        examined: list[Examined] = []
        failures: dict[str, Exception] = {}
        for method in self._methods:
            generator = subject.function.generator
            generator.manual_seed(generator.initial_seed())
            try:
                examined.append(Examined(subject, method, method.attribute(subject.function)))
            except Exception as error:  # noqa: BLE001  # what one can't explain, others may
                failures[method.name] = error
        if not examined:
            raise next(iter(failures.values()))
        self._note_failures(failures)
        return examined

    def _drift(
        self, explained: Explained, examined: Sequence[Examined]
    ) -> Mapping[str, np.ndarray]:
        found: dict[str, list[np.ndarray]] = {name: [] for name in DRIFT}
        for each in examined:
            maps = explained.shown(each.method, each.attributed)
            now = maps.detach().double().cpu().numpy()
            for name, figures in drift(self._before.get(each.method.name), now).items():
                found[name].append(figures)
            self._before[each.method.name] = now
        return {name: np.stack(figures) for name, figures in found.items()}

    def _curves(self) -> list[str]:
        return [measure.name for measure in self._measures if measure.name in _CURVES]

    def _described(self) -> list[dict[str, Any]]:
        known = ("name", "label", "unit", "better", "source")
        drifts = [
            {"name": name, "label": label, "unit": unit, "better": None, "source": ""}
            for name, (label, unit) in DRIFT.items()
        ]
        return [{key: getattr(m, key) for key in known} for m in self._measures] + drifts


def _found(names: Sequence[str] | None) -> list[Measure]:
    unknown = [name for name in names or () if name not in MEASURES]
    if unknown:
        raise ValueError(f"Unknown measure {unknown[0]!r}. Expect some of {list(MEASURES)}.")
    return [MEASURES[name] for name in (MEASURES if names is None else names)]


def _nothing(subject: Subject) -> np.ndarray:
    return np.full(subject.function.samples, np.nan)


def _figures(measure: Measure, examined: Sequence[Examined]) -> np.ndarray:
    """Returns float [M, N]; NaN where the measure does not apply."""
    found = [measure.compute(each) for each in examined]
    nothing = _nothing(examined[0].subject)
    return np.stack([nothing if each is None else each for each in found])


def _random(subject: Subject, like: Examined) -> Any:
    """Returns values in a random order: what every ranking has to beat."""
    generator = torch.Generator().manual_seed(0)
    values = tuple(
        torch.rand(x.shape, generator=generator, dtype=x.dtype).to(x.device)
        for x in subject.function.inputs
    )
    return replace(like.attributed, values=values)


def _distinct(examined: Sequence[Examined]) -> list[int]:
    """Returns, per method, how many different values the median map has."""
    return [int(np.median([len(np.unique(row)) for row in each.values])) for each in examined]


def _agreement(examined: Sequence[Examined]) -> np.ndarray:
    """Returns float [M, M]: mean Spearman correlation of magnitudes; 1 on the diagonal."""
    found = np.eye(len(examined))
    magnitudes = [np.abs(each.values) for each in examined]
    for i, first in enumerate(magnitudes):
        for j in range(i + 1, len(magnitudes)):
            alike = spearman(first, magnitudes[j])
            known = alike[np.isfinite(alike)]
            found[i, j] = found[j, i] = known.mean() if len(known) else np.nan
    return found


def _mean_curves(name: str, examined: Sequence[Examined]) -> np.ndarray:
    curves = [each.deletion if name == "deletion" else each.insertion for each in examined]
    return np.stack([curve.mean(axis=0) for curve in curves])
