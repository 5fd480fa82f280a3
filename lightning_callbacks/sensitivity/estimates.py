"""`estimate_sensitivity`: what edits will do to the outputs, for all units and levels in one pass.

Estimates rank units well and say little of absolute size where an edit is no small change; they are
drawn as estimates everywhere, with their correlation to the last exact scan.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, TypedDict

import numpy as np
from torch import nn
from typing_extensions import Unpack

from lightning_callbacks.forwarding import ForwardSpec
from lightning_callbacks.sensitivity.correlation import correlation
from lightning_callbacks.sensitivity.edits.edited import Edits, Layers, Levels
from lightning_callbacks.sensitivity.fusing import in_channels_last
from lightning_callbacks.sensitivity.hessian import from_traces
from lightning_callbacks.sensitivity.likelihood import Labels, Likelihood
from lightning_callbacks.sensitivity.moments import Moments
from lightning_callbacks.sensitivity.options import check_options
from lightning_callbacks.sensitivity.output_space import in_output_space
from lightning_callbacks.sensitivity.subject import Subject, subject
from lightning_callbacks.sensitivity.tables import sensitivity_of
from lightning_callbacks.sensitivity.weight_space import in_weight_space
from tb_explain.planning import Sensitivity


@dataclass(frozen=True)
class Method:
    """A way to estimate.

    Attributes:
      space: where changes are multiplied with gradients.
      labels: whose log-likelihood is differentiated.
      signed: whether the change of loss is estimated, too.
    """

    space: Literal["output", "weight", "hessian"]
    labels: Labels = "drawn"
    signed: bool = False


METHODS: Mapping[str, Method] = {
    "output_fisher": Method("output"),
    "output_empirical": Method("output", "given"),
    "output_taylor": Method("output", "given", signed=True),
    "weight_fisher": Method("weight"),
    "weight_empirical": Method("weight", "given"),
    "weight_taylor": Method("weight", "given", signed=True),
    "hessian_trace": Method("hessian", "given", signed=True),
}


SPACES: Mapping[str, Callable[..., Moments]] = {
    "output": in_output_space,
    "weight": in_weight_space,
    "hessian": from_traces,
}


class EstimateOptions(TypedDict, total=False):
    """How to estimate; see `estimate_sensitivity`."""

    chunk: int
    batch_statistics: bool | None
    forward: ForwardSpec | None
    exact: Sensitivity | None


def estimate_sensitivity(
    model: nn.Module,
    batches: Any,
    *,
    kind: str = "unstructured",
    method: str = "output_fisher",
    levels: Levels = None,
    layers: Layers = None,
    **options: Unpack[EstimateOptions],
) -> Sensitivity:
    """Returns what each edit is likely to change; the model is left as it was.

    Args:
      model: eager, compiled or wrapped; it is run in evaluation mode.
      batches: as for `scan_sensitivity`.
      kind: of `EDIT_KINDS`.
      method: of `METHODS`. "output_fisher" is the most exact; "weight_fisher" takes a quarter of
        its time, and of a model with BatchNorm fills `kl_batch` and leaves `kl` NaN; both estimate
        KL, with labels drawn from the model. The "empirical" ones take the labels of the data;
        "taylor" estimates the change of loss, with its sign, and so does "hessian_trace" (HAWQ),
        which ranks worse.
      levels: of the edit; None: the kind's own.
      layers: names, globs, classes or modules; None: all.
      **options: `chunk`: samples run at once (64; for gradients of weights minibatches of 8 to 32
        are taken of these). `batch_statistics`: whether BatchNorm uses the batch's, so that
        `kl_batch` is estimated instead of `kl`, which is NaN then; None: in weight space only.
        `forward`: as in every monitor. `exact`: the last exact scan, whose correlation with this
        estimate is noted.

    Raises:
      TypeError: an unknown option.
      ValueError: unknown kind or method, levels that the kind can't take, a method that needs
        class labels where there are none, or where one is of no class.
      LayerError: `layers` names nothing that can be edited.
      BatchError: there are no samples.
    """
    check_options(options, EstimateOptions, "estimate_sensitivity")
    if method not in METHODS:
        raise ValueError(f"Unknown method {method!r}. Expect one of {list(METHODS)}.")
    size, forward = options.get("chunk", 64), options.get("forward")
    with subject(model, batches, chunk=size, forward=forward) as found:
        edits = found.edits(kind, levels, layers)
        wanted = options.get("batch_statistics")
        wanted = METHODS[method].space == "weight" if wanted is None else wanted
        run = _Estimation(found, edits, METHODS[method], wanted and found.has_batch_norm())
        estimate = replace(run.result(), edit=kind, estimate=method)
    exact = options.get("exact")
    return (
        estimate if exact is None else replace(estimate, correlation=correlation(estimate, exact))
    )


@dataclass(frozen=True)
class _Estimation:
    found: Subject
    edits: Edits
    method: Method
    batch_statistics: bool

    def result(self) -> Sensitivity:
        likelihood = Likelihood(self.method.labels)
        with in_channels_last(self.found.model):
            moments = SPACES[self.method.space](
                self.found, self.edits, likelihood, batch_statistics=self.batch_statistics
            )
        values, errors = self._measures(moments, likelihood.divisor())
        return sensitivity_of(
            self.edits, values, errors, samples=sum(c.samples for c in self.found.chunks)
        )

    def _measures(
        self, moments: Moments, divisor: float
    ) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
        unknown = np.full_like(moments.first, np.nan)
        kl = "kl_batch" if self.batch_statistics else "kl"
        values, errors = {"kl": unknown}, {"kl": unknown}
        if self.method.space != "hessian":
            values[kl] = moments.second / divisor
            errors[kl] = moments.kl_error * (2 / divisor)
        if self.method.signed:
            values["loss"] = moments.second / 2 - moments.first
            errors["loss"] = moments.loss_error
        return values, errors
