"""`GlobalAttributionMonitor`: what predictions rest on over many samples, epoch by epoch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor, nn
from typing_extensions import Unpack

from lightning_callbacks.attributions import AttributionMonitor, AttributionOptions
from lightning_callbacks.batches import chunks
from lightning_callbacks.input_explainer import explain_inputs
from lightning_callbacks.methods import MethodSpec
from lightning_callbacks.privacy import DifferentialPrivacy, Ledger
from lightning_callbacks.probe import DrawnProbe, Probe, described_features
from lightning_callbacks.records import Observation, Part
from lightning_callbacks.spaces import BaselineSpec
from lightning_callbacks.summaries import MOST_IN_SWARM, Summary, summary_of
from lightning_callbacks.targets import TargetSpec

DEFAULT_SAMPLES = 256
# Elements of the inputs that are explained before they are summed up; at least so many samples.
_ELEMENTS_AT_ONCE = 2**24
_SAMPLES_AT_ONCE = 64
_BASELINE_OF_SAMPLES = (
    "privacy=... needs a baseline that does not depend on the samples, not {}: clipping one sample "
    "would not bound what it does to the others. Give baseline='zero', a number or a tensor."
)


@dataclass(frozen=True)
class _Map:
    """What one method says of a batch, as it can be sent between processes.

    Attributes:
      method: its number among the monitor's.
      target: in words.
      baseline: likewise; None where there is none.
      values: float32 [n, ...].
      classes: int64 [n].
    """

    method: int
    target: str
    baseline: str | None
    values: np.ndarray
    classes: np.ndarray


@dataclass(frozen=True)
class _Explained:
    """What methods say of one batch: the kind of its inputs, their maps, its tokens if any."""

    space: str
    maps: Sequence[_Map]
    tokens: Sequence[Sequence[str]] | None


class GlobalAttributionMonitor(AttributionMonitor):
    """Records what attributions of many samples have in common; none of the samples themselves.

    Of tables: mean magnitude and mean of each feature with 95 % bootstrap intervals, the values of
    up to 200 samples (a beeswarm), and hints at interactions. Of images and series: the mean map of
    each class. Of texts: the tokens that count most in each class. Sums are kept, not maps, so that
    memory does not grow with the samples (a baseline "mean" is that of samples explained at once).
    Several processes share the batches out.

    Args:
      methods: as for `AttributionMonitor`.
      targets: likewise; the classes of class means are those of the target.
      baseline: likewise.
      privacy: release only clipped, noised means, within a budget; of texts nothing can be
        released. Needs a method and a baseline that look at one sample at a time.
      **options: as for every `AttributionMonitor`; the probe is by default 256 samples of the
        validation data.

    Raises:
      ValueError: as `AttributionMonitor`, or privacy with several methods or targets, a method
        that compares samples, or a baseline made of them.
    """

    default_name = "global_attributions"
    remembers = True
    status_kind = "attribution_summary"

    def __init__(
        self,
        methods: Sequence[MethodSpec] | MethodSpec = ("deeplift",),
        targets: Sequence[TargetSpec] | TargetSpec | None = None,
        baseline: BaselineSpec | None = None,
        *,
        privacy: DifferentialPrivacy | None = None,
        **options: Unpack[AttributionOptions],
    ) -> None:
        self._privacy = privacy
        if options.get("probe") is None:
            options["probe"] = Probe(samples=DEFAULT_SAMPLES)
        super().__init__(methods, targets, baseline, **options)
        if privacy is not None and (len(self._methods) > 1 or len(self._targets or [None]) > 1):
            raise ValueError("privacy=... releases one summary: give one method and one target.")
        if privacy is not None:
            self._require_samples_apart()

    def _require_samples_apart(self) -> None:
        """Makes sure that no sample's attribution depends on another sample: clips bound one."""
        method, baseline = self._methods[0], self._baseline
        if method.uses_references:
            raise ValueError(
                f"privacy=... can't release {method.name!r}: each value depends on other samples, "
                "so that clipping one sample bounds nothing. Take another method, as 'deeplift' "
                "with a baseline that is a number or a tensor."
            )
        if method.uses_baseline and callable(baseline) and not isinstance(baseline, Tensor):
            raise ValueError(_BASELINE_OF_SAMPLES.format("a function of the samples"))
        if method.uses_baseline and isinstance(baseline, str) and baseline == "mean":
            raise ValueError(_BASELINE_OF_SAMPLES.format("their mean"))

    def _start_over(self) -> None:
        super()._start_over()
        self._ledger = Ledger(self._privacy) if self._privacy else None

    def state_dict(self) -> dict[str, Any]:
        """Returns what a resumed run continues from: with privacy, the budget spent too."""
        released = self._ledger.released if self._ledger else 0
        return {**super().state_dict(), "released": released}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Continues the run that is resumed."""
        super().load_state_dict(state_dict)
        if self._ledger:
            self._ledger.released = state_dict.get("released", 0)

    def _shown_probe(self) -> DrawnProbe | None:
        # Samples of a summary are not shown one by one.
        return None

    def observe(self, model: nn.Module, probe: DrawnProbe) -> Observation:
        """Returns the summaries of all methods and targets as an `attribution_summary` record.

        Raises:
          PrivacyError: all of the privacy budget's releases have been made.
          ValueError: privacy was asked for texts, or of tables without a baseline.
        """
        return self.joined([self.own_share(model, probe, (0, 1))], probe)

    # Several processes share the batches out.

    @property
    def is_shared(self) -> bool:
        """They always do."""
        return True

    def own_share(
        self, model: nn.Module, probe: DrawnProbe, share: tuple[int, int]
    ) -> dict[int, _Explained]:
        """Returns, by number, what methods say of this process's batches."""
        if self._ledger and not share[0]:  # the first process keeps it
            self._ledger.require()
        batches = list(enumerate(self._batches(probe)))[share[0] :: share[1]]
        return {
            number: self._explained_part(model, probe, part, batch)
            for number, (part, batch) in batches
        }

    def _explained_part(
        self, model: nn.Module, probe: DrawnProbe, part: slice, batch: Any
    ) -> _Explained:
        labels = None if probe.labels is None else probe.labels[part]
        result = explain_inputs(self.explained_batch(model, batch, labels), self._methods)
        self._note_failures(result.failures)
        maps = [
            _Map(
                method=self._methods.index(found.method),
                target=result.targets[found.target].spec,
                baseline=found.baseline,
                values=found.values.numpy(),
                classes=result.targets[found.target].classes.cpu().numpy(),
            )
            for found in result.maps
        ]
        tokens = None if probe.tokens is None else probe.tokens[part]
        return _Explained(result.space, maps, tokens)

    def joined(self, shares: Sequence[dict[int, _Explained]], probe: DrawnProbe) -> Observation:
        """Returns the record of all batches, in their order."""
        parts = {number: part for share in shares for number, part in share.items()}
        if not parts:
            raise ValueError("There are no samples to summarise.")
        summaries: list[Summary] = []
        for _, part in sorted(parts.items()):
            self._add(summaries, part)
        return Observation([self._part(parts[0], summaries, probe)])

    def _batches(self, probe: DrawnProbe) -> Any:
        N = len(probe.inputs)
        at_once = max(_SAMPLES_AT_ONCE, _ELEMENTS_AT_ONCE // probe.inputs[0].numel())
        return chunks(probe.batch, N, at_once)

    def _add(self, summaries: list[Summary], part: _Explained) -> None:
        if self._ledger and part.space == "text":
            raise ValueError("privacy=... can't release tokens: words themselves tell of samples.")
        if self._ledger and part.maps[0].baseline == "mean":  # the default of tables
            raise ValueError(_BASELINE_OF_SAMPLES.format("their mean"))
        if not summaries:
            summaries += [
                summary_of(
                    part.space,
                    signed=self._methods[found.method].signed,
                    private=self._ledger is not None,
                )
                for found in part.maps
            ]
        for summary, found in zip(summaries, part.maps, strict=True):
            summary.add(found.values, found.classes, part.tokens)

    def _part(self, first: _Explained, summaries: Sequence[Summary], probe: DrawnProbe) -> Part:
        features = None if probe.values is None else probe.values.numpy()
        arrays: dict[str, np.ndarray] = {}
        entries = []
        for index, (summary, found) in enumerate(zip(summaries, first.maps, strict=True)):
            method = self._methods[found.method]
            arrays.update(summary.arrays(str(index), features, self._ledger))
            # Which classes the samples have is not to be known.
            described = {"classes": None, "tokens": None} if self._ledger else summary.fields()
            entries.append(
                {
                    "array": str(index),
                    "method": method.name,
                    "title": method.title,
                    "target": found.target,
                    "unit": method.unit,
                    "signed": method.signed,
                    **described,
                }
            )
        if features is not None and not self._ledger:
            arrays["swarm_values"] = features[:MOST_IN_SWARM]
        samples = len(probe.inputs)
        fields = {
            "space": first.space,
            "samples": samples,
            "features": described_features(probe.features),
            "class_names": list(probe.class_names) if probe.class_names else None,
            "privacy": self._ledger.fields(samples) if self._ledger else None,
            "summaries": entries,
        }
        return Part("attribution_summary", fields, arrays)
