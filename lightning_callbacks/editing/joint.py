"""`plan_jointly`: what allocators promise is measured, all cuts together, and the best improved.

Changes of single units do not add up. So every allocator's plan is measured jointly, the best one
is improved by measuring jointly (weights: pairwise transfers; channels and heads: a greedy walk
besides), and the one with the lowest divergence is chosen: never worse than any of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypedDict

import numpy as np
from torch import nn
from typing_extensions import Unpack

from lightning_callbacks.editing.channels import NARROWING
from lightning_callbacks.editing.judge import Judge
from lightning_callbacks.editing.search import transfer, walk
from lightning_callbacks.editing.writers import cuts_in, writers_of
from lightning_callbacks.forwarding import ForwardSpec
from lightning_callbacks.sensitivity.subject import subject
from tb_explain.planning import ALLOCATORS, Budget, Constraints, Plan, PlanError, Sensitivity
from tb_explain.planning.make import cuts_of, make_plan, predict
from tb_explain.planning.problem import Problem

_CHUNK = 128  # samples run at once: what BatchNorm takes its statistics from
_TRIALS = 150


class JointOptions(TypedDict, total=False):
    """How to plan; see `plan_jointly`."""

    constraints: Constraints
    trials: int
    chunk: int
    forward: ForwardSpec | None
    source: Mapping[str, Any]


@dataclass(frozen=True)
class JointPlan:
    """What was chosen, and from what.

    Attributes:
      plan: of the lowest divergence; its allocator is "joint", or one of `ALLOCATORS`.
      candidates: all plans that were measured, the best first; predicted and verified apart.
      measured: how often the model was run on all samples.
    """

    plan: Plan
    candidates: list[Plan]
    measured: int


def plan_jointly(
    model: nn.Module,
    batches: Any,
    sensitivity: Sensitivity,
    budget: Budget,
    **options: Unpack[JointOptions],
) -> JointPlan:
    """Returns the plan whose cuts, all together, change the outputs least.

    Every plan's `verified` holds "kl", "samples" and "recalibrated": whether BatchNorm was in
    batch statistics, in the cut model and in the one it is held against. `verify_plan` measures
    the rest.

    Args:
      model: as it was scanned; it is left as it is.
      batches: a batch or an iterable of batches; no labels are needed.
      sensitivity: of this model.
      budget: see `Budget`.
      **options: `constraints`, see `Constraints`; `trials`: how many transfers are tried
        (150), each one run on all samples; `chunk`: samples run at once (128); `forward`: as in
        every monitor; `source`: see `Plan`.

    Raises:
      PlanError: no allocator meets the budget, or the sensitivity is of another model.
    """
    made = {"constraints": options.get("constraints"), "source": options.get("source")}
    plans = _plans(sensitivity, budget, made)
    chunk = options.get("chunk", _CHUNK)
    with subject(model, batches, chunk=chunk, forward=options.get("forward")) as found:
        judge = Judge(found, writers_of(found, sensitivity, plans[0]))
        measured = [_with(plan, judge, cuts_in(sensitivity, plan)) for plan in plans]
        if sensitivity.edit not in ("n:m", "bits", "clusters"):
            first = min(measured, key=_divergence)
            problem = Problem(sensitivity, budget, options.get("constraints") or Constraints())
            trials = options.get("trials", _TRIALS)
            for cuts in _improved(problem, judge, cuts_in(sensitivity, first), trials):
                joint = replace(
                    first,
                    allocator="joint",
                    units=cuts_of(sensitivity, cuts),
                    predicted=predict(problem, cuts),
                )
                measured.append(_with(joint, judge, cuts))
        ranked = sorted(measured, key=_divergence)
        return JointPlan(ranked[0], ranked, judge.measured)


def _plans(sensitivity: Sensitivity, budget: Budget, made: dict[str, Any]) -> list[Plan]:
    plans, refusals = [], []
    for name, allocator in ALLOCATORS.items():
        if sensitivity.edit not in allocator.edits:
            continue
        try:
            plans.append(make_plan(sensitivity, budget, name, **made))
        except PlanError as error:
            # Another one may reach what this one can't.
            refusals.append(f"{name}: {error}")
    if not plans:
        raise PlanError("\n".join(refusals))
    return plans


def _improved(
    problem: Problem, judge: Judge, cuts: np.ndarray, trials: int
) -> Iterator[np.ndarray]:
    if problem.sensitivity.edit in NARROWING:
        yield walk(problem, judge.kl)
    elif problem.budget.of != "kl":
        yield transfer(problem, judge.kl, cuts, trials)


def _with(plan: Plan, judge: Judge, cuts: np.ndarray) -> Plan:
    measured = {
        "kl": judge.kl(cuts),
        "samples": judge.samples,
        "recalibrated": judge.batch_statistics,
    }
    return replace(plan, verified=measured)


def _divergence(plan: Plan) -> float:
    return float((plan.verified or {})["kl"])
