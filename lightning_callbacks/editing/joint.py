"""`plan_jointly`: what allocators promise is measured, all cuts together, and the best improved.

Changes of single units do not add up. So every allocator's plan is measured jointly, the best one
is improved by pairwise transfers that are measured jointly (of channels and heads a greedy walk,
each of whose steps is measured, is first), and the one with the lowest divergence is chosen: never
worse than any of them. Of a budget of "kl" it is the cheapest one that was measured to meet it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
from lightning_callbacks.sensitivity.options import check_options
from lightning_callbacks.sensitivity.subject import subject
from tb_explain.planning import ALLOCATORS, Budget, Constraints, Plan, PlanError, Sensitivity
from tb_explain.planning.allocators import DISCRETE
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
      TypeError: an unknown option.
      PlanError: no allocator meets the budget, or the sensitivity is of another model.
    """
    check_options(options, JointOptions, "plan_jointly")
    made = {"constraints": options.get("constraints"), "source": options.get("source")}
    plans = _plans(sensitivity, budget, made)
    chunk = options.get("chunk", _CHUNK)
    with subject(model, batches, chunk=chunk, forward=options.get("forward")) as found:
        judge = Judge(found, writers_of(found, sensitivity, plans[0]))
        measured = [_with(plan, judge, cuts_in(sensitivity, plan)) for plan in plans]
        rank: Callable[[Plan], Any] = _within(budget) if budget.of == "kl" else _divergence
        if sensitivity.edit not in DISCRETE:
            first = min(measured, key=rank)
            problem = Problem(sensitivity, budget, options.get("constraints") or Constraints())
            trials = options.get("trials", _TRIALS)
            cuts = _improved(problem, judge, cuts_in(sensitivity, first), trials)
            units, predicted = cuts_of(sensitivity, cuts), predict(problem, cuts)
            joint = replace(first, allocator="joint", units=units, predicted=predicted)
            measured.append(_with(joint, judge, cuts))
        ranked = sorted(measured, key=rank)
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


def _improved(problem: Problem, judge: Judge, cuts: np.ndarray, trials: int) -> np.ndarray:
    if problem.budget.of == "kl":
        return walk(problem, judge.kl)
    if problem.sensitivity.edit in NARROWING:
        cuts = min(walk(problem, judge.kl), cuts, key=judge.kl)
    return transfer(problem, judge.kl, cuts, trials)


def _with(plan: Plan, judge: Judge, cuts: np.ndarray) -> Plan:
    measured = {
        "kl": judge.kl(cuts),
        "samples": judge.samples,
        "recalibrated": judge.batch_statistics,
    }
    return replace(plan, verified=measured)


def _within(budget: Budget) -> Callable[[Plan], tuple[bool, float]]:
    """Returns a key that puts first what was measured to meet the budget, the cheapest first."""

    def key(plan: Plan) -> tuple[bool, float]:
        kept = [share for name, share in plan.predicted.items() if name.endswith("_kept")]
        return _divergence(plan) > budget.keep, kept[0]

    return key


def _divergence(plan: Plan) -> float:
    return float((plan.verified or {})["kl"])
