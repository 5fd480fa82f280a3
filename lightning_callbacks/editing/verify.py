"""`verify_plan`: what a plan really does, all its cuts together, before anything is promised."""

from __future__ import annotations

import copy
import math
import statistics
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from lightning_callbacks.editing.apply import applied
from lightning_callbacks.editing.channels import NARROWING
from lightning_callbacks.editing.judge import mean_divergence, references_of
from lightning_callbacks.editing.masks import MASKED, planned_parameters
from lightning_callbacks.editing.measure import LEAST_ROUNDS, Measured, measure
from lightning_callbacks.editing.plans import read_plan
from lightning_callbacks.editing.recalibrate import recalibrate_together
from lightning_callbacks.forwarding import ForwardSpec
from lightning_callbacks.guard import untouched
from lightning_callbacks.sensitivity.samples import taken
from lightning_callbacks.sensitivity.subject import Subject, subject
from tb_explain.planning import Plan

_CHUNK = 64
_BYTES = 4  # of a float32


def verify_plan(
    model: nn.Module,
    plan: Plan | str | Path,
    batches: Any,
    *,
    recalibrate: Any = None,
    forward: ForwardSpec | None = None,
) -> Plan:
    """Returns `plan` with `verified`: one measurement of all its cuts together.

    "kl" from the unedited model (recalibrated too if the edited one is, so that it tells what the
    plan does, not how far statistics had drifted), "loss" and "metric" of the edited one,
    "samples", "recalibrated"; "seconds" per sample, a median of 20 forwards; of "channel" and
    "heads" "parameters", "macs" and "bytes" of the whole model, of "unstructured" and "n:m" the
    "parameters" of its units that are not zero; shares of what the unedited model takes are
    "<name>_kept". What was not measured is missing.

    Args:
      model: as the plan was made for; it is left as it is.
      plan: or its file.
      batches: a batch or an iterable of batches, gone through once, with labels where loss and
        metric are wanted; not of training.
      recalibrate: a batch or batches of training on which BatchNorm's statistics are estimated
        anew, as they should be before a plan is judged; None: they stay.
      forward: how to call the model, as for every monitor.

    Raises:
      PlanError: the plan does not fit the model.
      GroupingError, ShrinkError: channels can't be removed.
      BatchError: there are no samples.
    """
    plan, batches = read_plan(plan), taken(batches)
    with subject(model, batches, chunk=_CHUNK, forward=forward) as found:
        edited = applied(model, plan, found.first.batch, forward=forward)
    unedited, norms = model, 0
    if recalibrate is not None:
        unedited = _copy(model)
        norms = recalibrate_together([unedited, edited], recalibrate, forward)
    verified: dict[str, Any] = {"recalibrated": norms > 0}
    with (
        subject(unedited, batches, chunk=_CHUNK, forward=forward) as dense,
        subject(edited, batches, chunk=_CHUNK, forward=forward) as cut,
    ):
        outputs = (cut.forward(chunk)() for chunk in cut.chunks)
        verified["kl"] = mean_divergence(references_of(dense), outputs)
        verified["samples"] = sum(chunk.samples for chunk in cut.chunks)
        verified |= _shares({"seconds": _seconds(dense, cut)})
    before, after = (measure(one, batches, forward=forward, rounds=1) for one in (model, edited))
    verified |= {"loss": after.loss, "metric": after.metric}
    verified |= _shares(_costs(plan, edited, before, after))
    return replace(plan, verified={name: v for name, v in verified.items() if not _is_nan(v)})


def _copy(model: nn.Module) -> nn.Module:
    with untouched(model) as module:
        return copy.deepcopy(module)


Pairs = dict[str, tuple[float | None, float | None]]


def _costs(plan: Plan, edited: nn.Module, before: Measured, after: Measured) -> Pairs:
    """Returns (unedited, edited) of each cost."""
    if plan.edit in NARROWING:
        return {
            "parameters": (before.parameters, after.parameters),
            "macs": (before.macs, after.macs),
            "bytes": (before.parameters * _BYTES, after.parameters * _BYTES),
        }
    if plan.edit in MASKED:
        kept = sum(int((p != 0).sum()) for p in planned_parameters(edited, plan).values())
        return {"parameters": (sum(unit.size for unit in plan.units), kept)}
    return {}


def _shares(pairs: Pairs) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, (dense, cut) in pairs.items():
        if dense and cut is not None:
            found |= {name: cut, f"{name}_kept": cut / dense}
    return found


def _seconds(dense: Subject, cut: Subject) -> tuple[float, float]:
    """Returns the median times per sample, taken in turns: what disturbs one disturbs both."""
    times = [(_timed(dense), _timed(cut)) for _ in range(LEAST_ROUNDS + 1)]
    # The first round warms up.
    before, after = (statistics.median(column) for column in zip(*times[1:], strict=True))
    return before, after


def _timed(found: Subject) -> float:
    chunk = found.chunks[0]
    forward = found.forward(chunk)
    start = time.perf_counter()
    forward()
    if found.device.type == "cuda":
        torch.cuda.synchronize()
    return (time.perf_counter() - start) / chunk.samples


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)
