"""`verify_plan`: what a plan really does, all its cuts together, before anything is promised."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from torch import nn

from lightning_callbacks.editing.apply import applied
from lightning_callbacks.editing.channels import NARROWING
from lightning_callbacks.editing.judge import mean_divergence, references_of
from lightning_callbacks.editing.masks import MASKED, planned_parameters
from lightning_callbacks.editing.measure import LEAST_ROUNDS, Measured, measure
from lightning_callbacks.editing.plans import read_plan
from lightning_callbacks.editing.recalibrate import recalibrate_batchnorm
from lightning_callbacks.forwarding import ForwardSpec
from lightning_callbacks.sensitivity.subject import subject
from tb_explain.planning import Plan

_CHUNK = 64
_BYTES = 4  # of a float32


def verify_plan(
    model: nn.Module,
    plan: Plan | str | Path,
    batches: Any,
    *,
    recalibrate: Iterable[Any] | None = None,
    forward: ForwardSpec | None = None,
) -> Plan:
    """Returns `plan` with `verified`: one measurement of all its cuts together.

    "kl" from the unedited model, "loss" and "metric" of the edited one, "samples", "recalibrated";
    "seconds" per sample, a median of 20 forwards; of "channel" and "heads" "parameters", "macs" and
    "bytes" of the whole model, of "unstructured" and "n:m" the "parameters" of its units that are
    not zero; shares of what the unedited model takes are "<name>_kept". What was not measured is
    missing.

    Args:
      model: as the plan was made for; it is left as it is.
      plan: or its file.
      batches: a batch or several, with labels where loss and metric are wanted; not of training.
      recalibrate: batches of training on which BatchNorm's statistics are estimated anew, as they
        should be before a plan is judged; None: they stay.
      forward: how to call the model, as for every monitor.

    Raises:
      PlanError: the plan does not fit the model.
      GroupingError, ShrinkError: channels can't be removed.
      BatchError: there are no samples.
    """
    plan = read_plan(plan)
    with subject(model, batches, chunk=_CHUNK, forward=forward) as found:
        example, samples = found.first.batch, sum(chunk.samples for chunk in found.chunks)
        dense = references_of(found)
        edited = applied(model, plan, example, forward=forward)
    norms = recalibrate_batchnorm(edited, recalibrate, forward=forward) if recalibrate else 0
    with subject(edited, batches, chunk=_CHUNK, forward=forward) as found:
        kl = mean_divergence(dense, (found.forward(chunk)() for chunk in found.chunks))
    before = measure(model, batches, forward=forward, rounds=LEAST_ROUNDS)
    after = measure(edited, batches, forward=forward, rounds=LEAST_ROUNDS)
    verified: dict[str, Any] = {"kl": kl, "samples": samples, "recalibrated": norms > 0}
    verified |= {"loss": after.loss, "metric": after.metric} | _costs(plan, edited, before, after)
    return replace(plan, verified={name: v for name, v in verified.items() if not _is_nan(v)})


def _costs(plan: Plan, edited: nn.Module, before: Measured, after: Measured) -> dict[str, float]:
    pairs: dict[str, tuple[float | None, float | None]] = {
        "seconds": (_per_sample(before), _per_sample(after))
    }
    if plan.edit in NARROWING:
        pairs["parameters"] = before.parameters, after.parameters
        pairs["macs"] = before.macs, after.macs
        pairs["bytes"] = before.parameters * _BYTES, after.parameters * _BYTES
    elif plan.edit in MASKED:
        kept = sum(int((p != 0).sum()) for p in planned_parameters(edited, plan).values())
        pairs["parameters"] = sum(unit.size for unit in plan.units), kept
    found: dict[str, float] = {}
    for name, (dense, cut) in pairs.items():
        if dense and cut is not None:
            found |= {name: cut, f"{name}_kept": cut / dense}
    return found


def _per_sample(measured: Measured) -> float:
    return measured.seconds_batch / measured.batch


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)
