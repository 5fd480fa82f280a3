import numpy as np
import pytest
import torch
from torch import nn

from lightning_callbacks.sensitivity import (
    METHODS,
    correlation,
    estimate_sensitivity,
    hessian,
    layer_products,
    scan_sensitivity,
)
from lightning_callbacks.sensitivity.correlation import spearman
from lightning_callbacks.sensitivity.likelihood import Likelihood
from lightning_callbacks.sensitivity.prunable import prunable_weights
from lightning_callbacks.sensitivity.samples import outputs_of
from tests import architectures
from tests.lightning_callbacks.sensitivity import naive
from tests.lightning_callbacks.sensitivity.networks import build

LABELS = torch.arange(6) % 3
LEVELS = (0.5, 0.9)
NETWORKS = ("regnet", "densenet", "vit", "u-net", "tied weights", "in place")


def double(name):
    if name in architectures.ARCHITECTURES:
        return architectures.build(name), torch.rand(6, 3, 32, 32).double()
    model, x = build(name)
    return model.double(), x.double() if x.is_floating_point() else x


def gradients(model, x, labels=None):
    """Yields each sample's gradients of its log-likelihood; labels drawn as estimates draw them."""
    weights = [weight.parameter for weight in prunable_weights(model)]
    likelihood = Likelihood("drawn" if labels is None else "given")
    with torch.no_grad():
        outputs = outputs_of(model(x.clone()), len(x))
        drawn = likelihood._draw(outputs) if labels is None else labels
    for n in range(len(x)):
        logits = outputs_of(model(x[n : n + 1].clone()), 1)
        each = logits.log_softmax(-1).gather(-1, drawn[n : n + 1, ..., None]).squeeze(-1)
        total = each.sum() / (1 if each.dim() == 1 else each.shape[1] ** 0.5)
        yield torch.autograd.grad(total, weights)


@pytest.fixture
def single(monkeypatch):
    """Minibatches of one sample, for which sums over minibatches are those over samples."""
    weight_space = "lightning_callbacks.sensitivity.weight_space"
    monkeypatch.setattr(f"{weight_space}.minibatch", lambda samples: 1)


@pytest.mark.usefixtures("single")
@pytest.mark.parametrize("name", NETWORKS)
def test_output_space_gives_half_the_mean_square_of_first_order_changes(name):
    model, x = double(name)
    found = estimate_sensitivity(model, x, levels=LEVELS)
    weights = [weight.parameter for weight in prunable_weights(model)]
    slopes = list(gradients(model, x))
    for u, weight in enumerate(weights):
        for k, level in enumerate(LEVELS):
            change = (naive.magnitude(weight, level) - weight).detach()
            q = torch.stack([(slope[u] * change).sum() for slope in slopes])
            assert found.values["kl"][u, k] == pytest.approx(float(q.square().mean() / 2))
            error = (q.square() / 2).std() / 6**0.5
            if not np.isnan(found.errors["kl"][u, k]):
                assert found.errors["kl"][u, k] == pytest.approx(float(error))
    known = ~np.isnan(found.errors["kl"]).any(1)
    names = [unit.name for unit, one in zip(found.units, known, strict=True) if not one]
    # Weights without a layer of their own; of one sample a minibatch their numbers are the same.
    assert names == {"u-net": ["up.weight"], "tied weights": ["late.weight"]}.get(name, [])


@pytest.mark.usefixtures("single")
def test_weight_space_gives_the_diagonal():
    model, x = double("vit")
    found = estimate_sensitivity(model, (x, LABELS), method="weight_taylor", levels=LEVELS)
    slopes = list(gradients(model, x, LABELS))
    for u, weight in enumerate(w.parameter for w in prunable_weights(model)):
        for k, level in enumerate(LEVELS):
            change = (naive.magnitude(weight, level) - weight).detach()
            first = sum(float((s[u] * change).sum()) for s in slopes) / 6
            second = sum(float((s[u] * change).square().sum()) for s in slopes) / 6
            assert found.values["kl"][u, k] == pytest.approx(second / 2)
            assert found.values["loss"][u, k] == pytest.approx(second / 2 - first)


@pytest.mark.parametrize("method", ["output_taylor", "output_empirical"])
def test_small_changes_of_the_loss_are_foretold_with_their_sign(method):
    model, x = double("vit")
    exact = scan_sensitivity(model, (x, LABELS), kind="bits", levels=[14])
    found = estimate_sensitivity(model, (x, LABELS), kind="bits", levels=[14], method=method)
    if method == "output_taylor":
        size = np.abs(exact.values["loss"]).max()
        assert np.allclose(found.values["loss"], exact.values["loss"], atol=0.02 * size, rtol=0.05)
    assert "loss" in found.values or method == "output_empirical"


def test_of_a_linear_regression_the_estimate_is_exact():
    torch.manual_seed(0)
    model, x = nn.Sequential(nn.Linear(5, 1)).double(), torch.randn(20, 5).double()
    exact = scan_sensitivity(model, x, levels=LEVELS)
    found = estimate_sensitivity(model, x, levels=LEVELS)
    assert np.allclose(found.values["kl"], exact.values["kl"])
    assert np.allclose(found.errors["kl"], exact.errors["kl"])


def test_a_single_logit_is_one_of_two_classes():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(5, 1)).double()
    x, y = torch.randn(4000, 5).double(), torch.arange(4000) % 2
    exact = scan_sensitivity(model, (x, y), kind="bits", levels=[6], chunk=4000)
    found = estimate_sensitivity(model, (x, y), kind="bits", levels=[6], chunk=4000)
    assert found.values["kl"] == pytest.approx(exact.values["kl"], rel=0.1)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("resnet", "bits"),
        ("transformer", "clusters"),
        ("lstm", "n:m"),
        ("in place", "unstructured"),
    ],
)
def test_every_method_estimates_every_unit_and_leaves_the_model_alone(method, name, kind):
    model, x = build(name)
    before = {key: value.clone() for key, value in model.state_dict().items()}
    levels = ["2:5", "1:2"] if kind == "n:m" else None
    found = estimate_sensitivity(model, (x, LABELS), kind=kind, method=method, levels=levels)
    offered = found.removed > 0 if kind == "n:m" else np.ones(found.damage.shape, bool)
    assert offered.any(0).all()
    assert any(np.isfinite(v[offered]).all() for v in found.values.values())
    assert "kl" in found.values
    assert found.estimate == method
    assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items())
    assert not any("forward" in module.__dict__ for module in model.modules())
    assert all(p.requires_grad and p.grad is None for p in model.parameters())


def test_batch_statistics_make_it_an_estimate_of_that_kl():
    model, x = build("resnet")
    found = estimate_sensitivity(model, x, method="weight_fisher", levels=LEVELS)
    assert np.isnan(found.values["kl"]).all()
    assert (found.values["kl_batch"] > 0).all()
    assert np.array_equal(found.damage, found.values["kl_batch"])
    found = estimate_sensitivity(model, x, method="output_fisher", batch_statistics=True)
    assert (found.values["kl_batch"] > 0).all()


def test_estimates_are_the_same_each_time():
    model, x = build("resnet")
    first, second = (estimate_sensitivity(model, x).values["kl"] for _ in range(2))
    assert np.array_equal(first, second)


def test_traces_of_the_hessian_are_nearly_right(monkeypatch):
    monkeypatch.setattr(hessian, "PROBES", 300)
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 3)).double()
    x, y = torch.randn(6, 4).double(), LABELS

    def loss(weight):
        hidden = torch.tanh(x @ weight.T + model[0].bias)
        return nn.functional.cross_entropy(model[2](hidden), y)

    full = torch.autograd.functional.hessian(loss, model[0].weight.detach())
    mean = float(full.reshape(20, 20).diagonal().mean())
    found = estimate_sensitivity(model, (x, y), method="hessian_trace", levels=[0.5])
    change = (naive.magnitude(model[0].weight, 0.5) - model[0].weight).detach().square().sum()
    assert found.values["loss"][0, 0] == pytest.approx(mean * float(change) / 2, rel=0.1)


def test_methods_that_need_labels_say_so():
    model, x = build("vit")
    with pytest.raises(ValueError, match="output_fisher"):
        estimate_sensitivity(model, x, method="output_taylor")
    with pytest.raises(ValueError, match="weight_fisher"):
        estimate_sensitivity(model, x, method="fisher")


def test_correlation_is_spearmans_of_units_and_levels_that_both_have():
    model, x = build("vit")
    exact = scan_sensitivity(model, x, levels=[0.3, 0.5, 0.9])
    found = estimate_sensitivity(model, x, levels=[0.9, 0.5], exact=exact)
    same = scan_sensitivity(model, x, levels=[0.5, 0.9], layers=["blocks"])
    assert correlation(same, exact) == pytest.approx({"overall": 1.0, "across": 1.0})
    assert 0 < found.correlation["across"] <= 1
    assert correlation(scan_sensitivity(model, x, kind="bits"), exact) == {}


def test_ties_share_a_rank():
    a, b = np.array([1.0, 2, 2, 4, np.nan]), np.array([1.0, 3, 3, 2, 0])
    # Ranks 1, 2.5, 2.5, 4 and 1, 3.5, 3.5, 2.
    assert spearman(a, b) == pytest.approx(np.corrcoef([1, 2.5, 2.5, 4], [1, 3.5, 3.5, 2])[0, 1])
    assert np.isnan(spearman(a, np.ones(5)))


@pytest.mark.parametrize("groups", [1, 2])
def test_both_ways_of_multiplying_agree(groups):
    torch.manual_seed(0)
    layer = nn.Conv2d(4, 6, 3, stride=2, padding=1, groups=groups)
    stack, given = torch.randn(3, *layer.weight.shape), torch.randn(5, 4, 8, 8)
    gradient = torch.randn(5, 6, 4, 4)
    slopes = layer_products._of_convolution(layer, stack[0], given, gradient)
    expected = stack.flatten(1) @ slopes.flatten(1).T
    found = layer_products._convolved(layer, stack, given, gradient)
    assert torch.allclose(found.float(), expected, rtol=1e-4, atol=1e-3)
    layer, given, gradient = nn.Linear(4, 6), torch.randn(5, 7, 4), torch.randn(5, 7, 6)
    stack = torch.randn(3, 6, 4)
    slopes = layer_products._of_linear(layer, stack[0], given, gradient)
    expected = stack.flatten(1) @ slopes.flatten(1).T
    found = layer_products._linear(layer, stack, given, gradient)
    assert torch.allclose(found.float(), expected, rtol=1e-4, atol=1e-3)
