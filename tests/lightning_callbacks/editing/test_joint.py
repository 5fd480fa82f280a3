import numpy as np
import pytest
import torch
from torch import nn

from lightning_callbacks.editing import apply_plan, plan_jointly, shrink
from lightning_callbacks.editing.search import transfer, walk
from lightning_callbacks.sensitivity import scan_sensitivity
from tb_explain.planning import ALLOCATORS, Budget, Constraints, PlanError
from tb_explain.planning.problem import Problem
from tests.lightning_callbacks.editing import small_net

BUDGETS = {"unstructured": "parameters", "channel": "macs", "n:m": "parameters", "bits": "bytes"}
KEEP = {"unstructured": 0.3, "channel": 0.4, "n:m": 0.7, "bits": 0.15}


def scanned(kind):
    return scan_sensitivity(small_net.make(), small_net.batch(), kind=kind)


@pytest.fixture(scope="module")
def scans():
    return {kind: scanned(kind) for kind in BUDGETS}


@pytest.mark.parametrize("kind", BUDGETS)
def test_the_chosen_plan_is_never_worse_than_a_baseline(scans, kind):
    model = small_net.make()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    budget = Budget(BUDGETS[kind], KEEP[kind])
    found = plan_jointly(model, small_net.batch(), scans[kind], budget, trials=30)
    divergences = [plan.verified["kl"] for plan in found.candidates]
    assert divergences == sorted(divergences)
    assert found.plan == found.candidates[0]
    names = {plan.allocator for plan in found.candidates}
    assert {n for n, one in ALLOCATORS.items() if kind in one.edits} <= names
    assert ("joint" in names) == (kind in ("unstructured", "channel"))
    for plan in found.candidates:
        assert plan.predicted[f"{budget.of}_kept"] <= budget.keep + 1e-4
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


@pytest.mark.parametrize("kind", ["unstructured", "channel"])
def test_what_is_measured_jointly_is_the_edited_models_divergence(scans, kind):
    model, (images, _) = small_net.make(), small_net.batch()
    budget = Budget(BUDGETS[kind], KEEP[kind])
    plan = plan_jointly(model, images, scans[kind], budget, trials=3).plan
    if kind == "channel":
        edited = shrink(model, plan, images)
    else:
        edited = small_net.make()
        apply_plan(edited, plan)
    with torch.no_grad():
        # BatchNorm in batch statistics, in both.
        dense, cut = (one.train()(images).double().log_softmax(-1) for one in (model, edited))
    expected = float((dense.exp() * (dense - cut)).sum(-1).mean())
    assert plan.verified["kl"] == pytest.approx(expected, rel=1e-4)
    assert plan.verified["samples"] == 32
    assert plan.verified["recalibrated"]


def test_one_change_alone_is_what_the_scan_measured(scans):
    found = scans["unstructured"]
    frozen = [unit.name for unit in found.units[1:]]
    keep = 1 - found.removed[0, 1] / sum(unit.size for unit in found.units)
    asked = Constraints(frozen=frozen)
    joint = plan_jointly(
        small_net.make(), small_net.batch(), found, Budget("parameters", keep), constraints=asked
    )
    assert joint.plan.units[0].cut == found.removed[0, 1]
    # The scan ran the whole net on chunks of the same samples.
    assert joint.plan.verified["kl"] == pytest.approx(found.values["kl_batch"][0, 1], rel=1e-3)


@pytest.mark.parametrize("kind", ["unstructured", "channel"])
def test_a_budget_of_damage_is_met_by_measurement(scans, kind):
    found = plan_jointly(small_net.make(), small_net.batch(), scans[kind], Budget("kl", 0.05))
    assert found.plan.verified["kl"] <= 0.05
    within = [plan for plan in found.candidates if plan.verified["kl"] <= 0.05]
    kept = [plan.predicted["parameters_kept"] for plan in within]
    assert kept == sorted(kept)
    assert kept[0] < 1


def test_constraints_hold_for_plans_that_are_improved(scans):
    asked = Constraints(keep_first=True, multiple_of=4)
    found = plan_jointly(
        small_net.make(),
        small_net.batch(),
        scans["channel"],
        Budget("macs", 0.5),
        constraints=asked,
    )
    for plan in found.candidates:
        assert plan.units[0].cut == 0
        assert all((unit.size - unit.cut) % 4 == 0 for unit in plan.units)


def test_a_budget_that_no_allocator_meets_names_them_all(scans):
    with pytest.raises(PlanError, match="uniform: No plan keeps"):
        plan_jointly(small_net.make(), small_net.batch(), scans["bits"], Budget("bytes", 0.01))


def test_transfers_find_the_optimum_that_sums_miss(scans):
    problem = Problem(scans["unstructured"], Budget("parameters", 0.5), Constraints())
    total = problem.sizes.sum() - problem.capacity
    wanted = problem.sizes / problem.sizes.sum() * total

    def judge(cuts):
        return float(np.square((cuts - wanted) / problem.sizes).sum())

    start = np.minimum(problem.most, 10)
    while start.sum() < total:
        start[-2] += 1
    found = transfer(problem, judge, start, 200)
    assert found.sum() == total
    assert judge(found) < 0.05 * judge(start)


def test_the_walk_steps_where_the_judge_says(scans):
    problem = Problem(scans["channel"], Budget("macs", 0.5), Constraints())

    def judge(cuts):  # the first group must not be touched, the last costs nothing
        return float(cuts[0] * 1e3 + cuts[1] * 1e-3)

    cuts = walk(problem, judge)
    assert cuts[0] == 0
    assert cuts[-1] > 0
    assert problem.meets(cuts)


def test_heads_are_planned_jointly_too():
    torch.manual_seed(0)
    layers = [nn.TransformerEncoderLayer(16, 4, 32, dropout=0.0, batch_first=True) for _ in "ab"]
    model = nn.Sequential(*layers, nn.Flatten(), nn.Linear(80, 3)).eval()
    series = torch.randn(12, 5, 16)
    scan = scan_sensitivity(model, series, kind="heads")
    found = plan_jointly(model, series, scan, Budget("kl", scan.values["kl"].max()))
    assert {plan.allocator for plan in found.candidates} == {"uniform", "sensitivity", "joint"}
    assert 0 < sum(unit.cut for unit in found.plan.units) < 8
    assert not found.plan.verified["recalibrated"]
    # Torch's own attention can't be made smaller.
    with pytest.raises(PlanError, match="can be reached is 1"):
        plan_jointly(model, series, scan, Budget("macs", 0.8))
