import pytest
import torch

from lightning_callbacks.batches import BatchError
from lightning_callbacks.editing import (
    applied,
    recalibrate_batchnorm,
    shrink,
    verify_plan,
)
from lightning_callbacks.sensitivity import scan_sensitivity
from tb_explain.planning import Budget, Cut, Plan, PlanError, make_plan
from tests.lightning_callbacks.editing import small_net

KEEP = {
    "unstructured": Budget("parameters", 0.3),
    "n:m": Budget("parameters", 0.7),
    "channel": Budget("macs", 0.5),
    "bits": Budget("bytes", 0.15),
    "clusters": Budget("bytes", 0.2),
}


def planned(kind):
    found = scan_sensitivity(small_net.make(), small_net.batch(), kind=kind)
    return found, make_plan(found, KEEP[kind])


@pytest.mark.parametrize("kind", KEEP)
def test_every_kind_of_plan_is_verified(kind):
    _, plan = planned(kind)
    model = small_net.make()
    found = verify_plan(model, plan, small_net.batch(), recalibrate=small_net.training())
    measured = found.verified
    assert measured["samples"] == 32
    assert measured["recalibrated"] is True
    assert measured["kl"] > 0
    assert 0 <= measured["metric"] <= 1
    assert measured["seconds"] > 0
    assert Plan.from_json(found.to_json()) == found
    assert (found.predicted, found.units) == (plan.predicted, plan.units)


@pytest.mark.parametrize(("kind", "name"), [("channel", "macs"), ("unstructured", "parameters")])
def test_predicted_costs_are_what_is_measured(kind, name):
    _, plan = planned(kind)
    measured = verify_plan(small_net.make(), plan, small_net.batch()).verified
    # Biases of a layer that reads fewer channels stay.
    assert measured[f"{name}_kept"] == pytest.approx(plan.predicted[f"{name}_kept"], abs=0.01)
    assert not measured["recalibrated"]


def test_figures_are_those_of_the_edited_model():
    _, plan = planned("channel")
    model, (images, labels) = small_net.make(), small_net.batch()
    found = verify_plan(model, plan, (images, labels), recalibrate=small_net.training()).verified
    smaller = shrink(model, plan, images)
    recalibrate_batchnorm(smaller, small_net.training())
    recalibrate_batchnorm(model, small_net.training())
    with torch.no_grad():
        dense, cut = (one.eval()(images).double().log_softmax(-1) for one in (model, smaller))
    assert found["kl"] == pytest.approx(float((dense.exp() * (dense - cut)).sum(-1).mean()))
    assert found["metric"] == pytest.approx(float((cut.argmax(1) == labels).double().mean()))
    loss = torch.nn.functional.nll_loss(cut, labels)
    assert found["loss"] == pytest.approx(float(loss), rel=1e-5)
    assert found["parameters"] == sum(p.numel() for p in smaller.parameters())


def test_without_labels_there_is_no_loss():
    _, plan = planned("unstructured")
    found = verify_plan(small_net.make(), plan, small_net.images(16)).verified
    assert not {"loss", "metric"} & set(found)


@pytest.mark.parametrize("kind", ["bits", "clusters"])
def test_applied_weights_are_those_of_the_scan(kind):
    found, plan = planned(kind)
    edited = applied(small_net.make(), plan, small_net.batch())
    parameters = dict(edited.named_parameters())
    for unit in plan.units:
        values = len(parameters[unit.name].unique())
        rows = 1 if kind == "clusters" else parameters[unit.name].shape[0]
        most = unit.level if kind == "clusters" else rows * 2**unit.level
        assert not unit.level_name or values <= most
    only = Plan(kind, "by hand", plan.budget, [_at(plan.units[1].name, found, 1)])
    measured = verify_plan(small_net.make(), only, small_net.batch()).verified["kl"]
    assert measured == pytest.approx(found.values["kl"][1, 1], rel=1e-4)


def _at(name, found, level):
    size = next(unit.size for unit in found.units if unit.name == name)
    return Cut(name, size, 0, float(found.levels[level]), found.level_names[level])


def test_a_plan_of_another_model_is_refused():
    plan = Plan("bits", "by hand", Budget("bytes", 0.5), [Cut("else", 9, 0, 4.0, "4 bits")])
    with pytest.raises(PlanError, match="The model has no"):
        verify_plan(small_net.make(), plan, small_net.batch())


def harmless():
    weight = small_net.make()[0].weight
    cuts = [Cut("0.weight", weight.numel(), 0, 0.0)]
    return Plan("unstructured", "by hand", Budget("parameters", 1), cuts)


def test_a_loader_that_shuffles_is_gone_through_once():
    data = torch.utils.data.TensorDataset(*small_net.batch())
    shuffled = torch.utils.data.DataLoader(
        data, 8, shuffle=True, generator=torch.Generator().manual_seed(1)
    )
    assert verify_plan(small_net.make(), harmless(), shuffled).verified["kl"] < 1e-9
    loaded = torch.utils.data.DataLoader(small_net.images(32), 8)
    assert verify_plan(small_net.make(), harmless(), loaded).verified["samples"] == 32
    once = verify_plan(small_net.make(), harmless(), (batch for batch in loaded))
    assert once.verified["samples"] == 32


@pytest.mark.parametrize(
    "recalibrate", [small_net.training(), small_net.batch(), torch.ones(8, 1, 8, 8).cumsum(0)]
)
def test_a_harmless_plan_moves_nothing_when_batchnorm_is_recalibrated(recalibrate):
    model = small_net.make()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    found = verify_plan(model, harmless(), small_net.batch(), recalibrate=recalibrate).verified
    assert found["recalibrated"]
    assert found["kl"] < 1e-9
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_empty_batches_to_recalibrate_on_are_said():
    with pytest.raises(BatchError, match="is empty"):
        verify_plan(small_net.make(), harmless(), small_net.batch(), recalibrate=[])
